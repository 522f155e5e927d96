/** Modules of the embedding API: where they come from, what they tell, how they are kept. */
import { mkdtempSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, test } from "@jest/globals";
import {
  DecodeError,
  Engine,
  type EngineOptions,
  FileCache,
  Instance,
  MemoryCache,
  Module,
  SerializationError,
  Store,
  ValidationError,
} from "../../../runtime/index.ts";
import { VERSION } from "../../../runtime/version.ts";
import { parseText } from "../../../wasm/text.ts";

/** A generator that counts down, and a loop that adds up what it yields. */
const GENERATOR = `(module $countdown
  (type $f (func (param i32))) (type $c (cont $f)) (type $r (func)) (type $cr (cont $r))
  (tag $yield (export "yield") (param i32))
  (func $count (type $f) (loop $l (suspend $yield (local.get 0)) (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
  (elem declare func $count)
  (func (export "sum") (param $n i32) (result i32) (local $c (ref null $cr)) (local $sum i32)
    (local.set $c (cont.bind $c $cr (local.get $n) (cont.new $c (ref.func $count))))
    (loop $next
      (block $on (result i32 (ref $cr)) (resume $cr (on $yield $on) (local.get $c)) (return (local.get $sum)))
      (local.set $c)
      (local.set $sum (i32.add (local.get $sum)))
      (br $next))
    (unreachable)))`;

const TYPES = `(module
  (type $callback (func (param i32) (result i32)))
  (import "m" "f" (func (param i32 i64) (result f64)))
  (import "m" "memory" (memory 1 3))
  (import "m" "table" (table 2 funcref))
  (import "m" "g" (global (mut i64)))
  (import "m" "tag" (tag (param i32)))
  (func (export "apply") (param (ref null $callback) externref) (result (ref func)) unreachable)
  (table (export "t") i64 1 9 (ref null $callback))
  (memory (export "big") i64 1)
  (@custom "note" "hello") (@custom "note" "again"))`;

const engine = new Engine();

async function sum(module: Module, n: number): Promise<unknown> {
  return new Instance(new Store(module.engine), module).call("sum", n);
}

describe("a module comes from", () => {
  const folder = mkdtempSync(join(tmpdir(), "stackyard-modules-"));

  test("bytes", async () => {
    expect(await sum(new Module(engine, await parseText(GENERATOR)), 4)).toBe(10);
    expect(await sum(await Module.compile(engine, await parseText(GENERATOR)), 4)).toBe(10);
  });

  test("text", async () => {
    expect(await sum(await Module.fromText(engine, GENERATOR), 4)).toBe(10);
    await expect(Module.fromText(engine, "(module (func $f $g))")).rejects.toMatchObject({
      name: "TextError",
      line: 1,
    });
  });

  test("a file, binary or text", async () => {
    writeFileSync(join(folder, "a.wat"), GENERATOR);
    writeFileSync(join(folder, "a.wasm"), await parseText(GENERATOR));
    for (const file of ["a.wat", "a.wasm"]) {
      expect(await sum(await Module.fromFile(engine, join(folder, file)), 5)).toBe(15);
      expect(await sum(await Module.fromUrl(engine, pathToFileURL(join(folder, file))), 5)).toBe(15);
    }
    await expect(Module.fromFile(engine, join(folder, "none.wasm"))).rejects.toMatchObject({ code: "ENOENT" });
  });

  test("a response, or a URL", async () => {
    const bytes = await parseText(GENERATOR);
    const response = (type: string) => new Response(bytes, { headers: { "content-type": type } });
    expect(await sum(await Module.fromResponse(engine, response("application/wasm")), 3)).toBe(6);
    expect(await sum(await Module.fromResponse(engine, Promise.resolve(response("application/wasm"))), 3)).toBe(6);
    await expect(Module.fromResponse(engine, response("text/html"))).rejects.toThrow(/MIME type/);
    const url = `data:application/wasm;base64,${Buffer.from(bytes).toString("base64")}`;
    expect(await sum(await Module.fromUrl(engine, url), 3)).toBe(6);
  });

  test("nothing else", () => {
    expect(() => new Module(engine, new Uint8Array([0, 1, 2, 3]))).toThrow(DecodeError);
    expect(() => new Module(engine, "text" as never)).toThrow(TypeError);
  });

  test("what is not valid is refused, with function and offset", async () => {
    const bytes = await parseText("(module (func) (func (result i32) (i64.const 1)))");
    expect(() => Module.validate(engine, bytes)).toThrow(ValidationError);
    await expect(Module.compile(engine, bytes)).rejects.toMatchObject({ func: 1 });
  });
});

