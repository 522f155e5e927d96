/**
 * Implementation limits: those of the JavaScript API ("WebAssembly JavaScript Interface", appendix "Implementation-defined
 * limits"), so that a module is refused here exactly where a browser would refuse it. Counts unless a unit is named.
 */

/** Bytes. */
export const MAX_MODULE_SIZE = 1_073_741_824;
export const MAX_TYPES = 1_000_000;
export const MAX_REC_GROUPS = 1_000_000;
/** Types in one recursion group. */
export const MAX_REC_GROUP_SIZE = 1_000_000;
/** Length of a chain of declared supertypes. */
export const MAX_SUBTYPE_DEPTH = 63;
export const MAX_FUNCTIONS = 1_000_000;
export const MAX_IMPORTS = 1_000_000;
export const MAX_EXPORTS = 1_000_000;
export const MAX_GLOBALS = 1_000_000;
export const MAX_TAGS = 1_000_000;
export const MAX_DATA_SEGMENTS = 100_000;
export const MAX_TABLES = 100_000;
export const MAX_MEMORIES = 100;
/** Elements of one segment. */
export const MAX_SEGMENT_ELEMENTS = 10_000_000;
export const MAX_PARAMS = 1_000;
export const MAX_RESULTS = 1_000;
/** Of one function, parameters included. */
export const MAX_LOCALS = 50_000;
/** Bytes, locals included. */
export const MAX_BODY_SIZE = 7_654_321;
export const MAX_STRUCT_FIELDS = 10_000;
export const MAX_ARRAY_NEW_FIXED = 10_000;
export const MAX_BR_TABLE_TARGETS = 65_520;
