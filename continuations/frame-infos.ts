/** What is kept of the functions that may be left: a few bytes for each of their sites, in one piece for all functions. */
import type { FrameInfo } from "./lowered-module.ts";

export class FrameInfos {
  readonly list: FrameInfo[] = [];
  readonly #offsets = new SiteOffsets();

  /** Adds a function with so many sites; returns the place for their offsets. */
  add(func: number, resumeFunction: number, sites: number): Uint32Array {
    const start = this.#offsets.reserve(sites);
    this.list.push(new Info(func, resumeFunction, this.#offsets, start, start + sites));
    return this.#offsets.view(start, start + sites);
  }
}

/** The offsets of all sites of a module. */
class SiteOffsets {
  #words = new Uint32Array(1024);
  #length = 0;

  /** Makes room; returns where it begins. */
  reserve(count: number): number {
    const start = this.#length;
    this.#length += count;
    if (this.#length > this.#words.length) {
      const grown = new Uint32Array(Math.max(this.#length, 2 * this.#words.length));
      grown.set(this.#words);
      this.#words = grown;
    }
    return start;
  }

  view(start: number, end: number): Uint32Array {
    return this.#words.subarray(start, end);
  }
}

class Info implements FrameInfo {
  readonly func: number;
  readonly resumeFunction: number;
  readonly #all: SiteOffsets;
  readonly #start: number;
  readonly #end: number;

  constructor(func: number, resumeFunction: number, all: SiteOffsets, start: number, end: number) {
    this.func = func;
    this.resumeFunction = resumeFunction;
    this.#all = all;
    this.#start = start;
    this.#end = end;
  }

  get offsets(): Uint32Array {
    return this.#all.view(this.#start, this.#end);
  }
}
