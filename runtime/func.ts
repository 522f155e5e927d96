/** Func: a function of a store. */
import type { AsyncCallOptions } from "./async-call.ts";
import type { AsyncFunction } from "./async-imports.ts";
import { Caller } from "./caller.ts";
import { checkedToJs, resultsFromJs, toJs } from "./conversion.ts";
import type { ResultOf, ValuesOf } from "./conversion.ts";
import { isFunctionType } from "./conversion.ts";
import { funcTypeText, sameFuncType } from "./extern-types.ts";
import type { FuncType, ValType } from "./extern-types.ts";
import { asWasmFunction, callingModule, functionTypeTest } from "./glue.ts";
import type { ResumableTarget } from "./function-references.ts";
import type { RawFunction } from "./host.ts";
import { HostFunction } from "./host-function.ts";
import { instantiateNow } from "./instantiation.ts";
import { Module } from "./module.ts";
import { own } from "./ownership.ts";
import { raised } from "./raised.ts";
import type { Store } from "./store.ts";
import { ContinuationError } from "./suspension-errors.ts";
import { requireStore, TypeMismatchError } from "./usage-errors.ts";

/** A function with a signature that is known to TypeScript. */
export type TypedFunc<P extends readonly ValType[], R extends readonly ValType[]> = (
  ...args: ValuesOf<P>
) => ResultOf<R>;

/** A signature as a literal: `{ params: ["i32", "i64"], results: ["f64"] }`. */
export interface Signature<P extends readonly ValType[], R extends readonly ValType[]> {
  readonly params: P;
  readonly results: R;
}

/** How a resumable call came back. */
export type ResumableOutcome =
  | { readonly kind: "returned"; readonly value: unknown }
  | { readonly kind: "outOfFuel"; readonly resume: () => ResumableOutcome };

/** Says that a function is one of the store already, and no host function to be made. */
class Exported {
  readonly js: RawFunction;

  constructor(js: RawFunction) {
    this.js = js;
  }
}

/**
 * A function that belongs to a store: exported by an instance, got by reference, or made of a JavaScript function.
 *
 * @example
 * ```ts
 * const add = instance.getFunc("add");
 * add?.call(1, 2); // checked, untyped
 * const typed = add?.typed({ params: ["i32", "i32"], results: ["i32"] }); // (a: number, b: number) => number
 * const log = new Func(store, { params: ["i32"], results: [] }, (value) => console.log(value));
 * ```
 */
export class Func {
  readonly kind = "function";
  readonly store: Store;
  /** Undefined for a function got by reference, if nothing that is exported tells its type. */
  readonly type: FuncType | undefined;
  readonly #host: HostFunction | undefined;
  readonly #js: RawFunction;
  #reference: RawFunction | undefined;

  /**
   * A host function. Arguments and results are converted as by the JS API: an i64 is a bigint, several results are an array.
   */
  constructor(store: Store, type: FuncType, fn: (...args: never[]) => unknown);
  constructor(store: Store, type: FuncType | undefined, fn: Exported | HostFunction);
  constructor(store: Store, type: FuncType | undefined, fn: Exported | HostFunction | ((...args: never[]) => unknown)) {
    this.store = store;
    this.type = type;
    if (fn instanceof Exported) {
      this.#js = fn.js;
      this.#reference = fn.js;
      return;
    }
    this.#host =
      fn instanceof HostFunction
        ? fn
        : new HostFunction(type ?? { params: [], results: [] }, fn, { caller: false, async: false });
    this.#js = this.#host.toJs(store, new Caller(store, () => undefined));
  }

  /** The function of the store that JavaScript sees as `js`. */
  static exported(store: Store, js: RawFunction, type: FuncType | undefined): Func {
    return new Func(store, type, new Exported(js));
  }

