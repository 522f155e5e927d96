/**
 * Tags of a store.
 *
 * To the host, a tag is what an exception carries. Lowered code needs an identity that it can compare when it looks for a
 * handler, and tags with results, which the host does not know at all. So each tag that lowered code meets has an *identity*,
 * an opaque object, and a tag with results is *virtual*: its host tag is never given to a guest.
 */
import type { StoreContext } from "../../continuations/index.ts";
import type { Crossing } from "../signature.ts";
import { spacedSignature } from "../type-space.ts";
import type { DefinedType, SpacedSignature } from "../type-space.ts";

export class Tags {
  readonly #context: () => StoreContext;
  readonly #identities = new WeakMap<WebAssembly.Tag, object>();
  readonly #virtual = new WeakMap<WebAssembly.Tag, object>();
  /** Virtual tags by identity, so that a tag exported twice is one object. */
  readonly #byIdentity = new WeakMap<object, WebAssembly.Tag>();
  readonly #types = new WeakMap<WebAssembly.Tag, DefinedType>();
  readonly #params = new WeakMap<WebAssembly.Tag, readonly Crossing[]>();

  constructor(context: () => StoreContext) {
    this.#context = context;
  }

  /** The identity of a tag without results, made now if it has none. */
  identityOf(tag: WebAssembly.Tag): object {
    let identity = this.#identities.get(tag);
    if (identity === undefined) {
      identity = this.#context().newTag();
      this.#identities.set(tag, identity);
    }
    return identity;
  }

  /** Says that lowered code knows `tag`, a tag without results, by `identity`. */
  noteIdentity(tag: WebAssembly.Tag, identity: object): void {
    if (!this.#identities.has(tag)) this.#identities.set(tag, identity);
  }

  /** The identity of a tag with results; undefined for all other tags, and what is none. */
  virtualIdentityOf(tag: unknown): object | undefined {
    return typeof tag === "object" && tag !== null ? this.#virtual.get(tag) : undefined;
  }

  /** Says that `tag` stands for the tag with results that lowered code knows by `identity`. */
  noteVirtual(tag: WebAssembly.Tag, identity: object): void {
    this.#virtual.set(tag, identity);
    this.#byIdentity.set(identity, tag);
  }

  /** The tag object for an identity of a tag with results. */
  virtualOf(identity: object): WebAssembly.Tag | undefined {
    return this.#byIdentity.get(identity);
  }

  /** Says what type `tag` has. */
  noteType(tag: WebAssembly.Tag, type: DefinedType): void {
    if (!this.#types.has(tag)) this.#types.set(tag, type);
  }

  /** The function type of a tag; undefined for tags that the store does not know. */
  typeOf(tag: WebAssembly.Tag): DefinedType | undefined {
    return this.#types.get(tag);
  }

  /** Types of the payload, and of what a suspension returns. */
  signature(tag: WebAssembly.Tag): SpacedSignature | undefined {
    const type = this.#types.get(tag);
    return type === undefined ? undefined : spacedSignature(type);
  }

  noteParams(tag: WebAssembly.Tag, params: readonly Crossing[]): void {
    this.#params.set(tag, params);
  }

  /** How the values that an exception with this tag carries cross. */
  params(tag: unknown): readonly Crossing[] {
    return (typeof tag === "object" && tag !== null && this.#params.get(tag)) || [];
  }
}
