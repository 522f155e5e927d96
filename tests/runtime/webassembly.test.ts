/** The namespace behaves as the host's: the same checks, the same outcomes. */
import { beforeAll, describe as group, expect, test } from "@jest/globals";
import { createWebAssembly } from "../../runtime/webassembly/index.ts";
import { CHECKS } from "./jsapi-checks.ts";
import { testModules, type TestModules } from "./jsapi-modules.ts";
import { type Check, describe, describeError, type Namespace } from "./jsapi-outcomes.ts";

let modules: TestModules;
beforeAll(async () => {
  modules = await testModules();
});

async function outcome(check: Check, wasm: Namespace): Promise<unknown> {
  try {
    return describe(await check(wasm, modules));
  } catch (error) {
    return describeError(error);
  }
}

const NAMESPACES = {
  "as on the host": {},
  "as on the host, under chaos": { chaos: 1 },
} as const;

group.each(Object.entries(NAMESPACES))("%s", (_, options) => {
  test.each(Object.entries(CHECKS))("%s", async (_name, check) => {
    const ours = await outcome(check, createWebAssembly(options));
    expect(ours).toEqual(await outcome(check, WebAssembly));
  });
});
