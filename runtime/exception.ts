/** Exception: an exception of WebAssembly, thrown by a guest or to be thrown by a host function. */
import { checkedToJs, fromJs } from "./conversion.ts";
import { host } from "./host.ts";
import type { Store } from "./store.ts";
import { Tag } from "./tag.ts";
import { TypeMismatchError } from "./usage-errors.ts";

/** The host's class, seen as one whose methods may be given other parameters. */
const HostException = host.Exception as unknown as new (tag: WebAssembly.Tag, payload: unknown[]) => object;

/**
 * An exception with a tag. It is the host's own object, so it stays the same on its way through guests and host functions,
 * and `instanceof WebAssembly.Exception` holds.
 *
 * @example
 * ```ts
 * try {
 *   instance.getFunc("parse")?.call();
 * } catch (error) {
 *   if (!(error instanceof Exception && error.is(syntaxError))) throw error;
 *   const [line, column] = error.payload(syntaxError);
 * }
 * ```
 */
export class Exception extends HostException {
  /**
   * An exception for a host function to throw.
   *
   * @throws {TypeMismatchError} if the payload is not of the tag's type, or the tag has results
   */
  constructor(tag: Tag, payload: readonly unknown[] = []) {
    const { params, results } = tag.type;
    if (results.length > 0) throw new TypeMismatchError("a tag with results cannot be thrown");
    if (params.length !== payload.length) {
      throw new TypeMismatchError(`the tag has ${params.length} parameters, but ${payload.length} values were given`);
    }
    const { store } = tag;
    super(
      tag.js,
      payload.map((value, i) =>
        store.functions.toRaw(checkedToJs(store, params[i] ?? "i32", value, `payload value ${i + 1}`)),
      ),
    );
    // V8 does not heed new.target here.
    Object.setPrototypeOf(this, Exception.prototype);
  }

  /** Makes the host's exception one of this class; undefined if `error` is none, or of a class of its own. */
  static adopt(store: Store, error: unknown): Exception | undefined {
    if (!(error instanceof host.Exception)) return undefined;
    const prototype: unknown = Object.getPrototypeOf(error);
    if (prototype === host.Exception.prototype || prototype === store.classes.Exception.prototype) {
      Object.setPrototypeOf(error, Exception.prototype);
    }
    return error as unknown as Exception;
  }

  /** Whether the exception was thrown with `tag`, this API's or the JS API's. */
  is(tag: Tag | WebAssembly.Tag): boolean {
    return Reflect.apply(host.Exception.prototype.is, this, [tag instanceof Tag ? tag.js : tag]);
  }

  /**
   * The values that it carries.
   *
   * @throws {TypeError} if it was thrown with another tag
   */
  payload(tag: Tag): unknown[] {
    const { store } = tag;
    return tag.type.params.map((type, i) => {
      const value: unknown = Reflect.apply(host.Exception.prototype.getArg, this, [tag.js, i]);
      return fromJs(store, type, typeof value === "function" ? store.functions.toJs(value) : value);
    });
  }
}
