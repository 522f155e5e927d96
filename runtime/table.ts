/** Table: a table of references of a store. */
import { checkedToJs, fromJs } from "./conversion.ts";
import type { TableType } from "./extern-types.ts";
import { descriptorLimits, descriptorName } from "./descriptor-types.ts";
import { own } from "./ownership.ts";
import type { Store } from "./store.ts";

/**
 * Indices and sizes are numbers, or bigints in a table with 64-bit indices.
 *
 * @example
 * ```ts
 * const table = new Table(store, { element: "funcref", minimum: 2 });
 * table.set(0, instance.getFunc("f"));
 * ```
 */
export class Table {
  readonly kind = "table";
  readonly store: Store;
  /** The declared type; {@link size} tells how large the table is now. */
  readonly type: TableType;
  /** The JS API's object. */
  readonly js: WebAssembly.Table;

  /**
   * @param value what all elements are at first
   * @throws {TypeMismatchError} if `value` is not of the element type
   * @throws {TypeError} if the limits are not whole numbers from 0
   * @throws {RangeError} if the table is too large for the host
   */
  constructor(store: Store, type: TableType, value: unknown = null, js?: WebAssembly.Table) {
    this.store = store;
    this.type = type;
    if (js === undefined) {
      const descriptor = { element: descriptorName(type.element), ...descriptorLimits(type, "a table") };
      this.js = new store.classes.Table(descriptor as WebAssembly.TableDescriptor, this.#toJs(value));
      store.externs.note(this.js, this);
    } else this.js = js;
    own(this.js, store);
  }

  /** In elements. */
  get size(): number | bigint {
    return this.js.length;
  }

  /** @throws {RangeError} if the index is out of bounds */
  get(index: number | bigint): unknown {
    return fromJs(this.store, this.type.element, this.js.get(index as number));
  }

  /**
   * @throws {RangeError} if the index is out of bounds
   * @throws {TypeMismatchError} if `value` is not of the element type
   * @throws {WrongStoreError} if `value` belongs to another store
   */
  set(index: number | bigint, value: unknown): void {
    this.js.set(index as number, this.#toJs(value));
  }

  /**
   * Adds `delta` elements that are `value`; returns the size before.
   *
   * @throws {RangeError} if the maximum, or what the host can do, is exceeded
   * @throws {ResourceLimitError} if the store's limits do not allow it
   */
  grow(delta: number | bigint, value: unknown = null): number | bigint {
    this.store.limits.requireGrowth("table", Number(this.js.length), Number(delta));
    return this.js.grow(delta as number, this.#toJs(value));
  }

  #toJs(value: unknown): unknown {
    return checkedToJs(this.store, this.type.element, value, "the element");
  }
}
