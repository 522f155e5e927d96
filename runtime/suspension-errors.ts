/** Errors of embedders, about suspensions: what was asked for cannot be done, and nothing has been changed. */

/**
 * A host function returned a promise, but the guest cannot wait for it: it was called by a synchronous entry, or a host
 * function that called back into the store is in between.
 */
export class SuspendError extends Error {
  override readonly name = "SuspendError";
  /** Name of the host function: how it was imported (`module.name`). */
  readonly function: string;

  constructor(name: string) {
    super(suspendErrorText(name, "callAsync"));
    this.function = name;
  }
}

/** @param entry what has to be called for a guest to be able to wait */
export function suspendErrorText(name: string, entry: string): string {
  return (
    `the host function ${name} returned a promise, but its guest was called synchronously: ` +
    `a guest can only wait when it is entered by ${entry}, without another host function in between`
  );
}

/** A continuation cannot be used like this. */
export class ContinuationError extends Error {
  override readonly name = "ContinuationError";
}
