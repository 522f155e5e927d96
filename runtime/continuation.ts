/** Continuation: a suspended computation, in the host's hands. */
import type { ContinuationObject } from "../continuations/index.ts";
import { WasmBacktrace } from "./backtrace.ts";
import type { AsyncCallOptions } from "./async-call.ts";
import type { ContinuationType, RawOutcome } from "./continuation-host.ts";
import { isContinuationType } from "./continuation-host.ts";
import { checkedToJs, fromJs } from "./conversion.ts";
import { valTypeOfName } from "./descriptor-types.ts";
import { valTypeOf } from "./extern-types.ts";
import type { FuncType } from "./extern-types.ts";
import type { Func } from "./func.ts";
import type { RawFunction } from "./host.ts";
import { raised } from "./raised.ts";
import type { Store } from "./store.ts";
import { ContinuationError } from "./suspension-errors.ts";
import type { Tag } from "./tag.ts";
import { funcTypeSpace } from "./type-space.ts";
import type { DefinedType, SpacedType } from "./type-space.ts";
import { requireStore, TypeMismatchError } from "./usage-errors.ts";

/**
 * What a continuation is doing. `fresh`: not started; `suspended`: waits to be resumed; `running`: runs, and `parent`: waits for
 * one that it has resumed, further out on the host's stack; `returned`: has returned or thrown; `trapped`: was running when a
 * trap ended everything.
 */
export type ContinuationState = "fresh" | "suspended" | "running" | "parent" | "returned" | "trapped";

/** How a resumed continuation came back. */
export type Outcome =
  | { readonly kind: "returned"; readonly values: readonly unknown[] }
  | {
      readonly kind: "suspended";
      readonly tag: Tag;
      readonly payload: readonly unknown[];
      readonly continuation: Continuation;
    }
  | { readonly kind: "threw"; readonly error: unknown };

/** One continuation of a chain. */
export interface ChainLink {
  readonly state: ContinuationState;
  /** Number of activations that it has saved. */
  readonly frames: number;
}

/** Says that a continuation is there already. */
class Given {
  readonly object: ContinuationObject;
  readonly type: ContinuationType | undefined;

  constructor(object: ContinuationObject, type: ContinuationType | undefined) {
    this.object = object;
    this.type = type;
  }
}

/**
 * A continuation of a store. Each can be used (resumed, bound) once; what comes back from a suspension is a new one. Of one that
 * a guest had used up before it handed it over, no more is known than that: `state`, `backtrace` and `chain` throw.
 *
 * @example
 * ```ts
 * const continuation = new Continuation(store, instance.getFunc("generate")!);
 * const outcome = continuation.resume([10], [yielded]);
 * if (outcome.kind === "suspended") console.log(outcome.payload);
 *
 * for (const value of new Continuation(store, instance.getFunc("generate")!).iterate(yielded, [10])) console.log(value);
 * ```
 */
export class Continuation {
  readonly store: Store;
  readonly #type: ContinuationType | undefined;
  #object: ContinuationObject | undefined;
  /** The continuation itself: what guests hold does not tell any more once it has been used. */
  #identity: ContinuationObject | undefined;

  /**
   * A fresh continuation of a function.
   *
   * @throws {WrongStoreError} if the function belongs to another store
   * @throws {TypeMismatchError} if its type is unknown, as of a function that was got by reference
   */
  constructor(store: Store, func: Func);
  constructor(store: Store, func: Func | Given);
  constructor(store: Store, func: Func | Given) {
    this.store = store;
    const { object, type } = func instanceof Given ? func : create(store, func);
    this.#object = object;
    this.#identity = store.context.identity(object);
    this.#type = type;
    store.heldContinuations.set(object, this);
  }

  /** The continuation that a guest holds as `object`. */
  static held(store: Store, object: ContinuationObject, type: ContinuationType | undefined): Continuation {
    const known = store.heldContinuations.get(object);
    return known instanceof Continuation ? known : new Continuation(store, new Given(object, type));
  }

