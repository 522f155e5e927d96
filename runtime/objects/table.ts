/** `WebAssembly.Table` of a store: the host's, with function references converted. */
import { host } from "../host.ts";
import type { FunctionReferences } from "../function-references.ts";
import { crossingOfName } from "./crossings.ts";
import type { Crossings } from "./crossings.ts";
import { isInstance, likeHost, readString } from "./like-host.ts";

type TableArguments = ConstructorParameters<typeof WebAssembly.Table>;

const { get, set, grow } = host.Table.prototype;

/** The class of the tables of one store. */
export function tableClass(functions: FunctionReferences, crossings: Crossings): typeof WebAssembly.Table {
  class Table extends host.Table {
    constructor(...args: unknown[]) {
      const [descriptor, element] = readString(args[0], "element");
      const crossing = crossingOfName(element);
      if (args.length > 0) args[0] = descriptor;
      if (args.length > 1 && crossing === "function") args[1] = functions.toRaw(args[1]);
      super(...(args as unknown as TableArguments));
      crossings.note(this, crossing);
    }

    override get(...args: unknown[]): unknown {
      crossings.check(this);
      return crossings.toJs(this, Reflect.apply(get, this, args as never));
    }

    override set(...args: unknown[]): void {
      if (args.length > 1) args[1] = crossings.toGuest(this, args[1]);
      Reflect.apply(set, this, args as never);
    }

    override grow(...args: unknown[]): number {
      if (args.length > 1) args[1] = crossings.toGuest(this, args[1]);
      return Reflect.apply(grow, this, args as never);
    }

    static override [Symbol.hasInstance](value: unknown): boolean {
      return isInstance(value, this, Table, host.Table);
    }
  }
  return likeHost(Table, host.Table);
}
