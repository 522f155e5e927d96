/** The entry copy: the guest's function as it was, with a check after each call that may be left. */
import { OP } from "../wasm/instructions.ts";
import { MAX_PARAMS } from "../wasm/limits.ts";
import { I32, isDefaultable, refType, type ValType } from "../wasm/types.ts";
import { Copy, type Source } from "./copy.ts";
import type { Dummies } from "./dummies.ts";
import { FIRST_FIELD, type FrameLayout } from "./frame-layout.ts";
import { guard, tailNeedsGuard } from "./guards.ts";
import { TYPE } from "./machine/machine.generated.ts";
import { MARK, type Marks } from "./marks.ts";
import type { Code } from "./code.ts";
import type { ModuleLowering } from "./module-lowering.ts";
import type { Construct, Site } from "./plan.ts";
import { lazyResume } from "./resume-module.ts";
import type { SaveGroup } from "./save-groups.ts";

/** Emits the entry copy of a function. */
export function emitEntryCopy(lowering: ModuleLowering, dummies: Dummies, source: Source): Code {
  return new EntryCopy(lowering, dummies, source).emit();
}

class EntryCopy extends Copy {
  /** Locals that are nullable here and may not be in the guest. */
  #relaxed: Set<number> | undefined;
  #save: number | undefined;
  #saveFirst: number | undefined;
  /** Number of the guest's innermost label at the current mark. */
  #here = 0;

  constructor(lowering: ModuleLowering, dummies: Dummies, source: Source) {
    const params = lowering.signature(source.type).params.length;
    super(lowering, dummies, source, lowering.newCode(params), { localShift: 0, groupsLeaving: true });
    let x = params;
    for (const { count, type } of source.plan.locals.runs.slice(params)) {
      if (isDefaultable(type)) this.code.declare(type, count);
      else for (let i = 0; i < count; i++) this.#declareNonNull(x + i, type);
      x += count;
    }
    this.spills = source.plan.spillTypes.map((type) => this.code.local(type));
  }

  /** Outside of the body, where frames are saved, no local counts as initialised. So those that are saved are nullable. */
  #declareNonNull(x: number, type: ValType): void {
    if (this.source.layout.locals.has(x)) {
      this.code.local(type);
      (this.#relaxed ??= new Set()).add(x);
    } else this.code.declare(type);
  }

  emit(): Code {
    const { code } = this;
    this.openSaves();
    this.labels.push(code.open(OP["block"], [], this.results));
    this.#copyBody();
    code.end();
    code.op(OP["return"]);
    this.closeSaves();
    return code;
  }