  /** What guests hold. @throws {ContinuationError} if it has been dropped */
  get object(): ContinuationObject {
    if (this.#object === undefined) throw new ContinuationError("the continuation has been dropped");
    return this.#object;
  }

  /** What it is to be resumed with, and what it returns; undefined if it came as a mere `contref`. */
  get type(): FuncType | undefined {
    const signature = this.#type?.signature;
    if (signature === undefined) return undefined;
    return { params: signature.params.map(text), results: signature.results.map(text) };
  }

  /** Whether it has been used, so that it cannot be used again. */
  get isConsumed(): boolean {
    return this.#object === undefined || this.store.context.isConsumed(this.#object);
  }

  get state(): ContinuationState {
    return stateOf(this.store, this.#continuation);
  }

  /** Where it was suspended, with those that were captured with it. Nothing is known of what is running. */
  get backtrace(): WasmBacktrace {
    return WasmBacktrace.ofContinuation(this.store, this.#continuation);
  }

  /** The continuation and those that wait for it, outwards: captured together with it, or running. */
  get chain(): ChainLink[] {
    const { context } = this.store;
    const members = [...context.chain(this.#continuation)].filter((member) => !context.isInitialStack(member));
    return members.map((link) => ({ state: stateOf(this.store, link), frames: [...context.frames(link)].length }));
  }

  /**
   * Gives it its first arguments.
   *
   * @returns a continuation for the other ones; this one is consumed
   * @throws {ContinuationError} if it is consumed
   * @throws {TypeMismatchError} if there are too many arguments, or one does not fit
   */
  bind(...args: unknown[]): Continuation {
    const { object, type } = this.#usable();
    const { params } = type.signature;
    if (args.length > params.length) {
      throw new TypeMismatchError(`the continuation takes ${params.length} arguments, but ${args.length} were given`);
    }
    const given = args.map((value, i) => valueToGuest(this.store, params[i], value, `argument ${i + 1}`));
    const bound = this.store.continuations.bind(object, type, given);
    return new Continuation(this.store, new Given(bound.object, bound.type));
  }

  /**
   * Runs it, until it returns, throws, traps, or suspends with one of `tags`. A suspension with another tag goes no further
   * than to here: it traps, as nobody handles it.
   *
   * @throws {ContinuationError} if it is consumed
   * @throws {TypeMismatchError} if the arguments do not fit
   * @throws {WrongStoreError} if a tag or an argument belongs to another store
   */
  resume(args: readonly unknown[] = [], tags: readonly Tag[] = []): Outcome {
    const { object, type } = this.#usable();
    const given = this.#args(type, args);
    const handled = this.#tags(tags);
    return this.#outcome(tags, () => this.store.continuations.resume(object, type, handled, given));
  }

  /**
   * Resumes it by throwing: `error` is thrown where it waits. An {@link Exception} is one with a tag, which guests catch by it;
   * anything else can only be caught by a `catch_all`.
   *
   * @throws as {@link resume}
   */
  throw(error: unknown, tags: readonly Tag[] = []): Outcome {
    const { object, type } = this.#usable();
    const handled = this.#tags(tags);
    return this.#outcome(tags, () => this.store.continuations.throw(object, type, handled, error));
  }

  /** Like {@link resume}, but what it runs may wait for host functions that return promises. */
  async resumeAsync(
    args: readonly unknown[] = [],
    tags: readonly Tag[] = [],
    options?: AsyncCallOptions,
  ): Promise<Outcome> {
    const { object, type } = this.#usable();
    const given = this.#args(type, args);
    const handled = this.#tags(tags);
    const { continuations } = this.store;
    return this.#outcomeAsync(tags, continuations.resumeAsync(object, type, handled, given, options));
  }

  /** Like {@link throw}, but what it runs may wait for host functions that return promises. */
  async throwAsync(error: unknown, tags: readonly Tag[] = [], options?: AsyncCallOptions): Promise<Outcome> {
    const { object, type } = this.#usable();
    const handled = this.#tags(tags);
    const { continuations } = this.store;
    return this.#outcomeAsync(tags, continuations.throwAsync(object, type, handled, error, options));
  }

  /**
   * Runs it as a generator that suspends with `tag`: an iterator over the payloads (one value as it is, several as an
   * array). What is given to `next` is what the suspension returns (likewise); what it throws or returns is the
   * iterator's. An iterator that is left early drops the continuation; the guest is not told.
   *
   * @throws when iterated, what the continuation throws, and what {@link resume} throws
   */
  *iterate(tag: Tag, args: readonly unknown[] = []): Generator<unknown, unknown, unknown> {
    let outcome = this.resume(args, [tag]);
    while (outcome.kind === "suspended") {
      const { continuation, payload } = outcome;
      let given: unknown;
      try {
        given = yield single(payload);
      } catch (error) {
        outcome = continuation.throw(error, [tag]);
        continue;
      }
      outcome = continuation.resume(several(tag, given), [tag]);
    }
    if (outcome.kind === "threw") throw outcome.error;
    return single(outcome.values);
  }

  /** Like {@link iterate}, but the generator may wait for host functions that return promises. */
  async *iterateAsync(
    tag: Tag,
    args: readonly unknown[] = [],
    options?: AsyncCallOptions,
  ): AsyncGenerator<unknown, unknown, unknown> {
    let outcome = await this.resumeAsync(args, [tag], options);
    while (outcome.kind === "suspended") {
      const { continuation, payload } = outcome;
      let given: unknown;
      try {
        given = yield single(payload);
      } catch (error) {
        outcome = await continuation.throwAsync(error, [tag], options);
        continue;
      }
      outcome = await continuation.resumeAsync(several(tag, given), [tag], options);
    }
    if (outcome.kind === "threw") throw outcome.error;
    return single(outcome.values);
  }

  /** Lets it go: if no guest holds it, it is garbage, with all that it holds. It cannot be used from here any more. */
  drop(): void {
    if (this.#object !== undefined) this.store.heldContinuations.delete(this.#object);
    this.#object = undefined;
    this.#identity = undefined;
  }

  get #continuation(): ContinuationObject {
    const { object } = this;
    this.#identity ??= this.store.context.identity(object);
    if (this.#identity === undefined)
      throw new ContinuationError("the continuation was consumed before the host saw it");
    return this.#identity;
  }

  #usable(): { readonly object: ContinuationObject; readonly type: ContinuationType } {
    const { object } = this;
    if (this.store.context.isConsumed(object)) {
      throw new ContinuationError("continuation already consumed: it has been resumed or bound before");
    }
    if (this.#type === undefined) {
      throw new TypeMismatchError("the continuation came as a contref, which does not tell how it is to be resumed");
    }
    return { object, type: this.#type };
  }

  #args({ signature: { params } }: ContinuationType, args: readonly unknown[]): unknown[] {
    if (args.length !== params.length) {
      throw new TypeMismatchError(`the continuation takes ${params.length} arguments, but ${args.length} were given`);
    }
    return args.map((value, i) => valueToGuest(this.store, params[i], value, `argument ${i + 1}`));
  }

  #tags(tags: readonly Tag[]): WebAssembly.Tag[] {
    return tags.map((tag) => {
      requireStore(this.store, tag, "a Tag");
      return tag.js;
    });
  }

  #outcome(tags: readonly Tag[], run: () => RawOutcome): Outcome {
    let raw: RawOutcome;
    try {
      raw = run();
    } catch (error) {
      return { kind: "threw", error: raised(this.store, error) };
    }
    return this.#cooked(tags, raw);
  }

  async #outcomeAsync(tags: readonly Tag[], run: Promise<RawOutcome>): Promise<Outcome> {
    let raw: RawOutcome;
    try {
      raw = await run;
    } catch (error) {
      return { kind: "threw", error: raised(this.store, error) };
    }
    return this.#cooked(tags, raw);
  }

  #cooked(tags: readonly Tag[], raw: RawOutcome): Outcome {
    const { store } = this;
    const values = (types: readonly SpacedType[] | undefined, given: readonly unknown[]): unknown[] =>
      given.map((value, i) => valueFromGuest(store, types?.[i], value));
    if (raw.kind === "returned") return { kind: "returned", values: values(this.#type?.signature.results, raw.values) };
    const tag = tags[raw.tag] as Tag;
    return {
      kind: "suspended",
      tag,
      payload: values(store.tags.signature(tag.js)?.params, raw.payload),
      continuation: Continuation.held(store, raw.object, raw.type),
    };
  }
}

function create(store: Store, func: Func): Given {
  func.requireStore(store);
  const raw = store.functions.toRaw(func.reference) as RawFunction;
  const type = store.functions.typeOf(func.reference) ?? namedType(func);
  const made = store.continuations.create(raw, type);
  return new Given(made.object, made.type);
}

/** The type of a function that no lowered module exports: no more is known of it than its types' names. */
function namedType({ type }: Func): DefinedType {
  if (type === undefined) {
    throw new TypeMismatchError("a continuation cannot be made of a function that is known by reference only");
  }
  return funcTypeSpace(type.params.map(valTypeOfName), type.results.map(valTypeOfName));
}

function stateOf(store: Store, continuation: ContinuationObject): ContinuationState {
  const { context } = store;
  if (store.entries.trapped.has(continuation)) return "trapped";
  const setAside = store.entries.stateSetAside(continuation);
  return setAside ?? (context.state(continuation).toLowerCase() as ContinuationState);
}

function text({ space, type }: SpacedType): ReturnType<typeof valTypeOf> {
  return valTypeOf(type, space.types);
}

/**
 * A value of the embedding API, as guests hold it.
 *
 * @throws {TypeMismatchError | WrongStoreError} if it is not one of `type`, or of another store
 */
export function valueToGuest(store: Store, type: SpacedType | undefined, value: unknown, what: string): unknown {
  if (type === undefined) return value;
  if (!isContinuationType(type)) return store.functions.toRaw(checkedToJs(store, text(type), value, what));
  if (value === null) return null;
  if (!(value instanceof Continuation)) throw new TypeMismatchError(`${what} must be a Continuation`);
  requireStore(store, value, "a Continuation");
  return value.object;
}

/** What a guest holds, as a value of the embedding API. */
export function valueFromGuest(store: Store, type: SpacedType | undefined, value: unknown): unknown {
  if (type === undefined || value === null) return value;
  if (isContinuationType(type)) return Continuation.held(store, value as object, store.continuations.typeOf(type));
  return fromJs(store, text(type), typeof value === "function" ? store.functions.toJs(value) : value);
}

function single(values: readonly unknown[]): unknown {
  return values.length === 1 ? values[0] : values.length === 0 ? undefined : values;
}

/** What a suspension with `tag` returns, from what was given to an iterator's `next`. */
function several(tag: Tag, given: unknown): unknown[] {
  const { length } = tag.type.results;
  if (length === 0) return [];
  return length === 1 ? [given] : [...(given as Iterable<unknown>)];
}
