/** Programs to bytes: one binary for each module. Only what the program's invocations can reach is emitted. */
import { writeExport, writeImport } from "../wasm/encode-entities.ts";
import { writeGlobalType, writeMemoryType, writeRecGroup, writeTableType, writeTagType } from "../wasm/encode-types.ts";
import { IDENTITY, type IndexMap } from "../wasm/index-map.ts";
import { writeOpcode } from "../wasm/instruction-writer.ts";
import { OP, rowOf } from "../wasm/instructions.ts";
import type { ExternKind, ImportDesc } from "../wasm/module.ts";
import { ModuleWriter } from "../wasm/module-writer.ts";
import { SECTION } from "../wasm/sections.ts";
import { writeHeapType, writeValType } from "../wasm/type-codec.ts";
import { heapOf, isRef, type SubType, type ValType } from "../wasm/types.ts";
import { Writer } from "../wasm/writer.ts";
import { CodeNotes } from "./custom-sections.ts";
import {
  type Data,
  type Elements,
  type Func,
  type Global,
  HOST,
  type Label,
  type Node,
  type Program,
  SEQUENCE,
  type Table,
} from "./model.ts";
import type { Tag } from "./model.ts";

/** A program that cannot be emitted, because a branch leads nowhere: shrinking makes such programs. */
export class EmitError extends Error {}

const MEMORY = { limits: { min: 1n, max: 2n }, is64: false, shared: false, pageSizeLog2: 16 } as const;

/** The name under which an entity is exported by its module and imported by others. */
export function exportName(kind: ExternKind, { id, name }: { readonly id: number; readonly name?: string }): string {
  return name ?? `${kind}${id}`;
}

export function moduleName(owner: number): string {
  return owner === HOST ? "host" : `m${owner}`;
}

/** What one module refers to. */
class References {
  readonly funcs = new Set<Func>();
  readonly globals = new Set<Global>();
  readonly tables = new Set<Table>();
  readonly tags = new Set<Tag>();
  readonly data = new Set<Data>();
  readonly elements = new Set<Elements>();
  memory = false;
}

/** Everything that can be reached, by the module that refers to it. */
class Reach {
  readonly program: Program;
  readonly modules: References[];
  readonly #work: Func[] = [];
  readonly #seen = new Set<Func | Global | Table>();

  constructor(program: Program) {
    this.program = program;
    this.modules = Array.from({ length: program.modules }, () => new References());
    for (const func of [...program.entries, ...invokedFuncs(program)]) this.#func(func.owner, func);
    for (const [owner, func] of program.starts) this.#func(owner, func);
    this.#global(program.fuel.owner, program.fuel);
    this.#global(program.notes.owner, program.notes);
    this.#drain();
    for (let grown = true; grown; ) {
      grown = false;
      for (const segment of program.segments) {
        if (this.#seen.has(segment.table) && !this.#segments.has(segment)) {
          this.#segments.add(segment);
          this.#table(segment.owner, segment.table);
          for (const item of segment.items) this.#node(segment.owner, item);
          this.#drain();
          grown = true;
        }
      }
    }
  }

  readonly #segments = new Set<Program["segments"][number]>();

