/**
 * Checks of the JavaScript API, run against the host's namespace and ours; the outcomes have to be equal (webassembly.test.ts).
 *
 * A check returns a value or throws; what counts is what `describe` makes of it: the value, or the error's class.
 */
import { INSTANCE_CHECKS } from "./jsapi-instance-checks.ts";
import { NAMESPACE_CHECKS } from "./jsapi-namespace-checks.ts";
import { OBJECT_CHECKS } from "./jsapi-object-checks.ts";
import type { Check } from "./jsapi-outcomes.ts";

export const CHECKS: Readonly<Record<string, Check>> = { ...NAMESPACE_CHECKS, ...INSTANCE_CHECKS, ...OBJECT_CHECKS };
