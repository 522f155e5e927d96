/**
 * Identities of tags with results that JavaScript makes. Their type is the lowering's business, which gives it to the tags
 * that modules define; so a module is made that defines the tag, and instantiated.
 */
import { Writer } from "../wasm/writer.ts";
import { EXTERN_KINDS, HEADER, SECTION, TYPE_CODE } from "../wasm/sections.ts";
import { heapOf, isRef } from "../wasm/types.ts";
import { valTypeOfName } from "./descriptor-types.ts";
import { InternalError } from "./errors.ts";
import { instantiateNow } from "./instantiation.ts";
import { Module } from "./module.ts";
import type { Store } from "./store.ts";

/** @throws {TypeError} if a name is not that of a value type */
export function makeTagIdentity(store: Store, params: readonly string[], results: readonly string[]): object {
  const module = new Module(store.engine, tagModule(params, results));
  const { exports } = instantiateNow(store, module, []);
  const identity = store.tags.virtualIdentityOf(exports["tag"]);
  if (identity === undefined) throw new InternalError("a tag with results has no identity");
  return identity;
}

/** `(module (tag (export "tag") (param ...) (result ...)))` */
function tagModule(params: readonly string[], results: readonly string[]): Uint8Array<ArrayBuffer> {
  const module = new Writer();
  for (const byte of HEADER) module.u8(byte);
  const section = (id: number, write: (contents: Writer) => void): void => {
    const contents = new Writer();
    contents.u32(1);
    write(contents);
    module.u8(id);
    module.appendSized(contents);
  };
  section(SECTION.type, (type) => {
    type.u8(TYPE_CODE.func);
    for (const names of [params, results]) {
      type.u32(names.length);
      // Numbers and nullable references to abstract heap types are one byte each.
      for (const t of names.map(valTypeOfName)) type.u8((isRef(t) ? heapOf(t) : t) & 0x7f);
    }
  });
  section(SECTION.tag, (tag) => {
    tag.u8(0);
    tag.u32(0);
  });
  section(SECTION.export, (entry) => {
    entry.name("tag");
    entry.u8(EXTERN_KINDS.indexOf("tag"));
    entry.u32(0);
  });
  return module.toBytes();
}
