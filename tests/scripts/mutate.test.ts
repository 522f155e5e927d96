import { expect, test } from "@jest/globals";
import { Inputs } from "../../scripts/mutate.ts";

/** (module (type (func)) (func (type 0))) and (module (memory 1)). */
const MODULES = [
  Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0, 10, 4, 1, 2, 0, 11),
  Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 5, 3, 1, 0, 1),
];

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

test("an input follows from its seed and number alone", () => {
  const forwards = new Inputs(MODULES, 7);
  const backwards = new Inputs(MODULES, 7);
  const numbers = Array.from({ length: 200 }, (_, i) => i);
  const first = numbers.map((index) => hex(forwards.at(index)));
  const second = numbers.toReversed().map((index) => hex(backwards.at(index)));
  expect(second.toReversed()).toEqual(first);
  expect(hex(new Inputs(MODULES, 8).at(0))).not.toBe(hex(new Inputs(MODULES, 7).at(0)));
});

test("the modules to begin with stay as they are, and some inputs stay valid", () => {
  const before = MODULES.map((module) => module.slice());
  const inputs = new Inputs(MODULES, 1);
  let valid = 0;
  for (let index = 0; index < 2000; index++) if (WebAssembly.validate(inputs.at(index))) valid++;
  expect(MODULES).toEqual(before);
  expect(valid).toBeGreaterThan(50);
  expect(valid).toBeLessThan(1500);
});
