/**
 * Makes a class of ours look like the host's class that it stands for: same own properties with the same attributes, same
 * `name` and `length` of functions, so that code which inspects the namespace sees what it expects.
 */

type Described = object & { readonly prototype?: object };

/** Copies attributes of `theirs` onto `ours`; properties that `ours` lacks are copied whole. Returns `ours`. */
export function likeHost<T extends object>(ours: T, theirs: object): T {
  for (const key of Reflect.ownKeys(theirs)) {
    const model = Object.getOwnPropertyDescriptor(theirs, key);
    if (model === undefined) continue;
    const own = Object.getOwnPropertyDescriptor(ours, key);
    if (own === undefined) Object.defineProperty(ours, key, model);
    else if (own.configurable === true) Object.defineProperty(ours, key, withAttributes(own, model));
  }
  const [prototype, model] = [(ours as Described).prototype, (theirs as Described).prototype];
  if (typeof ours === "function" && prototype !== undefined && model !== undefined) likeHost(prototype, model);
  return ours;
}

/** Makes `ours` a subclass of `theirs`, for a class whose constructor returns the host's object. Returns `ours`. */
export function derive<T extends Described>(ours: T, theirs: Described): T {
  Object.setPrototypeOf(ours, theirs);
  Object.setPrototypeOf(ours.prototype, theirs.prototype ?? null);
  return ours;
}

function withAttributes(own: PropertyDescriptor, model: PropertyDescriptor): PropertyDescriptor {
  nameLike(own.value, model.value);
  nameLike(own.get, model.get);
  nameLike(own.set, model.set);
  const { enumerable = false, configurable = false } = model;
  return "value" in own
    ? { ...own, enumerable, configurable, writable: model.writable ?? false }
    : { ...own, enumerable, configurable };
}

/** Methods here take `...args`, to pass on exactly as many as they were given; their `length` is the host's. */
function nameLike(ours: unknown, theirs: unknown): void {
  if (typeof ours !== "function" || typeof theirs !== "function") return;
  for (const key of ["name", "length"]) {
    const model = Object.getOwnPropertyDescriptor(theirs, key);
    if (model !== undefined) Object.defineProperty(ours, key, model);
  }
}

/**
 * `instanceof` for a class of ours: true for the host's instances, too, as they may come from modules that the host runs
 * without our doing.
 */
export function isInstance(
  value: unknown,
  asked: unknown,
  ours: object,
  theirs: { readonly prototype: object },
): boolean {
  if (typeof value !== "object" || value === null) return false;
  const prototype = asked === ours ? theirs.prototype : (asked as Described).prototype;
  return typeof prototype === "object" && Object.prototype.isPrototypeOf.call(prototype, value);
}

/**
 * Reads `key` of a descriptor as the string that the host is going to read, and returns the descriptor to give to the host
 * with that string in place, so that the caller's object is asked once.
 */
export function readString(
  descriptor: unknown,
  key: string,
): readonly [descriptor: unknown, value: string | undefined] {
  if ((typeof descriptor !== "object" && typeof descriptor !== "function") || descriptor === null) {
    return [descriptor, undefined];
  }
  const given: unknown = Reflect.get(descriptor, key);
  const value = given === undefined ? undefined : `${given as string}`;
  const rest = {
    get: (_: object, asked: PropertyKey): unknown => (asked === key ? value : Reflect.get(descriptor, asked)),
    has: (_: object, asked: PropertyKey): boolean => Reflect.has(descriptor, asked),
  };
  return [new Proxy({}, rest), value];
}
