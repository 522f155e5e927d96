/**
 * The small guests by which the host creates, binds and resumes continuations: one for each use that differs in its types.
 *
 * They are modules with stack switching like any other, so they are lowered and run as any other. Their functions take and
 * return continuations raw; what a continuation returns, or suspends with, they pass to functions of the host:
 *
 * ```wat
 * (func (export "resume") (param $a i32) (param $cont (ref null $ct)) (result externref)
 *   (block $tag (result i64 (ref null $suspended))
 *     (resume $ct (on $tag $tag) (local.get $a) (local.get $cont))
 *     (return_call $returned))
 *   (return_call $suspended))
 * ```
 */
import { SECTION } from "../wasm/sections.ts";
import { writeExport, writeImport } from "../wasm/encode-entities.ts";
import { IDENTITY } from "../wasm/index-map.ts";
import { OP } from "../wasm/instructions.ts";
import type { ImportDesc } from "../wasm/module.ts";
import { ModuleWriter } from "../wasm/module-writer.ts";
import { emptyNames, NAME_SECTION, writeNames } from "../wasm/names.ts";
import { writeValType } from "../wasm/type-codec.ts";
import { HEAP_EXN, HEAP_EXTERN, refType } from "../wasm/types.ts";
import type { ValType } from "../wasm/types.ts";
import { Writer } from "../wasm/writer.ts";
import { spacedSignature, TypeCollector } from "./type-space.ts";
import type { DefinedType } from "./type-space.ts";

const EXTERNREF = refType(HEAP_EXTERN, true);
const EXNREF = refType(HEAP_EXN, true);
const CATCH_ALL_REF = 3;

/** A module in the making. */
class Glue {
  readonly types: TypeCollector = new TypeCollector();
  readonly #out = new ModuleWriter();

  import(name: string, desc: ImportDesc): void {
    writeImport(this.#out.entry(SECTION.import), { module: "", name, desc }, IDENTITY);
  }

  /** Defines function `index` and exports it. */
  define(name: string, index: number, type: number, locals: readonly ValType[], body: (code: Writer) => void): void {
    this.#out.entry(SECTION.function).u32(type);
    writeExport(this.#out.entry(SECTION.export), { name, kind: "func", index }, IDENTITY);
    const code = new Writer();
    code.u32(locals.length);
    for (const local of locals) {
      code.u32(1);
      writeValType(code, local, IDENTITY);
    }
    body(code);
    code.u8(OP.end);
    this.#out.entry(SECTION.code).appendSized(code);
  }

  finish(): Uint8Array<ArrayBuffer> {
    this.types.write(this.#out);
    // Backtraces leave out what is called like that.
    this.#out.custom(NAME_SECTION, writeNames({ ...emptyNames(), module: "stackyard.glue" }), SECTION.data);
    return this.#out.finish();
  }
}

function op(code: Writer, opcode: number, ...immediates: readonly number[]): void {
  code.u8(opcode);
  for (const immediate of immediates) code.u32(immediate);
}

/** A module that exports `new`: from a function to a continuation. */
export interface NewGlue {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Type of the continuation. */
  readonly cont: DefinedType;
}

/** Glue for functions of type `func`. */
export function newGlue(func: DefinedType): NewGlue {
  const glue = new Glue();
  const { types } = glue;
  const ft = types.define(func);
  const ct = types.cont(ft);
  const type = types.func([refType(ft, true)], [refType(ct, false)]);
  glue.define("new", 0, type, [], (code) => {
    op(code, OP["local.get"], 0);
    op(code, OP["cont.new"], ct);
  });
  return { bytes: glue.finish(), cont: { space: types, index: ct } };
}

/** Glue that exports `bind`, for the first `count` parameters of continuations of type `cont`. */
export function bindGlue(cont: DefinedType, count: number): NewGlue {
  const glue = new Glue();
  const { types } = glue;
  const ct = types.define(cont);
  const { params, results } = spacedSignature(cont);
  const given = types.values(params.slice(0, count));
  const bound = types.cont(types.func(types.values(params.slice(count)), types.values(results)));
  const type = types.func([...given, refType(ct, true)], [refType(bound, false)]);
  glue.define("bind", 0, type, [], (code) => {
    for (let i = 0; i <= given.length; i++) op(code, OP["local.get"], i);
    op(code, OP["cont.bind"], ct, bound);
  });
  return { bytes: glue.finish(), cont: { space: types, index: bound } };
}

/**
 * A module that exports `resume` and `throw`. It imports `returned` (given the results), `suspended:INDEX` for each tag (given
 * the payload and the captured continuation), both of which return what the exports return, and `raise`, which throws its
 * argument, the first of `throw`; and the tags as `tag:INDEX`.
 */
export interface ResumeGlue {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** For each tag, the type of the captured continuation. */
  readonly suspended: readonly DefinedType[];
}

/** Glue for resuming continuations of type `cont` with handlers for tags of these function types. */
export function resumeGlue(cont: DefinedType, tags: readonly DefinedType[]): ResumeGlue {
  const glue = new Glue();
  const { types } = glue;
  const ct = types.define(cont);
  const { params, results } = spacedSignature(cont);
  const P = types.values(params);
  const R = types.values(results);
  const clauses = tags.map((tag) => {
    const type = types.define(tag);
    const signature = spacedSignature(tag);
    const suspended = types.cont(types.func(types.values(signature.results), R));
    return { type, suspended, payload: [...types.values(signature.params), refType(suspended, true)] };
  });

  glue.import("returned", { kind: "func", type: types.func(R, [EXTERNREF]) });
  glue.import("raise", { kind: "func", type: types.func([EXTERNREF], []) });
  for (const [i, { type, payload }] of clauses.entries()) {
    glue.import(`suspended:${i}`, { kind: "func", type: types.func(payload, [EXTERNREF]) });
    glue.import(`tag:${i}`, { kind: "tag", type });
  }
  const blocks = clauses.map(({ payload }) => types.func([], payload));
  const first = 2 + clauses.length;

  /** Resumes with what `operands` pushes, in blocks that its clauses branch to. */
  function resuming(code: Writer, opcode: number, operands: () => void): void {
    for (const block of blocks.toReversed()) {
      code.u8(OP.block);
      code.s32(block);
    }
    operands();
    op(code, opcode, ct, clauses.length);
    for (const i of clauses.keys()) op(code, 0, i, i);
    op(code, OP.return_call, 0);
    for (const i of clauses.keys()) {
      code.u8(OP.end);
      op(code, OP.return_call, 2 + i);
    }
  }

  glue.define("resume", first, types.func([...P, refType(ct, true)], [EXTERNREF]), [], (code) => {
    resuming(code, OP.resume, () => {
      for (let i = 0; i <= P.length; i++) op(code, OP["local.get"], i);
    });
  });
  glue.define("throw", first + 1, types.func([EXTERNREF, refType(ct, true)], [EXTERNREF]), [EXNREF], (code) => {
    code.u8(OP.block);
    writeValType(code, EXNREF, IDENTITY);
    code.u8(OP.try_table);
    code.u8(0x40);
    op(code, 1, CATCH_ALL_REF, 0);
    op(code, OP["local.get"], 0);
    op(code, OP.call, 1);
    code.u8(OP.end);
    code.u8(OP.unreachable);
    code.u8(OP.end);
    op(code, OP["local.set"], 2);
    resuming(code, OP.resume_throw_ref, () => {
      op(code, OP["local.get"], 2);
      op(code, OP["local.get"], 1);
    });
  });
  return {
    bytes: glue.finish(),
    suspended: clauses.map(({ suspended }) => ({ space: types, index: suspended })),
  };
}
