/**
 * Traps: code, official text (what the .wast files assert), and how each host words it.
 *
 * Hosts use one message for several traps where the specification has one text each ("table index is out of bounds"): the
 * rows that a message may stand for are listed in order, the most likely first, and the instruction that trapped tells more
 * (debug/trap-instruction.ts). Lowered code raises traps of its own with the official text, so those are exact on every host.
 *
 * The messages were seen on V8 12.4, 14.6 and 15.0, JavaScriptCore (Bun 1.4, WebKitGTK 2.50) and SpiderMonkey 153.
 */

interface TrapRow {
  readonly text: string;
  /** Messages of V8, JavaScriptCore and SpiderMonkey, as prefixes, in lower case; what varies in the middle is `*`. */
  readonly host: readonly string[];
}

/** JavaScriptCore says this of whatever reference was null in some of its tiers. */
const SOME_NULL_JSC = "access to a null reference";
/** V8 and SpiderMonkey, the same. */
const SOME_NULL = Object.freeze(["dereferencing a null pointer", "dereferencing null pointer", SOME_NULL_JSC] as const);

const ROWS = {
  unreachable: { text: "unreachable", host: ["unreachable"] },
  "integer-divide-by-zero": {
    text: "integer divide by zero",
    host: ["divide by zero", "remainder by zero", "division by zero", "integer divide by zero"],
  },
  "integer-overflow": {
    text: "integer overflow",
    host: [
      "divide result unrepresentable",
      "float unrepresentable in integer range",
      "out of bounds trunc operation",
      "integer overflow",
    ],
  },
  "invalid-conversion-to-integer": {
    text: "invalid conversion to integer",
    host: ["float unrepresentable in integer range", "out of bounds trunc operation", "invalid conversion to integer"],
  },
  "memory-out-of-bounds": {
    text: "out of bounds memory access",
    host: [
      "memory access out of bounds",
      "data segment out of bounds",
      "data segment * is out of bounds",
      "out of bounds memory access",
      "out of bounds or failed to allocate in array.new_data",
      "out of bounds array.init_data",
      "invalid data segment initialization",
      "index out of bounds",
    ],
  },
  "undefined-element": {
    text: "undefined element",
    host: ["table index is out of bounds", "out of bounds call_indirect", "index out of bounds"],
  },
  "table-out-of-bounds": {
    text: "out of bounds table access",
    host: [
      "table index is out of bounds",
      "table access out of bounds",
      "element segment out of bounds",
      "element segment * is out of bounds",
      "out of bounds table access",
      "table index out of bounds",
      "out of bounds or failed to allocate in array.new_elem",
      "out of bounds array.init_elem",
      "element is trying to set an out of bounds table index",
      "index out of bounds",
    ],
  },
  "uninitialized-element": {
    text: "uninitialized element",
    host: [
      // Also how "null function or function signature mismatch" begins.
      "null function",
      "function signature mismatch",
      "call_indirect to a null table entry",
      "call_indirect to a signature that does not match",
      "indirect call to null",
    ],
  },
  "indirect-call-type-mismatch": {
    text: "indirect call type mismatch",
    host: [
      "null function or function signature mismatch",
      "function signature mismatch",
      "call_indirect to a signature that does not match",
      "indirect call signature mismatch",
    ],
  },
  "null-reference": {
    text: "null reference",
    host: [...SOME_NULL, "ref.as_non_null to a null reference"],
  },
  "null-structure-reference": {
    text: "null structure reference",
    host: [...SOME_NULL, "struct.get to a null reference", "struct.set to a null reference"],
  },
  "null-array-reference": {
    text: "null array reference",
    host: [
      ...SOME_NULL,
      "array.get to a null reference",
      "array.set to a null reference",
      "array.len to a null reference",
      "array.fill to a null reference",
      "array.copy to a null reference",
      "array.init_elem to a null reference",
      "array.init_data to a null reference",
    ],
  },
  "null-i31-reference": {
    text: "null i31 reference",
    host: [...SOME_NULL, "i31.get_<sx> to a null reference"],
  },
  "cast-failure": {
    text: "cast failure",
    host: ["illegal cast", "ref.cast failed to cast reference to target heap type", "bad cast", SOME_NULL_JSC],
  },
  "array-out-of-bounds": {
    text: "out of bounds array access",
    host: [
      "array element access out of bounds",
      "out of bounds array.get",
      "out of bounds array.set",
      "out of bounds array.fill",
      "out of bounds array.copy",
      "out of bounds array.init_data",
      "out of bounds array.init_elem",
      "index out of bounds",
    ],
  },
  "array-too-large": {
    text: "requested new array is too large",
    host: [
      "requested new array is too large",
      "failed to allocate new array",
      "out of bounds or failed to allocate in array.new_data",
      "out of bounds or failed to allocate in array.new_elem",
      "too many array elements",
    ],
  },
  "unaligned-atomic": {
    text: "unaligned atomic",
    host: [
      "operation does not support unaligned accesses",
      "unaligned memory access",
      // JavaScriptCore, of waiting and waking.
      "out of bounds memory access",
    ],
  },
  "expected-shared-memory": {
    text: "expected shared memory",
    host: [
      "atomics.wait cannot be called in this context",
      "atomic wait is not allowed",
      "atomic wait on non-shared memory",
      "out of bounds memory access",
    ],
  },
  "call-stack-exhausted": {
    text: "call stack exhausted",
    host: ["maximum call stack size exceeded", "too much recursion"],
  },
  "unhandled-tag": { text: "unhandled tag", host: [] },
  "continuation-already-consumed": { text: "continuation already consumed", host: [] },
  "null-continuation-reference": { text: "null continuation reference", host: [...SOME_NULL] },
  "null-function-reference": {
    text: "null function reference",
    host: [...SOME_NULL, "call_ref to a null reference"],
  },
  "null-exception-reference": {
    text: "null exception reference",
    host: [...SOME_NULL, "rethrowing null value", "throw_ref on a null reference"],
  },
  "out-of-fuel": { text: "all fuel consumed", host: [] },
  interrupt: { text: "interrupt", host: [] },
  "cannot-re-enter": { text: "function cannot be re-entered", host: [] },
} as const satisfies Record<string, TrapRow>;

