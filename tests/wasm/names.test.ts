import { parse } from "@bytecodealliance/jco-transpile/wasm-tools";
import { expect, test } from "@jest/globals";
import { BRANCH_HINT_SECTION, readBranchHints, writeBranchHints } from "../../wasm/branch-hints.ts";
import { decodeModule } from "../../wasm/decode.ts";
import { ModuleWriter } from "../../wasm/module-writer.ts";
import { emptyNames, NAME_SECTION, readNames, writeNames } from "../../wasm/names.ts";

const NAMED = `(module $mod
  (type $ft (func (param i32)))
  (type $st (struct (field $a i32) (field i32) (field $b i32)))
  (import "" "" (func $imported (type $ft)))
  (func $main (type $ft) (param $p i32) (local $l i32) (local i32)
    (block $outer (loop $inner (br $inner))))
  (table $tab 0 funcref)
  (memory $mem 0)
  (global $glob i32 (i32.const 0))
  (tag $tag (type $ft))
  (elem $el func)
  (data $dat "x"))`;

test("all names are read, and come back as wasm-tools wrote them", async () => {
  const module = decodeModule(await parse(NAMED));
  const names = readNames(module);
  expect(names).toEqual({
    module: "mod",
    functions: new Map([
      [0, "imported"],
      [1, "main"],
    ]),
    locals: new Map([
      [
        1,
        new Map([
          [0, "p"],
          [1, "l"],
        ]),
      ],
    ]),
    labels: new Map([
      [
        1,
        new Map([
          [0, "outer"],
          [1, "inner"],
        ]),
      ],
    ]),
    types: new Map([
      [0, "ft"],
      [1, "st"],
    ]),
    tables: new Map([[0, "tab"]]),
    memories: new Map([[0, "mem"]]),
    globals: new Map([[0, "glob"]]),
    elements: new Map([[0, "el"]]),
    data: new Map([[0, "dat"]]),
    fields: new Map([
      [
        1,
        new Map([
          [0, "a"],
          [2, "b"],
        ]),
      ],
    ]),
    tags: new Map([[0, "tag"]]),
  });
  const section = module.customs.find(({ name }) => name === NAME_SECTION);
  expect(section).toBeDefined();
  expect(writeNames(names)).toEqual(Uint8Array.from(module.bytes.subarray(section?.range.start, section?.range.end)));
});

function moduleWithCustom(name: string, contents: Uint8Array): ReturnType<typeof decodeModule> {
  const writer = new ModuleWriter();
  writer.custom(name, contents, 0);
  return decodeModule(writer.finish());
}

test("a malformed name section gives the names before the mistake", () => {
  const names = emptyNames();
  names.functions.set(3, "three");
  names.functions.set(1, "one");
  names.globals.set(0, "g");
  const contents = writeNames(names);
  for (let length = 0; length <= contents.length; length++) {
    const read = readNames(moduleWithCustom(NAME_SECTION, contents.slice(0, length)));
    expect(read.functions.size).toBeLessThanOrEqual(2);
    if (length === contents.length) expect(read).toEqual(names);
  }
  expect([...readNames(moduleWithCustom(NAME_SECTION, contents)).functions.keys()]).toEqual([1, 3]);
});

test("a module without the sections has no names and no hints", () => {
  const module = decodeModule(new ModuleWriter().finish());
  expect(readNames(module)).toEqual(emptyNames());
  expect(readBranchHints(module).size).toBe(0);
});

test("branch hints are read as wasm-tools writes them", async () => {
  const bytes = await parse(`(module (func (param i32) (local i64)
    (@metadata.code.branch_hint "\\00") (if (local.get 0) (then nop))
    (block (@metadata.code.branch_hint "\\01") (br_if 0 (local.get 0)))))`);
  const module = decodeModule(bytes);
  const hints = readBranchHints(module);
  expect(hints).toEqual(
    new Map([
      [
        0,
        [
          { offset: 5, likely: false },
          { offset: 13, likely: true },
        ],
      ],
    ]),
  );
  const section = module.customs.find(({ name }) => name === BRANCH_HINT_SECTION);
  expect(section?.after).toBe(3);
  expect(writeBranchHints(hints)).toEqual(Uint8Array.from(bytes.slice(section?.range.start, section?.range.end)));
});

test("malformed branch hints are ignored", () => {
  const contents = Uint8Array.of(1, 0, 1, 5, 1, 2);
  expect(readBranchHints(moduleWithCustom(BRANCH_HINT_SECTION, contents)).size).toBe(0);
});
