/** Which failures are known, and how they are told (the list is known-differences.ts). */
import type { Backend } from "./engine.ts";

/**
 * Commands known to fail: those of one file that begin on certain lines, or wherever a feature is missing, told by the error
 * that follows from it. A command listed by its line must fail; that it does not is a failure as well.
 */
export interface Expectation {
  /** End of the script's path. */
  readonly file?: string;
  /** Lines on which the commands begin. */
  readonly lines?: readonly number[];
  /** A regular expression that the failure matches; for a missing feature, instead of `file` and `lines`. */
  readonly error?: string;
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

  /** Why the command on this line is known to fail whatever happens; undefined if it is not. */
  reasonFor(path: string, line: number): string | undefined {
    const slashed = `/${path.replaceAll("\\", "/")}`;
    return this.#entries.find(
      ({ file, lines }) => file !== undefined && slashed.endsWith(`/${file}`) && lines?.includes(line) === true,
    )?.reason;
  }

  /** Why this failure is a known one; undefined if it is not. */
  reasonForFailure(failure: string): string | undefined {
    return this.#entries.find(({ error }) => error !== undefined && new RegExp(error).test(failure))?.reason;
  }
}
