/** Which engine runs the scripts, and the namespaces that it can run them against. */
import type { WebAssemblyNamespace } from "./namespace.ts";

/**
 * What executes the modules: the host's own `WebAssembly`, or stackyard's, as it is or with every call site treated as
 * suspending.
 */
export type Backend = "host" | "stackyard" | "chaos";

/** A JavaScript runtime as expectations name it: `node22`, `node26`, `deno`, `bun`. */
export function hostName(): string {
  if ("Deno" in globalThis) return "deno";
  if ("Bun" in globalThis) return "bun";
  return `node${process.versions.node.split(".")[0]}`;
}

/** A new namespace, which shares no state with others of stackyard's; `seed` is for the backend `chaos`. */
export async function createNamespace(backend: Backend, seed: number): Promise<WebAssemblyNamespace> {
  if (backend === "host") return WebAssembly;
  const { createWebAssembly } = await import("../runtime/webassembly/index.ts");
  return createWebAssembly(backend === "chaos" ? { chaos: seed } : {});
}
