/** Exceptions that are tested for null or for their type come out of a `select` in lowered code: see `Code.retype`. */
import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { lower } from "../../continuations/index.ts";
import { decodeModule } from "../../wasm/decode.ts";
import { FunctionValidator } from "../../wasm/function-validator.ts";
import { OP, rowOf } from "../../wasm/instructions.ts";
import { parseText } from "../../wasm/text.ts";
import { isException } from "../../wasm/types.ts";
import { validateDefinitions } from "../../wasm/validate.ts";

const SCRIPT = new URL("../../spec-tests/suite/regressions/exception-tests.wast", import.meta.url);

const TESTS: readonly number[] = [
  OP["ref.is_null"],
  OP["ref.as_non_null"],
  OP["ref.test"],
  OP["ref.cast"],
  OP.br_on_null,
  OP.br_on_non_null,
  OP.br_on_cast,
  OP.br_on_cast_fail,
];

/** For each test of an exception in a module's functions, the two instructions before it and the test. */
function exceptionTests(bytes: Uint8Array<ArrayBuffer>): string[] {
  const v = new FunctionValidator(validateDefinitions(decodeModule(bytes)));
  const found: string[] = [];
  v.module.code.forEach((_, i) => {
    const names: string[] = [];
    v.begin(v.module.importedFunctions + i);
    while (v.read()) {
      const { opcode } = v.reader;
      names.push(rowOf(opcode).name);
      if (TESTS.includes(opcode) && isException(v.stack[v.height - 1] ?? 0)) found.push(names.slice(-3).join());
      v.apply();
    }
  });
  return found;
}

test.each([{}, { everyCallSuspends: true }, { chaos: true }])("%j", async (options) => {
  const [text = ""] = readFileSync(SCRIPT, "utf8").split("\n(assert", 1);
  const found = exceptionTests(lower(decodeModule(await parseText(text)), options).bytes);
  expect(found.length).toBeGreaterThan(20);
  expect(found.filter((names) => !/select t,[\w.]+$|select t,ref.as_non_null,[\w.]+$/.test(names))).toEqual([]);
});
