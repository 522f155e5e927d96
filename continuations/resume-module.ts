/**
 * Resume modules: resume copies that are made when the first frame of their function is re-entered.
 *
 * Most functions that may suspend never do. So the lowered module of a large guest holds no resume copies; its frames are
 * entered through one function of it (see lazyResume) that asks the host for the copy. The host makes a module of it, which
 * imports what the copy uses from the lowered module's instance, and puts it into the instance's table of resume functions.
 */
import { writeImport } from "../wasm/encode-entities.ts";
import { IDENTITY, type IndexMap } from "../wasm/index-map.ts";
import { OP } from "../wasm/instructions.ts";
import type { ImportDesc } from "../wasm/module.ts";
import { ModuleWriter } from "../wasm/module-writer.ts";
import { SECTION } from "../wasm/sections.ts";
import { I32, refType, type ValType } from "../wasm/types.ts";
import { LoweredTypes } from "./lowered-types.ts";
import { FIELD, TYPE } from "./machine/machine.generated.ts";
import { ModuleLowering } from "./module-lowering.ts";
import { OffsetRecorder } from "./offset-map.ts";
import { segmentSignature } from "./segment-functions.ts";
import type { Spaces } from "./spaces.ts";
import { writeAdded, writeNameSection } from "./sections.ts";
import type { Uses } from "./uses.ts";

/** Where the host finds what a resume module imports: an export of the instance, or an index of its function table. */
export type ResumeImport = { readonly name: string } & ({ readonly export: string } | { readonly table: number });

export interface ResumeModule {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Its imports from "guest"; those from "stackyard" are the store context's. */
  readonly imports: readonly ResumeImport[];
}

/** Name of a resume module's only export. */
export const RESUME_EXPORT = "resume";

/** Names under which the lowered module exports what its resume modules import. */
export const ownExport = (prefix: string, kind: string, index: number | string): string =>
  `${prefix}own:${kind}:${index}`;

interface Wanted {
  readonly name: string;
  readonly desc: ImportDesc;
  readonly from: { readonly export: string } | { readonly table: number };
}

/**
 * Writes the resume module of one function.
 *
 * `main` is the lowered module's; `functionTable` gives the positions of its functions in its function table. `emit` adds the
 * resume copy and says which function it is, and of which.
 */
