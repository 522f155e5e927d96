/**
 * The resume copy: the guest's function, entered with a frame at the site that the frame names.
 *
 * Each construct that contains sites begins with a dispatch on the block index. It leads to a landing for each of the
 * construct's items (a site, or a construct that contains sites), which puts the operands back that the item needs and
 * branches to just behind it:
 *
 * ```wat
 * (block $behind2 (result ...)
 *   (block $behind1 (result operands... results...)
 *     (block $start
 *       (block $land2
 *         (block $land1
 *           (br_table ... (local.get $at)))       ;; 0: $start
 *         ;; land1: operands from the frame, results from the transfer area; at = 0; (br $behind1))
 *       ;; land2: ... (br $behind2))
 *     ;; start: the guest's code up to item 1
 *     )
 *   ;; the guest's code up to item 2
 *   )
 * ;; the guest's code up to the end
 * ```
 */
import { OP } from "../wasm/instructions.ts";
import { MAX_BR_TABLE_TARGETS, MAX_PARAMS } from "../wasm/limits.ts";
import { asNullable, I32, isRef, refType, type ValType } from "../wasm/types.ts";
import { type Code, TABLE_THRESHOLD } from "./code.ts";
import { Copy, type Source } from "./copy.ts";
import type { Dummies } from "./dummies.ts";
import { FIRST_FIELD, type FrameLayout, operandFields } from "./frame-layout.ts";
import {
  emitRethrow,
  emitTailResults,
  emitTakeArguments,
  emitTakePair,
  FRAME,
  LEFT,
  MODE,
  pairTypes,
  PARAMS,
  RETURNED,
} from "./resume-function.ts";
import { FIELD, TYPE } from "./machine/machine.generated.ts";
import { MAX_BRANCHES } from "./lowered-limits.ts";
import type { ModuleLowering } from "./module-lowering.ts";
import { bounds, type Construct, type Item, type Site } from "./plan.ts";
import { groupOfOne, leavesAt, type SaveGroup } from "./save-groups.ts";
import { emitPut, emitTake } from "./transfer.ts";

/** A function with so many save labels and fields sets the fields in a function of their own. */
const MIN_SAVES = 3;
const MIN_FIELDS = 3;

/** Emits the resume copy of a function. */
export function emitResumeCopy(lowering: ModuleLowering, dummies: Dummies, source: Source): Code {
  return new ResumeCopy(lowering, dummies, source).emit();
}

/**
 * With more suspends and switches than that, a function saves its frame at labels that they share: in place, each saves all that
 * is live.
 */
const MAX_LEAVING_IN_PLACE = 32;

class ResumeCopy extends Copy {
  /** The frame as what it is. */
  readonly #frame: number;
  /** Block index of the site to land on, 0 once landed. */
  readonly #at: number;
  /** Whether a handler of this activation can catch what a site throws: if not, nobody has to land for it. */
  readonly #catches: boolean;
  /** Of each open loop that `#enterLoop` opened: what has to be closed, and where the parameters of its next round are. */
  readonly #loops = new Map<Construct, { readonly done: number; readonly again: number; readonly temps: number[] }>();
  readonly #tailLabels: number[] = [];
  /** Offset of each tail call in the guest's bytes; undefined if several share code. */
  readonly #tailOffsets: (number | undefined)[] = [];
  /** The function that sets all fields, where that is shorter than setting them at each save label. */
  readonly #saveFunction: number | undefined;
  /** What to return after a suspend or switch that shares its label with others. */
  #left: number | undefined;
  #returns = 0;