  #drain(): void {
    for (let func = this.#work.pop(); func !== undefined; func = this.#work.pop()) {
      for (const each of func.body) this.#node(func.owner, each);
    }
  }

  #func(from: number, func: Func): void {
    this.modules[from]?.funcs.add(func);
    if (func.owner === HOST || this.#seen.has(func)) return;
    this.#seen.add(func);
    this.modules[func.owner]?.funcs.add(func);
    this.#work.push(func);
  }

  #global(from: number, global: Global): void {
    this.modules[from]?.globals.add(global);
    if (this.#seen.has(global)) return;
    this.#seen.add(global);
    this.modules[global.owner]?.globals.add(global);
    this.#node(global.owner, global.init);
  }

  #table(from: number, table: Table): void {
    this.modules[from]?.tables.add(table);
    if (this.#seen.has(table)) return;
    this.#seen.add(table);
    this.modules[table.owner]?.tables.add(table);
    if (table.init !== undefined) this.#node(table.owner, table.init);
  }

  #tag(from: number, tag: Tag): void {
    this.modules[from]?.tags.add(tag);
    this.modules[tag.owner]?.tags.add(tag);
  }

  #node(from: number, node: Node): void {
    for (const operand of node.operands) this.#node(from, operand);
    if (node.func !== undefined) this.#func(from, node.func);
    if (node.global !== undefined) this.#global(from, node.global);
    if (node.table !== undefined) this.#table(from, node.table);
    if (node.tag !== undefined) this.#tag(from, node.tag);
    for (const { tag } of node.handlers ?? []) this.#tag(from, tag);
    for (const { tag } of node.catches ?? []) if (tag !== undefined) this.#tag(from, tag);
    for (const body of node.bodies ?? []) for (const each of body) this.#node(from, each);
    const references = this.modules[from];
    if (references === undefined) return;
    if (usesMemory(node.op)) references.memory = true;
    if (node.data !== undefined) references.data.add(node.data);
    if (node.elements !== undefined && !references.elements.has(node.elements)) {
      references.elements.add(node.elements);
      for (const item of node.elements.items) this.#node(from, item);
    }
  }
}

function usesMemory(op: number): boolean {
  if (op === SEQUENCE) return false;
  const { immediates } = rowOf(op);
  return immediates.includes("memarg") || immediates.includes("memory");
}

/**
 * The bytes of each module.
 *
 * @throws {EmitError} if a branch leads to a label that is not around it
 */
export function emitProgram(program: Program): Uint8Array<ArrayBuffer>[] {
  const reach = new Reach(program);
  // Whether another module needs what a module defines.
  const shared = new Set<Func | Global | Table | Tag>();
  reach.modules.forEach((references, m) => {
    for (const { owner, entity } of entitiesOf(references)) if (owner !== m) shared.add(entity);
  });
  for (const func of program.entries) shared.add(func);
  for (const func of invokedFuncs(program)) shared.add(func);
  for (const input of program.inputs) shared.add(input);
  shared.add(program.fuel);
  shared.add(program.notes);
  const memory = reach.modules.some((references) => references.memory);
  return reach.modules.map((references, m) => new Emitter(program, references, m, memory).emit(shared));
}

/** The functions that the host calls. */
export function invokedFuncs({ runs }: Program): Func[] {
  return runs.flatMap(({ invocations }) => invocations.map(({ func }) => func));
}

function* entitiesOf(references: References): Generator<{ owner: number; entity: Func | Global | Table | Tag }> {
  for (const set of [references.funcs, references.globals, references.tables, references.tags]) {
    for (const entity of set) yield { owner: entity.owner, entity };
  }
}

/** The types of a program that its modules write, and their new numbers: all, or those that are used. */
class TypeNumbers {
  readonly used = new Set<number>();
  readonly map: IndexMap;

  constructor(program: Program) {
    const { types } = program.universe;
    const visit = (x: number): number => {
      if (this.used.has(x)) return x;
      this.used.add(x);
      for (const y of mentioned(types[x])) visit(y);
      return x;
    };
    this.map = { ...IDENTITY, type: visit };
  }
}

function mentioned(type: SubType | undefined): number[] {
  if (type === undefined) return [];
  const { composite, supertypes } = type;
  const values =
    composite.kind === "func"
      ? [...composite.params, ...composite.results]
      : composite.kind === "struct"
        ? composite.fields.map((field) => field.type)
        : composite.kind === "array"
          ? [composite.field.type]
          : [];
  const concrete = values.filter((t) => isRef(t) && heapOf(t) >= 0).map(heapOf);
  return [...concrete, ...supertypes, ...(composite.kind === "cont" ? [composite.func] : [])];
}

class Emitter {
  readonly #program: Program;
  readonly #references: References;
  readonly #m: number;
  readonly #memory: boolean;
  readonly #index = new Map<Func | Global | Table | Tag | Data | Elements, number>();
  #map: IndexMap = IDENTITY;
  #locals = new Map<object, number>();
  #labels: Label[] = [];
  readonly #declared = new Set<Func>();
  #notes = new CodeNotes();

  constructor(program: Program, references: References, m: number, memory: boolean) {
    this.#program = program;
    this.#references = references;
    this.#m = m;
    this.#memory = memory;
  }

