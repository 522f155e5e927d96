/** A cache of compiled modules in a directory. Not for browsers. */
import type { ModuleCache } from "./cache.ts";

/**
 * A cache in a directory, which several processes may use at once: files are written beside and then renamed. Nothing is ever
 * deleted; an error of the file system is as good as a miss.
 *
 * @example
 * ```ts
 * const engine = new Engine({ cache: new FileCache("/var/cache/guests") });
 * const module = await Module.fromFile(engine, "guest.wasm"); // lowered only the first time
 * ```
 */
export class FileCache implements ModuleCache {
  readonly directory: string;

  constructor(directory: string) {
    this.directory = directory;
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    const { readFile } = await import("node:fs/promises");
    try {
      return await readFile(this.#path(key));
    } catch {
      return undefined;
    }
  }

  async set(key: string, bytes: Uint8Array): Promise<void> {
    const { mkdir, rename, rm, writeFile } = await import("node:fs/promises");
    const temporary = `${this.#path(key)}.${crypto.randomUUID()}`;
    try {
      await mkdir(this.directory, { recursive: true });
      await writeFile(temporary, bytes, { flag: "wx" });
      await rename(temporary, this.#path(key));
    } catch {
      await rm(temporary, { force: true }).catch(() => undefined);
    }
  }

  #path(key: string): string {
    return `${this.directory}/${key}.stackyard`;
  }
}
