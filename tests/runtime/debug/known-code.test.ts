import { expect, test } from "@jest/globals";
import { KnownCode } from "../../../runtime/debug/known-code.ts";
import { Engine, Module } from "../../../runtime/index.ts";

// Hosts that tell functions by names alone use the name of an export, also of one that lowering has added.
test("a function without a name is found by the export that JavaScript gets it from", async () => {
  const module = await Module.fromText(
    new Engine({ lowering: "all" }),
    "(module (type (func)) (type (cont 0)) (elem declare func 1) (func (drop (cont.new 1 (ref.func 1)))) (func))",
  );
  const code = new KnownCode<Module>();
  code.add(module, true);
  const name = module.referencedFunctions.find(({ index }) => index === 1)?.name;
  expect(name).toBeDefined();
  const [found] = code.resolve([{ isWasm: true, url: undefined, func: undefined, offset: undefined, name }]);
  expect(found).toMatchObject({ kind: "guest", func: 1 });
});
