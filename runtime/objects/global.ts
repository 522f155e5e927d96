/** `WebAssembly.Global` of a store: the host's, with function references converted. */
import { host } from "../host.ts";
import type { FunctionReferences } from "../function-references.ts";
import { crossingOfName } from "./crossings.ts";
import type { Crossings } from "./crossings.ts";
import { isInstance, likeHost, readString } from "./like-host.ts";

type GlobalArguments = ConstructorParameters<typeof WebAssembly.Global>;

const value = Object.getOwnPropertyDescriptor(host.Global.prototype, "value") as {
  get(this: WebAssembly.Global): unknown;
  set(this: WebAssembly.Global, value: unknown): void;
};
const { valueOf } = host.Global.prototype;

/** The class of the globals of one store. */
export function globalClass(functions: FunctionReferences, crossings: Crossings): typeof WebAssembly.Global {
  class Global extends host.Global {
    constructor(...args: unknown[]) {
      const [descriptor, type] = readString(args[0], "value");
      const crossing = crossingOfName(type);
      if (args.length > 0) args[0] = descriptor;
      if (args.length > 1 && crossing === "function") args[1] = functions.toRaw(args[1]);
      super(...(args as unknown as GlobalArguments));
      crossings.note(this, crossing);
    }

    override get value(): unknown {
      crossings.check(this);
      return crossings.toJs(this, Reflect.apply(value.get, this, []));
    }

    override set value(given: unknown) {
      Reflect.apply(value.set, this, [crossings.toGuest(this, given)]);
    }

    override valueOf(): unknown {
      crossings.check(this);
      return crossings.toJs(this, Reflect.apply(valueOf, this, []));
    }

    static override [Symbol.hasInstance](object: unknown): boolean {
      return isInstance(object, this, Global, host.Global);
    }
  }
  return likeHost(Global, host.Global) as unknown as typeof WebAssembly.Global;
}
