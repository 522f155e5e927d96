/**
 * Tags of a store.
 *
 * To the host, a tag is what an exception carries. Lowered code needs an identity that it can compare when it looks for a
 * handler, and tags with results, which the host does not know at all. So each tag that lowered code meets has an *identity*
 * (a global that holds an opaque object), and a tag with results is *virtual*: its host tag is never given to a guest.
 */
import type { StoreContext } from "../../continuations/index.ts";
import type { Crossing } from "../signature.ts";

export interface VirtualTag {
  readonly identity: WebAssembly.Global;
  /** Canonical id of the tag's type in the store. */
  readonly type: number;
}

export class Tags {
  readonly #context: () => StoreContext;
  readonly #identities = new WeakMap<WebAssembly.Tag, WebAssembly.Global>();
  readonly #virtual = new WeakMap<WebAssembly.Tag, VirtualTag>();
  /** Virtual tags by the object in their identity, so that a tag exported twice is one object. */
  readonly #byIdentity = new WeakMap<object, WebAssembly.Tag>();
  readonly #params = new WeakMap<WebAssembly.Tag, readonly Crossing[]>();

  constructor(context: () => StoreContext) {
    this.#context = context;
  }

  /** The identity of a tag without results, made now if it has none. */
  identityOf(tag: WebAssembly.Tag): WebAssembly.Global {
    let identity = this.#identities.get(tag);
    if (identity === undefined) {
      identity = this.#context().newTag();
      this.#identities.set(tag, identity);
    }
    return identity;
  }

  /** Says that lowered code knows `tag` by `identity`. */
  noteIdentity(tag: WebAssembly.Tag, identity: WebAssembly.Global): void {
    if (!this.#identities.has(tag)) this.#identities.set(tag, identity);
  }

  newIdentity(): WebAssembly.Global {
    return this.#context().newTag();
  }

  virtual(tag: unknown): VirtualTag | undefined {
    return typeof tag === "object" && tag !== null ? this.#virtual.get(tag as WebAssembly.Tag) : undefined;
  }

  noteVirtual(tag: WebAssembly.Tag, virtual: VirtualTag): void {
    this.#virtual.set(tag, virtual);
    this.#byIdentity.set(virtual.identity.value as object, tag);
  }

  /** The tag object of an identity that an instance exports. */
  virtualOf(identity: WebAssembly.Global): WebAssembly.Tag | undefined {
    return this.#byIdentity.get(identity.value as object);
  }

  noteParams(tag: WebAssembly.Tag, params: readonly Crossing[]): void {
    this.#params.set(tag, params);
  }

  /** How the values that an exception with this tag carries cross. */
  params(tag: unknown): readonly Crossing[] {
    return (typeof tag === "object" && tag !== null && this.#params.get(tag as WebAssembly.Tag)) || [];
  }
}
