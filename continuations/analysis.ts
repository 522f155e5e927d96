/**
 * Which functions may suspend, and which calls may therefore come back with a control effect: a fixpoint over the call graph.
 */
import { InstructionReader } from "../wasm/instruction-reader.ts";
import { OP } from "../wasm/instructions.ts";
import type { Module, Range } from "../wasm/module.ts";
import { HEAP_CONT, HEAP_EXTERN, HEAP_NOCONT, heapOf, isRef, refType } from "../wasm/types.ts";
import type { CompositeType, HeapType, ValType } from "../wasm/types.ts";
import type { CallOracle } from "./plan.ts";

/** What one function does that matters here. */
interface Body {
  /** Whether it contains suspend, switch or a resume instruction. */
  switches: boolean;
  /** Functions that it calls directly. */
  readonly calls: Set<number>;
  /** Whether it calls through a table or a reference. */
  indirect: boolean;
}

/** Whether a module contains an instruction or type of the stack-switching proposal, or a tag with results. */
export function usesStackSwitching(module: Module): boolean {
  const { types, tags, tables, globals, elements, code } = module;
  return (
    types.some(({ composite }) => mentionsContinuations(composite)) ||
    tags.some((type) => {
      const composite = types[type]?.composite;
      return composite?.kind === "func" && composite.results.length > 0;
    }) ||
    tables.some(({ type }) => isContinuation(type.type)) ||
    globals.some(({ type }) => isContinuation(type.type)) ||
    elements.some(({ type }) => isContinuation(type)) ||
    code.some(({ locals }) => locals.some(({ type }) => isContinuation(type))) ||
    bodiesSwitch(module)
  );
}

/** The abstract continuation types; concrete ones need a type definition, which tells. */
function isContinuationHeap(heap: HeapType): boolean {
  return heap === HEAP_CONT || heap === HEAP_NOCONT;
}

function isContinuation(t: ValType): boolean {
  return isRef(t) && isContinuationHeap(heapOf(t));
}

function mentionsContinuations(composite: CompositeType): boolean {
  switch (composite.kind) {
    case "cont":
      return true;
    case "func":
      return composite.params.some(isContinuation) || composite.results.some(isContinuation);
    case "struct":
      return composite.fields.some(({ type }) => isContinuation(type));
    case "array":
      return isContinuation(composite.field.type);
  }
}

/** Without continuation types there may still be a suspend, for a tag without results, or a null reference. */
function bodiesSwitch({ bytes, code }: Module): boolean {
  const reader = new InstructionReader(bytes);
  return code.some(({ body, range }) => {
    reader.seek(body, range.end);
    while (reader.next()) {
      switch (reader.opcode) {
        case OP.suspend:
          return true;
        case OP["ref.null"]:
        case OP["ref.test"]:
        case OP["ref.test null"]:
        case OP["ref.cast"]:
        case OP["ref.cast null"]:
        case OP.br_on_cast:
        case OP.br_on_cast_fail:
          if (isContinuationHeap(reader.heap)) return true;
          break;
        case OP.block:
        case OP.loop:
        case OP.if:
        case OP.try_table:
        case OP.try:
          if (reader.block === 1 && isContinuation(reader.blockType)) return true;
          break;
        case OP["select t"]:
          if (reader.types.some(isContinuation)) return true;
      }
    }
    return false;
  });
}

/**
 * Whether a module could have a callee that suspends although none of the functions that it imports does: it calls
 * through references, or through a table that others see or that is written to.
 */
export function mayForwardSuspensions(module: Module): boolean {
  const open = openTables(module);
  const reader = new InstructionReader(module.bytes);
  return module.code.some(({ body, range }) => {
    reader.seek(body, range.end);
    while (reader.next()) {
      switch (reader.opcode) {
        case OP.call_ref:
        case OP.return_call_ref:
          return true;
        case OP.call_indirect:
        case OP.return_call_indirect:
          if (open.has(reader.y)) return true;
      }
    }
    return false;
  });
}

/** Tables that may hold functions of other modules. */
function openTables(module: Module): Set<number> {
  const open = new Set<number>();
  for (let x = 0; x < module.importedTables; x++) open.add(x);
  for (const { kind, index } of module.exports) if (kind === "table") open.add(index);
  if (isFilledFromGlobals(module)) module.tables.forEach((_, x) => open.add(x));
  const reader = new InstructionReader(module.bytes);
  for (const { body, range } of module.code) {
    reader.seek(body, range.end);
    while (reader.next()) {
      switch (reader.opcode) {
        case OP["table.set"]:
        case OP["table.grow"]:
        case OP["table.fill"]:
        case OP["table.copy"]:
          open.add(reader.x);
      }
    }
  }
  return open;
}

/** Whether a table or element segment may start out with references from imported globals. */
function isFilledFromGlobals(module: Module): boolean {
  if (!module.globals.slice(0, module.importedGlobals).some(({ type }) => isRef(type.type))) return false;
  const inits = [
    ...module.elements.flatMap(({ expressions }) => expressions ?? []),
    ...module.tables.flatMap(({ init }) => init ?? []),
  ];
  return contains(module, inits, OP["global.get"]);
}

function contains({ bytes }: Module, ranges: readonly Range[], opcode: number): boolean {
  const reader = new InstructionReader(bytes);
  return ranges.some(({ start, end }) => {
    reader.seek(start, end);
    while (reader.next()) if (reader.opcode === opcode) return true;
    return false;
  });
}

