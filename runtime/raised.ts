/** What leaves a guest, as the embedding API throws it. */
import { Trap } from "./errors.ts";
import { Exception } from "./exception.ts";
import type { Store } from "./store.ts";

/** A trap becomes a {@link Trap}, an exception an {@link Exception}; everything else stays what it is. */
export function raised(store: Store, error: unknown): unknown {
  return Trap.from(error, store) ?? Exception.adopt(store, error) ?? error;
}