describe("a module tells", () => {
  test("its imports with their types", async () => {
    const { imports } = await Module.fromText(engine, TYPES);
    expect(imports).toEqual([
      { module: "m", name: "f", kind: "function", type: { params: ["i32", "i64"], results: ["f64"] } },
      { module: "m", name: "memory", kind: "memory", type: { minimum: 1, maximum: 3 } },
      { module: "m", name: "table", kind: "table", type: { element: "funcref", minimum: 2 } },
      { module: "m", name: "g", kind: "global", type: { value: "i64", mutable: true } },
      { module: "m", name: "tag", kind: "tag", type: { params: ["i32"], results: [] } },
    ]);
  });

  test("its exports with their types, functions written out", async () => {
    const module = await Module.fromText(engine, TYPES);
    const callback = "(ref null (func (param i32) (result i32)))";
    expect(module.exports).toEqual([
      { name: "apply", kind: "function", type: { params: [callback, "externref"], results: ["(ref func)"] } },
      { name: "t", kind: "table", type: { element: callback, minimum: 1n, maximum: 9n, address: "i64" } },
      { name: "big", kind: "memory", type: { minimum: 1n, address: "i64" } },
    ]);
    expect(module.getExport("big")).toEqual({ kind: "memory", type: { minimum: 1n, address: "i64" } });
    expect(module.getExport("none")).toBeUndefined();
  });

  test("its name and custom sections", async () => {
    expect((await Module.fromText(engine, GENERATOR)).name).toBe("countdown");
    const module = await Module.fromText(engine, TYPES);
    expect(module.name).toBeUndefined();
    const notes = module.customSections("note").map((section) => new TextDecoder().decode(section));
    expect(notes).toEqual(["hello", "again"]);
  });
});

