/** Generates programs: types, tags, variables and functions first, then the functions' bodies. */
import { OP } from "../wasm/instructions.ts";
import {
  HEAP_ANY,
  HEAP_EQ,
  HEAP_EXTERN,
  HEAP_FUNC,
  HEAP_I31,
  HEAP_NOCONT,
  HEAP_NONE,
  HEAP_STRUCT,
  heapOf,
  I32,
  I64,
  isDefaultable,
  isNullable,
  isRef,
  refType,
  type ValType,
  F64,
} from "../wasm/types.ts";
import { BodyGenerator, interestingI32 } from "./bodies.ts";
import { tailCall } from "./calls.ts";
import { escape } from "./constructs.ts";
import {
  type Argument,
  type Data,
  type Elements,
  type Func,
  type Global,
  HOST,
  type Invocation,
  type Run,
  type Node,
  node,
  type Program,
  type Segment,
  type Table,
  type Tag,
} from "./model.ts";
import { contNew, i32, i64, isBottom, localGet, nullOf, refFunc, zero } from "./nodes.ts";
import { drawProfile, NUMBERS, type Profile } from "./profile.ts";
import { Random } from "./random.ts";
import { trampoline } from "./switching.ts";
import { Universe } from "./universe.ts";
import type { HostFuncs, SwitchFamily, World } from "./world.ts";

/** Constants of a program that the host sets, and how often it does: a program each, of the same structure. */
const INPUTS = 4;
const RUNS = 5;

export interface GenerateOptions {
  /** Without: plain WebAssembly. */
  readonly continuations: boolean;
}

/** The program of number `index` in the campaign `seed`. */
export function generateProgram(seed: number, index: number, { continuations }: GenerateOptions): Program {
  const random = new Random(seed, index);
  return new Generator(random, drawProfile(random, continuations)).run();
}

class Generator implements World {
  readonly random: Random;
  readonly profile: Profile;
  readonly universe: Universe = new Universe();
  readonly program: Program;
  readonly host: HostFuncs;
  readonly kinds: ValType[] = [...NUMBERS, ...NUMBERS];
  readonly endings: (readonly ValType[])[] = [];
  readonly suspendTags: Tag[] = [];
  readonly exceptionTags: Tag[] = [];
  readonly families: SwitchFamily[] = [];
  readonly structs: number[] = [];
  readonly arrays: number[] = [];
  readonly #pending: Func[] = [];
  readonly #data = new Map<number, Data>();
  readonly #elements = new Map<string, Elements>();
  /** Types of continuations that there are variables for. */
  readonly #parked: ValType[] = [];
  #ids = 0;
  #events = 0;

