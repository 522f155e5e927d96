/**
 * What `stackyard run` gives to modules that import: the `spectest` module that the specification's tests and many hand-written
 * examples use, printing as the reference interpreter does, and a few printing functions in `env`.
 */
import { F32, F64 } from "../../wasm/types.ts";
import type { Imports } from "../instance.ts";
import type { CommandIo } from "./command.ts";
import { formatFloat } from "./values.ts";

export const IMPORTS_HELP = `Imports that are always there:
  spectest.print  .print_i32  .print_i64  .print_f32  .print_f64  .print_i32_f32  .print_f64_f64
                        print values with their types, one per line ("7 : i32")
  spectest.global_i32 .global_i64 .global_f32 .global_f64 (666), .table, .memory
  env.print_i32  .print_i64  .print_f32  .print_f64
                        print a value alone on its line
  env.print_char        prints the character with this Unicode code point, without a line break
`;

/** Fresh imports that print to `io`. */
export function defaultImports(io: CommandIo): Imports {
  const line = (...parts: readonly string[]): void => io.stdout(`${parts.join("\n")}\n`);
  const f32 = (value: number): string => formatFloat(value, F32);
  const f64 = (value: number): string => formatFloat(value, F64);
  return {
    spectest: {
      print: () => undefined,
      print_i32: (value: number) => line(`${value} : i32`),
      print_i64: (value: bigint) => line(`${value} : i64`),
      print_f32: (value: number) => line(`${f32(value)} : f32`),
      print_f64: (value: number) => line(`${f64(value)} : f64`),
      print_i32_f32: (a: number, b: number) => line(`${a} : i32`, `${f32(b)} : f32`),
      print_f64_f64: (a: number, b: number) => line(`${f64(a)} : f64`, `${f64(b)} : f64`),
      global_i32: 666,
      global_i64: 666n,
      global_f32: Math.fround(666.6),
      global_f64: 666.6,
      table: new WebAssembly.Table({ element: "anyfunc", initial: 10, maximum: 20 }),
      memory: new WebAssembly.Memory({ initial: 1, maximum: 2 }),
    },
    env: {
      print_i32: (value: number) => line(`${value}`),
      print_i64: (value: bigint) => line(`${value}`),
      print_f32: (value: number) => line(f32(value)),
      print_f64: (value: number) => line(f64(value)),
      print_char: (code: number) => {
        const isScalar = code >= 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
        io.stdout(isScalar ? String.fromCodePoint(code) : "\ufffd");
      },
    },
  };
}
