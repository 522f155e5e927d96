/** Large modules that compilers made, doing their work as they are or transformed: the worker's side. */
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { packageFolder } from "../scripts/packages.ts";
import { run } from "../scripts/process.ts";
import { root } from "../scripts/root.ts";
import type { Run } from "./programs.ts";
import type { ComponentBindgen, Swc, WasmTools } from "../scripts/large-programs.ts";

const VENDOR = join(root, "node_modules/@bytecodealliance/jco-transpile/vendor");
/** Modules that are not files of a package, but strings in its code. */
const RECORDED = join(root, ".packages/modules");

/** A module, and the program around it. */
interface LargeProgram {
  readonly path: () => Promise<string>;
  /** Loads it with the global `WebAssembly`. Its run returns a checksum of all that it made. */
  readonly load: () => Promise<Run>;
}

interface Binaryen {
  readonly default: {
    parseText(text: string): { validate(): number; optimize(): void; emitText(): string; dispose(): void };
  };
}

interface Database {
  run(sql: string): void;
  exec(sql: string): object;
  close(): void;
}

export const LARGE: Readonly<Record<string, LargeProgram>> = {
  /** Rust. Assembles a text and prints what has come out. */
  "wasm-tools": {
    path: async () => join(VENDOR, "wasm-tools.core.wasm"),
    async load() {
      const tools = await wasmTools();
      const text = moduleText(150);
      return repeated((sum) => {
        const bytes = tools.parse(text);
        return textChecksum(tools.print(bytes), checksum(bytes, sum));
      });
    },
  },

  /** C. Fills a database, makes an index and asks for a join. */
  sqlite: {
    path: async () => join(await packageFolder("sql.js"), "dist/sql-wasm.wasm"),
    async load() {
      const start = createRequire(import.meta.url)(await packageFolder("sql.js")) as () => Promise<{
        readonly Database: new () => Database;
      }>;
      const { Database: Opened } = await start();
      return repeated((sum) => {
        const database = new Opened();
        database.run("create table t (id integer primary key, name text, size real)");
        database.run(
          "with recursive n(i) as (select 1 union all select i + 1 from n where i < 2000) " +
            "insert into t select i, 'row ' || (i * 7919 % 1000), i * 0.5 from n",
        );
        database.run("create index by_name on t(name)");
        const result = database.exec(
          "select a.name, count(*), sum(b.size), max(b.name) from t a join t b on b.name = a.name and b.id <= a.id " +
            "group by a.name order by sum(b.size) desc, a.name limit 100",
        );
        database.close();
        return textChecksum(JSON.stringify(result), sum);
      });
    },
  },

  /** Rust. Writes the JavaScript around a component with twenty functions. */
  "component-bindgen": {
    path: async () => join(VENDOR, "js-component-bindgen-component.core.wasm"),
    async load() {
      const tools = await wasmTools();
      const names = Array.from({ length: 20 }, (_, i) => `add${i}`);
      const component = tools.parse(`(component
        (core module $m
          ${names.map((name) => `(func (export "${name}") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))`).join("\n")})
        (core instance $i (instantiate $m))
        ${names.map((name) => `(func (export "${name}") (param "a" u32) (param "b" u32) (result u32) (canon lift (core func $i "${name}")))`).join("\n")})`);
      const bindgen = await imported<ComponentBindgen>(join(VENDOR, "js-component-bindgen-component.js"));
      await bindgen.$init;
      return repeated((sum) => {
        const { files } = bindgen.generate(component, { name: "adder" });
        return files.reduce((before, [name, bytes]) => checksum(bytes, textChecksum(name, before)), sum);
      });
    },
  },

  /** C++. Optimises a module and prints it. */
  binaryen: {
    path: async () => recorded("binaryen"),
    async load() {
      const { default: binaryen } = await imported<Binaryen>(join(root, "node_modules/binaryen/index.js"));
      const text = moduleText(10);
      return repeated((sum) => {
        const module = binaryen.parseText(text);
        module.validate();
        module.optimize();
        const printed = module.emitText();
        module.dispose();
        return textChecksum(printed, sum);
      });
    },
  },

  /** Rust. Compiles a file of TypeScript. */
  swc: {
    path: async () => join(await packageFolder("@swc/wasm"), "wasm_bg.wasm"),
    async load() {
      const { transformSync } = createRequire(import.meta.url)(await packageFolder("@swc/wasm")) as Swc;
      const code = Array.from({ length: 20 }, (_, i) => typeScriptText(i)).join("\n");
      const options = { jsc: { parser: { syntax: "typescript" }, target: "es2020" }, isModule: true };
      return repeated((sum) => textChecksum(transformSync(code, options).code, sum));
    },
  },
};

async function imported<Exports>(path: string): Promise<Exports> {
  return (await import(pathToFileURL(path).href)) as Exports;
}

async function wasmTools(): Promise<WasmTools["tools"]> {
  const { $init, tools } = await imported<WasmTools>(join(VENDOR, "wasm-tools.js"));
  await $init;
  return tools;
}

/** Path of the module that a program compiles, noted by a run of it. */
async function recorded(job: string): Promise<string> {
  const path = join(RECORDED, `${job}-0.wasm`);
  if (existsSync(path)) return path;
  mkdirSync(RECORDED, { recursive: true });
  const { code, stderr } = await run(process.execPath, [join(root, "scripts/large-job.ts"), job, "record", RECORDED]);
  if (code !== 0) throw new Error(`${job} cannot be run: ${stderr.trim().split("\n").at(-1)}`);
  return path;
}