  #copyBody(): void {
    const { marks } = this.plan;
    if (marks === undefined) this.walk();
    else this.#copyBetween(marks);
  }

  /** The walk, from mark to mark; what is between them is copied as it is. */
  #copyBetween(marks: Marks): void {
    const { code, plan, reader, source } = this;
    const bodyDepth = code.depth;
    let nextDead = 0;
    let copied = source.start;
    this.noteOffset(copied);
    for (let i = 0; i < marks.count; i++) {
      const offset = marks.offset(i);
      const kind = marks.kind(i);
      this.#here = code.depth = bodyDepth + marks.depth(i) - 1;
      if (kind === MARK.dead) {
        const end = plan.dead[nextDead + 1] ?? source.end;
        nextDead += 2;
        if (end === offset) continue;
        this.#copy(copied, offset);
        copied = end;
        continue;
      }
      if (kind === MARK.construct && !this.isSpilled(plan.constructs[this.nextConstruct])) {
        this.nextConstruct++;
        continue;
      }
      this.#copy(copied, offset);
      reader.seek(offset, source.end);
      reader.next();
      this.noteOffset(offset);
      if (isConstruct(reader.opcode)) this.openConstruct();
      else this.instruction();
      copied = reader.end;
    }
    code.depth = bodyDepth;
    // The body's own end is not part of the walk.
    this.#copy(copied, source.end - 1);
  }

  /** Copies the guest's bytes in `[start, end)`. */
  #copy(start: number, end: number): void {
    const { reader, code, lowering } = this;
    if (start >= end) return;
    if (lowering.recorder !== undefined) {
      reader.seek(start, end);
      while (reader.next()) lowering.recorder.note(code.writer.length + reader.offset - start, reader.offset);
    }
    code.writer.bytes(reader.bytes, start, end);
  }

  protected override label(depth: number): number {
    return this.plan.marks === undefined ? super.label(depth) : this.#here - depth;
  }

  protected override enter(): void {
    this.copyHeader();
  }

  protected override enterElse(): void {}

  protected override land(): void {}

  protected override leave(_construct: Construct, label: number): void {
    this.close(label);
  }

  protected override return(): void {
    this.copyInstruction();
  }

  protected override tailCall(index: number): void {
    const { lowering, dummies, results } = this;
    const tail = this.plan.tails[index];
    if (tail !== undefined && tailNeedsGuard(lowering, dummies, tail, results)) {
      this.code.index(OP.return_call, guard(lowering, dummies, tail, results));
    } else this.copyInstruction();
  }

  protected override local(): void {
    this.copyInstruction();
    if (this.#relaxed?.has(this.reader.x) === true) this.code.refine(this.plan.locals.type(this.reader.x));
  }

  protected override suspend(site: Site, tag: number): void {
    this.lowering.tagIdentity(this.code, tag);
    this.code.call(this.lowering.machineFunction("suspend"));
    this.leaveAt(site);
  }

  protected override switch(site: Site, tag: number, pushNext: () => void): void {
    pushNext();
    this.lowering.tagIdentity(this.code, tag);
    this.code.call(this.lowering.machineFunction("switch"));
    this.leaveAt(site);
  }

  protected override emitSave(group: SaveGroup): void {
    const { code, lowering, source } = this;
    const { layout } = source;
    const temps = code.pop(group.operands);
    const from = this.fieldSources(group, temps);
    const { leaves } = group;
    const save = layout.fields.length + 2 > MAX_PARAMS ? undefined : this.#saveFunction(leaves);
    if (save === undefined) {
      lowering.refFunc(code, source.resumeFunction);
      code.zero(refType(TYPE.VMFrame, true));
      this.pushBlockIndex(group);
      code.i32(source.ordinal);
    }
    for (let i = 0; i < layout.fields.length; i++) {
      const local = from[FIRST_FIELD + i] as number;
      if (local < 0) code.zero(layout.fields[i] as ValType);
      else code.get(local);
    }
    if (save === undefined) emitLink(lowering, code, layout, leaves);
    else {
      this.pushBlockIndex(group);
      code.i32(source.ordinal);
      code.call(save);
    }
    code.releaseAll(group.operands, temps);
    this.dummies.emitReturn(code, this.results);
  }

  /** Index of the function that saves the frames of groups which leave by themselves, or of others. */
  #saveFunction(leaves: boolean): number {
    const { lowering, source } = this;
    if (leaves) return (this.#saveFirst ??= saveFunction(lowering, source.layout, leaves));
    return (this.#save ??= saveFunction(lowering, source.layout, leaves));
  }
}

function isConstruct(opcode: number): boolean {
  return opcode === OP.block || opcode === OP.loop || opcode === OP.if || opcode === OP.try_table;
}

/**
 * (fields..., block index, ordinal) -> (): saves a new frame of this layout. It is a function of its own because the host
 * inlines by size: what a copy contains for the rare case that it is left counts as much as the rest.
 */
function saveFunction(lowering: ModuleLowering, layout: FrameLayout, leaves: boolean): number {
  const key = 2 * layout.type + (leaves ? 1 : 0);
  const known = lowering.saveFunctions.get(key);
  if (known !== undefined) return known;
  const save = newSaveFunction(lowering, layout, leaves);
  lowering.saveFunctions.set(key, save);
  return save;
}

function newSaveFunction(lowering: ModuleLowering, layout: FrameLayout, leaves: boolean): number {
  const { fields, type } = layout;
  const [block, ordinal] = [fields.length, fields.length + 1];
  const name = `save new ${type}${leaves ? " first" : ""}`;
  return lowering.helper(name, [...fields, I32, I32], [], (code) => {
    if (lowering.spaces.load === undefined) {
      code.get(ordinal);
      code.index(OP["table.get"], lowering.module.tables.length);
      code.op(OP["ref.as_non_null"]);
    } else lowering.refFunc(code, lazyResume(lowering));
    code.zero(refType(TYPE.VMFrame, true));
    code.get(block);
    code.get(ordinal);
    for (const [i] of fields.entries()) code.get(i);
    emitLink(lowering, code, layout, leaves);
  });
}

/** Makes a frame of the fields on the stack, and links it. */
function emitLink(lowering: ModuleLowering, code: Code, layout: FrameLayout, leaves: boolean): void {
  code.index(OP["struct.new"], layout.type);
  code.call(lowering.machineFunction(leaves ? "push_first" : "push"));
}
