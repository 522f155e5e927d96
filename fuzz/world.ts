/** What the functions of one program know of each other while they are being generated. */
import type { ValType } from "../wasm/types.ts";
import type { Data, Elements, Func, Global, Program, Table, Tag } from "./model.ts";
import type { Profile } from "./profile.ts";
import type { Random } from "./random.ts";
import type { Universe } from "./universe.ts";

/** Continuations between which control can be switched: all end with the results of one tag. */
export interface SwitchFamily {
  readonly tag: Tag;
  readonly results: readonly ValType[];
  /** Continuation types whose last parameter is a continuation that ends with the same results. */
  readonly targets: readonly number[];
}

/** Functions that the host provides. */
export interface HostFuncs {
  /** (event, value): notes an event. */
  readonly log: Func;
  /** (event, reference): notes which of its objects the host is given. */
  readonly logReference: Func;
  /** (number): one of the host's objects. */
  readonly object: Func;
  /** (entry, argument): calls one of the program's entries; whatever it throws goes through. */
  readonly enter: Func;
  /** The same, but the host keeps what it throws. */
  readonly attempt: Func;
  /** (number): throws an error of JavaScript's if the number is odd. */
  readonly raise: Func;
  /** (function): calls a function without parameters and results. */
  readonly call: Func;
}

export interface World {
  readonly random: Random;
  readonly profile: Profile;
  readonly program: Program;
  readonly universe: Universe;
  /** Types of values. */
  readonly kinds: readonly ValType[];
  /** Lists of results that functions and continuations end with. */
  readonly endings: readonly (readonly ValType[])[];
  readonly suspendTags: readonly Tag[];
  readonly exceptionTags: readonly Tag[];
  readonly families: readonly SwitchFamily[];
  /** Struct types, arrays types: all their fields are mutable. */
  readonly structs: readonly number[];
  readonly arrays: readonly number[];
  readonly host: HostFuncs;
  /** Functions that code of `module` can name. */
  callable(module: number): readonly Func[];
  globals(module: number): readonly Global[];
  tables(module: number): readonly Table[];
  /** The passive data segment of a module. */
  data(module: number): Data;
  /** A passive element segment of a module, with elements of this type; undefined if there can be none. */
  elements(module: number, type: ValType): Elements | undefined;
  /** A function of the type with index `type`; it is made if there is none. */
  functionOf(type: number, module: number): Func;
  /** A number for another event. */
  nextEvent(): number;
}