  constructor(random: Random, profile: Profile) {
    this.random = random;
    this.profile = profile;
    const modules = profile.maxModules;
    this.program = {
      universe: this.universe,
      modules,
      funcs: [],
      globals: [],
      tables: [],
      tags: [],
      segments: [],
      starts: new Map(),
      switches: profile.switches,
      customSections: profile.customSections,
      // V8 compares signatures where a continuation of a type below the expected one is resumed.
      nativeFails: profile.subtypes && profile.continuations,
      fuel: { id: this.#ids++, owner: 0, type: I32, mutable: true, init: i32(0) },
      notes: { id: this.#ids++, owner: 0, type: I64, mutable: true, init: zero(I64) },
      entries: [],
      inputs: Array.from({ length: INPUTS }, () => this.#input()),
      runs: [],
    };
    const extern = refType(HEAP_EXTERN, true);
    this.host = {
      log: this.#hostFunc("log", [I32, I64], []),
      logReference: this.#hostFunc("logReference", [I32, extern], []),
      object: this.#hostFunc("object", [I32], [extern]),
      enter: this.#hostFunc("enter", [I32, I32], [I32]),
      attempt: this.#hostFunc("attempt", [I32, I32], [I32]),
      raise: this.#hostFunc("raise", [I32], []),
      call: this.#hostFunc("call", [refType(HEAP_FUNC, true)], []),
    };
  }

  run(): Program {
    this.#makeTypes();
    const entries = this.#makeFuncs();
    this.#makeVariables();
    for (const entry of entries) this.#fill(entry, this.profile.size, this.profile.exposed);
    for (const [module, start] of this.program.starts) if (module >= 0) this.#fill(start, this.profile.size / 2, false);
    for (let func = this.#pending.pop(); func !== undefined; func = this.#pending.pop()) {
      this.#fill(func, this.random.chance(0.2) ? this.profile.size * 2 : this.profile.size, true);
    }
    this.program.runs = Array.from({ length: RUNS }, () => this.#run(entries));
    return this.program;
  }

  // -- World

  callable(module: number): readonly Func[] {
    return this.program.funcs.filter(({ owner }) => owner <= module);
  }

  globals(module: number): readonly Global[] {
    return this.program.globals.filter(({ owner }) => owner <= module);
  }

  tables(module: number): readonly Table[] {
    return this.program.tables.filter(({ owner }) => owner <= module);
  }

  functionOf(type: number, module: number): Func {
    const fits = this.callable(module).filter((func) => this.universe.matchesHeap(func.type, type));
    if (fits.length > 0 && (this.random.chance(0.95) || this.program.funcs.length >= this.profile.maxFuncs)) {
      return this.random.pick(fits);
    }
    const func = this.#func(type, module);
    if (this.program.funcs.length < this.profile.maxFuncs) this.#pending.push(func);
    else func.body = this.universe.signature(type).results.map(zero);
    return func;
  }

  data(module: number): Data {
    let known = this.#data.get(module);
    if (known === undefined) {
      known = { id: this.#ids++, owner: module, bytes: Uint8Array.from({ length: 8 }, () => this.random.below(256)) };
      this.#data.set(module, known);
    }
    return known;
  }

  elements(module: number, type: ValType): Elements | undefined {
    const key = `${module} ${type}`;
    let known = this.#elements.get(key);
    if (known === undefined && isRef(type)) {
      const items = Array.from({ length: 3 }, () => this.#initial(type, module));
      const given = items.filter((item) => item !== undefined);
      if (given.length < items.length) return undefined;
      known = { id: this.#ids++, owner: module, type, items: given };
      this.#elements.set(key, known);
    }
    return known;
  }

  nextEvent(): number {
    return this.#events++;
  }

  // -- Types and tags

  #list(most: number, from: readonly ValType[] = this.kinds): ValType[] {
    const length = this.profile.wide && this.random.chance(0.3) ? this.random.range(5, 9) : this.random.below(most + 1);
    return Array.from({ length }, () => this.random.pick(from));
  }

  #mutable(types: readonly ValType[]): { type: ValType; mutable: boolean }[] {
    return types.map((type) => ({ type, mutable: true }));
  }

  /** Adds references to a type of the program's own to the kinds of values. */
  #addKind(heap: number): void {
    if (!this.profile.concrete) return;
    if (this.random.chance(0.5)) this.kinds.push(refType(heap, true));
    if (this.profile.nonNull && this.random.chance(0.4)) this.kinds.push(refType(heap, false));
  }

  #makeTypes(): void {
    const { universe, random, profile } = this;
    this.kinds.push(...profile.kinds);
    const base = universe.struct(this.#mutable([I32, I64]));
    this.structs.push(base, universe.struct(this.#mutable([I32, I64, ...this.#list(2)]), [base]));
    this.arrays.push(universe.array(I32), universe.array(random.pick(this.kinds)));
    if (profile.segments) this.arrays.push(universe.array(refType(HEAP_FUNC, true)));
    for (const heap of [...this.structs, ...this.arrays]) this.#addKind(heap);
    for (let i = random.range(1, 3); i > 0; i--) this.endings.push(this.#list(2));
    if (profile.uninhabited) {
      const heap = profile.continuations && random.chance(0.5) ? HEAP_NOCONT : HEAP_NONE;
      this.endings.push([refType(heap, false)]);
    }
    if (profile.exceptions) {
      for (let i = random.range(1, 2); i > 0; i--) this.exceptionTags.push(this.#tag(this.#list(2), []));
    }
    if (profile.continuations) this.#makeContinuationTypes();
    if (profile.concrete) this.#addKind(universe.func([], random.pick(this.endings)));
  }

  #makeContinuationTypes(): void {
    const { universe, random, profile } = this;
    for (let i = random.range(1, 3); i > 0; i--) this.suspendTags.push(this.#tag(this.#list(2), this.#list(2)));
    // Continuations as values of continuations.
    for (let i = random.below(3); i > 0; i--) {
      const { results } = universe.signature(random.pick(this.suspendTags).type);
      this.#addKind(universe.contOf(results, random.pick(this.endings)));
    }
    for (let i = random.below(3); i > 0; i--) {
      const { results } = universe.signature(random.pick(this.suspendTags).type);
      this.#parked.push(refType(universe.contOf(results, random.pick(this.endings)), true));
    }
    if (random.chance(0.4)) this.endings.push(this.#list(2));
    if (random.chance(0.3)) this.suspendTags.push(this.#tag(this.#list(2), this.#list(1)));
    // A tag without results is as good for exceptions.
    if (profile.exceptions && random.chance(0.4)) {
      const both = this.#tag(this.#list(2), []);
      this.suspendTags.push(both);
      this.exceptionTags.push(both);
    }
    const boxed = universe.contOf(this.#list(1), random.pick(this.endings));
    this.structs.push(universe.struct(this.#mutable([refType(boxed, true), ...this.#list(2)])));
    this.arrays.push(universe.array(refType(boxed, true)));
    if (profile.switches) for (const ending of this.endings) if (random.chance(0.6)) this.#makeFamily(ending);
  }

  #makeFamily(results: readonly ValType[]): void {
    const { universe, random } = this;
    const targets: number[] = [];
    for (let i = random.range(1, 2); i > 0; i--) {
      if (random.chance(0.5)) {
        // Either side gets a continuation of the other's kind, which is its own.
        const func = universe.types.length;
        const handed = refType(func + 1, random.chance(0.7));
        universe.group([
          { final: true, supertypes: [], composite: { kind: "func", params: [...this.#list(2), handed], results } },
          { final: true, supertypes: [], composite: { kind: "cont", func } },
        ]);
        universe.note(func, func + 1);
        targets.push(func + 1);
      } else {
        const handed = universe.contOf(this.#list(2), results);
        targets.push(universe.contOf([...this.#list(1), refType(handed, random.chance(0.7))], results));
      }
    }
    this.families.push({ tag: this.#tag([], results), results, targets });
    for (const target of targets) {
      this.#addKind(target);
      // What suspends with this tag can be switched to, too, wherever it was captured.
      if (random.chance(0.6)) {
        const tag = this.#tag(this.#list(2), universe.resumed(target).params);
        this.suspendTags.push(tag);
        this.#parked.push(refType(target, true));
        if (random.chance(0.5)) this.#makeLayers(tag, results);
      }
    }
  }

  /** A function that suspends, and one that resumes it without handlers: the two are captured together. */
  #makeLayers(tag: Tag, results: readonly ValType[]): void {
    const { universe, host } = this;
    const type = universe.func([], results);
    const { params, results: answers } = universe.signature(tag.type);
    const turn = (): Node[] => [
      node(OP.suspend, params.map(zero), answers, { tag }),
      ...answers.toReversed().map((answer) => node(OP.drop, [], [], {}, [answer])),
      node(OP.call, [i32(this.nextEvent()), i64(0n)], [], { func: host.log }),
    ];
    const inner = this.#func(type, 0);
    inner.body = [...turn(), ...turn(), ...results.map(zero)];
    const cont = universe.cont(type);
    const outer = this.#func(type, 0);
    outer.body = [node(OP.resume, [contNew(cont, refFunc(inner))], results, { type: cont, handlers: [] })];
  }

  #tag(params: readonly ValType[], results: readonly ValType[]): Tag {
    const owner = this.random.below(this.program.modules);
    // Every module has to be able to name it.
    const tag = { id: this.#ids++, owner: Math.min(owner, 0), type: this.universe.func(params, results) };
    this.program.tags.push(tag);
    return tag;
  }

  // -- Functions

  #hostFunc(name: string, params: readonly ValType[], results: readonly ValType[]): Func {
    return { ...this.#newFunc(this.universe.func(params, results), HOST), name };
  }

  #newFunc(type: number, owner: number): Func {
    const { params, results } = this.universe.signature(type);
    return {
      id: this.#ids++,
      owner,
      type,
      params: params.map((param) => ({ type: param })),
      label: { types: results, isLoop: false },
      body: [],
    };
  }

  #func(type: number, owner: number): Func {
    const func = this.#newFunc(type, owner);
    this.program.funcs.push(func);
    return func;
  }

  /** Declares functions; returns those that the host calls. */
  #makeFuncs(): Func[] {
    const { random, universe, program, profile } = this;
    const anyModule = (): number => random.below(program.modules);
    for (let i = random.range(1, profile.maxFuncs > 6 ? 5 : 2); i > 0; i--) {
      const family = random.chance(0.35) ? random.maybe(this.families) : undefined;
      const tag = random.chance(0.5) ? random.maybe(this.suspendTags) : undefined;
      const params = tag === undefined ? this.#list(2) : universe.signature(tag.type).results;
      const type =
        family === undefined
          ? universe.func(params, random.pick(this.endings))
          : this.#targetFunc(random.pick(family.targets));
      this.#pending.push(this.#func(type, anyModule()));
    }
    if (profile.subtypes) this.#makeSubtypes(anyModule);
    const entries: Func[] = [];
    for (let i = random.range(1, 2); i > 0; i--) {
      const type =
        i === 1 || random.chance(0.6)
          ? universe.func([I32], [I32])
          : universe.func(random.pick([[], [I64], [F64, I32]]), random.pick([[], [I64], [F64], [I32, I64]]));
      const entry = this.#func(type, anyModule());
      entries.push(entry);
      if (type === universe.func([I32], [I32])) program.entries.push(entry);
    }
    for (let module = 0; module < program.modules; module++) {
      if (random.chance(0.08)) program.starts.set(module, this.#func(universe.func([], []), module));
    }
    if (profile.reentry) this.#pending.push(this.#func(universe.func([], []), 0));
    return entries;
  }

  /** Functions whose types are below each other: wider parameters, narrower results. */
  #makeSubtypes(anyModule: () => number): void {
    const { random, universe } = this;
    const tag = random.maybe(this.suspendTags);
    const params = tag === undefined ? this.#list(1) : universe.signature(tag.type).results;
    const results = random.pick(this.endings);
    const above = universe.openFunc(params, results);
    const widened = params.map((type) => (isRef(type) && random.chance(0.5) ? type | 1 : type));
    const narrowed = results.map((type) =>
      isRef(type) && !isBottom(heapOf(type)) && this.profile.nonNull && random.chance(0.3)
        ? universe.nonNull(type)
        : type,
    );
    const below = universe.openFunc(widened, narrowed, above);
    for (const type of random.shuffled([above, below, below])) this.#pending.push(this.#func(type, anyModule()));
    this.#addKind(above);
    if (!this.profile.continuations) return;
    const cont = universe.openCont(above);
    universe.openCont(below);
    this.#addKind(cont);
    if (random.chance(0.5)) this.#parked.push(refType(cont, true));
  }

  /** The function type of a continuation type. */
  #targetFunc(cont: number): number {
    const composite = this.universe.types[cont]?.composite;
    return composite?.kind === "cont" ? composite.func : 0;
  }

  // -- Variables

  #makeVariables(): void {
    const { random, program, profile } = this;
    for (let i = random.below(6); i > 0; i--) {
      const type = random.pick(this.kinds);
      const owner = random.below(program.modules);
      const init = this.#initial(type, owner);
      if (init === undefined) continue;
      program.globals.push({ id: this.#ids++, owner, type, mutable: random.chance(0.85), init });
    }
    for (const type of this.#parked) {
      const init = nullOf(heapOf(type));
      program.globals.push({ id: this.#ids++, owner: random.below(program.modules), type, mutable: true, init });
    }
    if (!profile.tables) return;
    const funcref = refType(HEAP_FUNC, true);
    const types = [funcref, ...this.#parked, ...this.kinds.filter((type) => isRef(type))];
    for (let i = random.range(1, 3); i > 0; i--) {
      const type = i === 1 ? funcref : random.pick(types);
      const owner = random.below(program.modules);
      const init = isDefaultable(type) ? undefined : this.#initial(type, owner);
      if (init === undefined && !isDefaultable(type)) continue;
      const size = random.range(2, 5);
      const table: Table = { id: this.#ids++, owner, type, size, max: size + 4, init };
      program.tables.push(table);
      if (type === funcref) this.#fillTable(table);
    }
  }

  #fillTable(table: Table): void {
    const { random, program } = this;
    for (let owner = table.owner; owner < program.modules; owner++) {
      if (!random.chance(0.7) || this.callable(owner).length === 0) continue;
      const offset = random.below(table.size);
      const items = Array.from({ length: random.range(1, table.size - offset) }, () =>
        refFunc(random.pick(this.callable(owner))),
      );
      // Later segments overwrite earlier ones: what a table holds is only known of the last.
      const overlap = program.segments.some(
        (other) =>
          other.table === table && other.offset < offset + items.length && offset < other.offset + other.items.length,
      );
      const segment: Segment = { owner, table, offset, items };
      if (!overlap) program.segments.push(segment);
    }
  }

  /** A constant expression, if there is one. */
  #initial(type: ValType, owner: number): Node | undefined {
    if (!isRef(type)) return zero(type);
    const heap = heapOf(type);
    if (isNullable(type) && this.random.chance(0.6)) return nullOf(heap);
    switch (heap) {
      case HEAP_I31:
      case HEAP_ANY:
      case HEAP_EQ:
        return node(OP["ref.i31"], [i32(this.random.below(100))], [refType(HEAP_I31, false)]);
      case HEAP_EXTERN: {
        const inner = node(OP["ref.i31"], [i32(this.random.below(100))], [refType(HEAP_I31, false)]);
        return node(OP["extern.convert_any"], [inner], [refType(HEAP_EXTERN, false)]);
      }
      case HEAP_STRUCT:
        return this.#initial(refType(this.structs[0] ?? 0, false), owner);
      case HEAP_FUNC: {
        const func = this.random.maybe(this.callable(owner));
        return func === undefined ? undefined : refFunc(func);
      }
    }
    const composite = this.universe.types[heap]?.composite;
    if (composite?.kind === "struct") {
      const fields = composite.fields.map((field) => this.#initial(field.type, owner));
      const known = fields.filter((field) => field !== undefined);
      if (known.length < fields.length) return undefined;
      return node(OP["struct.new"], known, [refType(heap, false)], { type: heap });
    }
    if (composite?.kind === "func") {
      const func = this.random.maybe(this.callable(owner).filter((each) => each.type === heap));
      if (func !== undefined) return refFunc(func);
    }
    return isNullable(type) ? nullOf(heap) : undefined;
  }

  // -- Bodies

  #fill(func: Func, budget: number, maySuspend: boolean): void {
    const quiet = this.profile.quiet && this.random.chance(0.75);
    const g = new BodyGenerator(this.world, func, { budget, maySuspend, quiet });
    const { results } = g;
    const spent = node(OP["i32.le_s"], [fuelLeft(g), i32(0)], [I32]);
    const stop = g.if(spent, [], () => [
      node(
        OP.return,
        results.map((type) => g.constant(type)),
        [],
      ),
    ]);
    const nodes: Node[] = [{ ...stop, guard: "always" }];
    for (let i = this.random.below(4); i > 0; i--) {
      const type = this.random.pick(this.kinds);
      nodes.push(g.set(g.freshLocal(type), g.leaf(type)));
    }
    nodes.push(...g.statements(2));
    const isEntry = !maySuspend || this.program.entries.includes(func);
    if (isEntry && this.suspendTags.length > 0 && this.random.chance(maySuspend ? 0.4 : 0.85)) {
      const family = this.random.chance(0.7) ? this.random.maybe(this.families) : undefined;
      nodes.push(g.sunk(trampoline(g, family?.results ?? this.random.pick(this.endings))));
    }
    nodes.push(...g.statements(this.profile.size > 10 ? 5 : 3));
    for (let i = this.random.below(4); i > 0; i--) {
      const local = g.anyReadable();
      if (local !== undefined) nodes.push(g.note(local.type, localGet(local)));
    }
    const last = this.random.chance(0.25)
      ? tailCall(g, results)
      : this.random.chance(0.06)
        ? escape(g, results)
        : undefined;
    if (last === undefined) nodes.push(...g.operands(results));
    else nodes.push(last);
    func.body = nodes;
  }

  get world(): World {
    return this;
  }

  #input(): Global {
    return { id: this.#ids++, owner: 0, type: I32, mutable: true, init: i32(0) };
  }

  #run(entries: readonly Func[]): Run {
    const { random } = this;
    const invocations = Array.from({ length: random.range(2, 3) }, (): Invocation => {
      const func = random.pick(entries);
      const args = func.params.map(({ type }): Argument => {
        const value = random.chance(0.7) ? random.below(10) : random.i32();
        if (type === I64) return { type: "i64", value: String(value) };
        return { type: type === I32 ? "i32" : "f64", value };
      });
      return { func, args, fuel: random.chance(0.03) ? 600 : random.pick([15, 40, 80]) };
    });
    return { inputs: this.program.inputs.map(() => interestingI32(random)), invocations };
  }
}

/** Counts a call, and gives what is left. */
function fuelLeft(g: BodyGenerator): Node {
  return g.burn();
}
