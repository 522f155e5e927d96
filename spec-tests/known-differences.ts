/** The known differences from the official suites. */
import type { Expectation } from "./expectations.ts";

const V8_HOSTS: readonly string[] = Object.freeze(["node22", "node24", "node26", "deno"]);

export const KNOWN_DIFFERENCES: readonly Expectation[] = Object.freeze([
  // wasm-tools' text parser.
  {
    file: "core/start.wast",
    lines: [102],
    reason: "wasm-tools accepts two start fields in text",
  },
  {
    file: "core/try_table.wast",
    lines: [366, 371],
    reason: "wasm-tools accepts the clauses of legacy exceptions outside of a try",
  },
  {
    file: "threads/memory.wast",
    lines: [83, 87, 91],
    reason: "wasm-tools accepts a memory size out of range in text",
  },

  // Proposals on which others build.
  {
    file: "threads/memory.wast",
    lines: [14, 15],
    reason: "the threads suite predates multi-memory: the module is valid in Wasm 3.0",
  },
  {
    file: "threads/imports.wast",
    lines: [404, 408, 412],
    reason: "the threads suite predates multi-memory: the module is valid in Wasm 3.0",
  },
  {
    file: "threads/imports.wast",
    lines: [309, 313, 317],
    reason: "the threads suite predates several tables: the module is valid in Wasm 3.0",
  },
  {
    file: "core/tag.wast",
    lines: [18, 22],
    backends: ["stackyard", "chaos"],
    reason: "tags may have results: the module is valid with stack switching",
  },

  // Limits of engines.
  {
    file: "core/memory64.wast",
    lines: [8, 9],
    hosts: V8_HOSTS,
    reason: "implementation limit: V8 refuses memories of 2^48 pages",
  },
  {
    file: "core/table.wast",
    lines: [9],
    hosts: V8_HOSTS.filter((host) => host !== "node22"),
    reason: "implementation limit: V8 refuses tables of more than 10,000,000 elements",
  },
  {
    file: "core/table64.wast",
    lines: [9],
    hosts: V8_HOSTS.filter((host) => host !== "node22"),
    reason: "implementation limit: V8 refuses tables of more than 10,000,000 elements",
  },
  {
    error: "invalid (table elements|element count) limits flags",
    hosts: ["node22"],
    reason: "V8 12.4 has no table64",
  },
  {
    error: "Memory64 is not enabled",
    hosts: ["bun"],
    reason: "JavaScriptCore has memory64 switched off",
  },

  // V8's own stack switching (--experimental-wasm-wasmfx).
  {
    file: "suite/subtyping-resume.wast",
    lines: [43, 44, 45, 46],
    hosts: ["deno"],
    backends: ["host"],
    reason: "V8 15 compares signatures where a supertype of the continuation's type is resumed",
  },
  {
    file: "suite/switch-operand.wast",
    lines: [23, 24],
    hosts: ["deno"],
    backends: ["host"],
    reason: "V8 15 looks for the handler of a switch before it looks at the operand",
  },

  // JavaScriptCore's validator.
  {
    file: "core/unreached-invalid.wast",
    lines: [
      20, 26, 32, 41, 45, 49, 55, 59, 63, 70, 76, 82, 88, 94, 100, 106, 112, 118, 124, 131, 137, 143, 149, 155, 161,
      167, 173, 179, 185, 192, 198, 204, 210, 216, 222, 228, 234, 240, 246, 252, 258, 264, 270, 469, 476, 483, 497, 506,
      514, 520, 526, 668, 675, 686, 697, 709, 714, 720, 725, 730, 736, 743, 763, 773,
    ],
    hosts: ["bun"],
    backends: ["host"],
    reason: "JavaScriptCore accepts ill-typed code that cannot be reached",
  },
  {
    file: "core/return_call_ref.wast",
    lines: [336, 352],
    hosts: ["bun"],
    backends: ["host"],
    reason: "JavaScriptCore accepts ill-typed code that cannot be reached",
  },
  {
    file: "core/return_call_indirect.wast",
    lines: [434],
    hosts: ["bun"],
    backends: ["host"],
    reason: "JavaScriptCore accepts ill-typed code that cannot be reached",
  },
  {
    file: "core/call_ref.wast",
    lines: [167, 183],
    hosts: ["bun"],
    backends: ["host"],
    reason: "JavaScriptCore accepts ill-typed code that cannot be reached",
  },
]);
