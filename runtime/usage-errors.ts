/** Errors in the use of the embedding API: nothing is wrong with the guest, and the store is as it was. */

/** An object of one store was given to another. */
export class WrongStoreError extends TypeError {
  override readonly name = "WrongStoreError";

  /** @param what the object, as in "a Func" or "the import "env" "f"" */
  constructor(what: string) {
    super(`${what} belongs to another store: objects of two stores cannot meet`);
  }
}

/** A value or function is not of the type that is asked for. */
export class TypeMismatchError extends TypeError {
  override readonly name = "TypeMismatchError";
}

/** The bytes of a serialized module are damaged, or were made by another version or for another engine. */
export class SerializationError extends Error {
  override readonly name = "SerializationError";
}

/** A store's limits do not allow what was asked for. */
export class ResourceLimitError extends Error {
  override readonly name = "ResourceLimitError";

  /** @param what what is too much */
  constructor(what: string) {
    super(`resource limit exceeded: ${what}`);
  }
}

interface Owned {
  readonly store: unknown;
}

/** @throws {WrongStoreError} unless `object` belongs to `store` */
export function requireStore(store: unknown, object: Owned, what: string): void {
  if (object.store !== store) throw new WrongStoreError(what);
}
