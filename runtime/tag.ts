/** Tag: what exceptions and suspensions are told apart by. */
import { descriptorName } from "./descriptor-types.ts";
import type { FuncType, TagType } from "./extern-types.ts";
import { own } from "./ownership.ts";
import type { Store } from "./store.ts";

/**
 * A tag of a store. One with results is for suspensions only: the results are what the suspended guest is resumed with.
 *
 * @example
 * ```ts
 * const yielded = new Tag(store, { params: ["i32"], results: [] });
 * ```
 */
export class Tag {
  readonly kind = "tag";
  readonly store: Store;
  readonly type: TagType;
  /** The JS API's object. */
  readonly js: WebAssembly.Tag;

  /** @throws {TypeError} if a type is none that has a name in the JS API */
  constructor(store: Store, type: FuncType, js?: WebAssembly.Tag) {
    this.store = store;
    this.type = type;
    const descriptor = { parameters: type.params.map(descriptorName), results: type.results.map(descriptorName) };
    this.js = js ?? new store.classes.Tag(descriptor as WebAssembly.TagType);
    if (js === undefined) store.externs.note(this.js, this);
    own(this.js, store);
  }
}
