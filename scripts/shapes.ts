/**
 * Modules made to be expensive, as small as their shape allows: what takes more than linear time or memory in anything that
 * reads them. Each grows with a number, which says how many there are of what its name speaks of.
 */
import { BODY_SHAPES } from "./body-shapes.ts";
import type { Bytes } from "./module-parts.ts";
import { SECTION_SHAPES } from "./section-shapes.ts";

/** A shape, with a number that makes a module of about a megabyte. */
export interface Shape {
  readonly megabyte: number;
  readonly make: (count: number) => Bytes;
}

export const SHAPES: Readonly<Record<string, Shape>> = Object.freeze({ ...BODY_SHAPES, ...SECTION_SHAPES });
