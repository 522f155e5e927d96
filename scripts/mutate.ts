/** Seeded mutation of binary modules: edits that know bytes, LEB128 and section headers, and nothing else of the format. */
import type { Shape } from "./shapes.ts";

/** A small seeded generator of random numbers (xorshift128). The same seed and stream give the same numbers for ever. */
class Random {
  #a: number;
  #b: number;
  #c: number;
  #d: number;

  constructor(seed: number, stream: number) {
    this.#a = seed | 0 || 1;
    this.#b = stream | 0;
    this.#c = 0x9e3779b9 | 0;
    this.#d = Math.imul(seed ^ stream, 0x85ebca6b) | 0;
    for (let i = 0; i < 16; i++) this.next();
  }

  /** A number from 0 to 2^32 - 1. */
  next(): number {
    let t = this.#a ^ (this.#a << 11);
    t ^= t >>> 8;
    this.#a = this.#b;
    this.#b = this.#c;
    this.#c = this.#d;
    this.#d ^= (this.#d >>> 19) ^ t;
    return this.#d >>> 0;
  }

  /** A number from 0 to `limit` - 1. */
  below(limit: number): number {
    return Math.floor((this.next() / 0x1_0000_0000) * limit);
  }

  /** One of several. */
  pick<T>(values: readonly T[]): T {
    const value = values[this.below(values.length)];
    if (value === undefined) throw new RangeError("nothing to pick from");
    return value;
  }
}

type Bytes = Uint8Array<ArrayBuffer>;
type Mutation = (bytes: Bytes, random: Random, other: Bytes) => Bytes;

/** Bytes that mean something in many places of the format. */
const TELLING = [
  0, 1, 2, 0x0b, 0x1f, 0x40, 0x60, 0x63, 0x64, 0x6f, 0x70, 0x7b, 0x7f, 0x80, 0xd0, 0xe0, 0xfb, 0xfc, 0xfd, 0xfe, 0xff,
];
const NUMBERS = [0, 1, 2, 127, 128, 255, 16_384, 65_535, 1_000_000, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff];

/** `bytes` with the range from `start` to `end` replaced. */
function replaced(bytes: Bytes, start: number, end: number, by: Uint8Array | readonly number[]): Bytes {
  const result = new Uint8Array(bytes.length - (end - start) + by.length);
  result.set(bytes.subarray(0, start));
  result.set(by, start);
  result.set(bytes.subarray(end), start + by.length);
  return result;
}

/** A number in unsigned LEB128, with `padding` bytes more than it needs. */
function leb(value: number, padding: number): number[] {
  const result: number[] = [];
  let rest = value;
  do {
    result.push((rest % 128) | 0x80);
    rest = Math.floor(rest / 128);
  } while (rest > 0);
  for (let i = 0; i < padding; i++) result.push(0x80);
  result.push((result.pop() ?? 0) & 0x7f);
  return result;
}

/** The byte after the LEB128 number at `start`. */
function lebEnd(bytes: Bytes, start: number): number {
  let end = start;
  while (end < bytes.length && ((bytes[end] ?? 0) & 0x80) !== 0) end++;
  return Math.min(end + 1, bytes.length);
}

interface Section {
  readonly start: number;
  /** Where its size is, and its contents. */
  readonly size: number;
  readonly contents: number;
  readonly end: number;
}

/** The sections as far as their headers make sense. */
function sectionsOf(bytes: Bytes): Section[] {
  const sections: Section[] = [];
  for (let start = 8; start < bytes.length; ) {
    const contents = lebEnd(bytes, start + 1);
    let size = 0;
    for (let i = contents - 1; i > start; i--) size = size * 128 + ((bytes[i] ?? 0) & 0x7f);
    const end = contents + size;
    if (end > bytes.length) break;
    sections.push({ start, size: start + 1, contents, end });
    start = end;
  }
  return sections;
}

/** Edits that leave every size in the module right, so that what they spoil is found late. */
const IN_PLACE: readonly Mutation[] = [
  function flipBit(bytes, random) {
    const at = random.below(bytes.length);
    return replaced(bytes, at, at + 1, [(bytes[at] ?? 0) ^ (1 << random.below(8))]);
  },
  function setByte(bytes, random) {
    const at = random.below(bytes.length);
    return replaced(bytes, at, at + 1, [random.below(4) === 0 ? random.below(256) : random.pick(TELLING)]);
  },
  function addToByte(bytes, random) {
    const at = random.below(bytes.length);
    return replaced(bytes, at, at + 1, [((bytes[at] ?? 0) + random.pick([1, -1, 2, -2, 16, -16])) & 0xff]);
  },
  function overwrite(bytes, random, other) {
    const start = random.below(bytes.length);
    const from = random.below(other.length);
    const length = Math.min(1 + random.below(6), bytes.length - start);
    const source = other.subarray(from, from + length);
    return replaced(bytes, start, start + source.length, source);
  },
  function swapBytes(bytes, random) {
    const at = random.below(bytes.length - 1);
    return replaced(bytes, at, at + 2, [bytes[at + 1] ?? 0, bytes[at] ?? 0]);
  },
];

