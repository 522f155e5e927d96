/** A store's continuations as its host holds them: types, conversion at the boundary, and the glue that runs them. */
import type { ContinuationObject } from "../continuations/index.ts";
import { heapOf, isRef } from "../wasm/types.ts";
import type { AsyncCallOptions } from "./async-call.ts";
import { bindGlue, newGlue, resumeGlue } from "./continuation-glue.ts";
import type { RawFunction } from "./host.ts";
import { RawImport } from "./imports.ts";
import { instantiateNow } from "./instantiation.ts";
import { Module } from "./module.ts";
import { crossingOf } from "./signature.ts";
import type { Store } from "./store.ts";
import { ContinuationError } from "./suspension-errors.ts";
import { spacedSignature } from "./type-space.ts";
import type { DefinedType, SpacedSignature, SpacedType, TypeSpace } from "./type-space.ts";

/** How a resumed continuation came back, in values that guests hold. */
export type RawOutcome =
  | { readonly kind: "returned"; readonly values: readonly unknown[] }
  | {
      readonly kind: "suspended";
      /** Index of the tag in the list that was given. */
      readonly tag: number;
      readonly payload: readonly unknown[];
      readonly object: ContinuationObject;
      readonly type: ContinuationType;
    };

/** A function of glue, and what fetches its results after it was unwound. */
interface GlueFunction {
  readonly raw: RawFunction;
  readonly take: RawFunction | undefined;
}

interface Resuming {
  readonly resume: GlueFunction;
  readonly throw: GlueFunction;
}

/** What continuations with the same results share: what they can become. */
class ResultTypes {
  /** The type of what is captured, by the number of the tag that suspends. */
  readonly suspended: Map<number, ContinuationType> = new Map();
}

/** The type of a continuation, with the glue for it that there is so far. */
export class ContinuationType {
  readonly defined: DefinedType;
  readonly signature: SpacedSignature;
  readonly results: ResultTypes;
  readonly resuming: Map<string, Resuming> = new Map();
  readonly binding: Map<number, { readonly bind: GlueFunction; readonly type: ContinuationType }> = new Map();

  constructor(defined: DefinedType, results: ResultTypes = new ResultTypes()) {
    this.defined = defined;
    this.signature = spacedSignature(defined);
    this.results = results;
  }
}

export class HostContinuations {
  readonly #store: Store;
  readonly #types = new WeakMap<TypeSpace, Map<number, ContinuationType>>();
  readonly #creating = new WeakMap<
    TypeSpace,
    Map<number, { readonly create: GlueFunction; readonly type: ContinuationType }>
  >();
  readonly #tags = new WeakMap<WebAssembly.Tag, number>();
  #tagCount = 0;

  constructor(store: Store) {
    this.#store = store;
  }

  /** The type of continuations that a value of type `type` may be; undefined if that type does not tell. */
  typeOf({ space, type }: SpacedType): ContinuationType | undefined {
    if (!isRef(type) || heapOf(type) < 0) return undefined;
    const index = heapOf(type);
    const known = this.#types.get(space) ?? new Map<number, ContinuationType>();
    this.#types.set(space, known);
    let found = known.get(index);
    if (found === undefined) {
      found = new ContinuationType({ space, index });
      known.set(index, found);
    }
    return found;
  }

