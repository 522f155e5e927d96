/** Validity of type definitions (spec 3.0, "Validation: Types"). */
import { GroupInterner } from "./canonical.ts";
import { isContinuation, NO_STACK_SWITCHING, type ValidationFeatures } from "./features.ts";
import type { Module } from "./module.ts";
import { TypeContext } from "./subtyping.ts";
import { heapOf } from "./types.ts";
import type { ContType, SubType, ValType } from "./types.ts";

type Fail = (text: string) => never;

/** What the checks of one recursion group need of the whole section. */
interface Section {
  readonly types: readonly SubType[];
  readonly context: TypeContext;
  readonly features: ValidationFeatures;
  readonly fail: Fail;
}

function checkIndex(section: Section, x: number, end: number): void {
  if (x >= end) section.fail(`unknown type ${x}`);
}

function checkValType(section: Section, t: ValType, end: number): void {
  if (t < 0) return;
  const heap = heapOf(t);
  checkIndex(section, heap, end);
  if (section.features.stackSwitching === false && isContinuation(heap)) section.fail(NO_STACK_SWITCHING);
}

/** Checks the parts of type `x`; the type indices among them must be below `end`. */
function checkComposite(section: Section, x: number, end: number): void {
  const { composite } = section.types[x] as SubType;
  switch (composite.kind) {
    case "func":
      for (const t of composite.params) checkValType(section, t, end);
      for (const t of composite.results) checkValType(section, t, end);
      break;
    case "struct":
      for (const { type } of composite.fields) checkValType(section, type, end);
      break;
    case "array":
      checkValType(section, composite.field.type, end);
      break;
    case "cont":
      checkContinuation(section, composite, end);
      break;
  }
}

function checkContinuation(section: Section, { func }: ContType, end: number): void {
  const { types, features, fail } = section;
  if (features.stackSwitching === false) fail(NO_STACK_SWITCHING);
  checkIndex(section, func, end);
  if ((types[func] as SubType).composite.kind !== "func") fail(`non-function type ${func}`);
}

/** Checks that the supertypes that type `x` declares exist and may be extended. */
function checkSupertypes(section: Section, x: number, end: number): void {
  const { types, fail } = section;
  const { supertypes } = types[x] as SubType;
  if (supertypes.length > 1) fail(`sub type ${x} has more than one super type`);
  for (const y of supertypes) {
    checkIndex(section, y, end);
    if (y >= x) fail(`forward use of type ${y} in sub type definition`);
    if ((types[y] as SubType).final) fail(`sub type ${x} has final super type ${y}`);
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

/**
 * Checks the types of a module, and canonicalises them; `fail` throws the error.
 */
export function validateTypes(
  { types, recGroups }: Pick<Module, "types" | "recGroups">,
  features: ValidationFeatures,
  fail: Fail,
): TypeContext {
  const canon = new Int32Array(types.length);
  const context = new TypeContext(types, canon);
  const section: Section = { types, context, features, fail };
  const interner = new GroupInterner();
  for (let i = 0; i < recGroups.length; i++) {
    const start = recGroups[i] as number;
    const end = recGroups[i + 1] ?? types.length;
    for (let x = start; x < end; x++) {
      checkComposite(section, x, end);
      checkSupertypes(section, x, end);
    }
    interner.intern(types, start, end, canon);
    for (let x = start; x < end; x++) checkMatch(section, x);
  }
  return context;
}
