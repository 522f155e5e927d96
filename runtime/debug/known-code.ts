/**
 * The code that runs in a store: finds out what the frames of stack traces, and those that were saved on the heap, are of.
 *
 * A host names the module of a frame at best by a hash that nobody else can compute. So each frame is compared with all modules
 * of the store: is there an instruction of that function at that offset, is the name right? Frames with the same hash are of
 * the same module, and the one that fits all of them best is it.
 */
import { OWN_NAMES, type SavedFrame } from "../../continuations/index.ts";
import type { InstructionName } from "../../wasm/instructions.ts";
import { host } from "../host.ts";
import { CodeForm, type CodeSource, type Found, isDriverName, type ResumeCopy } from "./code-form.ts";
import type { HostFrame } from "./host-stack.ts";

/** A frame, with the module it is of. */
export type Located<S extends CodeSource> = Found & { readonly form: CodeForm<S> | undefined };

/** A frame that is of no module of the store. */
export type Resolved<S extends CodeSource> =
  | Located<S>
  | { readonly kind: "javascript" }
  | { readonly kind: "unknown" };

interface Instantiated {
  readonly instance: WeakRef<WebAssembly.Instance>;
}

/** How the names of the modules begin that only stackyard knows: the machine, the store context. */
const OWN_MODULE = /(?:^|\/)stackyard\.(?:machine|context|trap)/;

export class KnownCode<S extends CodeSource> {
  /** Weak: a store does not keep its modules and instances alive. */
  readonly #forms: WeakRef<CodeForm<S>>[] = [];
  readonly #byModule = new WeakMap<S, CodeForm<S>[]>();
  readonly #instances = new WeakMap<CodeForm<S>, Instantiated[]>();
  /** What an instance keeps alive. */
  readonly #kept = new WeakMap<WebAssembly.Instance, CodeForm<S>>();
  #pruneAt = 64;

  /** Says that a module may run in the store, lowered or as it is. */
  add(module: S, isLowered: boolean): CodeForm<S> {
    const forms = this.#byModule.get(module) ?? [];
    this.#byModule.set(module, forms);
    const known = forms.find((form) => form.isLowered === isLowered);
    if (known !== undefined) return known;
    const form = new CodeForm(module, isLowered);
    forms.push(form);
    this.#note(form);
    return form;
  }

  #note(form: CodeForm<S>): void {
    this.#forms.push(new WeakRef(form));
    if (this.#forms.length > this.#pruneAt) this.#prune();
  }

  /** Says that `instance` is one of a module that holds a resume copy of one of the module's functions. */
  addCopy(module: S, copy: ResumeCopy, instance: WebAssembly.Instance): void {
    const form = new CodeForm(module, true, copy);
    this.#kept.set(instance, form);
    this.#note(form);
  }