/** The functions of a module that may suspend, as seen by {@link CallOracle}. */
export class Suspending implements CallOracle {
  readonly #functions: readonly boolean[];
  readonly #indirect: boolean;

  private constructor(functions: readonly boolean[], indirect: boolean) {
    this.#functions = functions;
    this.#indirect = indirect;
  }

  /** Every call may be left, whatever it calls: in chaos mode, and where code is metered. */
  static everything(module: Module): Suspending {
    return new Suspending(
      module.functions.map(() => true),
      true,
    );
  }

  /**
   * Calls may be left as far as the call graph says. Imported functions are taken to suspend, and so is, if
   * `everyIndirectCall` says so, whatever is called through a table or a reference.
   */
  static analyse(module: Module, everyIndirectCall: boolean): Suspending {
    const first = module.importedFunctions;
    const bodies = scanBodies(module);
    const callers = new Map<number, number[]>();
    const functions = module.functions.map((_, x) => x < first);
    const work: number[] = [];
    const mark = (x: number): void => {
      if (functions[x] === true) return;
      functions[x] = true;
      work.push(x);
    };
    bodies.forEach((body, i) => {
      for (const callee of body.calls) {
        const known = callers.get(callee);
        if (known === undefined) callers.set(callee, [first + i]);
        else known.push(first + i);
      }
    });
    for (let x = 0; x < first; x++) work.push(x);
    bodies.forEach((body, i) => {
      if (body.switches) mark(first + i);
    });
    const spread = (): void => {
      for (let x = work.pop(); x !== undefined; x = work.pop()) for (const caller of callers.get(x) ?? []) mark(caller);
    };
    spread();
    const taken = addressTaken(module);
    // A function from elsewhere can come in through any import but memories, and through what the host can write or pass.
    const open = module.imports.some(({ desc }) => desc.kind !== "memory") || module.exports.length > 0;
    let indirect = everyIndirectCall || (open && passesReferences(module));
    for (let before: boolean | undefined; before !== indirect; ) {
      before = indirect;
      indirect ||= [...taken].some((x) => functions[x] === true);
      if (indirect) {
        bodies.forEach((body, i) => {
          if (body.indirect) mark(first + i);
        });
        spread();
      }
    }
    return new Suspending(functions, indirect);
  }

  /** Whether function `x` may suspend. */
  call(x: number): boolean {
    return this.#functions[x] === true;
  }

  indirect(): boolean {
    return this.#indirect;
  }
}

function scanBodies(module: Module): Body[] {
  const reader = new InstructionReader(module.bytes);
  return module.code.map(({ body, range }) => {
    const found: Body = { switches: false, calls: new Set(), indirect: false };
    reader.seek(body, range.end);
    while (reader.next()) {
      switch (reader.opcode) {
        case OP.call:
        case OP.return_call:
          found.calls.add(reader.x);
          break;
        case OP.call_indirect:
        case OP.return_call_indirect:
        case OP.call_ref:
        case OP.return_call_ref:
          found.indirect = true;
          break;
        case OP.suspend:
        case OP.switch:
        case OP.resume:
        case OP.resume_throw:
        case OP.resume_throw_ref:
          found.switches = true;
      }
    }
    return found;
  });
}

/** Functions that some reference may denote. */
function addressTaken(module: Module): Set<number> {
  const taken = new Set<number>();
  const reader = new InstructionReader(module.bytes);
  const scan = (start: number, end: number): void => {
    reader.seek(start, end);
    while (reader.next()) if (reader.opcode === OP["ref.func"]) taken.add(reader.x);
  };
  for (const { functions, expressions } of module.elements) {
    for (const x of functions ?? []) taken.add(x);
    for (const range of expressions ?? []) scan(range.start, range.end);
  }
  for (const { init } of [...module.globals, ...module.tables]) if (init !== undefined) scan(init.start, init.end);
  for (const { body, range } of module.code) scan(body, range.end);
  for (const { kind, index } of module.exports) if (kind === "func") taken.add(index);
  return taken;
}

/** Whether references cross the module's boundary: through tables, mutable globals, or signatures and tags. */
function passesReferences(module: Module): boolean {
  const isTable = module.importedTables > 0 || module.exports.some(({ kind }) => kind === "table");
  if (isTable) return true;
  // What comes in as an externref is of no use to call through, unless it is converted.
  const opaque = convertsExterns(module) ? undefined : refType(HEAP_EXTERN, true);
  const passes = (type: ValType): boolean => isRef(type) && type !== opaque;
  if (module.globals.some(({ type }, x) => passes(type.type) && (x < module.importedGlobals || isExported(module, x))))
    return true;
  const signatures = [
    ...module.functions.slice(0, module.importedFunctions),
    ...module.exports.flatMap(({ kind, index }) => (kind === "func" ? [module.functions[index] ?? 0] : [])),
    ...module.tags,
  ];
  return signatures.some((x) => {
    const composite = module.types[x]?.composite;
    return composite?.kind === "func" && [...composite.params, ...composite.results].some(passes);
  });
}

function convertsExterns(module: Module): boolean {
  const bodies = module.code.map(({ body, range }) => ({ start: body, end: range.end }));
  const inits = module.globals.flatMap(({ init }) => init ?? []);
  return contains(module, [...bodies, ...inits], OP["any.convert_extern"]);
}

function isExported(module: Module, global: number): boolean {
  return module.exports.some(({ kind, index }) => kind === "global" && index === global);
}
