/**
 * Translates the legacy exception instructions (try, catch, catch_all, rethrow, delegate) to try_table and throw_ref.
 *
 * A module that is lowered cannot keep them: engines refuse modules that use both forms, and lowered code uses the new one;
 * and a `catch` that is left and re-entered needs the exception that it caught as a value, which only the new form has.
 */
import { BRANCH_HINT_SECTION, readBranchHints, writeBranchHints } from "../wasm/branch-hints.ts";
import { decodeModule } from "../wasm/decode.ts";
import { encodeModule } from "../wasm/encode.ts";
import { IDENTITY } from "../wasm/index-map.ts";
import { InstructionReader } from "../wasm/instruction-reader.ts";
import { OP } from "../wasm/instructions.ts";
import { MAX_BODY_SIZE, MAX_LOCALS } from "../wasm/limits.ts";
import { type OpcodeSet, opcodesOf } from "../wasm/opcode-set.ts";
import type { Code, CustomSection, Module } from "../wasm/module.ts";
import { NAME_SECTION, readNames, writeNames } from "../wasm/names.ts";
import { writeValType } from "../wasm/type-codec.ts";
import type { FuncType } from "../wasm/types.ts";
import { Writer } from "../wasm/writer.ts";
import { LoweringError } from "./errors.ts";
import { BlockTypes } from "./legacy-block-types.ts";
import { type BodyContext, EXNREF, LegacyBody } from "./legacy-body.ts";
import { scanHandlers } from "./legacy-handlers.ts";

/** Whether a valid module contains an instruction of the legacy form. */
export function usesLegacyExceptions(module: Module, opcodes: OpcodeSet = opcodesOf(module)): boolean {
  return opcodes[OP.try] === 1;
}

/** The others stand in a `try` only. */
function isLegacy(reader: InstructionReader, { body, range }: Code): boolean {
  reader.seek(body, range.end);
  while (reader.next()) if (reader.opcode === OP.try) return true;
  return false;
}

/**
 * The valid module `module` without legacy instructions: it behaves the same. Indices stay what they are; types may be added
 * behind the others, and functions that are rewritten get more locals and lose their branch hints and label names.
 * @throws LoweringError if a function gets longer, or gets more locals, than the format's limits allow
 */
export function translateLegacyExceptions(module: Module): Module {
  const context = contextOf(module);
  const reader = new InstructionReader(module.bytes);
  // Rewritten bodies and sections go behind the module's bytes, so that what stays can be left where it is.
  const bytes = new Writer(module.bytes.length * 2);
  bytes.bytes(module.bytes);
  const rewritten = new Set<number>();
  const code = module.code.map((entry, i) => {
    if (!isLegacy(reader, entry)) return entry;
    const func = module.importedFunctions + i;
    rewritten.add(func);
    const { params } = context.funcType(module.functions[func] ?? 0);
    const result = rewrite(context, reader, entry, params.length, bytes);
    checkLimits(result, params.length, func, entry.body);
    return result;
  });
  const customs = module.customs.map((section) => withoutLabels(module, section, rewritten, bytes));
  return decodeModule(encodeModule({ ...module, ...context.types.section, bytes: bytes.view(), code, customs }));
}

function contextOf(module: Module): BodyContext & { readonly types: BlockTypes } {
  const funcType = (x: number): FuncType => {
    const composite = module.types[x]?.composite;
    if (composite?.kind !== "func") throw new RangeError(`type ${x} is no function type`);
    return composite;
  };
  return { types: new BlockTypes(module), funcType, tagType: (x) => funcType(module.tags[x] ?? 0) };
}

/** Writes the translation of a function to `out`; `paramCount` is the number of its parameters. */
function rewrite(context: BodyContext, reader: InstructionReader, code: Code, paramCount: number, out: Writer): Code {
  const instructions = { start: code.body, end: code.range.end };
  const localCount = code.locals.reduce((sum, { count }) => sum + count, paramCount);
  const body = new LegacyBody(context, reader, scanHandlers(reader, instructions), localCount);
  body.rewrite(instructions);
  const added = body.addedLocals === 0 ? [] : [{ count: body.addedLocals, type: EXNREF }];
  const locals = [...code.locals, ...added];
  const start = out.length;
  out.u32(locals.length);
  for (const { count, type } of locals) {
    out.u32(count);
    writeValType(out, type, IDENTITY);
  }
  const first = out.length;
  out.append(body.out);
  return { range: { start, end: out.length }, body: first, locals };
}

function checkLimits({ range, locals }: Code, paramCount: number, func: number, offset: number): void {
  const localCount = locals.reduce((sum, { count }) => sum + count, paramCount);
  if (localCount > MAX_LOCALS) throw new LoweringError("function has too many locals", func, offset);
  if (range.end - range.start > MAX_BODY_SIZE) throw new LoweringError("function is too long", func, offset);
}

/** A custom section; if it speaks of places within rewritten functions, without what it says of them. */
function withoutLabels(
  module: Module,
  section: CustomSection,
  rewritten: ReadonlySet<number>,
  out: Writer,
): CustomSection {
  const contents = section.name === NAME_SECTION ? names() : section.name === BRANCH_HINT_SECTION ? hints() : undefined;
  if (contents === undefined) return section;
  const start = out.length;
  out.bytes(contents);
  return { ...section, range: { start, end: out.length } };

  function names(): Uint8Array | undefined {
    const found = readNames(module);
    const stale = [...rewritten].filter((func) => found.labels.delete(func));
    return stale.length === 0 ? undefined : writeNames(found);
  }

  function hints(): Uint8Array | undefined {
    const found = readBranchHints(module);
    const stale = [...rewritten].filter((func) => found.delete(func));
    return stale.length === 0 ? undefined : writeBranchHints(found);
  }
}
