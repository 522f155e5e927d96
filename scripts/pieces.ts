/**
 * Pieces of large modules that compilers made, small enough to be mutated by the thousand: everything but data and custom
 * sections, and of the functions a few with their bodies. The others trap.
 */
import { decodeModule } from "../wasm/decode.ts";
import { OP } from "../wasm/instructions.ts";
import { HEADER, SECTION } from "../wasm/sections.ts";
import { Writer } from "../wasm/writer.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** Bytes of the bodies that a piece has at most, unless one is longer. */
const MAX_BODIES = 4000;

const DROPPED: ReadonlySet<number> = new Set([SECTION.custom, SECTION.data, SECTION.dataCount]);

/** `count` pieces of a valid module, each with other functions. */
export function piecesOf(bytes: Bytes, count: number): Bytes[] {
  const { code } = decodeModule(bytes);
  return Array.from({ length: count }, (_, piece) => {
    const kept = new Set<number>();
    let size = 0;
    for (let i = Math.floor((code.length * piece) / count); i < code.length && size < MAX_BODIES; i++) {
      const { start, end } = code[i]?.range ?? { start: 0, end: 0 };
      if (kept.size > 0 && size + end - start > MAX_BODIES) break;
      kept.add(i);
      size += end - start;
    }
    const bodies = new Writer(size + 4 * code.length);
    bodies.u32(code.length);
    code.forEach(({ range }, i) => {
      if (kept.has(i)) {
        bodies.u32(range.end - range.start);
        bodies.bytes(bytes, range.start, range.end);
      } else for (const byte of [3, 0, OP.unreachable, OP.end]) bodies.u8(byte);
    });
    return withBodies(bytes, bodies);
  });
}

function withBodies(bytes: Bytes, bodies: Writer): Bytes {
  const out = new Writer(bodies.length + 65_536);
  for (const byte of HEADER) out.u8(byte);
  for (let at = HEADER.length; at < bytes.length; ) {
    const id = bytes[at++] ?? 0;
    let size = 0;
    let shift = 0;
    for (let byte = 0x80; byte >= 0x80; shift += 7) {
      byte = bytes[at++] ?? 0;
      size += (byte & 0x7f) * 2 ** shift;
    }
    if (id === SECTION.code) {
      out.u8(id);
      out.appendSized(bodies);
    } else if (!DROPPED.has(id)) {
      out.u8(id);
      out.u32(size);
      out.bytes(bytes, at, at + size);
    }
    at += size;
  }
  return out.toBytes();
}
