/** How engines word traps: seen on Node 22 and 26, Deno 2.9 (V8), Bun 1.4, WebKitGTK 2.50 (JavaScriptCore), Firefox 153. */
import { expect, test } from "@jest/globals";
import { TRAP_TEXTS, trapCodes } from "../../runtime/index.ts";

const MESSAGES: readonly (readonly [
  official: string,
  seen: readonly (readonly [engine: string, message: string])[],
])[] = [
  [
    "unreachable",
    [
      ["V8", "unreachable"],
      ["JavaScriptCore", "Unreachable code should not be executed"],
      ["SpiderMonkey", "unreachable executed"],
    ],
  ],
  [
    "integer divide by zero",
    [
      ["V8", "divide by zero"],
      ["V8", "remainder by zero"],
      ["JavaScriptCore", "Division by zero"],
      ["SpiderMonkey", "integer divide by zero"],
    ],
  ],
  [
    "integer overflow",
    [
      ["V8", "divide result unrepresentable"],
      ["V8", "float unrepresentable in integer range"],
      ["JavaScriptCore", "Integer overflow"],
      ["JavaScriptCore", "Out of bounds Trunc operation"],
      ["SpiderMonkey", "integer overflow"],
    ],
  ],
  [
    "invalid conversion to integer",
    [
      ["V8", "float unrepresentable in integer range"],
      ["JavaScriptCore", "Out of bounds Trunc operation"],
      ["SpiderMonkey", "invalid conversion to integer"],
    ],
  ],
  [
    "out of bounds memory access",
    [
      ["V8", "memory access out of bounds"],
      ["V8", "data segment out of bounds"],
      ["V8", "WebAssembly.Instance(): data segment 0 is out of bounds (offset 65536, length 1, memory size 65536)"],
      ["JavaScriptCore", "Out of bounds memory access"],
      ["JavaScriptCore", "Out of bounds or failed to allocate in array.new_data"],
      ["JavaScriptCore", "Out of bounds array.init_data"],
      [
        "JavaScriptCore",
        "Invalid data segment initialization: segment of 1 bytes memory of 65536 bytes, at offset 65536, segment writes outside of memory",
      ],
      ["SpiderMonkey", "index out of bounds"],
    ],
  ],
  [
    "out of bounds table access",
    [
      ["V8", "table index is out of bounds"],
      ["V8", "element segment out of bounds"],
      ["V8", "WebAssembly.Instance(): table index is out of bounds"],
      ["JavaScriptCore", "Out of bounds table access"],
      ["JavaScriptCore", "Out of bounds or failed to allocate in array.new_elem"],
      ["JavaScriptCore", "Out of bounds array.init_elem"],
      ["JavaScriptCore", "Element is trying to set an out of bounds table index"],
      ["SpiderMonkey", "table index out of bounds"],
      ["SpiderMonkey", "index out of bounds"],
    ],
  ],
  [
    "undefined element",
    [
      ["V8", "table index is out of bounds"],
      ["JavaScriptCore", "Out of bounds call_indirect"],
      ["SpiderMonkey", "index out of bounds"],
    ],
  ],
  [
    "uninitialized element",
    [
      ["V8", "function signature mismatch"],
      ["V8", "null function or function signature mismatch"],
      ["V8", "null function"],
      ["JavaScriptCore", "call_indirect to a signature that does not match"],
      ["JavaScriptCore", "call_indirect to a null table entry"],
      ["SpiderMonkey", "indirect call to null"],
    ],
  ],
  [
    "indirect call type mismatch",
    [
      ["V8", "function signature mismatch"],
      ["V8", "null function or function signature mismatch"],
      ["JavaScriptCore", "call_indirect to a signature that does not match"],
      ["SpiderMonkey", "indirect call signature mismatch"],
    ],
  ],
  [
    "null structure reference",
    [
      ["V8", "dereferencing a null pointer"],
      ["JavaScriptCore", "access to a null reference"],
      ["JavaScriptCore", "struct.get to a null reference"],
      ["JavaScriptCore", "struct.set to a null reference"],
      ["SpiderMonkey", "dereferencing null pointer"],
    ],
  ],
  [
    "null array reference",
    [
      ["V8", "dereferencing a null pointer"],
      ["JavaScriptCore", "access to a null reference"],
      ["JavaScriptCore", "array.init_data to a null reference"],
      ["JavaScriptCore", "array.init_elem to a null reference"],
      ["JavaScriptCore", "array.get to a null reference"],
      ["JavaScriptCore", "array.set to a null reference"],
      ["JavaScriptCore", "array.len to a null reference"],
      ["JavaScriptCore", "array.fill to a null reference"],
      ["JavaScriptCore", "array.copy to a null reference"],
      ["SpiderMonkey", "dereferencing null pointer"],
    ],
  ],
  [
    "null reference",
    [
      ["V8", "dereferencing a null pointer"],
      ["JavaScriptCore", "ref.as_non_null to a null reference"],
      ["SpiderMonkey", "dereferencing null pointer"],
    ],
  ],
  [
    "null i31 reference",
    [
      ["V8", "dereferencing a null pointer"],
      ["JavaScriptCore", "i31.get_<sx> to a null reference"],
      ["SpiderMonkey", "dereferencing null pointer"],
    ],
  ],
  [
    "null exception reference",
    [
      ["V8", "rethrowing null value"],
      ["JavaScriptCore", "throw_ref on a null reference"],
      ["SpiderMonkey", "dereferencing null pointer"],
    ],
  ],
  [
    "null function reference",
    [
      ["V8", "dereferencing a null pointer"],
      ["JavaScriptCore", "call_ref to a null reference"],
      ["SpiderMonkey", "dereferencing null pointer"],
    ],
  ],
  [
    "cast failure",
    [
      ["V8", "illegal cast"],
      ["JavaScriptCore", "ref.cast failed to cast reference to target heap type"],
      ["JavaScriptCore", "access to a null reference"],
      ["SpiderMonkey", "bad cast"],
    ],
  ],
  [
    "out of bounds array access",
    [
      ["V8", "array element access out of bounds"],
      ["JavaScriptCore", "Out of bounds array.get"],
      ["JavaScriptCore", "Out of bounds array.set"],
      ["JavaScriptCore", "Out of bounds array.fill"],
      ["JavaScriptCore", "Out of bounds array.copy"],
      ["JavaScriptCore", "Out of bounds array.init_data"],
      ["JavaScriptCore", "Out of bounds array.init_elem"],
      ["SpiderMonkey", "index out of bounds"],
    ],
  ],
  [
    "requested new array is too large",
    [
      ["V8", "requested new array is too large"],
      ["JavaScriptCore", "Failed to allocate new array"],
      ["SpiderMonkey", "too many array elements"],
    ],
  ],
  [
    "unaligned atomic",
    [
      ["V8", "operation does not support unaligned accesses"],
      ["JavaScriptCore", "Unaligned memory access"],
      ["JavaScriptCore", "Out of bounds memory access"],
      ["SpiderMonkey", "unaligned memory access"],
    ],
  ],
  [
    "expected shared memory",
    [
      ["V8", "Atomics.wait cannot be called in this context"],
      ["JavaScriptCore", "Out of bounds memory access"],
      ["SpiderMonkey", "atomic wait on non-shared memory"],
    ],
  ],
];

for (const [official, seen] of MESSAGES) {
  test.each(seen)(`${official}: %s says %s`, (_, message) => {
    const texts = trapCodes(new WebAssembly.RuntimeError(message)).map((code) => TRAP_TEXTS[code]);
    expect(texts).toContain(official);
  });
}

test.each([
  ["V8", new RangeError("Maximum call stack size exceeded")],
  ["JavaScriptCore", new RangeError("Maximum call stack size exceeded.")],
  ["SpiderMonkey", Object.assign(new Error("too much recursion"), { name: "InternalError" })],
])("call stack exhausted: %s", (_, error) => {
  expect(trapCodes(error)).toEqual(["call-stack-exhausted"]);
});

test("JavaScriptCore says behind a message what was evaluated", () => {
  const error = new WebAssembly.RuntimeError("Division by zero (evaluating 'f()')");
  expect(trapCodes(error)).toEqual(["integer-divide-by-zero"]);
});

test("an official text is exact", () => {
  for (const [code, text] of Object.entries(TRAP_TEXTS)) {
    if (code !== "unknown") expect(trapCodes(new WebAssembly.RuntimeError(text))).toEqual([code]);
  }
});
