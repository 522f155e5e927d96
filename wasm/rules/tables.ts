/** Rules of tables, and of copying between memories (spec 3.0, "Validation: Table and Memory Instructions"). */
import { I32, I64 } from "../types.ts";
import type { ValType } from "../types.ts";
import { valTypeText } from "../type-text.ts";
import type { Rule } from "./rule.ts";

function addressType(is64: boolean): ValType {
  return is64 ? I64 : I32;
}

export const TABLE_RULES = {
  "table.get"(v, r) {
    const { type, is64 } = v.table(r.x);
    v.pop(addressType(is64));
    v.push(type);
  },
  "table.set"(v, r) {
    const { type, is64 } = v.table(r.x);
    v.pop(type);
    v.pop(addressType(is64));
  },
  "table.size"(v, r) {
    v.push(addressType(v.table(r.x).is64));
  },
  "table.grow"(v, r) {
    const { type, is64 } = v.table(r.x);
    v.pop(addressType(is64));
    v.pop(type);
    v.push(addressType(is64));
  },
  "table.fill"(v, r) {
    const { type, is64 } = v.table(r.x);
    v.pop(addressType(is64));
    v.pop(type);
    v.pop(addressType(is64));
  },
  "table.copy"(v, r) {
    const target = v.table(r.x);
    const source = v.table(r.y);
    if (!v.types.matches(source.type, target.type)) {
      const types = `${valTypeText(source.type)} does not match destination element type ${valTypeText(target.type)}`;
      v.fail(`type mismatch: source element type ${types}`);
    }
    v.pop(addressType(target.is64 && source.is64));
    v.pop(addressType(source.is64));
    v.pop(addressType(target.is64));
  },
  "table.init"(v, r) {
    const table = v.table(r.y);
    const segment = v.elem(r.x);
    if (!v.types.matches(segment.type, table.type)) {
      const types = `${valTypeText(segment.type)} does not match table's element type ${valTypeText(table.type)}`;
      v.fail(`type mismatch: element segment's type ${types}`);
    }
    v.pop(I32);
    v.pop(I32);
    v.pop(addressType(table.is64));
  },
  "memory.copy"(v, r) {
    const target = v.memory(r.x);
    const source = v.memory(r.y);
    v.pop(addressType(target.is64 && source.is64));
    v.pop(addressType(source.is64));
    v.pop(addressType(target.is64));
  },
} as const satisfies Record<string, Rule>;
