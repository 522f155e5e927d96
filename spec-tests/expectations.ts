/** Known differences from the official expectations, each with its reason (expectations.json). */
import { readFile } from "node:fs/promises";
import type { Backend } from "./engine.ts";

/** One command, or several of one file, known to fail. */
export interface Expectation {
  /** End of the script's path. */
  readonly file: string;
  /** Lines on which the commands begin. */
  readonly lines: readonly number[];
  /** Hosts on which they fail (see `hostName`); absent: on all. */
  readonly hosts?: readonly string[];
  /** Backends with which they fail; absent: with all. */
  readonly backends?: readonly Backend[];
  readonly reason: string;
}

/** The differences that apply to one run. */
export class Expectations {
  readonly #entries: readonly Expectation[];

  constructor(entries: readonly Expectation[], host: string, backend: Backend) {
    this.#entries = entries.filter(
      ({ hosts, backends }) => (hosts?.includes(host) ?? true) && (backends?.includes(backend) ?? true),
    );
  }

  /** Why the command on this line is known to fail; undefined if it is not. */
  reasonFor(path: string, line: number): string | undefined {
    const slashed = `/${path.replaceAll("\\", "/")}`;
    return this.#entries.find(({ file, lines }) => slashed.endsWith(`/${file}`) && lines.includes(line))?.reason;
  }
}

/** The project's list. */
export async function readExpectations(host: string, backend: Backend): Promise<Expectations> {
  const text = await readFile(new URL("expectations.json", import.meta.url), "utf8");
  return new Expectations(JSON.parse(text) as Expectation[], host, backend);
}
