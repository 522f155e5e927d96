/** Section ids (spec 3.0, "Binary Format: Modules"). */
export const SECTION = Object.freeze({
  custom: 0,
  type: 1,
  import: 2,
  function: 3,
  table: 4,
  memory: 5,
  global: 6,
  export: 7,
  start: 8,
  element: 9,
  code: 10,
  data: 11,
  dataCount: 12,
  tag: 13,
});

/** Ids of the known sections in the order in which a module must have them. */
export const SECTION_ORDER: readonly number[] = Object.freeze([
  SECTION.type,
  SECTION.import,
  SECTION.function,
  SECTION.table,
  SECTION.memory,
  SECTION.tag,
  SECTION.global,
  SECTION.export,
  SECTION.start,
  SECTION.element,
  SECTION.dataCount,
  SECTION.code,
  SECTION.data,
]);

/** The bytes every module begins with: magic and version 1. */
export const HEADER: readonly number[] = Object.freeze([0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]);

/** First bytes of the composite types, and of what may stand before them. */
export const TYPE_CODE = Object.freeze({
  rec: 0x4e,
  subFinal: 0x4f,
  sub: 0x50,
  cont: 0x5d,
  array: 0x5e,
  struct: 0x5f,
  func: 0x60,
});

/** The kinds of imports and exports; a kind's position is its byte. */
export const EXTERN_KINDS = Object.freeze(["func", "table", "memory", "global", "tag"] as const);

/** Bits of the byte before a table's or memory's limits. */
export const LIMITS_FLAG = Object.freeze({ max: 1, shared: 2, is64: 4 });

/** First byte of a table definition that has an initializer. */
export const TABLE_WITH_INIT = 0x40;