  /** A fresh continuation of a function of type `func`. */
  create(fn: unknown, func: DefinedType): { readonly object: ContinuationObject; readonly type: ContinuationType } {
    const known = this.#creating.get(func.space) ?? new Map();
    this.#creating.set(func.space, known);
    let glue = known.get(func.index);
    if (glue === undefined) {
      const { bytes, cont } = newGlue(func);
      glue = { create: this.#instantiate(bytes, {})("new"), type: new ContinuationType(cont) };
      known.set(func.index, glue);
    }
    return { object: this.#call(glue.create, [fn]) as ContinuationObject, type: glue.type };
  }

  /** Gives a continuation its first arguments, as guests hold them. */
  bind(
    object: ContinuationObject,
    type: ContinuationType,
    args: readonly unknown[],
  ): { readonly object: ContinuationObject; readonly type: ContinuationType } {
    let glue = type.binding.get(args.length);
    if (glue === undefined) {
      const { bytes, cont } = bindGlue(type.defined, args.length);
      const bind = this.#instantiate(bytes, {})("bind");
      glue = { bind, type: new ContinuationType(cont, type.results) };
      type.binding.set(args.length, glue);
    }
    return { object: this.#call(glue.bind, [...args, object]) as ContinuationObject, type: glue.type };
  }

  /** Resumes a continuation with arguments as guests hold them. Throws what leaves it. */
  resume(
    object: ContinuationObject,
    type: ContinuationType,
    tags: readonly WebAssembly.Tag[],
    args: readonly unknown[],
  ): RawOutcome {
    return this.#call(this.#resuming(type, tags).resume, [...args, object]) as RawOutcome;
  }

  /** Resumes a continuation by throwing. Throws what leaves it. */
  throw(
    object: ContinuationObject,
    type: ContinuationType,
    tags: readonly WebAssembly.Tag[],
    error: unknown,
  ): RawOutcome {
    return this.#call(this.#resuming(type, tags).throw, [error, object]) as RawOutcome;
  }

  /** Like {@link resume}, but what it runs may wait for host functions. */
  async resumeAsync(
    object: ContinuationObject,
    type: ContinuationType,
    tags: readonly WebAssembly.Tag[],
    args: readonly unknown[],
    options: AsyncCallOptions | undefined,
  ): Promise<RawOutcome> {
    const { raw, take } = this.#resuming(type, tags).resume;
    return (await this.#store.entries.callAsync(raw, [...args, object], take, options)) as RawOutcome;
  }

  /** Like {@link throw}, but what it runs may wait for host functions. */
  async throwAsync(
    object: ContinuationObject,
    type: ContinuationType,
    tags: readonly WebAssembly.Tag[],
    error: unknown,
    options: AsyncCallOptions | undefined,
  ): Promise<RawOutcome> {
    const { raw, take } = this.#resuming(type, tags).throw;
    return (await this.#store.entries.callAsync(raw, [error, object], take, options)) as RawOutcome;
  }

  #call({ raw, take }: GlueFunction, args: unknown[]): unknown {
    return this.#store.entries.call(raw, args, take);
  }

  #resuming(type: ContinuationType, tags: readonly WebAssembly.Tag[]): Resuming {
    const numbers = tags.map((tag) => this.#tagNumber(tag));
    const key = numbers.join();
    let resuming = type.resuming.get(key);
    if (resuming === undefined) {
      resuming = this.#makeResuming(type, tags, numbers);
      type.resuming.set(key, resuming);
    }
    return resuming;
  }

  #makeResuming(type: ContinuationType, tags: readonly WebAssembly.Tag[], numbers: readonly number[]): Resuming {
    const types = tags.map((tag) => {
      const known = this.#store.tags.typeOf(tag);
      if (known === undefined) throw new ContinuationError("a tag that is not of this store cannot be handled");
      return known;
    });
    const { bytes, suspended } = resumeGlue(type.defined, types);
    const imports: Record<string, unknown> = {
      returned: new RawImport((...values: unknown[]): RawOutcome => ({ kind: "returned", values })),
      raise: new RawImport((error: unknown): never => {
        throw error;
      }),
    };
    for (const [i, tag] of tags.entries()) {
      const number = numbers[i] ?? 0;
      const captured =
        type.results.suspended.get(number) ?? new ContinuationType(suspended[i] as DefinedType, type.results);
      type.results.suspended.set(number, captured);
      imports[`tag:${i}`] = tag;
      imports[`suspended:${i}`] = new RawImport((...payload: unknown[]): RawOutcome => {
        const object = payload.pop() as ContinuationObject;
        return { kind: "suspended", tag: i, payload, object, type: captured };
      });
    }
    const exported = this.#instantiate(bytes, imports);
    return { resume: exported("resume"), throw: exported("throw") };
  }

  #tagNumber(tag: WebAssembly.Tag): number {
    let number = this.#tags.get(tag);
    if (number === undefined) {
      number = this.#tagCount++;
      this.#tags.set(tag, number);
    }
    return number;
  }

  #instantiate(bytes: Uint8Array<ArrayBuffer>, imports: Record<string, unknown>): (name: string) => GlueFunction {
    const { engine } = this.#store;
    if (engine.backend === "native") {
      throw new ContinuationError(
        'continuations of the host need backend "lowered": they cannot leave the host\'s own code',
      );
    }
    const module = new Module(engine, bytes);
    const values = module.decoded.imports.map(({ name }) => imports[name]);
    const { exports } = instantiateNow(this.#store, module, values).instance;
    return (name) => {
      const take = module.lowered.takes.get(name);
      return {
        raw: exports[name] as RawFunction,
        take: take === undefined ? undefined : (exports[take] as RawFunction),
      };
    };
  }
}

/** Whether values of this type are continuations. */
export function isContinuationType({ space, type }: SpacedType): boolean {
  return crossingOf(type, space.types) === "continuation";
}
