/** What is wrong with imports, as the embedding API says it. */
import { LinkError } from "./errors.ts";
import { host } from "./host.ts";
import type { Module } from "./module.ts";
import { raised } from "./raised.ts";
import type { Store } from "./store.ts";

/** `import "env" "f"`. */
export function importText(module: Module, i: number): string {
  const entry = module.decoded.imports[i];
  return `import ${JSON.stringify(entry?.module)} ${JSON.stringify(entry?.name)}`;
}

export function unknownImport(module: Module, i: number): LinkError {
  const entry = module.decoded.imports[i];
  const kind = entry?.desc.kind === "func" ? "function" : entry?.desc.kind;
  return new LinkError(`unknown ${importText(module, i)} (${kind})`, entry?.module, entry?.name);
}

/** @param found what was given */
export function incompatibleImport(module: Module, i: number, found: string, options?: ErrorOptions): LinkError {
  const entry = module.decoded.imports[i];
  return new LinkError(
    `incompatible import type (${importText(module, i)}: ${found})`,
    entry?.module,
    entry?.name,
    options,
  );
}

/** An error of the host's instantiation, as one of ours where there is one for it. */
export function linkError(store: Store, module: Module, error: unknown): unknown {
  if (!(error instanceof host.LinkError)) return raised(store, error);
  // Hosts begin with the number of the import, "Import #1 ...".
  const number = /#(\d+)/.exec(error.message)?.[1];
  const entry = number === undefined ? undefined : module.decoded.imports[Number(number)];
  const text = error.message.startsWith("incompatible import type")
    ? error.message
    : `incompatible import type: ${error.message}`;
  return new LinkError(text, entry?.module, entry?.name, { cause: error });
}