export function writeResumeModule(
  main: ModuleLowering,
  prefix: string,
  functionTable: ReadonlyMap<number, number>,
  uses: Uses,
  emit: (lowering: ModuleLowering) => { readonly resumeFunction: number; readonly func: number },
): ResumeModule {
  const { module, machine } = main;
  const types = new LoweredTypes(machine, module);
  const out = new ModuleWriter();
  const wanted: Wanted[] = [];
  const indices = new Map<string, number>();
  const counts = { func: 0, table: 0, memory: 0, global: 2, tag: 1 };
  const want = (key: string, desc: ImportDesc, from: Wanted["from"]): void => {
    indices.set(key, counts[desc.kind]++);
    wanted.push({ name: key, desc, from });
  };
  const own = (kind: string, index: number): { export: string } => ({ export: ownExport(prefix, kind, index) });
  for (const x of uses.functions) {
    const type = (module.functions[x] ?? 0) + types.shift;
    want(`func ${x}`, { kind: "func", type }, { table: functionTable.get(x) ?? 0 });
  }
  for (const x of uses.tables) {
    const table = module.tables[x];
    if (table === undefined) continue;
    const type = { ...table.type, type: types.lower(table.type.type) };
    want(`table ${x}`, { kind: "table", type }, own("table", x));
  }
  for (const x of uses.memories) {
    const type = module.memories[x];
    if (type !== undefined) want(`memory ${x}`, { kind: "memory", type }, own("memory", x));
  }
  for (const x of uses.globals) {
    const global = module.globals[x];
    if (global === undefined) continue;
    const type = { type: types.lower(global.type.type), mutable: global.type.mutable };
    want(`global ${x}`, { kind: "global", type }, own("global", x));
  }
  for (const x of uses.identities) {
    const type: ValType = refType(TYPE.VMTag, false);
    want(`identity ${x}`, { kind: "global", type: { type, mutable: false } }, own("identity", x));
  }
  for (const x of uses.tags)
    want(`tag ${x}`, { kind: "tag", type: (module.tags[x] ?? 0) + types.shift }, own("tag", x));

  const at = (kind: string) => (x: number) => indices.get(`${kind} ${x}`) ?? 0;
  const map: IndexMap = {
    ...IDENTITY,
    type: (x) => x + types.shift,
    heap: (code) => types.lowerHeap(code),
    func: at("func"),
    table: at("table"),
    memory: at("memory"),
    global: at("global"),
    tag: at("tag"),
  };
  const spaces: Spaces = {
    map,
    get functions() {
      return counts.func;
    },
    get globals() {
      return counts.global;
    },
    context: 0,
    effect: 1,
    load: undefined,
    unwind: 0,
    identity: at("identity"),
    segmentFunction: (key) => indices.get(`segment ${key}`),
  };
  const recorder = main.recorder === undefined ? undefined : new OffsetRecorder();
  const lowering = new ModuleLowering(module, machine, types, spaces, {
    chaos: main.chaos,
    limits: main.asksToGrow,
    nameAll: main.nameAll,
    recorder,
  });
  for (const x of uses.references) lowering.declared.add(map.func(x));
  for (const [key, use] of uses.segments) {
    const { params, results } = segmentSignature(lowering, use);
    want(
      `segment ${key}`,
      { kind: "func", type: types.func(params, results) },
      { export: ownExport(prefix, "segment", key) },
    );
  }

  const context = { type: refType(TYPE.VMStoreContext, false), mutable: false };
  const fixed: [string, ImportDesc][] = [
    ["context", { kind: "global", type: context }],
    ["effect", { kind: "global", type: { type: I32, mutable: true } }],
    ["unwind", { kind: "tag", type: types.func([], []) }],
  ];
  for (const [name, desc] of fixed)
    writeImport(out.entry(SECTION.import), { module: "stackyard", name, desc }, IDENTITY);
  for (const { name, desc } of wanted) {
    writeImport(out.entry(SECTION.import), { module: "guest", name, desc }, IDENTITY);
  }
  const { resumeFunction, func } = emit(lowering);
  main.recorder?.copies.set(func, recorder?.functions.get(resumeFunction) ?? new Uint8Array());
  writeAdded(out, lowering);
  const entry = out.entry(SECTION.export);
  entry.name(RESUME_EXPORT);
  entry.u8(0);
  entry.u32(resumeFunction);
  writeNameSection(out, lowering, new Map([[resumeFunction, func]]));
  types.write(out);
  return { bytes: out.finish(), imports: wanted.map(({ name, from }) => ({ name, ...from })) };
}

/**
 * The function through which frames are entered as long as their function's resume copy may not have been made: looks it up
 * in the table of resume functions, has the host make it if it is not there, and puts it into the frame.
 */
export function lazyResume(lowering: ModuleLowering): number {
  const table = lowering.module.tables.length;
  const load = lowering.spaces.load ?? 0;
  return lowering.helperOfType(
    "lazy resume",
    () => TYPE.resume_fn,
    2,
    (code) => {
      const resume = code.local(refType(TYPE.resume_fn, true));
      const lookUp = (): void => {
        code.get(0);
        code.index2(OP["struct.get"], TYPE.VMFrame, FIELD.VMFrame.function);
        code.index(OP["table.get"], table);
        code.set(resume);
      };
      lookUp();
      code.get(resume);
      code.op(OP["ref.is_null"]);
      code.if();
      code.get(0);
      code.index2(OP["struct.get"], TYPE.VMFrame, FIELD.VMFrame.function);
      code.index(OP["global.get"], load);
      code.index(OP["call_ref"], TYPE.trap_fn);
      lookUp();
      code.end();
      code.get(0);
      code.get(resume);
      code.op(OP["ref.as_non_null"]);
      code.index2(OP["struct.set"], TYPE.VMFrame, FIELD.VMFrame.resume);
      code.get(0);
      code.get(1);
      code.get(resume);
      code.index(OP["return_call_ref"], TYPE.resume_fn);
    },
  );
}
