/** Binaryen's own generator (`wasm-opt --translate-to-fuzz`): random bytes become a valid module without continuations. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compileFunction } from "node:vm";
import { packageFolder } from "../scripts/packages.ts";
import { Random } from "./random.ts";

const OPTIONS = Object.freeze([
  "--translate-to-fuzz",
  // The bits of NaNs are the engine's choice.
  "--denan",
  // Engines refuse modules that mix both forms of exceptions.
  "--translate-to-exnref",
  "--all-features",
  "--quiet",
  ...["shared-everything", "stack-switching", "strings", "fp16", "custom-descriptors", "relaxed-simd", "threads"].map(
    (feature) => `--disable-${feature}`,
  ),
  ...["compact-imports", "acquire-release-atomics", "multibyte", "custom-page-sizes"].map(
    (feature) => `--disable-${feature}`,
  ),
]);

/** What wasm-opt's code is a function of. Each call of it is a run of the program, in a new instance. */
type Program = (
  module: object,
  require: NodeJS.Require,
  exported: object,
  wasm: object,
  host: object,
  folder: string,
) => void;

/** The generator, loaded once. */
export class Binaryen {
  readonly #program: Program;
  readonly #folder: string = mkdtempSync(join(tmpdir(), "stackyard-binaryen-"));
  #compiled: WebAssembly.Module | undefined;

  private constructor(program: Program) {
    this.#program = program;
  }

  /** @throws if the package is not there and cannot be installed */
  static async load(): Promise<Binaryen> {
    const file = join(await packageFolder("binaryen"), "bin/wasm-opt");
    const text = readFileSync(file, "utf8").replace(/^#!.*/, "");
    const names = ["Module", "require", "module", "WebAssembly", "process", "__dirname"];
    return new Binaryen(compileFunction(text, names, { filename: file }) as Program);
  }

  /** The module that a seed and a number make. */
  async module(seed: number, index: number): Promise<Uint8Array<ArrayBuffer>> {
    const random = new Random(seed, index);
    const input = join(this.#folder, "input");
    const output = join(this.#folder, "output.wasm");
    const size = random.pick([100, 200, 400, 800, 1600, 4000]);
    writeFileSync(
      input,
      Uint8Array.from({ length: size }, () => random.below(256)),
    );
    await this.#run([input, ...OPTIONS, "--output", output]);
    return new Uint8Array(readFileSync(output));
  }

  #run(args: readonly string[]): Promise<void> {
    const instance = (imports: WebAssembly.Imports): WebAssembly.Instance =>
      new WebAssembly.Instance(this.#compiled as WebAssembly.Module, imports);
    const wasm = Object.create(WebAssembly, {
      instantiate: {
        value: async (bytes: BufferSource, imports: WebAssembly.Imports) => {
          this.#compiled = new WebAssembly.Module(bytes);
          return { instance: instance(imports), module: this.#compiled };
        },
      },
    }) as object;
    return new Promise((resolve) => {
      const module = {
        arguments: [...args],
        print: () => undefined,
        printErr: () => undefined,
        postRun: [() => resolve()],
        // Without this it would decode its own code from text again.
        ...(this.#compiled === undefined
          ? {}
          : {
              instantiateWasm: (imports: WebAssembly.Imports, done: (instance: WebAssembly.Instance) => void) => {
                done(instance(imports));
                return {};
              },
            }),
      };
      const host = { ...process, argv: [process.argv0, "wasm-opt"], versions: process.versions, on: () => undefined };
      this.#program(module, createRequire(import.meta.url), {}, wasm, host, this.#folder);
    });
  }

  close(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
