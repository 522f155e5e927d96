/**
 * Trap messages of the engines, by official message. Stackyard's own traps carry the official text; a module that needs no
 * lowering runs on the host as it is, and traps with the host's words.
 */

/** Beginnings of an engine's messages. */
interface HostWords {
  readonly v8: readonly string[];
  readonly javaScriptCore: readonly string[];
  readonly spiderMonkey: readonly string[];
}

const MEMORY: HostWords = {
  v8: ["memory access out of bounds", "data segment out of bounds", "data segment"],
  javaScriptCore: [
    "Out of bounds memory access",
    "Out of bounds or failed to allocate in array.new_data",
    "Out of bounds array.init_data",
    "Invalid data segment initialization",
  ],
  spiderMonkey: ["index out of bounds"],
};

const TABLE: HostWords = {
  v8: ["table index is out of bounds", "element segment out of bounds"],
  javaScriptCore: [
    "Out of bounds table access",
    "Out of bounds or failed to allocate in array.new_elem",
    "Out of bounds array.init_elem",
    "Element is trying to set an out of bounds table index",
  ],
  spiderMonkey: ["index out of bounds", "table index out of bounds"],
};

const ARRAY: HostWords = {
  v8: ["array element access out of bounds", "element segment out of bounds"],
  javaScriptCore: [
    "Out of bounds array.get",
    "Out of bounds array.set",
    "Out of bounds array.fill",
    "Out of bounds array.copy",
    "Out of bounds array.init_data",
    "Out of bounds array.init_elem",
  ],
  spiderMonkey: ["index out of bounds"],
};

const NULL: HostWords = {
  v8: ["dereferencing a null pointer"],
  javaScriptCore: [
    "access to a null reference",
    "ref.as_non_null to a null reference",
    "i31.get_<sx> to a null reference",
    "call_ref to a null reference",
    "array.init_elem to a null reference",
    "array.init_data to a null reference",
  ],
  spiderMonkey: ["dereferencing null pointer"],
};

/** V8 and JavaScriptCore tell a null entry from one of another type only sometimes. */
const INDIRECT_CALL: HostWords = {
  v8: ["null function or function signature mismatch", "function signature mismatch", "null function"],
  javaScriptCore: ["call_indirect to a signature that does not match", "call_indirect to a null table entry"],
  spiderMonkey: ["indirect call to null", "indirect call signature mismatch"],
};

const TRUNCATION: HostWords = {
  v8: ["float unrepresentable in integer range"],
  javaScriptCore: ["Out of bounds Trunc operation"],
  spiderMonkey: ["invalid conversion to integer", "integer overflow"],
};

const HOST_MESSAGES: Readonly<Record<string, HostWords>> = Object.freeze({
  unreachable: {
    v8: ["unreachable"],
    javaScriptCore: ["Unreachable code should not be executed"],
    spiderMonkey: ["unreachable executed"],
  },
  "out of bounds memory access": MEMORY,
  "out of bounds table access": TABLE,
  "undefined element": { ...TABLE, javaScriptCore: ["Out of bounds call_indirect"] },
  "uninitialized element": INDIRECT_CALL,
  "indirect call type mismatch": INDIRECT_CALL,
  "out of bounds array access": ARRAY,
  "integer divide by zero": {
    v8: ["divide by zero", "remainder by zero"],
    javaScriptCore: ["Division by zero"],
    spiderMonkey: ["integer divide by zero"],
  },
  "integer overflow": {
    v8: [...TRUNCATION.v8, "divide result unrepresentable"],
    javaScriptCore: [...TRUNCATION.javaScriptCore, "Integer overflow"],
    spiderMonkey: TRUNCATION.spiderMonkey,
  },
  "invalid conversion to integer": TRUNCATION,
  "unaligned atomic": {
    v8: ["operation does not support unaligned accesses"],
    javaScriptCore: ["Unaligned memory access"],
    spiderMonkey: ["unaligned memory access"],
  },
  "expected shared memory": {
    v8: ["Atomics.wait cannot be called in this context", "atomic wait is not allowed"],
    javaScriptCore: [],
    spiderMonkey: ["atomic wait on non-shared memory"],
  },
  "cast failure": {
    v8: ["illegal cast"],
    javaScriptCore: ["ref.cast failed to cast reference to target heap type"],
    spiderMonkey: ["bad cast"],
  },
  "null reference": NULL,
  "null array reference": NULL,
  "null structure reference": NULL,
  "null i31 reference": NULL,
  "null function reference": NULL,
  "null exception reference": {
    ...NULL,
    v8: ["rethrowing null value"],
    javaScriptCore: ["throw_ref on a null reference"],
  },
  "null continuation reference": NULL,
  "continuation already consumed": {
    v8: ["WasmFX: resuming an invalid continuation"],
    javaScriptCore: [],
    spiderMonkey: [],
  },
});

/** Whether a trap with `message` is the one that a script calls `official`: the same text, or some host's words for it. */
export function isTrapMessage(official: string, message: string): boolean {
  if (message.startsWith(official)) return true;
  // Some scripts do not say what the reference should have been to.
  if (official === "null reference" && /^null \w+ reference$/.test(message)) return true;
  // The script may name the element: "uninitialized element 2".
  const words = HOST_MESSAGES[official.replace(/ \d+$/, "")];
  if (words === undefined) return false;
  const said = message.replace(/^WebAssembly\.\w+\(\): /, "");
  return Object.values(words).some((beginnings: readonly string[]) => beginnings.some((text) => said.startsWith(text)));
}