  /** A host function that is given the calling instance first. One that is called by reference has a caller without instance. */
  static withCaller<T, const P extends readonly ValType[], const R extends readonly ValType[]>(
    store: Store<T>,
    type: Signature<P, R>,
    fn: (caller: Caller<T>, ...args: ValuesOf<P>) => ResultOf<R>,
  ): Func {
    return new Func(store, type, new HostFunction(type, fn, { caller: true, async: false }));
  }

  /**
   * A host function that may return a promise: the guest waits for it, if it was entered by {@link Func.callAsync}.
   */
  static async<const P extends readonly ValType[], const R extends readonly ValType[]>(
    store: Store,
    type: Signature<P, R>,
    fn: (...args: ValuesOf<P>) => PromiseLike<ResultOf<R>> | ResultOf<R>,
  ): Func {
    return new Func(store, type, new HostFunction(type, fn, { caller: false, async: true }));
  }

  /** The JS API's function: what `instance.exports` and tables hold. */
  get reference(): RawFunction {
    if (this.#reference === undefined) {
      this.#reference = this.#makeReference();
      own(this.#reference, this.store);
      this.store.externs.note(this.#reference, this);
    }
    return this.#reference;
  }

  #makeReference(): RawFunction {
    const { params = [], results = [] } = this.type ?? {};
    const imported = this.#host?.importedBy(this.store, new Caller(this.store, () => undefined)) ?? this.#js;
    if (typeof imported === "function") return asWasmFunction(imported, params, results);
    // The caller has to be able to wait: a lowered module imports the function and calls it.
    const module = new Module(this.store.engine, callingModule(params, results));
    return instantiateNow(this.store, module, [imported]).exports["f"] as RawFunction;
  }

  /** What an instance that imports this function is linked with. */
  importedBy(caller: Caller): RawFunction | AsyncFunction {
    return this.#host === undefined ? this.#js : this.#host.importedBy(this.store, caller);
  }

  /** The host function that this is; undefined for functions of WebAssembly. */
  get hostFunction(): HostFunction | undefined {
    return this.#host;
  }

  /**
   * Calls the function. Arguments are checked: their number, and that each is a value of its parameter's type. Several
   * results are an array, none is undefined.
   *
   * @throws {TypeMismatchError} if an argument does not fit
   * @throws {WrongStoreError} if an argument belongs to another store
   * @throws {Trap} if the function traps
   * @throws whatever exception leaves the function: an {@link Exception}, or what a host function threw
   */
  call(...args: unknown[]): unknown {
    const given = this.#toJs(args);
    let returned: unknown;
    try {
      returned = this.#js(...given);
    } catch (error) {
      throw raised(this.store, error);
    }
    return resultsFromJs(this.store, this.type?.results, returned);
  }

  /**
   * Calls the function as {@link Func.call} does, but the guest may wait for host functions that return promises. Meanwhile
   * other calls may enter the store, and wait as well.
   *
   * @example
   * ```ts
   * const page = await instance.getFunc("load")?.callAsync([42], { signal: AbortSignal.timeout(1000) });
   * ```
   * @returns a promise that is rejected with what {@link Func.call} would throw, or with the signal's reason
   */
  callAsync(args: readonly unknown[] = [], options?: AsyncCallOptions): Promise<unknown> {
    let given: unknown[];
    try {
      given = this.#toJs([...args]);
    } catch (error) {
      return Promise.reject(error);
    }
    return this.store.functions.callAsync(this.#js, given, options).then(
      (returned) => resultsFromJs(this.store, this.type?.results, returned),
      (error: unknown) => {
        throw raised(this.store, error);
      },
    );
  }

  /**
   * Calls the function as {@link Func.call} does, but if the store runs out of fuel, the guest stays as it is, to be
   * continued when there is more.
   *
   * @example
   * ```ts
   * let outcome = func.callResumable(1_000_000);
   * while (outcome.kind === "outOfFuel") {
   *   store.fuel = 10_000n;
   *   outcome = outcome.resume();
   * }
   * console.log(outcome.value);
   * ```
   * @throws as {@link Func.call}
   */
  callResumable(...args: unknown[]): ResumableOutcome {
    const given = this.#toJs(args);
    const target = this.store.functions.callResumable(this.#js, given);
    if (target === undefined) return { kind: "returned", value: this.call(...args) };
    return this.#resumed(target);
  }

  #resumed({ call, convert }: ResumableTarget): ResumableOutcome {
    const { outcome } = call;
    if (outcome === undefined) {
      let isUsed = false;
      return {
        kind: "outOfFuel",
        resume: () => {
          if (isUsed) throw new ContinuationError("the call has been continued before");
          isUsed = true;
          call.resume();
          return this.#resumed({ call, convert });
        },
      };
    }
    if ("error" in outcome) throw raised(this.store, outcome.error);
    return { kind: "returned", value: resultsFromJs(this.store, this.type?.results, convert(outcome.value)) };
  }

  #toJs(args: unknown[]): unknown[] {
    const params = this.type?.params;
    if (params === undefined) return args.map((value) => toJs(this.store, value));
    if (args.length !== params.length) {
      throw new TypeMismatchError(`the function takes ${params.length} arguments, but ${args.length} were given`);
    }
    return args.map((value, i) => checkedToJs(this.store, params[i] ?? "i32", value, `argument ${i + 1}`));
  }

