/**
 * `WebAssembly.Suspending` and `WebAssembly.promising` of a namespace (JS Promise Integration). Guests wait by being unwound, so
 * this needs nothing of the host, and they may have continuations running when they wait.
 */
import { AsyncFunction, isPromise } from "../async-imports.ts";
import { host } from "../host.ts";
import type { AnyFunction, HostSuspending } from "../host.ts";
import { isExportedFunction } from "../imports.ts";
import type { Store } from "../store.ts";

export interface PromiseIntegration {
  readonly Suspending: HostSuspending;
  readonly promising: (fn: AnyFunction) => AnyFunction;
}

/** Promise integration for the guests of one store. */
export function promiseIntegration({ functions }: Store): PromiseIntegration {
  class Suspending extends AsyncFunction {
    constructor(...args: unknown[]) {
      if (typeof args[0] !== "function") {
        throw new TypeError("WebAssembly.Suspending(): the first argument must be a function");
      }
      super(args[0] as AnyFunction, isPromise);
    }
  }
  Object.defineProperty(Suspending, "length", { value: 1, configurable: true });
  Object.defineProperty(Suspending.prototype, Symbol.toStringTag, {
    value: "WebAssembly.Suspending",
    configurable: true,
  });

  // A method, so that it is no constructor.
  const { promising } = {
    promising(fn: AnyFunction): AnyFunction {
      if (!functions.isWrapper(fn)) {
        // What is not lowered may wait for promises in the host's own way.
        if (host.promising !== undefined) return host.promising(fn);
        if (typeof fn !== "function" || !isExportedFunction(fn)) {
          throw new TypeError(
            "WebAssembly.promising(): the first argument must be an exported function of WebAssembly",
          );
        }
      }
      const promised = (...args: unknown[]): Promise<unknown> => functions.callAsync(fn, args);
      for (const key of ["length", "name"] as const) {
        Object.defineProperty(promised, key, { value: fn[key], configurable: true });
      }
      return promised;
    },
  };
  return { Suspending: Suspending, promising };
}
