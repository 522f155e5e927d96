/**
 * Which functions may suspend, and which calls may therefore come back with a control effect: a fixpoint over the call graph.
 */
import { type CallList, INDIRECT, SWITCHING } from "../wasm/call-list.ts";
import { InstructionReader } from "../wasm/instruction-reader.ts";
import { OP } from "../wasm/instructions.ts";
import type { Findings } from "../wasm/lookups.ts";
import type { Module, Range } from "../wasm/module.ts";
import { type OpcodeSet, opcodesOf } from "../wasm/opcode-set.ts";
import { HEAP_CONT, HEAP_EXTERN, HEAP_NOCONT, heapOf, isRef, refType } from "../wasm/types.ts";
import type { CompositeType, HeapType, ValType } from "../wasm/types.ts";
import type { CallOracle } from "./scan.ts";

/**
 * Whether a module contains an instruction or type of the stack-switching proposal, or a tag with results. What validation
 * found, if it is given, spares a search.
 */
export function usesStackSwitching(module: Module, findings?: Findings): boolean {
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
    (findings === undefined ? bodiesSwitch(module) : findings.opcodes[OP.suspend] === 1 || findings.namesContinuations)
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
 * through references, or through a table that others see or that is written to. `opcodes` are those in its bodies.
 */
export function mayForwardSuspensions(module: Module, opcodes: OpcodeSet = opcodesOf(module)): boolean {
  if (opcodes[OP.call_ref] === 1 || opcodes[OP.return_call_ref] === 1) return true;
  if (opcodes[OP.call_indirect] !== 1 && opcodes[OP.return_call_indirect] !== 1) return false;
  const open = openTables(module, opcodes);
  if (open.size === 0) return false;
  const reader = new InstructionReader(module.bytes);
  return module.code.some(({ body, range }) => {
    reader.seek(body, range.end);
    while (reader.next()) {
      const { opcode } = reader;
      if ((opcode === OP.call_indirect || opcode === OP.return_call_indirect) && open.has(reader.y)) return true;
    }
    return false;
  });
}

const WRITES_TABLE: readonly number[] = Object.freeze([
  OP["table.set"],
  OP["table.grow"],
  OP["table.fill"],
  OP["table.copy"],
]);

/** Tables that may hold functions of other modules. */
function openTables(module: Module, opcodes: OpcodeSet): Set<number> {
  const open = new Set<number>();
  for (let x = 0; x < module.importedTables; x++) open.add(x);
  for (const { kind, index } of module.exports) if (kind === "table") open.add(index);
  if (isFilledFromGlobals(module)) module.tables.forEach((_, x) => open.add(x));
  if (!WRITES_TABLE.some((opcode) => opcodes[opcode] === 1)) return open;
  const reader = new InstructionReader(module.bytes);
  for (const { body, range } of module.code) {
    reader.seek(body, range.end);
    while (reader.next()) if (WRITES_TABLE.includes(reader.opcode)) open.add(reader.x);
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
   * `everyIndirectCall` says so, whatever is called through a table or a reference. `opcodes` and `calls` are those in the bodies.
   */
  static analyse(module: Module, everyIndirectCall: boolean, opcodes: OpcodeSet, calls: CallList): Suspending {
    const first = module.importedFunctions;
    const graph = new CallGraph(module, calls);
    const functions = module.functions.map((_, x) => x < first);
    const work: number[] = [];
    const mark = (x: number): void => {
      if (functions[x] === true) return;
      functions[x] = true;
      work.push(x);
    };
    for (let x = 0; x < first; x++) work.push(x);
    for (const x of graph.switching) mark(x);
    const spread = (): void => {
      for (let x = work.pop(); x !== undefined; x = work.pop()) graph.forEachCaller(x, mark);
    };
    spread();
    const taken = addressTaken(module, opcodes);
    // A function from elsewhere can come in through any import but memories, and through what the host can write or pass.
    const open = module.imports.some(({ desc }) => desc.kind !== "memory") || module.exports.length > 0;
    let indirect = everyIndirectCall || (open && passesReferences(module, opcodes));
    for (let before: boolean | undefined; before !== indirect; ) {
      before = indirect;
      indirect ||= [...taken].some((x) => functions[x] === true);
      if (indirect) {
        for (const x of graph.indirect) mark(x);
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

/** What the functions of a module do that matters here. */
class CallGraph {
  /** Functions that contain suspend, switch or a resume instruction. */
  readonly switching: number[] = [];
  /** Functions that call through a table or a reference. */
  readonly indirect: number[] = [];
  /** The callers of function x are `#callers[#starts[x], #starts[x + 1])`, one of them for each call. */
  readonly #starts: Int32Array;
  readonly #callers: Int32Array;

  constructor({ functions, code, importedFunctions }: Module, calls: CallList) {
    const starts = new Int32Array(functions.length + 1);
    for (let i = 0; i < calls.length; i++) {
      const entry = calls.entry(i);
      if (entry >= 0) starts[entry] = (starts[entry] as number) + 1;
    }
    for (let x = 0, count = 0; x <= functions.length; x++) starts[x] = count += starts[x] as number;
    // Each start is where the list ends by now, and comes down as the list is filled from its end.
    this.#callers = new Int32Array(starts[functions.length] as number);
    for (let body = code.length - 1, i = calls.length - 1; body >= 0; body--) {
      const first = body === 0 ? 0 : calls.end(body - 1);
      const func = importedFunctions + body;
      let switches = false;
      let isIndirect = false;
      for (; i >= first; i--) {
        const entry = calls.entry(i);
        if (entry === INDIRECT) isIndirect = true;
        else if (entry === SWITCHING) switches = true;
        else {
          const at = (starts[entry] as number) - 1;
          starts[entry] = at;
          this.#callers[at] = func;
        }
      }
      if (switches) this.switching.push(func);
      if (isIndirect) this.indirect.push(func);
    }
    this.#starts = starts;
  }

  /** Visits the callers of a function. */
  forEachCaller(callee: number, visit: (caller: number) => void): void {
    const end = this.#starts[callee + 1] as number;
    for (let i = this.#starts[callee] as number; i < end; i++) visit(this.#callers[i] as number);
  }
}

/** Functions that some reference may denote. */
function addressTaken(module: Module, opcodes: OpcodeSet): Set<number> {
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
  if (opcodes[OP["ref.func"]] === 1) for (const { body, range } of module.code) scan(body, range.end);
  for (const { kind, index } of module.exports) if (kind === "func") taken.add(index);
  return taken;
}

/** Whether references cross the module's boundary: through tables, mutable globals, or signatures and tags. */
function passesReferences(module: Module, opcodes: OpcodeSet): boolean {
  const isTable = module.importedTables > 0 || module.exports.some(({ kind }) => kind === "table");
  if (isTable) return true;
  // What comes in as an externref is of no use to call through, unless it is converted.
  const opaque = convertsExterns(module, opcodes) ? undefined : refType(HEAP_EXTERN, true);
  const passes = (type: ValType): boolean => isRef(type) && type !== opaque;
  const exported = new Set(module.exports.flatMap(({ kind, index }) => (kind === "global" ? [index] : [])));
  if (module.globals.some(({ type }, x) => passes(type.type) && (x < module.importedGlobals || exported.has(x))))
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

function convertsExterns(module: Module, opcodes: OpcodeSet): boolean {
  if (opcodes[OP["any.convert_extern"]] === 1) return true;
  const inits = module.globals.flatMap(({ init }) => init ?? []);
  return contains(module, inits, OP["any.convert_extern"]);
}
