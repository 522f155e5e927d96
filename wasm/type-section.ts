/** Validity of type definitions (spec 3.0, "Validation: Types"). */
import { GroupInterner } from "./canonical.ts";
import { MAX_SUBTYPE_DEPTH } from "./limits.ts";
import { TypeContext } from "./subtyping.ts";
import { heapOf } from "./types.ts";
import type { CompositeType, SubType, ValType } from "./types.ts";

type Fail = (text: string) => never;

function checkIndex(x: number, end: number, fail: Fail): void {
  if (x >= end) fail(`unknown type ${x}`);
}

function checkValTypes(ts: readonly ValType[], end: number, fail: Fail): void {
  for (const t of ts) if (t > 0) checkIndex(heapOf(t), end, fail);
}

/** Checks that all type indices in `composite` are below `end`. */
function checkIndices(composite: CompositeType, end: number, fail: Fail): void {
  switch (composite.kind) {
    case "func":
      checkValTypes(composite.params, end, fail);
      checkValTypes(composite.results, end, fail);
      break;
    case "struct":
      for (const { type } of composite.fields) if (type > 0) checkIndex(heapOf(type), end, fail);
      break;
    case "array":
      checkValTypes([composite.field.type], end, fail);
      break;
    case "cont":
      checkIndex(composite.func, end, fail);
      break;
  }
}

/** What the checks of one recursion group need of the whole section. */
interface Section {
  readonly types: readonly SubType[];
  readonly context: TypeContext;
  /** Length of the chain of supertypes of each type checked so far. */
  readonly depths: Uint8Array;
  readonly fail: Fail;
}

/** Checks that the supertypes that type `x` declares exist and may be extended. */
function checkSupertypes({ types, depths, fail }: Section, x: number, end: number): void {
  const { supertypes } = types[x] as SubType;
  if (supertypes.length > 1) fail(`sub type ${x} has more than one super type`);
  for (const y of supertypes) {
    checkIndex(y, end, fail);
    if (y >= x) fail(`forward use of type ${y} in sub type definition`);
    if ((types[y] as SubType).final) fail(`sub type ${x} has final super type ${y}`);
    const depth = (depths[y] as number) + 1;
    if (depth > MAX_SUBTYPE_DEPTH) fail(`sub type ${x} has more than ${MAX_SUBTYPE_DEPTH} super types`);
    depths[x] = depth;
  }
}

/** Checks the structure of type `x` against that of its supertypes. */
function checkMatch({ types, context, fail }: Section, x: number): void {
  const { supertypes, composite } = types[x] as SubType;
  for (const y of supertypes) {
    if (context.matchesComposite(composite, (types[y] as SubType).composite)) continue;
    fail(`sub type ${x} does not match super type ${y}`);
  }
}

function checkContinuation({ types, fail }: Section, x: number): void {
  const { composite } = types[x] as SubType;
  if (composite.kind !== "cont") return;
  if ((types[composite.func] as SubType).composite.kind !== "func") fail(`non-function type ${composite.func}`);
}

/**
 * Checks the types of a module, and canonicalises them. `recGroups` holds the index of the first type of each recursion
 * group; `fail` throws the error.
 */
export function validateTypes(types: readonly SubType[], recGroups: readonly number[], fail: Fail): TypeContext {
  const canon = new Int32Array(types.length);
  const context = new TypeContext(types, canon);
  const section: Section = { types, context, depths: new Uint8Array(types.length), fail };
  const interner = new GroupInterner();
  for (let i = 0; i < recGroups.length; i++) {
    const start = recGroups[i] as number;
    const end = recGroups[i + 1] ?? types.length;
    for (let x = start; x < end; x++) {
      checkIndices((types[x] as SubType).composite, end, fail);
      checkContinuation(section, x);
      checkSupertypes(section, x, end);
    }
    interner.intern(types, start, end, canon);
    for (let x = start; x < end; x++) checkMatch(section, x);
  }
  return context;
}
