/**
 * Identities of tags with results that JavaScript makes. Their type is the lowering's business, which gives it to the tags
 * that modules define; so a module is made that defines the tag, and instantiated.
 */
import { SECTION } from "../wasm/sections.ts";
import { InternalError } from "./errors.ts";
import { exportSection, funcTypeSection, glueModule } from "./glue.ts";
import type { Section } from "./glue.ts";
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
  const tag: Section = [
    SECTION.tag,
    (entry) => {
      entry.u8(0);
      entry.u32(0);
    },
  ];
  return glueModule(funcTypeSection(params, results), tag, exportSection("tag", "tag"));
}
