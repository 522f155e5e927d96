/** `WebAssembly.Exception` of a store: the host's, with function references converted. */
import { host } from "../host.ts";
import type { FunctionReferences } from "../function-references.ts";
import { isInstance, likeHost } from "./like-host.ts";
import type { Tags } from "./tags.ts";

type ExceptionArguments = ConstructorParameters<typeof WebAssembly.Exception>;

const { getArg } = host.Exception.prototype;

/** The class of the exceptions of one store. */
export function exceptionClass(functions: FunctionReferences, tags: Tags): typeof WebAssembly.Exception {
  class Exception extends host.Exception {
    constructor(...args: unknown[]) {
      const [tag, payload] = args;
      if (tags.virtualIdentityOf(tag) !== undefined) throw new TypeError("a tag with results cannot be thrown");
      const params = tags.params(tag);
      if (params.includes("function") && typeof payload === "object" && payload !== null) {
        args[1] = Array.from(payload as Iterable<unknown>, (value, i) =>
          params[i] === "function" ? functions.toRaw(value) : value,
        );
      }
      super(...(args as unknown as ExceptionArguments));
      // V8 does not heed new.target here.
      Object.setPrototypeOf(this, new.target.prototype);
    }

    override getArg(...args: unknown[]): unknown {
      const value: unknown = Reflect.apply(getArg, this, args as never);
      return tags.params(args[0])[Number(args[1])] === "function" ? functions.toJs(value) : value;
    }

    static override [Symbol.hasInstance](value: unknown): boolean {
      return isInstance(value, this, Exception, host.Exception);
    }
  }
  return likeHost(Exception, host.Exception);
}
