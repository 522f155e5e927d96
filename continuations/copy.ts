/**
 * What the two copies of a function that may suspend have in common: the walk over its body, and the code at its sites.
 *
 * The entry copy keeps the guest's control flow; the resume copy can be entered at any site. Both have this shape:
 *
 * ```wat
 * (block $save1 (result operands... results...)     ;; one for each save group
 *   (block $body (result ...)
 *     ... call, and if it was left: br_if $save1 ...)
 *   (return))
 * ;; save1: put operands and live locals into the frame, link it, leave
 * ```
 */
import type { IndexMap } from "../wasm/index-map.ts";
import type { InstructionReader } from "../wasm/instruction-reader.ts";
import { writeInstruction } from "../wasm/instruction-writer.ts";
import { OP } from "../wasm/instructions.ts";
import { MAX_BODY_SIZE } from "../wasm/limits.ts";
import { heapOf, I32, refType, type ValType } from "../wasm/types.ts";
import type { Code } from "./code.ts";
import type { Dummies } from "./dummies.ts";
import { FIRST_FIELD, type FrameLayout, operandFields } from "./frame-layout.ts";
import { endsRun } from "./fuel.ts";
import { guard, needsGuard } from "./guards.ts";
import { FIELD, TYPE } from "./machine/machine.generated.ts";
import { CONTINUATION, CONTINUATION_OBJECT } from "./lowered-types.ts";
import { isWideTry, isWideType } from "./marks.ts";
import type { FunctionLimits } from "./lowered-limits.ts";
import type { ModuleLowering } from "./module-lowering.ts";
import { contBind, contNew } from "./new-continuations.ts";
import { OwnedCode } from "./owned-code.ts";
import type { Clause, Construct, Plan, Site } from "./plan.ts";
import { growFunction } from "./growth.ts";
import { groupSites, type SaveGroup, type SaveGroups } from "./save-groups.ts";
import { emitPut, emitTake, overflows } from "./transfer.ts";
import { LEFT } from "./resume-function.ts";
import { isSegmentInstruction, segmentKey } from "./uses.ts";

const NO_TYPES: readonly ValType[] = [];

/** The function being copied. */
export interface Source {
  readonly plan: Plan;
  /** Range of its body in the module's bytes. */
  readonly start: number;
  readonly end: number;
  /** Type index in the lowered module. */
  readonly type: number;
  readonly layout: FrameLayout;
  /** Number of the function among those that may suspend. */
  readonly ordinal: number;
  /** Index of the function that re-enters its frames. */
  readonly resumeFunction: number;
  readonly limits: FunctionLimits;
}

export abstract class Copy {
  protected readonly lowering: ModuleLowering;
  protected readonly dummies: Dummies;
  protected readonly source: Source;
  protected readonly plan: Plan;
  protected readonly code: Code;
  protected readonly reader: InstructionReader;
  protected readonly save: SaveGroups;
  protected readonly results: readonly ValType[];
  /** Numbers of the labels that the guest's open blocks have in the code. */
  protected readonly labels: number[] = [];
  /** Locals that hold the operands below constructs. */
  protected spills: readonly number[] = [];
  readonly #saveLabels: number[] = [];
  /** Local that holds the block index on the way to a save label that several sites share. */
  #site: number | undefined;
  /** Local that holds the continuation of a resume: the one that is resumed, then the one that is captured. */
  #continuation: number | undefined;
  /** Given where some continuations are not boxed. */
  readonly #owned: OwnedCode | undefined;
  /** Added to the index of a local of the guest's. */
  readonly #localShift: number;
  #map: IndexMap | undefined;
  #fieldSources: Int32Array | undefined;
  #nextSite = 0;
  protected nextConstruct = 0;
  #nextTail = 0;
  #nextDead = 0;
  #nextRun = 0;

