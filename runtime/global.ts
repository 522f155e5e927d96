/** Global: a global variable of a store. */
import { checkedToJs, fromJs } from "./conversion.ts";
import type { GlobalType } from "./extern-types.ts";
import { descriptorName } from "./descriptor-types.ts";
import { own } from "./ownership.ts";
import type { Store } from "./store.ts";
import { TypeMismatchError } from "./usage-errors.ts";

/**
 * @example
 * ```ts
 * const counter = new Global(store, { value: "i32", mutable: true }, 0);
 * counter.set(counter.get() as number + 1);
 * ```
 */
export class Global {
  readonly kind = "global";
  readonly store: Store;
  readonly type: GlobalType;
  /** The JS API's object. */
  readonly js: WebAssembly.Global;

  /**
   * @throws {TypeMismatchError} if `value` is not of the global's type
   * @throws {WrongStoreError} if it belongs to another store
   */
  constructor(store: Store, type: GlobalType, value: unknown, js?: WebAssembly.Global) {
    this.store = store;
    this.type = type;
    if (js === undefined) {
      const descriptor = { value: descriptorName(type.value), mutable: type.mutable } as WebAssembly.GlobalDescriptor;
      this.js = new store.classes.Global(descriptor, checkedToJs(store, type.value, value, "the value"));
      store.externs.note(this.js, this);
    } else this.js = js;
    own(this.js, store);
  }

  /** @throws {TypeError} if JavaScript has no values of its type: v128 and exception references */
  get(): unknown {
    return fromJs(this.store, this.type.value, this.js.value);
  }

  /**
   * @throws {TypeMismatchError} if the global is immutable, or `value` not of its type
   * @throws {WrongStoreError} if `value` belongs to another store
   */
  set(value: unknown): void {
    if (!this.type.mutable) throw new TypeMismatchError("the global is immutable");
    this.js.value = checkedToJs(this.store, this.type.value, value, "the value");
  }
}
