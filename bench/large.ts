/** Large modules that compilers made, doing their work as they are or transformed: the worker's side. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { packageFolder } from "../scripts/packages.ts";
import { root } from "../scripts/root.ts";
import type { Run } from "./programs.ts";

const VENDOR = join(root, "node_modules/@bytecodealliance/jco-transpile/vendor");

/** A module, and the program around it. */
interface LargeProgram {
  readonly path: () => Promise<string>;
  /** Loads it with the global `WebAssembly`. Its run returns a checksum of all that it made. */
  readonly load: () => Promise<Run>;
}

interface WasmTools {
  readonly $init: Promise<void>;
  readonly tools: { parse(text: string): Uint8Array; print(bytes: Uint8Array): string };
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
      const { $init, tools } = (await import(pathToFileURL(join(VENDOR, "wasm-tools.js")).href)) as WasmTools;
      await $init;
      const text = `(module (memory 1)\n${Array.from({ length: 150 }, (_, i) => functionText(i)).join("\n")})`;
      return (count = 1) => {
        let sum = 0;
        for (let i = 0; i < count; i++) {
          const bytes = tools.parse(text);
          sum = checksum(bytes, sum);
          sum = checksum(new TextEncoder().encode(tools.print(bytes)), sum);
        }
        return sum;
      };
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
      return (count = 1) => {
        let sum = 0;
        for (let i = 0; i < count; i++) {
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
          sum = checksum(new TextEncoder().encode(JSON.stringify(result)), sum);
          database.close();
        }
        return sum;
      };
    },
  },
};

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
  const compile = async (source: BufferSource): Promise<WebAssembly.Module> => {
    const isOriginal = Buffer.compare(bytesOf(source), original) === 0;
    const module = await host.compile(isOriginal ? (replacement as Uint8Array<ArrayBuffer>) : source);
    if (isOriginal) replaced.add(module);
    return module;
  };
  const instantiate = async (source: BufferSource | WebAssembly.Module, imports?: WebAssembly.Imports) => {
    const given = source instanceof host.Module;
    const module = given ? source : await compile(source);
    const instance = await host.instantiate(module, replaced.has(module) ? { ...imports, ...more } : imports);
    startLowered(instance);
    return given ? instance : { module, instance };
  };
  const own = { compile, instantiate };
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
