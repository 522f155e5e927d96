/** What stands in for imports that nobody defines. */
import type { Extern } from "./externs.ts";
import type { ExternType, FuncType, ValType } from "./extern-types.ts";
import { exportSection, funcTypeSection, functionSections, glueModule } from "./glue.ts";
import { Global } from "./global.ts";
import { host } from "./host.ts";
import type { RawFunction } from "./host.ts";
import { HostFunction } from "./host-function.ts";
import { Memory } from "./memory.ts";
import type { Store } from "./store.ts";
import { Table } from "./table.ts";
import { Tag } from "./tag.ts";

const PLAIN = Object.freeze({ caller: false, async: false });

/** A function that traps with `text`. The trap is the host's own, as guests could catch an error made in JavaScript. */
export function trappingFunction(type: FuncType, text: string): HostFunction {
  const bytes = glueModule(funcTypeSection([], []), ...functionSections([0x00]), exportSection("f", "func"));
  const trap = new host.Instance(new host.Module(bytes)).exports["f"] as RawFunction;
  const fn = (): never => {
    try {
      trap();
    } catch (error) {
      if (error instanceof Error) error.message = text;
      throw error;
    }
    throw new host.RuntimeError(text);
  };
  return new HostFunction(type, fn, PLAIN);
}

/** A function that returns zeros and nulls; undefined if a result has no such value. */
export function defaultFunction(type: FuncType): HostFunction | undefined {
  const values = type.results.map(defaultValue);
  if (values.includes(undefined)) return undefined;
  const result = values.length > 1 ? values : values[0];
  return new HostFunction(type, () => result, PLAIN);
}

/** Anything else than a function; undefined if it has no default value. */
export function defaultExtern(store: Store, extern: Exclude<ExternType, { kind: "function" }>): Extern | undefined {
  switch (extern.kind) {
    case "memory":
      return new Memory(store, extern.type);
    case "table":
      return defaultValue(extern.type.element) === null ? new Table(store, extern.type) : undefined;
    case "global": {
      const value = defaultValue(extern.type.value);
      return value === undefined ? undefined : new Global(store, extern.type, value);
    }
    case "tag":
      return new Tag(store, extern.type);
  }
}

/** Zero or null; undefined if JavaScript has no such value. */
function defaultValue(type: ValType): unknown {
  if (type === "i64") return 0n;
  if (type === "i32" || type === "f32" || type === "f64") return 0;
  if (type === "v128" || (type.startsWith("(ref") && !type.startsWith("(ref null"))) return undefined;
  return null;
}
