/**
 * The .wast script language as data (WebAssembly/spec, interpreter/README.md, "Scripts").
 *
 * Numbers are kept as bits throughout, because a JavaScript number does not preserve the payload of a NaN.
 */

/** A module as written in a script. */
export type ModuleSource =
  | { readonly form: "text"; readonly text: string /** Line on which the text begins. */; readonly line: number }
  | { readonly form: "binary"; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly form: "quote"; readonly bytes: Uint8Array<ArrayBuffer> };

export type VectorShape = "i8x16" | "i16x8" | "i32x4" | "i64x2" | "f32x4" | "f64x2";
export type NanPattern = "canonical" | "arithmetic";

/** A value with exact bits. */
export type NumberConst =
  | { readonly type: "i32" /** Signed. */; readonly bits: number }
  | { readonly type: "i64" /** Signed. */; readonly bits: bigint }
  | { readonly type: "f32" /** Unsigned. */; readonly bits: number }
  | { readonly type: "f64" /** Unsigned. */; readonly bits: bigint }
  | { readonly type: "v128" /** Unsigned halves; `low` holds lane 0. */; readonly low: bigint; readonly high: bigint };

/** An argument of an action. */
export type Const =
  | NumberConst
  | { readonly type: "ref.null" /** Undefined in the pattern `(ref.null)`. */; readonly heap: string | undefined }
  | { readonly type: "ref.extern"; readonly value: number }
  | { readonly type: "ref.host"; readonly value: number };

/** A lane of an expected vector: bits, or a set of NaNs. */
export type Lane = bigint | NanPattern;

/** Reference patterns without a value: any non-null reference of that kind. */
export type RefKind = "any" | "eq" | "i31" | "struct" | "array" | "func" | "extern" | "exn" | "cont" | "host";

/** What a result is compared with. */
export type Pattern =
  | Const
  | { readonly type: "f32" | "f64"; readonly nan: NanPattern }
  | { readonly type: "vector"; readonly shape: VectorShape; readonly lanes: readonly Lane[] }
  | { readonly type: "ref"; readonly kind: RefKind }
  | { readonly type: "either"; readonly alternatives: readonly Pattern[] };

export type Action =
  | {
      readonly kind: "invoke";
      readonly instance: string | undefined;
      readonly name: string;
      readonly args: readonly Const[];
    }
  | { readonly kind: "get"; readonly instance: string | undefined; readonly name: string };

/** Something to instantiate: a module written in place, or one defined earlier. */
export type Instantiable =
  | { readonly kind: "module"; readonly id: string | undefined; readonly source: ModuleSource }
  | { readonly kind: "instance"; readonly id: string | undefined; readonly definition: string | undefined };

export type CommandBody =
  | Instantiable
  | { readonly kind: "definition"; readonly id: string | undefined; readonly source: ModuleSource }
  | { readonly kind: "register"; readonly name: string; readonly instance: string | undefined }
  | Action
  | { readonly kind: "assert_return"; readonly action: Action; readonly expected: readonly Pattern[] }
  | { readonly kind: "assert_trap"; readonly subject: Action | Instantiable; readonly message: string }
  | { readonly kind: "assert_exhaustion"; readonly action: Action; readonly message: string }
  | { readonly kind: "assert_exception"; readonly action: Action }
  /** The official scripts have actions only; a start function can suspend too. */
  | { readonly kind: "assert_suspension"; readonly subject: Action | Instantiable; readonly message: string }
  | { readonly kind: "assert_unlinkable"; readonly subject: Instantiable; readonly message: string }
  | {
      readonly kind: "assert_malformed" | "assert_malformed_custom" | "assert_invalid" | "assert_invalid_custom";
      readonly source: ModuleSource;
      readonly message: string;
    }
  | {
      readonly kind: "thread";
      readonly id: string;
      /** Instances of the parent that the thread sees under the same names. */
      readonly shared: readonly string[];
      /** The thread's commands as script text, to be parsed again where the thread runs. */
      readonly script: string;
      readonly line: number;
    }
  | { readonly kind: "wait"; readonly thread: string };

/** A command with the 1-based line on which it begins. */
export type Command = CommandBody & { readonly line: number };

export type CommandKind = CommandBody["kind"];

/** Commands that pass when a module is refused; counted apart, because an engine that refuses everything passes them all. */
export const NEGATIVE_COMMANDS: ReadonlySet<CommandKind> = new Set<CommandKind>([
  "assert_malformed",
  "assert_malformed_custom",
  "assert_invalid",
  "assert_invalid_custom",
  "assert_unlinkable",
]);
