/** What JavaScript API checks are made of: namespaces, instances, and what counts of an outcome. */
import type { TestModules } from "./jsapi-modules.ts";

/** A namespace, whichever it is, as loosely typed as the misuse that is tried on it. */
// oxlint-disable-next-line typescript/no-explicit-any -- wrong arguments are the point
export type Namespace = Record<string, any>;

export type Check = (wasm: Namespace, modules: TestModules) => unknown;

/** The exports of an instance of `bytes`. */
export function run(wasm: Namespace, bytes: Uint8Array<ArrayBuffer>, imports?: unknown): Namespace {
  return new wasm["Instance"](new wasm["Module"](bytes), imports).exports as Namespace;
}

/** Good imports for `imports`, changed by `changes`. */
export function importsWith(wasm: Namespace, changes: Record<string, unknown> = {}): { m: Namespace } {
  return {
    m: {
      f: (x: number) => x * 2,
      t: new wasm["Table"]({ element: "anyfunc", initial: 1 }),
      mem: new wasm["Memory"]({ initial: 1 }),
      g: 5,
      mg: new wasm["Global"]({ value: "i64", mutable: true }, 6n),
      tag: new wasm["Tag"]({ parameters: ["i32"] }),
      ...changes,
    },
  };
}

/** Old versions of V8 give exported functions what sloppy functions have. */
export const LEGACY_KEYS: readonly PropertyKey[] = Object.freeze(["arguments", "caller"]);

/** The attributes of the own properties of an object, in the order of their names. */
export function attributes(object: object): [name: string, ...rest: unknown[]][] {
  return Reflect.ownKeys(object)
    .filter((key) => key !== Symbol.hasInstance && !LEGACY_KEYS.includes(key))
    .map((key): [string, ...unknown[]] => {
      const { value, get, set, ...flags } = Object.getOwnPropertyDescriptor(object, key) as PropertyDescriptor;
      const describeFunction = (fn: unknown) =>
        typeof fn === "function" ? [fn.name, fn.length, "prototype" in fn] : typeof fn;
      return [String(key), flags, describeFunction(value), describeFunction(get), describeFunction(set)];
    })
    .sort(([a], [b]) => a.localeCompare(b));
}

export function attempt(action: () => unknown): unknown {
  try {
    return describe(action());
  } catch (error) {
    return describeError(error);
  }
}

/** A value as far as it has to be the same on both sides. */
export function describe(value: unknown): unknown {
  if (typeof value === "function") {
    return {
      function: value.name,
      length: value.length,
      constructor: "prototype" in value,
      keys: Reflect.ownKeys(value)
        .filter((key) => !LEGACY_KEYS.includes(key))
        .map(String)
        .sort(),
    };
  }
  if (typeof value !== "object" || value === null) return Object.is(value, -0) ? "-0" : value;
  if (Array.isArray(value)) return value.map(describe);
  const tag = Object.prototype.toString.call(value);
  if (tag === "[object Object]")
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, describe(inner)]));
  return { tag, frozen: Object.isFrozen(value) };
}

/** An error's class, and for those that carry values in their messages no more: engines word them as they like. */
export function describeError(error: unknown): unknown {
  if (error instanceof Error) return { threw: error.name };
  return { threw: describe(error) };
}

export const WRONG_BYTES = [undefined, null, 1, "x", {}, [], Symbol.iterator, () => 0];
export const WRONG_IMPORTS = [null, 1, "x", Symbol.iterator, true];

/** The classes that both namespaces have. */

/** Which of the namespace's error classes was thrown, and that the host's class is the same one. */
export function attemptClass(wasm: Namespace, action: () => unknown): unknown {
  try {
    return action();
  } catch (error) {
    return ["CompileError", "LinkError", "RuntimeError"].filter((name) => error instanceof wasm[name]);
  }
}

/** The outcomes of promises; a function that throws instead of rejecting is told apart. */
export async function settleAll(actions: readonly (() => unknown)[]): Promise<unknown[]> {
  const outcomes: unknown[] = [];
  for (const action of actions) {
    try {
      outcomes.push(
        await Promise.resolve(action()).then(
          (value: unknown) => ["resolved", describe(value)],
          (error: unknown) => ["rejected", describeError(error)],
        ),
      );
    } catch (error) {
      outcomes.push(["thrown", describeError(error)]);
    }
  }
  return outcomes;
}