  constructor(lowering: ModuleLowering, dummies: Dummies, source: Source) {
    super(lowering, dummies, source, lowering.newCode(PARAMS), {
      localShift: PARAMS,
      groupsLeaving: source.plan.sites.filter(leavesAt).length > MAX_LEAVING_IN_PLACE,
    });
    for (const { count, type } of source.plan.locals.runs) this.code.declare(asNullable(type), count);
    this.spills = source.plan.spillTypes.map((type) => this.code.local(type));
    this.#frame = this.code.local(refType(source.layout.type, true));
    this.#at = this.code.local(I32);
    this.#catches = source.plan.constructs.some((construct) => construct?.opcode === OP.try_table);
    const { length } = source.layout.fields;
    const isLong = this.save.groups.length >= MIN_SAVES && length >= MIN_FIELDS && length < MAX_PARAMS;
    this.#saveFunction = isLong ? saveFunction(lowering, source.layout) : undefined;
  }

  emit(): Code {
    const { code, plan } = this;
    this.#restore();
    this.openSaves();
    for (let i = plan.tails.length - 1; i >= 0; i--) {
      this.#tailLabels[i] = code.open(OP["block"], [], plan.tails[i]?.operands ?? []);
    }
    this.labels.push(code.open(OP["block"], [], this.results));
    this.#enterArm(plan.root, 0);
    this.walk();
    code.end();
    this.#return();
    this.#closeTails();
    this.closeSaves();
    code.op(OP["unreachable"]);
    return code;
  }

