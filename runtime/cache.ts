/** Caches of compiled modules: what an engine asks before it lowers, and tells after. */
import type { Engine } from "./engine.ts";
import { VERSION } from "./version.ts";

/**
 * A cache, given by the embedder. Keys are hexadecimal digits; values are what {@link Module.serialize} returns. A cache may
 * forget whatever it likes.
 */
export interface ModuleCache {
  get(key: string): Uint8Array | undefined | Promise<Uint8Array | undefined>;
  set(key: string, bytes: Uint8Array): void | Promise<void>;
}

/** A cache in memory, for as long as it is held. */
export class MemoryCache implements ModuleCache {
  readonly #modules = new Map<string, Uint8Array>();

  get(key: string): Uint8Array | undefined {
    return this.#modules.get(key);
  }

  set(key: string, bytes: Uint8Array): void {
    this.#modules.set(key, bytes);
  }

  /** How many modules it holds. */
  get size(): number {
    return this.#modules.size;
  }
}

/** What a module is known by: a hash of its bytes, and of all that its compiled form depends on. */
export async function cacheKey(engine: Engine, bytes: Uint8Array<ArrayBuffer>, options: unknown): Promise<string> {
  const context = new TextEncoder().encode(JSON.stringify([VERSION, engine.fingerprint, options ?? null]));
  const hashes = await Promise.all([bytes, context].map((part) => crypto.subtle.digest("SHA-256", part)));
  return hashes.flatMap((hash) => Array.from(new Uint8Array(hash), hex)).join("");
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, "0");
}