  emit(shared: ReadonlySet<Func | Global | Table | Tag>): Uint8Array<ArrayBuffer> {
    // Twice: which types are used is known when everything else has been written.
    const numbers = new TypeNumbers(this.#program);
    this.#map = numbers.map;
    this.#write(shared);
    const { groups } = this.#program.universe;
    const renumbered = new Map<number, number>();
    const kept: number[] = [];
    let first = 0;
    groups.forEach((count, g) => {
      const members = Array.from({ length: count }, (_, i) => first + i);
      if (members.some((x) => numbers.used.has(x))) {
        kept.push(g);
        for (const x of members) renumbered.set(x, renumbered.size);
      }
      first += count;
    });
    this.#map = { ...IDENTITY, type: (x) => renumbered.get(x) ?? 0 };
    this.#index.clear();
    const out = this.#write(shared);
    const { types } = this.#program.universe;
    first = 0;
    groups.forEach((count, g) => {
      if (kept.includes(g)) writeRecGroup(out.entry(SECTION.type), types.slice(first, first + count), this.#map);
      first += count;
    });
    return out.finish();
  }

  #write(shared: ReadonlySet<Func | Global | Table | Tag>): ModuleWriter {
    const out = new ModuleWriter();
    this.#notes = new CodeNotes();
    const map = this.#map;
    const { funcs, globals, tables, tags } = this.#references;
    const own = <T extends { readonly owner: number }>(all: ReadonlySet<T>): T[] =>
      [...all].filter(({ owner }) => owner === this.#m);
    const importAll = <T extends Func | Global | Table | Tag>(
      kind: ExternKind,
      all: ReadonlySet<T>,
      desc: (entity: T) => ImportDesc,
    ): void => {
      let next = 0;
      for (const entity of all) {
        if (entity.owner === this.#m) continue;
        this.#index.set(entity, next++);
        const entry = { module: moduleName(entity.owner), name: exportName(kind, entity), desc: desc(entity) };
        writeImport(out.entry(SECTION.import), entry, map);
      }
      for (const entity of own(all)) {
        this.#index.set(entity, next++);
        if (!shared.has(entity) && kind !== "tag") continue;
        const name = exportName(kind, entity);
        writeExport(out.entry(SECTION.export), { name, kind, index: next - 1 }, IDENTITY);
      }
    };
    importAll("func", funcs, ({ type }) => ({ kind: "func", type }));
    importAll("table", tables, (table) => ({ kind: "table", type: tableType(table) }));
    importAll("global", globals, ({ type, mutable }) => ({ kind: "global", type: { type, mutable } }));
    importAll("tag", tags, ({ type }) => ({ kind: "tag", type }));
    if (this.#memory && this.#m > 0 && this.#references.memory) {
      const desc = { kind: "memory", type: MEMORY } as const;
      writeImport(out.entry(SECTION.import), { module: moduleName(0), name: "memory", desc }, map);
    }
    if (this.#memory && this.#m === 0) {
      writeMemoryType(out.entry(SECTION.memory), MEMORY);
      writeExport(out.entry(SECTION.export), { name: "memory", kind: "memory", index: 0 }, IDENTITY);
    }
    for (const func of own(funcs)) out.entry(SECTION.function).u32(map.type(func.type));
    for (const table of own(tables)) {
      const entry = out.entry(SECTION.table);
      if (table.init !== undefined) {
        entry.u8(0x40);
        entry.u8(0);
      }
      writeTableType(entry, tableType(table), map);
      if (table.init !== undefined) this.#constant(entry, table.init);
    }
    for (const tag of own(tags)) writeTagType(out.entry(SECTION.tag), tag.type, map);
    for (const { type, mutable, init } of own(globals)) {
      const entry = out.entry(SECTION.global);
      writeGlobalType(entry, { type, mutable }, map);
      this.#constant(entry, init);
    }
    const start = this.#program.starts.get(this.#m);
    if (start !== undefined) out.start = this.#of(start);
    this.#writeSegments(out);
    for (const func of own(funcs)) out.entry(SECTION.code).appendSized(this.#body(func));
    this.#writeDeclarations(out);
    if (this.#program.customSections) this.#notes.write(out);
    return out;
  }

  #writeSegments(out: ModuleWriter): void {
    for (const { owner, table, offset, items } of this.#program.segments) {
      if (owner !== this.#m || !this.#references.tables.has(table)) continue;
      const entry = out.entry(SECTION.element);
      entry.u32(6); // active, explicit table, expressions
      entry.u32(this.#of(table));
      writeOpcode(entry, OP["i32.const"]);
      entry.s32(offset);
      entry.u8(OP.end);
      writeValType(entry, table.type, this.#map);
      entry.u32(items.length);
      for (const item of items) this.#constant(entry, item);
    }
    for (const elements of this.#references.elements) {
      this.#index.set(elements, out.count(SECTION.element));
      const entry = out.entry(SECTION.element);
      entry.u32(5); // passive, expressions
      writeValType(entry, elements.type, this.#map);
      entry.u32(elements.items.length);
      for (const item of elements.items) this.#constant(entry, item);
    }
    for (const data of this.#references.data) {
      this.#index.set(data, out.count(SECTION.data));
      const entry = out.entry(SECTION.data);
      entry.u32(1); // passive
      entry.u32(data.bytes.length);
      entry.bytes(data.bytes);
    }
    if (this.#references.data.size > 0) out.dataCount = this.#references.data.size;
  }

  #writeDeclarations(out: ModuleWriter): void {
    if (this.#declared.size === 0) return;
    const entry = out.entry(SECTION.element);
    entry.u32(3); // declarative, function indices
    entry.u8(0);
    entry.u32(this.#declared.size);
    for (const func of this.#declared) entry.u32(this.#of(func));
  }

  #of(entity: Func | Global | Table | Tag | Data | Elements | undefined): number {
    const index = entity === undefined ? undefined : this.#index.get(entity);
    if (index === undefined) throw new EmitError("nothing is known by this index");
    return index;
  }

  #constant(out: Writer, node: Node): void {
    this.#node(out, node);
    out.u8(OP.end);
  }

  #body(func: Func): Writer {
    this.#locals = new Map();
    func.params.forEach((param, i) => this.#locals.set(param, i));
    const locals: ValType[] = [];
    const find = (node: Node): void => {
      for (const operand of node.operands) find(operand);
      if (node.local !== undefined && !this.#locals.has(node.local)) {
        this.#locals.set(node.local, this.#locals.size);
        locals.push(node.local.type);
      }
      for (const body of node.bodies ?? []) for (const each of body) find(each);
    };
    for (const each of func.body) find(each);
    const out = new Writer();
    const runs: { count: number; readonly type: ValType }[] = [];
    for (const type of locals) {
      const last = runs.at(-1);
      if (last?.type === type) last.count++;
      else runs.push({ count: 1, type });
    }
    out.u32(runs.length);
    for (const { count, type } of runs) {
      out.u32(count);
      writeValType(out, type, this.#map);
    }
    this.#labels = [func.label];
    this.#notes.begin(this.#of(func), exportName("func", func));
    for (const each of func.body) this.#node(out, each);
    out.u8(OP.end);
    return out;
  }

  #node(out: Writer, node: Node): void {
    for (const operand of node.operands) this.#node(out, operand);
    if (node.op === SEQUENCE) return;
    if (node.op === OP.if || node.op === OP.br_if) this.#notes.branch(out.length);
    writeOpcode(out, node.op);
    if (node.op === OP["ref.func"] && node.func !== undefined) this.#declared.add(node.func);
    let types = 0;
    let heaps = 0;
    let numbers = 0;
    for (const kind of rowOf(node.op).immediates) {
      switch (kind) {
        case "type":
          out.u32(this.#map.type((types++ === 0 ? node.type : node.type2) ?? 0));
          break;
        case "func":
          out.u32(this.#of(node.func));
          break;
        case "table":
          out.u32(this.#of(node.table));
          break;
        case "global":
          out.u32(this.#of(node.global));
          break;
        case "tag":
          out.u32(this.#of(node.tag));
          break;
        case "data":
          out.u32(this.#of(node.data));
          break;
        case "elem":
          out.u32(this.#of(node.elements));
          break;
        case "local":
          out.u32(this.#locals.get(node.local as object) ?? 0);
          break;
        case "label":
          out.u32(this.#depth(node.label));
          break;
        case "labels":
          out.u32((node.labels?.length ?? 1) - 1);
          for (const label of node.labels ?? []) out.u32(this.#depth(label));
          break;
        case "field":
        case "count":
        case "lane":
          out.u32(numbers++ === 0 ? (node.number ?? 0) : 0);
          break;
        case "memory":
        case "zero":
          out.u8(0);
          break;
        case "memarg":
          out.u32(0);
          out.u32(node.number ?? 0);
          break;
        case "i32":
          out.s32(Number(node.value ?? 0));
          break;
        case "i64":
          out.s64(BigInt(node.value ?? 0));
          break;
        case "f32":
        case "f64":
        case "v128":
        case "lanes":
          out.bytes(literal(kind, node));
          break;
        case "heap":
          writeHeapType(out, (heaps++ === 0 ? node.heap : node.heap2) ?? 0, this.#map);
          break;
        case "cast":
          out.u8(node.flags ?? 0);
          out.u32(this.#depth(node.label));
          writeHeapType(out, node.heap ?? 0, this.#map);
          writeHeapType(out, node.heap2 ?? 0, this.#map);
          break;
        case "types":
          out.u32(node.types?.length ?? 0);
          for (const type of node.types ?? []) writeValType(out, type, this.#map);
          break;
        case "catches":
          out.u32(node.catches?.length ?? 0);
          for (const { kind: how, tag, label } of node.catches ?? []) {
            out.u8(how);
            if (how < 2) out.u32(this.#of(tag));
            out.u32(this.#depth(label));
          }
          break;
        case "handlers":
          out.u32(node.handlers?.length ?? 0);
          for (const { tag, label } of node.handlers ?? []) {
            out.u8(label === undefined ? 1 : 0);
            out.u32(this.#of(tag));
            if (label !== undefined) out.u32(this.#depth(label));
          }
          break;
        case "block":
          this.#blockType(out, node);
          break;
        default:
          throw new EmitError(`no code for the immediate ${String(kind)}`);
      }
    }
    if (node.bodies !== undefined) this.#bodies(out, node);
  }

  #blockType(out: Writer, { params = [], gives }: Node): void {
    const [only, another] = gives;
    if (params.length > 0 || another !== undefined) out.s32(this.#map.type(this.#program.universe.func(params, gives)));
    else if (only === undefined) out.u8(0x40);
    else writeValType(out, only, this.#map);
  }

  #bodies(out: Writer, node: Node): void {
    this.#labels.push(node.own ?? { types: [], isLoop: false });
    node.bodies?.forEach((body, i) => {
      if (i > 0) this.#arm(out, node, i);
      for (const each of body) this.#node(out, each);
    });
    this.#labels.pop();
    if (node.op === OP.try && node.label !== undefined) {
      out.u8(OP.delegate);
      out.u32(this.#depth(node.label));
    } else out.u8(OP.end);
  }

  /** What comes before a body other than the first. */
  #arm(out: Writer, { op, catches }: Node, i: number): void {
    const tag = catches?.[i - 1]?.tag;
    if (op === OP.if) out.u8(OP.else);
    else if (tag === undefined) out.u8(OP.catch_all);
    else {
      out.u8(OP.catch);
      out.u32(this.#of(tag));
    }
  }

  #depth(label: Label | undefined): number {
    const found = label === undefined ? -1 : this.#labels.lastIndexOf(label);
    if (found < 0) throw new EmitError("a branch leads nowhere");
    return this.#labels.length - 1 - found;
  }
}

function tableType({ type, size, max }: Table): { type: ValType; limits: { min: bigint; max: bigint }; is64: false } {
  return { type, limits: { min: BigInt(size), max: BigInt(max) }, is64: false };
}

function literal(kind: "f32" | "f64" | "v128" | "lanes", { value, bytes }: Node): Uint8Array {
  if (bytes !== undefined) return bytes;
  const result = new Uint8Array(kind === "f32" ? 4 : kind === "f64" ? 8 : 16);
  const view = new DataView(result.buffer);
  if (kind === "f32") view.setFloat32(0, Number(value ?? 0), true);
  if (kind === "f64") view.setFloat64(0, Number(value ?? 0), true);
  return result;
}
