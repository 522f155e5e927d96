/**
 * One real program of WebAssembly doing a small piece of its work, with a WebAssembly namespace of choice in place of the
 * global one.
 *
 *     node scripts/large-job.ts JOB host             the host's own namespace
 *     node scripts/large-job.ts JOB record FOLDER    the same, keeping the modules that the program compiles
 *     node scripts/large-job.ts JOB lowered          ours
 *     node scripts/large-job.ts JOB chaos SEED       ours, everything lowered, calls unwound and rewound at random
 *
 * What the program made of its input goes to standard output, so that runs can be compared. large-modules.ts starts it.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { createWebAssembly } from "../runtime/webassembly/index.ts";
import { packageFolder } from "./packages.ts";
import { root } from "./root.ts";
import type { ComponentBindgen, Swc, WasmTools } from "./large-programs.ts";

const host = WebAssembly;
const VENDOR = join(root, "node_modules/@bytecodealliance/jco-transpile/vendor");
/** Modules below this many bytes are not worth keeping. */
const WORTH_KEEPING = 100_000;

/** Work of a moderate size: every line of it passes through the program's parser and printer. */
const TYPESCRIPT = `
interface Point { readonly x: number; readonly y: number }
export const enum Axis { X, Y }
export function* walk<T extends Point>(points: readonly T[], axis: Axis = Axis.X): Generator<number> {
  for (const { x, y } of points) yield axis === Axis.X ? x ** 2 : y ?? -1;
}
export default class Path { #points: Point[] = []; add(p: Point): this { this.#points.push(p); return this; } }
`;
const WAT = `(module
  (type $ft (func (param i32) (result i32)))
  (type $ct (cont $ft))
  (tag $e (param i32) (result i32))
  (memory 1)
  (data (i32.const 8) "hello")
  (func $fac (export "fac") (param $n i64) (result i64)
    (if (result i64) (i64.eqz (local.get $n))
      (then (i64.const 1))
      (else (i64.mul (local.get $n) (call $fac (i64.sub (local.get $n) (i64.const 1)))))))
  (func (export "sum") (param $a i32) (param $b i32) (result i32)
    (local $sum i32)
    (loop $next
      (local.set $sum (i32.add (local.get $sum) (i32.load (local.get $a))))
      (local.set $a (i32.add (local.get $a) (i32.const 4)))
      (br_if $next (local.tee $b (i32.sub (local.get $b) (i32.const 1)))))
    (local.get $sum)))`;

