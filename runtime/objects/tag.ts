/** `WebAssembly.Tag` of a store: the host's, and tags with results, which only stack switching has. */
import { funcTypeOfNames } from "../descriptor-types.ts";
import { host } from "../host.ts";
import type { TypeIds } from "../type-ids.ts";
import { crossingOfName } from "./crossings.ts";
import { isInstance, likeHost } from "./like-host.ts";
import type { Tags } from "./tags.ts";

type TagArguments = ConstructorParameters<typeof WebAssembly.Tag>;

/** The class of the tags of one store; `new Tag({parameters, results})`, where `results` may be missing. */
export function tagClass(tags: Tags, types: TypeIds): typeof WebAssembly.Tag {
  class Tag extends host.Tag {
    constructor(...args: unknown[]) {
      const { parameters, results } = readTypes(args[0]);
      if (args.length > 0) args[0] = parameters === undefined ? args[0] : { parameters };
      super(...(args as unknown as TagArguments));
      if (parameters === undefined) return;
      tags.noteParams(this, parameters.map(crossingOfName));
      if (results.length === 0) return;
      const type = types.ofFuncType(funcTypeOfNames(parameters, results));
      tags.noteVirtual(this, { identity: tags.newIdentity(), type });
    }

    static override [Symbol.hasInstance](value: unknown): boolean {
      return isInstance(value, this, Tag, host.Tag);
    }
  }
  return likeHost(Tag, host.Tag) as unknown as typeof WebAssembly.Tag;
}

/** Both lists as strings; `parameters` undefined if the descriptor has none, which is for the host to complain about. */
function readTypes(descriptor: unknown): { readonly parameters: string[] | undefined; readonly results: string[] } {
  if ((typeof descriptor !== "object" && typeof descriptor !== "function") || descriptor === null) {
    return { parameters: undefined, results: [] };
  }
  const { parameters, results } = descriptor as { readonly parameters?: unknown; readonly results?: unknown };
  return {
    parameters: isIterable(parameters) ? Array.from(parameters, toText) : undefined,
    results: results === undefined ? [] : Array.from(results as Iterable<unknown>, toText),
  };
}

function isIterable(value: unknown): value is Iterable<unknown> {
  return typeof value === "object" && value !== null && Symbol.iterator in value;
}

function toText(value: unknown): string {
  return `${value as string}`;
}
