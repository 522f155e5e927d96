/** Rules of locals and globals (spec 3.0, "Validation: Variable Instructions"). */
import type { Rule } from "./rule.ts";

export const VARIABLE_RULES = {
  "local.get"(v, r) {
    const t = v.local(r.x);
    if (t > 0 && !v.isInitialized(r.x)) v.fail("uninitialized local");
    v.push(t);
  },
  "local.set"(v, r) {
    const t = v.local(r.x);
    v.pop(t);
    if (t > 0) v.initialize(r.x);
  },
  "local.tee"(v, r) {
    const t = v.local(r.x);
    v.pop(t);
    if (t > 0) v.initialize(r.x);
    v.push(t);
  },
  "global.get"(v, r) {
    if (r.x >= v.visibleGlobals) v.fail(`unknown global ${r.x}`);
    v.push(v.global(r.x).type);
  },
  "global.set"(v, r) {
    const { type, mutable } = v.global(r.x);
    if (!mutable) v.fail("immutable global");
    v.pop(type);
  },
} as const satisfies Record<string, Rule>;