  /**
   * The function with a signature that TypeScript knows. The signature is checked here, once; what the host gets in a call is
   * only converted, as TypeScript has checked it.
   *
   * @throws {TypeMismatchError} if the function is of another type
   */
  typed<const P extends readonly ValType[], const R extends readonly ValType[]>(
    signature: Signature<P, R>,
  ): TypedFunc<P, R> {
    this.#requireType(signature);
    const { store } = this;
    const js = this.#js;
    const { params, results } = signature;
    if ([...params, ...results].some(isFunctionType)) return ((...args) => this.call(...args)) as TypedFunc<P, R>;
    return typedCall(store, js, params.length) as TypedFunc<P, R>;
  }

  /**
   * Like {@link Func.typed}, for asynchronous calls.
   *
   * @throws {TypeMismatchError} if the function is of another type
   */
  typedAsync<const P extends readonly ValType[], const R extends readonly ValType[]>(
    signature: Signature<P, R>,
    options?: AsyncCallOptions,
  ): (...args: ValuesOf<P>) => Promise<ResultOf<R>> {
    this.#requireType(signature);
    return (...args) => this.callAsync(args, options) as Promise<ResultOf<R>>;
  }

  #requireType(wanted: FuncType): void {
    const { type } = this;
    if (type !== undefined && sameFuncType(type, wanted)) return;
    if (
      type === undefined &&
      functionTypeTest(wanted.params, wanted.results)(this.store.functions.toRaw(this.#js) as RawFunction)
    )
      return;
    const found = type === undefined ? "" : `, but ${funcTypeText(type)}`;
    throw new TypeMismatchError(`the function is not of type ${funcTypeText(wanted)}${found}`);
  }

  /** @throws {WrongStoreError} unless the function belongs to `store` */
  requireStore(store: Store): void {
    requireStore(store, this, "a Func");
  }
}

/** The usual numbers of parameters are written out: passing on a list costs more than the call. */
function typedCall(store: Store, js: RawFunction, length: number): RawFunction {
  switch (length) {
    case 0:
      return () => {
        try {
          return js();
        } catch (error) {
          throw raised(store, error);
        }
      };
    case 1:
      return (a) => {
        try {
          return js(a);
        } catch (error) {
          throw raised(store, error);
        }
      };
    case 2:
      return (a, b) => {
        try {
          return js(a, b);
        } catch (error) {
          throw raised(store, error);
        }
      };
    default:
      return (...args) => {
        try {
          return js(...args);
        } catch (error) {
          throw raised(store, error);
        }
      };
  }
}