  protected constructor(
    lowering: ModuleLowering,
    dummies: Dummies,
    source: Source,
    code: Code,
    options: { readonly localShift: number; readonly groupsLeaving: boolean },
  ) {
    this.lowering = lowering;
    this.dummies = dummies;
    this.source = source;
    this.plan = source.plan;
    this.code = code;
    this.results = lowering.signature(source.type).results;
    this.reader = lowering.reader;
    this.save = groupSites(source.plan, source.limits, { leaving: options.groupsLeaving });
    this.#localShift = options.localShift;
    const { owned, locals } = source.plan;
    if (owned !== undefined) {
      this.#owned = new OwnedCode(owned, locals, lowering, code, this.reader, options.localShift);
    }
  }

  /** Renumbers the indices of the guest's instructions. Made when it is first needed: many entry copies do without. */
  get #indices(): IndexMap {
    this.#map ??= indices(this.lowering.map, this.#localShift, (depth) => this.code.labelIndex(this.label(depth)));
    return this.#map;
  }

  /** The number of the label that the guest addresses by `depth`. */
  protected label(depth: number): number {
    return this.labels[this.labels.length - 1 - depth] ?? 0;
  }

  // -- What differs between the copies

  /** A construct that contains sites begins; the operands that it takes are on the stack. */
  protected abstract enter(construct: Construct): void;
  /** The else arm of an if that contains sites begins. */
  protected abstract enterElse(construct: Construct): void;
  /** The code of a site, or what leads to a construct with sites, is complete: what follows is where it is landed on. */
  protected abstract land(): void;
  /** A construct that contains sites ends, whose label has this number. */
  protected abstract leave(construct: Construct, label: number): void;
  protected abstract return(): void;
  protected abstract tailCall(index: number): void;
  protected abstract local(): void;
  /** Suspends with tag `tag`, whose payload waits in the transfer area, and leaves; the site's operands are on the stack. */
  protected abstract suspend(site: Site, tag: number): void;
  /**
   * Switches with tag `tag`, to the continuation that `pushNext` pushes, itself and as a VMContObj, of which one is null; leaves.
   * The arguments wait in the transfer area; the site's operands are on the stack.
   */
  protected abstract switch(site: Site, tag: number, pushNext: () => void): void;
  /** Saves the frame and leaves; the group's operands (and results) are on the stack. */
  protected abstract emitSave(group: SaveGroup): void;

  // -- The walk

  /** Opens the labels of the save groups, outermost those of the last group. */
  protected openSaves(): void {
    const { groups } = this.save;
    for (let i = groups.length - 1; i >= 0; i--) {
      const group = groups[i];
      if (group === undefined) continue;
      this.#saveLabels[i] = this.code.open(OP["block"], NO_TYPES, joined(group.operands, group.results));
    }
    if (groups.some(({ count }) => count > 1)) this.#site = this.code.local(I32);
  }

  /** Closes the labels of the save groups, with the code that follows each. Control must not run into the first. */
  protected closeSaves(): void {
    this.lowering.recorder?.noteNowhere(this.code.writer.length);
    for (const group of this.save.groups) {
      this.checkSize();
      this.code.end();
      this.#keepChosenResults(group);
      this.emitSave(group);
    }
  }

  /** Emits the guest's body, up to its final `end`. */
  protected walk(): void {
    const { reader, source, plan } = this;
    const open: (Construct | undefined)[] = [];
    reader.seek(source.start, source.end);
    this.noteOffset(reader.offset);
    this.#startRun(true);
    while (reader.next()) {
      if (reader.offset === plan.dead[this.#nextDead]) {
        reader.seek(plan.dead[this.#nextDead + 1] ?? source.end, source.end);
        this.#nextDead += 2;
        continue;
      }
      this.checkSize();
      const { opcode } = reader;
      this.noteOffset(reader.offset);
      switch (opcode) {
        case OP.block:
        case OP.loop:
        case OP.if:
        case OP.try_table:
          open.push(this.openConstruct());
          break;
        case OP.else: {
          this.code.else();
          const construct = open.at(-1);
          if (construct !== undefined) this.enterElse(construct);
          break;
        }
        case OP.end: {
          if (open.length === 0) return;
          const construct = open.pop();
          const label = this.labels.pop() ?? 0;
          if (construct === undefined) this.close(label);
          else this.leave(construct, label);
          break;
        }
        default:
          this.instruction();
      }
      if (endsRun(opcode)) this.#startRun(opcode === OP.loop);
    }
  }

  /** Refuses a function that becomes too long, before it takes all memory there is. */
  protected checkSize(): void {
    if (this.code.writer.length > MAX_BODY_SIZE) this.source.limits.checkSize(this.code.writer.length);
  }

  /** Notes that the code that follows is for the guest's instruction at this offset. */
  protected noteOffset(offset: number): void {
    this.lowering.recorder?.note(this.code.writer.length, offset);
  }

  // -- Metered code

  /** At the start of a run of instructions: charges it. At the start of a function or loop the guest may be left, too. */
  #startRun(polls: boolean): void {
    const cost = this.plan.runs[this.#nextRun++];
    if (cost === undefined) return;
    const { code, lowering } = this;
    if (polls) {
      const site = this.#takeSite();
      code.i64(cost);
      code.call(lowering.machineFunction("charge"));
      this.#leaveIf(site);
      this.land();
    } else if (cost > 0) {
      code.context();
      code.contextField(FIELD.VMStoreContext.fuel);
      code.i64(cost);
      code.op(OP["i64.sub"]);
      code.index2(OP["struct.set"], TYPE.VMStoreContext, FIELD.VMStoreContext.fuel);
    }
  }

  /** Emits what opens the next construct. */
  protected openConstruct(): Construct | undefined {
    const construct = this.plan.constructs[this.nextConstruct++];
    if (construct === undefined) {
      this.copyHeader();
      return undefined;
    }
    this.#spill(construct);
    this.land();
    this.enter(construct);
    return construct;
  }

  /** Emits the instruction that opens a construct as the guest has it. */
  protected copyHeader(): void {
    const { reader, lowering } = this;
    if (isWideTry(reader)) {
      this.openTry(lowering.blockParams(reader), lowering.blockResults(reader));
      return;
    }
    if (this.#owned?.isProducer === true) {
      this.labels.push(this.code.open(OP.block, lowering.blockParams(reader), this.blockResults()));
      return;
    }
    this.copyInstruction();
    this.code.depth++;
    this.labels.push(this.code.depth);
  }

  /** Results of the construct that the current instruction opens. */
  protected blockResults(): readonly ValType[] {
    const results = this.lowering.blockResults(this.reader);
    if (this.#owned?.isProducer !== true) return results;
    return [...results.slice(0, -1), refType(heapOf(CONTINUATION), false)];
  }

  /**
   * Opens a try_table with the clauses of the current one. If it has parameters, several results, or one whose type takes more
   * than a byte, a block around it has them instead: V8 12 (Node 22) miscompiles a try_table whose type takes two bytes.
   */
  protected openTry(params: readonly ValType[], results: readonly ValType[]): void {
    const { code, reader, lowering } = this;
    const isWide = params.length > 0 || results.length > 1 || results.some(isWideType);
    // The clauses' labels count from outside of what is opened here.
    const clauses = reader.catches.slice(0, reader.catchCount).map(({ kind, tag, label }) => ({
      kind,
      tag: kind < 2 ? lowering.map.tag(tag) : 0,
      label: code.labelIndex(this.label(label)) + (isWide ? 1 : 0),
    }));
    if (!isWide) {
      this.labels.push(code.openTry([], results, clauses));
      return;
    }
    this.labels.push(code.open(OP["block"], params, results));
    const temps = code.pop(params);
    code.openTry([], [], clauses);
    code.push(params, temps);
  }

  /** Ends the construct whose label has this number. */
  protected close(label: number): void {
    const { code } = this;
    if (code.depth > label) {
      // A try_table in a block that has its type.
      code.br(label);
      code.end();
      code.op(OP["unreachable"]);
    }
    code.end();
  }

  protected copyInstruction(): void {
    const { opcode, x, y } = this.reader;
    // What is copied most often, since a call is where code comes between the guest's.
    if (opcode === OP.call) {
      this.code.call(this.lowering.map.func(x));
      return;
    }
    if (isSegmentInstruction(opcode)) {
      const func = this.lowering.spaces.segmentFunction(segmentKey(opcode, x, y));
      if (func !== undefined) {
        this.code.call(func);
        return;
      }
    }
    const grow = growFunction(this.lowering, this.reader);
    if (grow !== undefined) this.code.call(grow);
    else writeInstruction(this.code.writer, this.reader, this.#indices);
  }

  /** Whether code goes in front of a construct, because there are operands below it that sites inside have to save. */
  protected isSpilled(construct: Construct | undefined): boolean {
    return construct !== undefined && construct.beneath.length > 0;
  }

  /** Keeps the operands below a construct in locals, too, from which a site inside can save them. */
  #spill(construct: Construct): void {
    const { code } = this;
    const { beneath } = construct;
    if (beneath.length === 0) return;
    const above = construct.opcode === OP.if ? [...construct.params, I32] : construct.params;
    const temps = code.pop(above);
    for (let i = beneath.length - 1; i >= 0; i--) code.set(this.spillLocal(construct, i));
    this.pushSpills(construct);
    code.push(above, temps);
  }

  /** The local that has number `x` in the plan. */
  protected savedLocal(x: number): number {
    const { length } = this.plan.locals;
    return x < length ? x + this.#localShift : (this.spills[x - length] ?? 0);
  }

  /** The local that each field of the frame is saved from, -1 for fields that nothing needs; until this is called again. */
  protected fieldSources({ operands, live }: SaveGroup, temps: readonly number[]): ArrayLike<number> {
    const { layout } = this.source;
    this.#fieldSources ??= new Int32Array(FIRST_FIELD + layout.fields.length);
    const from = this.#fieldSources.fill(-1);
    const fields = operandFields(layout, { operands });
    for (let i = 0; i < fields.length; i++) from[fields[i] as number] = temps[i] ?? 0;
    for (let i = 0; i < live.length; i++) {
      const x = live[i] as number;
      from[layout.locals.get(x) ?? 0] = this.savedLocal(x);
    }
    return from;
  }

  protected spillLocal(construct: Construct, i: number): number {
    return this.spills[construct.spills[i] ?? 0] ?? 0;
  }

  protected pushSpills(construct: Construct): void {
    construct.beneath.forEach((type, i) => {
      this.code.get(this.spillLocal(construct, i));
      this.code.refine(type);
    });
  }

  /** Emits an instruction that neither opens nor closes a construct. */
  protected instruction(): void {
    const { reader, code, lowering, plan } = this;
    const exception = plan.exceptionTests?.get(reader.offset);
    if (exception !== undefined) code.retype(exception);
    switch (reader.opcode) {
      case OP["local.get"]:
        if (this.#owned?.get() !== true) this.local();
        break;
      case OP["local.set"]:
        if (this.#owned?.set() !== true) this.copyInstruction();
        break;
      case OP["local.tee"]:
        this.local();
        break;
      case OP.return:
        this.return();
        break;
      case OP.return_call:
      case OP.return_call_indirect:
      case OP.return_call_ref:
        this.tailCall(this.plan.tailOrder[this.#nextTail++] ?? 0);
        break;
      case OP["cont.new"]:
        code.call(contNew(lowering, lowering.map.type(reader.x), this.#form()));
        break;
      case OP["cont.bind"]:
        this.#consume();
        code.call(contBind(lowering, lowering.map.type(reader.x), lowering.map.type(reader.y), this.#form()));
        break;
      case OP.suspend:
        this.#suspend(this.#takeSite());
        break;
      case OP.switch:
        this.#switch(this.#takeSite());
        break;
      case OP.resume:
      case OP.resume_throw:
      case OP.resume_throw_ref:
        this.#resume(this.#takeSite());
        break;
      default:
        this.#copyOrCall();
    }
  }

  #takeSite(): Site {
    const site = this.plan.sites[this.#nextSite++];
    if (site === undefined) throw new RangeError("more sites than planned");
    return site;
  }

  // -- Sites

  #copyOrCall(): void {
    if (this.plan.sites[this.#nextSite]?.offset !== this.reader.offset) {
      this.copyInstruction();
      return;
    }
    const site = this.#takeSite();
    if (site.guarded !== undefined) {
      this.#guardedCall(site, site.guarded);
      return;
    }
    if (needsGuard(this.lowering, this.reader)) {
      this.code.call(guard(this.lowering, this.dummies, this.reader, site.results));
    } else this.copyInstruction();
    if (this.lowering.chaos) this.code.call(this.lowering.machineFunction("chaos"));
    else this.code.effect();
    this.#leaveIf(site);
    this.land();
  }

  /** A call that does not return: it throws, and if what it throws is the unwind tag, it was left. */
  #guardedCall(site: Site, operands: readonly ValType[]): void {
    const { code, lowering } = this;
    const temps = code.pop(operands);
    const left = code.open(OP["block"], [], []);
    code.openTry([], [], [{ kind: 0, tag: lowering.spaces.unwind, label: code.labelIndex(left) }]);
    code.push(operands, temps);
    this.copyInstruction();
    code.op(OP["unreachable"]);
    code.end();
    code.op(OP["unreachable"]);
    code.end();
    this.leaveAt(site);
    this.land();
  }

  /** Branches to where the frame is saved. */
  protected leaveAt(site: Site): void {
    this.#noteSite(site);
    this.code.br(this.#saveLabel(site));
  }

  #leaveIf(site: Site): void {
    this.#noteSite(site);
    this.code.brIfLeft(this.#saveLabel(site));
  }

  #saveLabel(site: Site): number {
    return this.#saveLabels[this.save.bySite[site.index - 1] ?? 0] ?? 0;
  }

  #group(site: Site): SaveGroup | undefined {
    return this.save.groups[this.save.bySite[site.index - 1] ?? 0];
  }

  /** Notes the block index where the group's save code cannot know it. */
  #noteSite(site: Site): void {
    if ((this.#group(site)?.count ?? 0) < 2 || this.#site === undefined) return;
    this.code.i32(site.index);
    this.code.set(this.#site);
  }

  /** Pushes the block index at which a group's frame is left. */
  protected pushBlockIndex(group: SaveGroup): void {
    if (group.count < 2 || this.#site === undefined) this.code.i32(group.first.index);
    else this.code.get(this.#site);
  }

  /** In chaos mode, the results of a call that returned and was chosen to be unwound have to be kept for the rewind. */
  #keepChosenResults(group: SaveGroup): void {
    const { code, lowering } = this;
    if (!lowering.chaos) {
      for (let i = 0; i < group.results.length; i++) code.op(OP["drop"]);
      return;
    }
    const temps = code.pop(group.results);
    code.call(lowering.machineFunction("chaos_origin"));
    code.if();
    code.push(group.results, temps);
    emitPut(code, lowering.types, group.results);
    code.end();
  }

  #suspend(site: Site): void {
    const { code, lowering } = this;
    const type = lowering.map.type(lowering.module.tags[this.reader.x] ?? 0);
    emitPut(code, lowering.types, lowering.signature(type).params);
    this.suspend(site, this.reader.x);
    this.land();
  }

  #switch(site: Site): void {
    const { code, lowering, reader } = this;
    const [raw, boxed] = this.#popNext();
    const { params } = lowering.signature(lowering.contFunction(lowering.map.type(reader.x)));
    // The last is the running continuation, which the machine hands over. It has no place unless that is in a struct of others.
    if (overflows(lowering.types, params)) {
      code.zero(CONTINUATION_OBJECT);
      emitPut(code, lowering.types, params);
    } else emitPut(code, lowering.types, params.slice(0, -1));
    this.switch(site, reader.y, () => {
      if (raw === undefined) code.zero(CONTINUATION);
      else code.get(raw);
      if (boxed === undefined) code.zero(CONTINUATION_OBJECT);
      else code.get(boxed);
    });
    if (raw !== undefined) code.release(CONTINUATION, raw);
    if (boxed !== undefined) code.release(CONTINUATION_OBJECT, boxed);
    this.land();
  }

  /**
   * Moves the continuation to switch to from the stack, or from the owned local that was read instead, to locals: itself, if it
   * may not be boxed, and its VMContObj, if it may. It is the machine that uses it up.
   */
  #popNext(): [raw: number | undefined, boxed: number | undefined] {
    const { code } = this;
    const owned = this.#owned?.popNext();
    if (owned !== undefined) return owned;
    const boxed = code.acquire(CONTINUATION_OBJECT);
    code.set(boxed);
    return [undefined, boxed];
  }

  // -- Continuations

  /** What is made of the continuation that the current instruction leaves on the stack. */
  #form(): "raw" | "boxed" {
    return this.#owned?.isProducer === true ? "raw" : "boxed";
  }

  /** Uses up the continuation that the current instruction takes; it is on the stack then, unboxed. */
  #consume(): void {
    if (this.#owned?.consume() !== true) this.code.call(this.lowering.machineFunction("consume"));
  }

  #continuationLocal(): number {
    this.#continuation ??= this.code.local(CONTINUATION);
    return this.#continuation;
  }

  #resume(site: Site): void {
    const { code, lowering, reader } = this;
    const types = site.resume;
    if (types === undefined) throw new RangeError("a resume without types");
    const continuation = this.#continuationLocal();
    this.#consume();
    code.set(continuation);
    const mode = reader.opcode === OP.resume ? 0 : -1;
    if (mode === 0) emitPut(code, lowering.types, types.args);
    else if (reader.opcode === OP.resume_throw) {
      const type = lowering.map.type(lowering.module.tags[reader.y] ?? 0);
      emitPut(code, lowering.types, lowering.signature(type).params);
      lowering.refFunc(code, lowering.thrower(reader.y));
      code.call(lowering.machineFunction("set_thrower"));
    } else code.call(lowering.machineFunction("set_thrown"));
    code.get(continuation);
    code.op(OP["ref.as_non_null"]);
    const handlers = reader.handlers.slice(0, reader.handlerCount);
    if (handlers.some(({ kind }) => kind === 1)) {
      // What switches away, and is dropped, must not be kept alive by engines' baseline code.
      code.zero(CONTINUATION);
      code.set(continuation);
    }
    code.index(OP["global.get"], lowering.handlers(handlers));
    code.i32(mode);
    code.call(lowering.machineFunction("resume"));
    code.set(continuation);
    this.land();
    this.#dispatch(site, types);
  }

  /** After a resume, with the machine's verdict on the stack: branch to a handler, leave, or go on with the results. */
  #dispatch(site: Site, types: NonNullable<Site["resume"]>): void {
    const { code, lowering } = this;
    const { clauses } = types;
    const verdict = code.acquire(I32);
    code.set(verdict);
    code.choose(verdict, clauses.length, (k) => this.#enterClause(clauses[k] as Clause));
    code.get(verdict);
    code.i32(LEFT);
    code.op(OP["i32.eq"]);
    this.#leaveIf(site);
    code.release(I32, verdict);
    emitTake(code, lowering.types, types.results);
  }

  /** Branches to a handler with its payload and the captured continuation. */
  #enterClause({ payload, type, label, isRaw }: Clause): void {
    const { code, lowering } = this;
    emitTake(code, lowering.types, payload);
    code.get(this.#continuationLocal());
    if (isRaw) code.op(OP["ref.as_non_null"]);
    else lowering.emitContObj(code, type);
    code.br(this.label(label));
  }

  /** Takes the captured continuation from the stack, at the landing of a resume site. */
  protected setCaptured(): void {
    this.code.set(this.#continuationLocal());
  }
}

/** The indices of `base`, but for locals and labels. */
function indices(base: IndexMap, localShift: number, label: IndexMap["label"]): IndexMap {
  return {
    ...base,
    local(x) {
      return x + localShift;
    },
    label,
  };
}

function joined(first: readonly ValType[], second: readonly ValType[]): readonly ValType[] {
  if (first.length === 0) return second;
  return second.length === 0 ? first : [...first, ...second];
}
