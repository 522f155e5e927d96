/** Callers without types: what they are told. */
import { expect, test } from "@jest/globals";
import { Engine, Instance, Memory, Module, Store, Table } from "../../../runtime/index.ts";
import { createWebAssembly } from "../../../runtime/webassembly/index.ts";

const EMPTY = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);

test.each([null, 1, "chaos"])("options that are %p", (options) => {
  const message = `the options of an engine must be an object, not ${String(options)}: leave them out for the defaults`;
  expect(() => new Engine(options as never)).toThrow(new TypeError(message));
  expect(() => createWebAssembly(options as never)).toThrow(new TypeError(message));
});

test("instances of something that is no module, or in no store", () => {
  const store = new Store(new Engine());
  for (const given of [{}, undefined, null, new WebAssembly.Module(EMPTY)]) {
    expect(() => new Instance(store, given as never)).toThrow(
      "the second argument of an Instance must be a Module of Stackyard's: make one with new Module(engine, bytes)",
    );
    expect(() => new Instance(given as never, new Module(store.engine, EMPTY))).toThrow(
      "the first argument of an Instance must be a Store: make one with new Store(engine)",
    );
  }
});

test("limits that are none, and those of 64 bits", () => {
  const store = new Store(new Engine());
  const memory = (type: object): Memory => new Memory(store, type as never);
  expect(() => memory({ initial: 1 })).toThrow("a memory needs a whole number from 0 as its minimum, not undefined");
  expect(() => memory({ minimum: 1, maximum: -1 })).toThrow("a whole number from 0 as its maximum, not -1");
  expect(() => memory({ minimum: 1, address: "i16" })).toThrow('the addresses of a memory are "i32" or "i64", not i16');
  expect(() => new Table(store, { element: "funcref", minimum: 0.5 })).toThrow(
    "a table needs a whole number from 0 as its minimum, not 0.5",
  );
  expect(memory({ minimum: 1, maximum: 2n, address: "i64" }).size).toBe(1);
  expect(memory({ minimum: 1n, maximum: 2 }).size).toBe(1);
});