  #prune(): void {
    const live = this.#forms.filter((ref) => ref.deref() !== undefined);
    this.#forms.splice(0, this.#forms.length, ...live);
    this.#pruneAt = Math.max(64, live.length * 2);
  }

  /** Says that `instance` is one of the module. */
  addInstance(module: S, isLowered: boolean, instance: WebAssembly.Instance): void {
    const form = this.add(module, isLowered);
    this.#kept.set(instance, form);
    if (!isLowered) return;
    const instances = (this.#instances.get(form) ?? []).filter((known) => known.instance.deref() !== undefined);
    instances.push({ instance: new WeakRef(instance) });
    this.#instances.set(form, instances);
  }

  *#live(): Generator<CodeForm<S>> {
    for (const ref of this.#forms) {
      const form = ref.deref();
      if (form !== undefined) yield form;
    }
  }

  // -- Frames of the host's stack

  resolve(frames: readonly HostFrame[]): Resolved<S>[] {
    const forms = this.#formsByUrl(frames);
    return frames.map((frame) => {
      if (!frame.isWasm) return { kind: "javascript" };
      if (OWN_MODULE.test(frame.url ?? "") || OWN_MODULE.test(frame.name ?? "")) return ownFrame(frame);
      const form = this.#isHash(frame) ? forms.get(frame.url ?? "") : this.#best([frame]);
      const x = form?.functionOf(frame);
      if (form !== undefined && x !== undefined) return { ...form.at(x, frame), form };
      return this.#byName(frame);
    });
  }

  /** Whether frames with the same URL are of the same bytes. */
  #isHash(frame: HostFrame): boolean {
    return frame.url?.startsWith("wasm://") === true;
  }

  #formsByUrl(frames: readonly HostFrame[]): Map<string, CodeForm<S> | undefined> {
    const byUrl = new Map<string, HostFrame[]>();
    for (const frame of frames) {
      if (!frame.isWasm || !this.#isHash(frame)) continue;
      const url = frame.url ?? "";
      byUrl.set(url, [...(byUrl.get(url) ?? []), frame]);
    }
    return new Map(Array.from(byUrl, ([url, group]) => [url, this.#best(group)]));
  }

  /** The module that all of the frames can be of, and fit best. */
  #best(frames: readonly HostFrame[]): CodeForm<S> | undefined {
    let best: CodeForm<S> | undefined;
    let most = 0;
    for (const form of this.#live()) {
      let score = 0;
      for (const frame of frames) {
        const x = form.functionOf(frame);
        const fit = x === undefined ? 0 : form.fit(frame, x);
        score = fit === 0 ? Number.NEGATIVE_INFINITY : score + fit;
      }
      if (score > most) {
        most = score;
        best = form;
      }
    }
    return best;
  }

  #byName({ name, url }: HostFrame): Resolved<S> {
    if (name === undefined) return { kind: "unknown" };
    if (isDriverName(name, OWN_NAMES)) return { kind: "driver", form: undefined };
    if (name.startsWith(OWN_NAMES) || name.includes(`.${OWN_NAMES}`)) return { kind: "own", form: undefined };
    const found: Located<S>[] = [];
    for (const form of this.#live()) {
      if (!form.isWhole || form.isOwn) continue;
      const module = form.moduleName;
      // Where a module has a name, hosts that have but names tell it.
      if (module !== undefined && url !== undefined && !url.includes(module)) continue;
      const at = form.named(name);
      if (at !== undefined) found.push({ ...at, form });
    }
    const [first, second] = found;
    if (first === undefined) return { kind: "unknown" };
    return first.kind === "guest" && second !== undefined ? { kind: "unknown" } : first;
  }

  /** The instruction that the innermost of these frames is at, if it is one of a guest's and the host tells. */
  instructionAt(frames: readonly HostFrame[]): InstructionName | undefined {
    const [innermost] = frames;
    if (innermost?.offset === undefined) return undefined;
    const sameModule = this.#isHash(innermost) ? frames.filter(({ url }) => url === innermost.url) : [innermost];
    const form = this.#best(sameModule);
    const x = form?.functionOf(innermost);
    return form === undefined || x === undefined ? undefined : form.instructionAt(x, innermost.offset);
  }

  // -- Saved frames

  /** What a saved frame is an activation of; undefined if of nothing that a guest wrote. */
  resolveSaved(frame: SavedFrame): Located<S> | undefined {
    const resume = frame.function;
    if (typeof resume !== "function" || frame.number < 0) return undefined;
    for (const form of this.#live()) {
      if (!form.isLowered || !form.isWhole || form.isOwn) continue;
      const info = form.source.lowered.frames[frame.number];
      if (info === undefined || !this.#isResumeFunction(form, frame.number, info.resumeFunction, resume)) continue;
      return { kind: "guest", form, func: info.func, offset: info.offsets[frame.block - 1], isTailCall: false };
    }
    return undefined;
  }

  #isResumeFunction(form: CodeForm<S>, number: number, index: number, resume: object): boolean {
    const { frameTable } = form.source.lowered;
    for (const { instance } of this.#instances.get(form) ?? []) {
      const table = instance.deref()?.exports[frameTable];
      if (table instanceof host.Table && host.Table.prototype.get.call(table, number) === resume) return true;
    }
    // One that is made on demand is not in the table until it is. Exported functions are called what their index is.
    const isOnDemand = form.source.lowered.onDemand !== undefined;
    return isOnDemand && (resume as { readonly name?: unknown }).name === String(index);
  }
}

/** Functions of the machine that a store context has for itself. */
function ownFrame(frame: HostFrame): Located<never> {
  const isDriver = isDriverName(`.${frame.name}`, ".");
  return { kind: isDriver ? "driver" : "own", form: undefined };
}