/** Edits that change the length of something. */
const RESIZING: readonly Mutation[] = [
  function insertBytes(bytes, random) {
    const at = random.below(bytes.length + 1);
    const added = Array.from({ length: 1 + random.below(4) }, () => random.pick(TELLING));
    return replaced(bytes, at, at, added);
  },
  function deleteBytes(bytes, random) {
    const at = random.below(bytes.length);
    return replaced(bytes, at, Math.min(bytes.length, at + 1 + random.below(8)), []);
  },
  function truncate(bytes, random) {
    return bytes.slice(0, random.below(bytes.length));
  },
  function repeat(bytes, random) {
    const start = random.below(bytes.length);
    const end = Math.min(bytes.length, start + 1 + random.below(32));
    return replaced(bytes, end, end, bytes.subarray(start, end));
  },
  function splice(bytes, random, other) {
    const at = random.below(bytes.length + 1);
    const from = random.below(other.length + 1);
    return replaced(bytes, at, bytes.length, other.subarray(from));
  },
  function transplant(bytes, random, other) {
    const start = random.below(bytes.length);
    const from = random.below(other.length);
    const length = 1 + random.below(16);
    return replaced(bytes, start, Math.min(bytes.length, start + length), other.subarray(from, from + length));
  },
  function editLeb(bytes, random) {
    const at = random.below(bytes.length);
    const value = random.below(2) === 0 ? random.pick(NUMBERS) : random.below(16);
    return replaced(bytes, at, lebEnd(bytes, at), leb(value, random.below(3) === 0 ? 1 + random.below(9) : 0));
  },
  function padLeb(bytes, random) {
    const at = random.below(bytes.length);
    return replaced(bytes, at, at + 1, [(bytes[at] ?? 0) | 0x80, ...leb(0, random.below(10))]);
  },
  function editSectionSize(bytes, random) {
    const sections = sectionsOf(bytes);
    if (sections.length === 0) return bytes;
    const { size, contents, end } = random.pick(sections);
    const value = random.below(3) === 0 ? random.pick(NUMBERS) : Math.max(0, end - contents + random.below(5) - 2);
    return replaced(bytes, size, contents, leb(value, random.below(4) === 0 ? 1 + random.below(5) : 0));
  },
  function dropSection(bytes, random) {
    const sections = sectionsOf(bytes);
    if (sections.length === 0) return bytes;
    const { start, end } = random.pick(sections);
    return replaced(bytes, start, end, []);
  },
  function copySection(bytes, random, other) {
    const here = sectionsOf(bytes);
    const there = sectionsOf(random.below(2) === 0 ? other : bytes);
    const from = there.length === 0 ? undefined : random.pick(there);
    if (from === undefined || here.length === 0) return bytes;
    const at = random.pick(here).start;
    const source = there === here ? bytes : other;
    return replaced(bytes, at, at, source.subarray(from.start, from.end));
  },
];

/** Writes the right size in front of the section that an edit has made longer or shorter. */
function repair(before: Bytes, after: Bytes): Bytes {
  let at = 0;
  while (at < before.length && before[at] === after[at]) at++;
  const section = sectionsOf(before).find(({ contents, end }) => at >= contents && at < end);
  if (section === undefined) return after;
  const length = section.end - section.contents + after.length - before.length;
  return length < 0 ? after : replaced(after, section.size, section.contents, leb(length, 0));
}

/** A module for `bytes` after one to four mutations. */
function mutate(bytes: Bytes, other: Bytes, random: Random): Bytes {
  let result = bytes;
  const times = random.below(3) > 0 ? 1 : 1 + random.below(4);
  for (let i = 0; i < times && result.length > 1; i++) {
    if (random.below(2) === 0) {
      result = random.pick(IN_PLACE)(result, random, other);
    } else {
      const resized = random.pick(RESIZING)(result, random, other);
      result = random.below(3) > 0 ? repair(result, resized) : resized;
    }
  }
  return result;
}

/** Modules above so many bytes are chosen only once in so many times: one of them takes as long as that many others. */
const SIZES: readonly (readonly [bytes: number, oneIn: number])[] = Object.freeze([
  [10_000, 100],
  [100_000, 4000],
]);

/** One input in so many is of a shape that is made to be expensive. */
const SHAPE_ONE_IN = 200;
/** The largest of them: this part of a megabyte. */
const SHAPE_PART = 1000;

/** The numbered inputs of a seed: each follows from the seed, its number and the modules to begin with. */
export class Inputs {
  readonly #seed: number;
  readonly #small: readonly Bytes[];
  readonly #larger: readonly { readonly oneIn: number; readonly modules: readonly Bytes[] }[];
  readonly #shapes: readonly Shape[];

  constructor(modules: readonly Bytes[], seed: number, shapes: readonly Shape[] = []) {
    this.#seed = seed;
    this.#shapes = shapes;
    const between = (above: number, limit: number): readonly Bytes[] =>
      modules.filter(({ length }) => length > above && length <= limit);
    this.#small = between(0, SIZES[0]?.[0] ?? 0);
    this.#larger = SIZES.map(([above, oneIn], i) => ({
      oneIn,
      modules: between(above, SIZES[i + 1]?.[0] ?? Number.POSITIVE_INFINITY),
    }));
  }

  at(index: number): Bytes {
    const random = new Random(this.#seed, index);
    if (this.#shapes.length > 0 && random.below(SHAPE_ONE_IN) === 0) return this.#shape(random);
    const other = random.pick(this.#small);
    for (const { oneIn, modules } of this.#larger) {
      if (modules.length > 0 && random.below(oneIn) === 0) return mutate(random.pick(modules), other, random);
    }
    return mutate(random.pick(this.#small), other, random);
  }

  /** A module of some shape, small as a rule, mutated or not. */
  #shape(random: Random): Bytes {
    const { megabyte, make } = random.pick(this.#shapes);
    const largest = Math.ceil(megabyte / SHAPE_PART);
    const bytes = make(1 + random.below(1 + random.below(largest)));
    return random.below(2) === 0 ? bytes : mutate(bytes, random.pick(this.#small), random);
  }
}