/** Work that is done over and over, adding to a checksum. */
function repeated(work: (sum: number) => number): Run {
  return (count = 1) => {
    let sum = 0;
    for (let i = 0; i < count; i++) sum = work(sum);
    return sum;
  };
}

function typeScriptText(i: number): string {
  return `
export interface Point${i} { readonly x: number; readonly y: number }
export const enum Axis${i} { X, Y = ${i} }
export function* walk${i}<T extends Point${i}>(points: readonly T[], axis: Axis${i} = Axis${i}.X): Generator<number> {
  for (const { x, y } of points) yield axis === Axis${i}.X ? x ** 2 : y ?? -1;
}
export class Path${i} { #points: Point${i}[] = []; add(p: Point${i}): this { this.#points.push(p); return this; } }`;
}

function moduleText(functions: number): string {
  return `(module (memory 1)\n${Array.from({ length: functions }, (_, i) => functionText(i)).join("\n")})`;
}

function functionText(i: number): string {
  return `(func $f${i} (export "f${i}") (param $a i32) (param $b i64) (result i32)
    (local $x i32) (local $y f64)
    (block $done
      (loop $again
        (local.set $x (i32.add (local.get $x) (i32.load offset=${i} (local.get $a))))
        (local.set $y (f64.mul (f64.const ${i}.5) (f64.convert_i32_s (local.get $x))))
        (br_if $done (i32.eqz (local.get $a)))
        (br_if $again (i32.lt_s (local.tee $a (i32.sub (local.get $a) (i32.const 1))) (i32.const ${i * 3})))))
    (if (result i32) (i64.eqz (local.get $b))
      (then (local.get $x))
      (else (i32.wrap_i64 (i64.rotl (local.get $b) (i64.extend_i32_u (local.get $x)))))))`;
}

function checksum(bytes: Uint8Array, start: number): number {
  let sum = start;
  for (const byte of bytes) sum = (Math.imul(sum, 31) + byte) | 0;
  return sum;
}

function textChecksum(text: string, start: number): number {
  return checksum(new TextEncoder().encode(text), start);
}

/** The program with another module in place of its own; `more` is what that one imports besides. */
export async function loadLarge(name: string, replacement: string, more: WebAssembly.Imports): Promise<Run> {
  const program = LARGE[name];
  if (program === undefined) throw new Error(`no large module is called ${name}`);
  const original = readFileSync(await program.path());
  globalThis.WebAssembly = substituting(original, readFileSync(replacement), more);
  return program.load();
}

/** The host's namespace, but for one module in place of which it takes another. */
function substituting(original: Uint8Array, replacement: Uint8Array, more: WebAssembly.Imports): typeof WebAssembly {
  const host = globalThis.WebAssembly;
  const replaced = new WeakSet<WebAssembly.Module>();
  const isOriginal = (source: BufferSource): boolean => Buffer.compare(bytesOf(source), original) === 0;
  const bytesFor = (source: BufferSource): BufferSource =>
    isOriginal(source) ? (replacement as Uint8Array<ArrayBuffer>) : source;
  const noted = (module: WebAssembly.Module, source: BufferSource): WebAssembly.Module => {
    if (isOriginal(source)) replaced.add(module);
    return module;
  };
  const importsFor = (module: WebAssembly.Module, imports?: WebAssembly.Imports): WebAssembly.Imports | undefined =>
    replaced.has(module) ? { ...imports, ...more } : imports;
  const started = (instance: WebAssembly.Instance): WebAssembly.Instance => {
    startLowered(instance);
    return instance;
  };
  const compile = async (source: BufferSource): Promise<WebAssembly.Module> =>
    noted(await host.compile(bytesFor(source)), source);
  const instantiate = async (source: BufferSource | WebAssembly.Module, imports?: WebAssembly.Imports) => {
    const given = source instanceof host.Module;
    const module = given ? source : await compile(source);
    const instance = started(await host.instantiate(module, importsFor(module, imports)));
    return given ? instance : { module, instance };
  };
  const Module = new Proxy(host.Module, {
    construct: (_, [source]: [BufferSource]) => noted(new host.Module(bytesFor(source)), source),
  });
  const Instance = new Proxy(host.Instance, {
    construct: (_, [module, imports]: [WebAssembly.Module, WebAssembly.Imports?]) =>
      started(new host.Instance(module, importsFor(module, imports))),
  });
  const own = { compile, instantiate, Module, Instance };
  return Object.defineProperties(Object.create(host), Object.getOwnPropertyDescriptors(own)) as typeof WebAssembly;
}

/** A lowered module exports its start function, for its instantiator to call. */
export function startLowered(instance: WebAssembly.Instance): void {
  const start = Object.entries(instance.exports).find(([name]) => /^stackyard:+start$/.test(name));
  if (start !== undefined) (start[1] as () => void)();
}

function bytesOf(source: BufferSource): Buffer {
  return ArrayBuffer.isView(source)
    ? Buffer.from(source.buffer, source.byteOffset, source.byteLength)
    : Buffer.from(source);
}
