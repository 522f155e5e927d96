/** Instances as scripts use them: actions on their exports, by way of bridges where JavaScript falls short. */
import { parseText } from "../wasm/text.ts";
import { bridgeArguments, directArgument, readResults } from "./boundary.ts";
import { functionBridge, globalBridge, needsBridge } from "./bridge.ts";
import type { WebAssemblyNamespace } from "./namespace.ts";
import type { Action, Const } from "./script.ts";
import { type Carrier, type ExportType, Signatures } from "./signatures.ts";
import { type AnyKind, HostValues, type Value } from "./values.ts";

type Callable = (...args: unknown[]) => unknown;
type Classify = (value: unknown) => AnyKind;

/** An action that cannot be carried out, for reasons outside of WebAssembly. */
export class ActionError extends Error {
  override readonly name = "ActionError";
}

/** Tells the kinds of the `any` hierarchy apart, in the order of {@link ANY_KINDS}. */
const CLASSIFIER = `(module
  (func (export "call") (param $x anyref) (result i32)
    (if (ref.test (ref i31) (local.get $x)) (then (return (i32.const 0))))
    (if (ref.test (ref struct) (local.get $x)) (then (return (i32.const 1))))
    (if (ref.test (ref array) (local.get $x)) (then (return (i32.const 2))))
    (i32.const 3)))`;

const ANY_KINDS: readonly AnyKind[] = Object.freeze(["i31", "struct", "array", "host"]);

/** What the instances of one script share: the namespace, host values, and the bridges compiled so far. */
export class Realm {
  readonly wasm: WebAssemblyNamespace;
  readonly hosts = new HostValues();
  readonly #bridges = new Map<string, WebAssembly.Module>();
  #classify: Promise<Classify> | undefined;

  constructor(wasm: WebAssemblyNamespace) {
    this.wasm = wasm;
  }

  /** The function of this bridge around `target`. */
  bridge(bytes: Uint8Array<ArrayBuffer>, target: unknown): Callable {
    const key = String.fromCharCode(...bytes);
    let module = this.#bridges.get(key);
    if (module === undefined) {
      module = new this.wasm.Module(bytes);
      this.#bridges.set(key, module);
    }
    const imports = { script: { export: target as WebAssembly.ImportValue } };
    return new this.wasm.Instance(module, imports).exports["call"] as Callable;
  }

  /** Tells what a non-null reference of the `any` hierarchy is. */
  classifier(): Promise<Classify> {
    this.#classify ??= this.#makeClassifier();
    return this.#classify;
  }

  async #makeClassifier(): Promise<Classify> {
    const module = new this.wasm.Module(await parseText(CLASSIFIER));
    const call = new this.wasm.Instance(module).exports["call"] as Callable;
    return (value) => ANY_KINDS[Number(call(value))] ?? "host";
  }
}

/** An instance of a script. */
export class ScriptInstance {
  readonly exports: WebAssembly.Exports;
  readonly #realm: Realm;
  readonly #signatures: Signatures;
  readonly #bridges = new Map<string, Callable>();

  constructor(realm: Realm, bytes: Uint8Array, exports: WebAssembly.Exports) {
    this.#realm = realm;
    this.#signatures = new Signatures(bytes);
    this.exports = exports;
  }

  /**
   * Prepares an action and returns the function that carries it out and returns the results. What that function throws comes
   * from the engine.
   *
   * @throws {ActionError} if there is no such export
   */
  async prepare(action: Action): Promise<() => Value[]> {
    const type = this.#signatures.exportType(action.name);
    if (type === undefined) throw new ActionError(`no export ${JSON.stringify(action.name)}`);
    return action.kind === "get" ? this.#get(action.name, type) : this.#invoke(action.name, type, action.args);
  }

  async #invoke(name: string, exported: ExportType, args: readonly Const[]): Promise<() => Value[]> {
    if (exported.kind !== "func") throw new ActionError(`export ${JSON.stringify(name)} is not a function`);
    const { index, type } = exported;
    if (args.length !== type.params.length) {
      throw new ActionError(`${JSON.stringify(name)} takes ${type.params.length} arguments, not ${args.length}`);
    }
    const { hosts } = this.#realm;
    const carrier = (type: number): Carrier => this.#signatures.carrier(type);
    const results = type.results.map(carrier);
    const classify = await this.#classifier(results);
    const target = this.exports[name];
    if (!results.some(needsBridge) && !type.params.map(carrier).some(needsBridge)) {
      const given = args.map((arg) => directArgument(arg, hosts));
      return () => readResults(results, (target as Callable)(...given), classify);
    }
    const key = `${name} ${args.map((arg) => arg.type).join(" ")}`;
    const call = this.#bridge(key, target, () => functionBridge(this.#signatures, index, args));
    const given = bridgeArguments(args, hosts);
    return () => readResults(results, call(...given), classify);
  }

  async #get(name: string, exported: ExportType): Promise<() => Value[]> {
    if (exported.kind !== "global") throw new ActionError(`export ${JSON.stringify(name)} is not a global`);
    const { type } = exported;
    const carrier = this.#signatures.carrier(type.type);
    const classify = await this.#classifier([carrier]);
    const target = this.exports[name];
    if (!needsBridge(carrier)) {
      return () => readResults([carrier], (target as WebAssembly.Global).value, classify);
    }
    const call = this.#bridge(`${name} get`, target, () => globalBridge(this.#signatures, type));
    return () => readResults([carrier], call(), classify);
  }

  #bridge(key: string, target: unknown, make: () => Uint8Array<ArrayBuffer>): Callable {
    let call = this.#bridges.get(key);
    if (call === undefined) {
      call = this.#realm.bridge(make(), target);
      this.#bridges.set(key, call);
    }
    return call;
  }

  async #classifier(results: readonly Carrier[]): Promise<Classify> {
    return results.includes("any") ? this.#realm.classifier() : () => "host";
  }
}
