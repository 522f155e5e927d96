/** `WebAssembly.Tag` of a store: the host's, and tags with results, which only stack switching has. */
import { valTypeOfName } from "../descriptor-types.ts";
import { host } from "../host.ts";
import { funcTypeSpace } from "../type-space.ts";
import { crossingOfName } from "./crossings.ts";
import { isInstance, likeHost } from "./like-host.ts";
import type { Tags } from "./tags.ts";

type TagArguments = ConstructorParameters<typeof WebAssembly.Tag>;

/** Makes the identity of a tag with results. @throws {TypeError} if a name is not that of a value type */
export type IdentityMaker = (parameters: readonly string[], results: readonly string[]) => object;

/** The class of the tags of one store; `new Tag({parameters, results})`, where `results` may be missing. */
export function tagClass(tags: Tags, makeIdentity: IdentityMaker): typeof WebAssembly.Tag {
  class Tag extends host.Tag {
    constructor(...args: unknown[]) {
      const { parameters, results, descriptor } = readTypes(args[0]);
      if (args.length > 0) args[0] = descriptor;
      super(...(args as unknown as TagArguments));
      // V8 does not heed new.target here.
      Object.setPrototypeOf(this, new.target.prototype);
      tags.noteParams(this, parameters.map(crossingOfName));
      noteType(tags, this, parameters, results);
      if (results.length > 0) tags.noteVirtual(this, makeIdentity(parameters, results));
    }

    static override [Symbol.hasInstance](value: unknown): boolean {
      return isInstance(value, this, Tag, host.Tag);
    }
  }
  return likeHost(Tag, host.Tag);
}

/** A host may know types that are not known here: continuations cannot suspend with such a tag from JavaScript. */
function noteType(tags: Tags, tag: WebAssembly.Tag, parameters: readonly string[], results: readonly string[]): void {
  try {
    tags.noteType(tag, funcTypeSpace(parameters.map(valTypeOfName), results.map(valTypeOfName)));
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  }
}

interface TagTypes {
  readonly parameters: readonly string[];
  readonly results: readonly string[];
  /** What to give to the host, so that it does not ask the caller's object again. */
  readonly descriptor: unknown;
}

/** What is wrong with `parameters` is for the host to complain about. */
function readTypes(descriptor: unknown): TagTypes {
  if ((typeof descriptor !== "object" && typeof descriptor !== "function") || descriptor === null) {
    return { parameters: [], results: [], descriptor };
  }
  const { parameters, results } = descriptor as { readonly parameters?: unknown; readonly results?: unknown };
  const names = Array.isArray(parameters) ? parameters.map(toText) : [];
  return {
    parameters: names,
    results: results === undefined ? [] : Array.from(results as Iterable<unknown>, toText),
    descriptor: { parameters: Array.isArray(parameters) ? names : parameters },
  };
}

function toText(value: unknown): string {
  return `${value as string}`;
}