/** Names a kind of trap; see {@link TRAP_TEXTS} for the official text of each. */
export type TrapCode = keyof typeof ROWS | "unknown";

const CODES = Object.freeze(Object.keys(ROWS) as (keyof typeof ROWS)[]);

/** Official text of each trap. */
export const TRAP_TEXTS: Readonly<Record<TrapCode, string>> = Object.freeze(
  Object.fromEntries([...CODES.map((code) => [code, ROWS[code].text]), ["unknown", "trap"]]) as Record<
    TrapCode,
    string
  >,
);

/**
 * The traps that a host's error may stand for, the most likely first; empty if the error is not a trap.
 *
 * A trap is a `RuntimeError` of the host, or what it throws when the call stack is exhausted (V8 and JavaScriptCore a
 * `RangeError`, SpiderMonkey an `InternalError`).
 */
export function trapCodes(error: unknown): TrapCode[] {
  if (!isErrorLike(error)) return [];
  const isTrap = error instanceof WebAssembly.RuntimeError;
  if (!isTrap && error.name !== "RangeError" && error.name !== "InternalError") return [];
  const message = error.message.replace(/^WebAssembly\.\w+\(\): /, "");
  const text = message.toLowerCase();
  if (!isTrap) {
    return ROWS["call-stack-exhausted"].host.some((known) => says(text, known)) ? ["call-stack-exhausted"] : [];
  }
  // Lowered code has the official texts, and no host has them for anything else.
  const exact = CODES.find((code) => ROWS[code].text === message);
  if (exact !== undefined) return [exact];
  const codes: TrapCode[] = CODES.filter((code) => ROWS[code].host.some((known) => says(text, known)));
  return codes.length > 0 ? codes : ["unknown"];
}

/** Errors of another realm count, too. */
function isErrorLike(error: unknown): error is { readonly name: string; readonly message: string } {
  return typeof error === "object" && error !== null && "name" in error && "message" in error;
}

/** Whether a message begins with `known`, whose `*` stands for a number. */
function says(text: string, known: string): boolean {
  return known.includes("*") ? text.replace(/[0-9]+/, "*").startsWith(known) : text.startsWith(known);
}