describe("serialized modules", () => {
  test("know the version of the package", () => {
    const manifest = JSON.parse(readFileSync("package.json", "utf8")) as { readonly version: string };
    expect(VERSION).toBe(manifest.version);
  });

  test.each<[string, EngineOptions]>([
    ["by default", {}],
    ["under chaos", { chaos: 5 }],
    ["with fuel", { fuel: { "i32.add": 3 } }],
    ["with resume copies on demand", { resumeCopies: "on-demand" }],
  ])("run like those they were made of: %s", async (_, options) => {
    // Each engine is a new one: only its configuration has to be the same.
    const bytes = (await Module.fromText(new Engine(options), GENERATOR)).serialize();
    const copies = [
      Module.deserialize(new Engine(options), bytes),
      await Module.deserializeAsync(new Engine(options), bytes),
    ];
    for (const copy of copies) {
      const store = new Store(copy.engine);
      if (options.fuel !== undefined) store.context.fuel = 1000n;
      expect(new Instance(store, copy).call("sum", 4)).toBe(10);
      expect(copy.exports.map(({ name }) => name)).toEqual(["yield", "sum"]);
      expect(Buffer.compare(copy.serialize(), bytes)).toBe(0);
    }
  });

  test("modules that the host runs as they are can be serialized, too", async () => {
    const bytes = (
      await Module.fromText(engine, `(module (func (export "f") (result i32) (i32.const 7)))`)
    ).serialize();
    const module = Module.deserialize(engine, bytes);
    expect(module.alwaysLowered).toBe(false);
    expect(new Instance(new Store(engine), module).call("f")).toBe(7);
  });

  test("are refused by an engine of another configuration", async () => {
    const bytes = (await Module.fromText(engine, GENERATOR)).serialize();
    for (const options of [{ chaos: 1 }, { lowering: "all" }, { fuel: true }] as const) {
      const other = new Engine(options);
      expect(() => Module.deserialize(other, bytes)).toThrow(SerializationError);
      expect(() => Module.deserialize(other, bytes)).toThrow(
        /^the module was serialized for another engine configuration/,
      );
    }
  });

  test("of another version, or damaged, are refused with a message that says so", async () => {
    const bytes = (await Module.fromText(engine, GENERATOR)).serialize();
    const changed = (at: number, byte: number) => bytes.with(at, byte);
    expect(() => Module.deserialize(engine, changed(7, 9))).toThrow(/another format: 9, not 1/);
    expect(() => Module.deserialize(engine, changed(9, 0x37))).toThrow(/another version of Stackyard: 7/);
    expect(() => Module.deserialize(engine, changed(bytes.length - 5, 1))).toThrow(/damaged: its checksum is wrong/);
    expect(() => Module.deserialize(engine, bytes.subarray(0, 20))).toThrow(/damaged: it ends too early/);
    expect(() => Module.deserialize(engine, bytes.subarray(0, bytes.length - 1))).toThrow(/damaged/);
    expect(() => Module.deserialize(engine, new Uint8Array(8))).toThrow(/not the bytes of a serialized module/);
  });

  test("no byte of a serialized module can be changed unnoticed", async () => {
    const bytes = (await Module.fromText(engine, GENERATOR)).serialize();
    const unnoticed: number[] = [];
    for (let at = 0; at < bytes.length; at += 41) {
      try {
        Module.deserialize(engine, bytes.with(at, (bytes[at] ?? 0) ^ 0x41));
        unnoticed.push(at);
      } catch (error) {
        if (!(error instanceof SerializationError)) throw error;
      }
    }
    expect(unnoticed).toEqual([]);
  });
});

describe("a cache", () => {
  test("given by the caller is asked before a module is lowered", async () => {
    const cache = new MemoryCache();
    const first = await Module.fromText(new Engine({ cache }), GENERATOR);
    expect(cache.size).toBe(1);
    const second = await Module.fromText(new Engine({ cache }), GENERATOR);
    expect(cache.size).toBe(1);
    expect([await sum(first, 4), await sum(second, 4)]).toEqual([10, 10]);
  });

  test("keeps the modules of different configurations apart", async () => {
    const cache = new MemoryCache();
    for (const options of [{}, { chaos: 3 }, { lowering: "all" }] as const) {
      expect(await sum(await Module.fromText(new Engine({ ...options, cache }), GENERATOR), 4)).toBe(10);
    }
    expect(cache.size).toBe(3);
  });

  test("that is damaged is as good as empty", async () => {
    const damaged = { get: () => new Uint8Array([0, 1, 2]), set: () => undefined };
    expect(await sum(await Module.fromText(new Engine({ cache: damaged }), GENERATOR), 4)).toBe(10);
  });

  test("on disk is shared by all who know the directory", async () => {
    const directory = join(mkdtempSync(join(tmpdir(), "stackyard-cache-")), "modules");
    for (let i = 0; i < 3; i++) {
      const cache = new FileCache(directory);
      expect(await sum(await Module.fromText(new Engine({ cache }), GENERATOR), 4)).toBe(10);
    }
    expect(readdirSync(directory)).toEqual([expect.stringMatching(/^[0-9a-f]{128}\.stackyard$/)]);
    const nowhere = new FileCache("/dev/null/nowhere");
    expect(await sum(await Module.fromText(new Engine({ cache: nowhere }), GENERATOR), 4)).toBe(10);
  });
});