const JOBS: Readonly<Record<string, () => Promise<string>>> = {
  async "wasm-tools"() {
    const { $init, tools } = await load<WasmTools>(join(VENDOR, "wasm-tools.js"));
    await $init;
    const bytes = tools.parse(WAT);
    return `${hex(bytes)}\n${tools.print(bytes)}`;
  },

  async "component-bindgen"() {
    // The component that is transpiled is made by wasm-tools with the host's namespace: one program at a time.
    const current = globalThis.WebAssembly;
    globalThis.WebAssembly = host;
    const { $init: toolsInit, tools } = await load<WasmTools>(join(VENDOR, "wasm-tools.js"));
    await toolsInit;
    const component = tools.parse(`(component
      (core module $m (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))
      (core instance $i (instantiate $m))
      (func (export "add") (param "a" u32) (param "b" u32) (result u32) (canon lift (core func $i "add"))))`);
    globalThis.WebAssembly = current;
    const { $init, generate } = await load<ComponentBindgen>(join(VENDOR, "js-component-bindgen-component.js"));
    await $init;
    const { files } = generate(component, { name: "adder" });
    return files.map(([name, bytes]) => `${name}\n${name.endsWith(".wasm") ? hex(bytes) : text(bytes)}`).join("\n");
  },

  async binaryen() {
    const { default: binaryen } = await load<Binaryen>(join(root, "node_modules/binaryen/index.js"));
    const module = binaryen.parseText(WAT.replace(/\(type \$[\s\S]*?(?=\(memory)/, ""));
    module.validate();
    module.optimize();
    return module.emitText();
  },

  async esbuild() {
    // A Go program with a scheduler of its own, which runs on timers and callbacks.
    const folder = await packageFolder("esbuild-wasm");
    const require = createRequire(import.meta.url);
    Object.assign(globalThis, { fs: require("node:fs"), path: require("node:path") });
    require(join(folder, "wasm_exec.js"));
    const { Go } = globalThis as unknown as { readonly Go: new () => GoProgram };
    const go = new Go();
    go.argv = ["esbuild", join(root, "wasm/writer.ts"), "--bundle", "--minify-whitespace", "--format=esm"];
    go.env = { PWD: root };
    const module = new globalThis.WebAssembly.Module(readFileSync(join(folder, "esbuild.wasm")));
    await go.run(new globalThis.WebAssembly.Instance(module, go.importObject));
    return "done"; // What it has to say goes to standard output by itself.
  },

  async swc() {
    const folder = await packageFolder("@swc/wasm");
    const { transformSync } = createRequire(import.meta.url)(folder) as Swc;
    const options = { jsc: { parser: { syntax: "typescript" }, target: "es2020" }, isModule: true };
    return transformSync(TYPESCRIPT, options).code;
  },

  async rollup() {
    const folder = await packageFolder("@rollup/wasm-node");
    const { rollup } = await load<Rollup>(join(folder, "dist/es/rollup.js"));
    const files = new Map([
      ["main.js", `import { used, Unused } from "lib.js"; console.log(used(6) * 7);`],
      [
        "lib.js",
        `export const used = (n) => n ** 2; export class Unused { #x = 1 } export function* never() { yield 1 }`,
      ],
    ]);
    const plugin = { name: "files", resolveId: (id: string) => id, load: (id: string) => files.get(id) };
    const bundle = await rollup({ input: "main.js", plugins: [plugin] });
    const { output } = await bundle.generate({ format: "es" });
    return output.map(({ code }) => code).join("");
  },

  async sqlite() {
    const folder = await packageFolder("sql.js");
    const start = createRequire(import.meta.url)(folder) as SqlJs;
    const { Database } = await start();
    const database = new Database();
    database.run("create table t (id integer primary key, name text, size real)");
    database.run(
      "with recursive n(i) as (select 1 union all select i + 1 from n where i < 200) insert into t select i, 'row ' || i, i * 0.5 from n",
    );
    database.run("create index by_size on t(size)");
    const result = database.exec(
      "select a.name, count(*), sum(b.size), group_concat(b.id) from t a join t b on b.size < a.size where a.id % 50 = 0 group by a.id order by a.size desc",
    );
    return JSON.stringify(result);
  },
};

interface Binaryen {
  readonly default: { parseText(text: string): { validate(): number; optimize(): void; emitText(): string } };
}
interface GoProgram {
  argv: readonly string[];
  env: Readonly<Record<string, string>>;
  readonly importObject: WebAssembly.Imports;
  run(instance: WebAssembly.Instance): Promise<void>;
}
interface Rollup {
  rollup(
    options: object,
  ): Promise<{ generate(options: object): Promise<{ readonly output: readonly { readonly code: string }[] }> }>;
}
type SqlJs = () => Promise<{ readonly Database: new () => { run(sql: string): void; exec(sql: string): object } }>;

async function load<Exports>(path: string): Promise<Exports> {
  return (await import(pathToFileURL(path).href)) as Exports;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

/** The host's namespace, writing each large module that it is given to a file. */
function recorder(prefix: string): typeof WebAssembly {
  let count = 0;
  const keep = (source: unknown): void => {
    if (source instanceof host.Module) return;
    const bytes = Buffer.from(
      ArrayBuffer.isView(source)
        ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
        : new Uint8Array(source as ArrayBuffer),
    );
    if (bytes.length >= WORTH_KEEPING) writeFileSync(`${prefix}-${count++}.wasm`, bytes);
  };
  const Module = new Proxy(host.Module, {
    construct(target, args, newTarget) {
      keep(args[0]);
      return Reflect.construct(target, args, newTarget) as object;
    },
  });
  const recording = <Fn extends (...args: never[]) => unknown>(fn: Fn): Fn =>
    new Proxy(fn, {
      apply(target, self, args) {
        keep(args[0]);
        return Reflect.apply(target, self, args) as unknown;
      },
    });
  const { compile, instantiate } = host;
  const own = { Module, compile: recording(compile), instantiate: recording(instantiate) };
  return Object.defineProperties(Object.create(host), Object.getOwnPropertyDescriptors(own)) as typeof WebAssembly;
}

function namespaceOf(kind: string, argument: string, job: string): typeof WebAssembly {
  if (kind === "host") return host;
  if (kind === "record") return recorder(join(argument, job));
  const options = kind === "chaos" ? { chaos: Number(argument) } : {};
  return createWebAssembly(options);
}

const [job = "", kind = "host", argument = ""] = process.argv.slice(2);
const work = JOBS[job];
if (work === undefined) {
  console.error(`no job is called ${job}; there are ${Object.keys(JOBS).join(", ")}`);
  process.exit(2);
}
globalThis.WebAssembly = namespaceOf(kind, argument, job);
console.log(await work());