  #restore(): void {
    const { code, lowering, source } = this;
    const { layout } = source;
    if (!this.#catches) emitRethrow(lowering, code);
    code.get(FRAME);
    code.cast(refType(layout.type, false));
    code.set(this.#frame);
    this.#field(FIELD.VMFrame.block);
    code.set(this.#at);
    for (const [x, field] of layout.locals) {
      this.#field(field);
      code.set(this.savedLocal(x));
      this.#clear(field);
    }
  }

  /** Pushes a field of the frame. */
  #field(field: number): void {
    this.code.get(this.#frame);
    this.code.index2(OP["struct.get"], this.source.layout.type, field);
  }

  /** Clears a field that has been restored, if it is a reference: the frame must not keep alive what the activation drops. */
  #clear(field: number): void {
    const { code, source } = this;
    const type = source.layout.fields[field - FIRST_FIELD] ?? I32;
    if (!isRef(type)) return;
    code.get(this.#frame);
    code.zero(type);
    code.index2(OP["struct.set"], source.layout.type, field);
  }

  /** Returns the results on the stack. */
  #return(): void {
    emitPut(this.code, this.lowering.types, this.results);
    this.code.i32(RETURNED);
    this.code.op(OP["return"]);
  }

  // -- Tail calls become plain calls outside of all constructs: no handler of the guest's must see what they throw.

  protected override tailCall(index: number): void {
    this.#tailOffsets[index] = index in this.#tailOffsets ? undefined : this.reader.offset;
    this.code.br(this.#tailLabels[index] ?? 0);
  }

  #closeTails(): void {
    const { code, lowering } = this;
    for (const [i, tail] of this.plan.tails.entries()) {
      code.end();
      lowering.recorder?.noteTailCall(code.writer.length, this.#tailOffsets[i]);
      if (tail.opcode === OP.return_call) code.call(lowering.map.func(tail.x));
      else if (tail.opcode === OP.return_call_ref) code.index(OP.call_ref, lowering.map.type(tail.x));
      else code.index2(OP.call_indirect, lowering.map.type(tail.x), lowering.map.table(tail.y));
      emitTailResults(lowering, code, tail.results);
      code.op(OP["return"]);
    }
  }

  // -- Constructs

  protected override enter(construct: Construct): void {
    const { code, reader } = this;
    const results = this.blockResults();
    const params = construct.params.map(asNullable);
    if (reader.opcode === OP.loop && hasNonNull(construct.params)) {
      this.#enterLoop(construct, results);
      return;
    }
    if (reader.opcode === OP.try_table) this.openTry(params, results);
    else this.labels.push(code.open(reader.opcode, params, results));
    this.#enterArm(construct, 0);
  }

  /**
   * Opens a loop with parameters that cannot be null, while there are none yet when it is landed in. Its label has to keep
   * their types, which a `br_if` leaves on the stack:
   *
   * ```wat
   * (block $done (result ...)
   *   (loop $again
   *     (block $label (result params...)
   *       ... (br $done))
   *     ;; params to temps
   *     (br $again))
   *   (unreachable))
   * ```
   */
  #enterLoop(construct: Construct, results: readonly ValType[]): void {
    const { code } = this;
    const { params } = construct;
    const temps = code.pop(params);
    const done = code.open(OP.block, [], results);
    const again = code.open(OP.loop, [], []);
    this.labels.push(code.open(OP.block, [], params));
    this.#loops.set(construct, { done, again, temps });
    for (const temp of temps) code.get(temp);
    this.#enterArm(construct, 0);
  }

  protected override enterElse(construct: Construct): void {
    this.#enterArm(construct, 1);
  }

  protected override leave(construct: Construct, label: number): void {
    const { code } = this;
    const { params } = construct;
    const loop = this.#loops.get(construct);
    if (loop !== undefined) {
      code.br(loop.done);
      code.end();
      for (const temp of loop.temps.toReversed()) code.set(temp);
      code.br(loop.again);
      code.end();
      code.op(OP.unreachable);
      code.releaseAll(params, loop.temps);
    } else if (construct.opcode === OP.if && construct.arms.length === 1 && hasNonNull(params)) {
      // Without an else arm the parameters are the results, which are not nullable as they are.
      code.else();
      code.push(params, code.pop(params));
    }
    this.close(loop?.done ?? label);
  }

  /** Closes the label behind the current item. */
  protected override land(): void {
    this.code.end();
  }

  /** Emits the dispatch and the landings of an arm; the construct's parameters are on the stack. */
  #enterArm(construct: Construct, arm: number): void {
    const { code } = this;
    const items = construct.arms[arm] ?? [];
    const params = construct.params;
    if (items.length === 0) {
      if (hasNonNull(params)) code.push(params, code.pop(params));
      return;
    }
    const temps = code.pop(params);
    const behind: number[] = [];
    const landings: number[] = [];
    for (let i = items.length - 1; i >= 0; i--) {
      const item = items[i];
      if (item !== undefined) behind[i] = code.open(OP["block"], [], this.#landingTypes(item));
    }
    const start = code.open(OP["block"], [], []);
    for (let i = items.length - 1; i >= 0; i--) landings[i] = code.open(OP["block"], [], []);
    this.#dispatch(items, landings, construct === this.plan.root ? undefined : start);
    items.forEach((item, i) => {
      this.checkSize();
      code.end();
      if ("site" in item) this.#landOnSite(item.site);
      else this.#landOnConstruct(item.construct);
      code.br(behind[i] ?? 0);
    });
    code.end();
    code.push(params, temps);
  }

  /**
   * Leads to the landing of the item that the block index is in, or to `start` if it is 0; undefined where it cannot be.
   * Other block indices are in the arm: landing on its construct is the only way to come here with one.
   */
  #dispatch(items: readonly Item[], landings: readonly number[], start: number | undefined): void {
    const { code } = this;
    const last = landings.at(-1) ?? 0;
    if (items.length >= TABLE_THRESHOLD && isDense(items)) {
      const first = bounds(items[0] as Item)[0];
      const targets = items.flatMap((item, i) => {
        const [from, to] = bounds(item);
        return Array.from({ length: to - from + 1 }, () => landings[i] ?? 0);
      });
      for (let done = 0; done < targets.length; done += MAX_BR_TABLE_TARGETS) {
        const isLast = done + MAX_BR_TABLE_TARGETS >= targets.length;
        const next = isLast ? 0 : code.open(OP["block"], [], []);
        if (!isLast) {
          code.get(this.#at);
          code.i32(first + done + MAX_BR_TABLE_TARGETS);
          code.op(OP["i32.ge_u"]);
          code.brIf(next);
        }
        this.#table(first + done, targets.slice(done, done + MAX_BR_TABLE_TARGETS), start ?? last);
        if (!isLast) code.end();
      }
      return;
    }
    if (start !== undefined) {
      code.get(this.#at);
      code.op(OP["i32.eqz"]);
      code.brIf(start);
    }
    // The first item whose bound is not below it.
    items.slice(0, -1).forEach((item, i) => {
      code.get(this.#at);
      code.i32(bounds(item)[1]);
      code.op(OP["i32.le_u"]);
      code.brIf(landings[i] ?? 0);
    });
    // A single landing is what follows.
    if (items.length > 1) code.br(last);
  }

  /** Branches to a target by block index, from `first` on; all others lead to `otherwise`. */
  #table(first: number, targets: readonly number[], otherwise: number): void {
    const { code } = this;
    code.get(this.#at);
    code.i32(first);
    code.op(OP["i32.sub"]);
    code.brTable(targets, otherwise);
  }

  #landOnSite(site: Site): void {
    const { code, lowering } = this;
    // Landed: before anything is thrown, because a handler of this activation may catch it and go on.
    code.i32(0);
    code.set(this.#at);
    if (site.guarded !== undefined) {
      // It can only have thrown.
      if (this.#catches) emitRethrow(lowering, code);
      code.op(OP["unreachable"]);
      return;
    }
    const fields = operandFields(this.source.layout, site);
    fields.forEach((field, i) => {
      this.#field(field);
      code.refine(site.operands[i] ?? I32);
    });
    for (const field of fields) this.#clear(field);
    if (this.#catches) emitRethrow(lowering, code);
    if (site.kind !== "resume") {
      if (!leavesAt(site)) emitTake(code, lowering.types, site.results);
      else if (this.#handsPair(site)) emitTakePair(lowering, code, site.results);
      else emitTakeArguments(lowering, code, site.results);
      return;
    }
    code.get(MODE);
    code.if();
    code.call(lowering.machineFunction("take_captured"));
    this.setCaptured();
    code.end();
    // What $resume would have returned: -1 for results, k for clause k.
    code.get(MODE);
    code.i32(1);
    code.op(OP["i32.sub"]);
  }

  /** Whether the continuation that a switch leaves on the stack is there boxed, and not boxed: one of them null. */
  #handsPair(site: Site): boolean {
    return site.kind === "switch" && this.plan.owned?.producers.has(site.offset) === true;
  }

  /** What is on the stack behind an item when it has been landed on. */
  #landingTypes(item: Item): ValType[] {
    if ("site" in item) {
      const { site } = item;
      if (site.kind === "resume") return [...site.operands, I32];
      return [...site.operands, ...(this.#handsPair(site) ? pairTypes(site.results) : site.results)];
    }
    const { beneath, params, opcode } = item.construct;
    const types = [...beneath, ...params.map(asNullable)];
    return opcode === OP.if ? [...types, I32] : types;
  }

  #landOnConstruct(construct: Construct): void {
    const { code } = this;
    if (construct.opcode === OP.loop && construct.first === construct.last) {
      // It is that already; as a constant it spares engines that peel the first turn of a loop its dispatch.
      code.i32(construct.first);
      code.set(this.#at);
    }
    this.pushSpills(construct);
    for (const type of construct.params) code.zero(asNullable(type));
    if (construct.opcode !== OP.if) return;
    const [then, otherwise] = construct.arms;
    const elseItem = otherwise?.[0];
    if (elseItem === undefined) code.i32(1);
    else if (then?.[0] === undefined) code.i32(0);
    else {
      code.get(this.#at);
      code.i32(bounds(elseItem)[0]);
      code.op(OP["i32.lt_u"]);
    }
  }

  // -- Instructions

  protected override return(): void {
    if (++this.#returns > MAX_BRANCHES) this.#return();
    else this.code.br(this.labels[0] ?? 0);
  }

  /** Locals are nullable here, so that those that are not initialised yet can be restored as null. */
  protected override local(): void {
    this.copyInstruction();
    this.code.refine(this.plan.locals.type(this.reader.x));
  }

  // -- Leaving

  /**
   * In place if there are few, not at a label that others share: what the machine returns, a constant where it is inlined,
   * goes straight to the driver's branches.
   */
  protected override suspend(site: Site, tag: number): void {
    const { code, lowering } = this;
    this.#leave(site, () => {
      lowering.tagIdentity(code, tag);
      code.call(lowering.machineFunction("suspend_again"));
    });
  }

  protected override switch(site: Site, tag: number, pushNext: () => void): void {
    const { code, lowering } = this;
    this.#leave(site, () => {
      pushNext();
      lowering.tagIdentity(code, tag);
      code.call(lowering.machineFunction("switch_again"));
    });
  }

  /** Saves the frame and returns what the code that `emitLeft` emits leaves on the stack. */
  #leave(site: Site, emitLeft: () => void): void {
    const { code } = this;
    const isInPlace = this.save.bySite[site.index - 1] === -1;
    if (isInPlace) this.#updateFrame(groupOfOne(this.plan, site));
    emitLeft();
    if (isInPlace) {
      code.op(OP["return"]);
      return;
    }
    this.#left ??= code.local(I32);
    code.set(this.#left);
    this.leaveAt(site);
  }

  protected override emitSave(group: SaveGroup): void {
    const { code } = this;
    this.#updateFrame(group);
    if (group.leaves && this.#left !== undefined) code.get(this.#left);
    else code.i32(LEFT);
    code.op(OP["return"]);
  }

  /** Puts what a group saves into the frame. */
  #updateFrame(group: SaveGroup): void {
    const { code } = this;
    if (this.#saveFunction === undefined) this.#emitFields(group);
    else this.#emitSaveCall(group, this.#saveFunction);
    code.get(this.#frame);
    this.pushBlockIndex(group);
    code.index2(OP["struct.set"], TYPE.VMFrame, FIELD.VMFrame.block);
  }

  /** Sets all fields through the function that does it for frames of this layout. */
  #emitSaveCall(group: SaveGroup, saveFunction: number): void {
    const { code, source } = this;
    const { layout } = source;
    const temps = code.pop(group.operands);
    const from = this.fieldSources(group, temps);
    code.get(this.#frame);
    layout.fields.forEach((type, i) => {
      const local = from[FIRST_FIELD + i] as number;
      if (local < 0) code.zero(type);
      else code.get(local);
    });
    code.call(saveFunction);
    code.releaseAll(group.operands, temps);
  }

  #emitFields(group: SaveGroup): void {
    const { code, source } = this;
    const { layout } = source;
    const fields = operandFields(layout, group);
    for (let i = fields.length - 1; i >= 0; i--) {
      const type = group.operands[i] ?? I32;
      const temp = code.acquire(type);
      code.set(temp);
      this.#setField(fields[i] ?? 0, temp);
      code.release(type, temp);
    }
    for (const x of group.live) this.#setField(layout.locals.get(x) ?? 0, this.savedLocal(x));
  }

  #setField(field: number, local: number): void {
    const { code } = this;
    code.get(this.#frame);
    code.get(local);
    code.index2(OP["struct.set"], this.source.layout.type, field);
  }
}

/** (frame, fields...) -> (): sets the fields of a frame of this layout. */
function saveFunction(lowering: ModuleLowering, { type, fields }: FrameLayout): number {
  return lowering.helper(`save ${type}`, [refType(type, true), ...fields], [], (code) => {
    fields.forEach((_, i) => {
      code.get(0);
      code.get(i + 1);
      code.index2(OP["struct.set"], type, FIRST_FIELD + i);
    });
  });
}

function hasNonNull(types: readonly ValType[]): boolean {
  return types.some((type) => asNullable(type) !== type);
}

/** Whether a table for these items has few entries per item. */
function isDense(items: readonly Item[]): boolean {
  const first = items[0];
  const last = items.at(-1);
  if (first === undefined || last === undefined) return false;
  return bounds(last)[1] - bounds(first)[0] < items.length * 8;
}
