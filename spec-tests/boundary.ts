/**
 * Arguments and results on their way between a script's bits and JavaScript (see bridge.ts for what a bridge turns them
 * into).
 */
import type { Const } from "./script.ts";
import type { Carrier } from "./signatures.ts";
import type { AnyKind, HostValues, Value } from "./values.ts";

/** The arguments of a bridge. */
export function bridgeArguments(args: readonly Const[], hosts: HostValues): unknown[] {
  return args.flatMap((arg): unknown[] => {
    switch (arg.type) {
      case "v128":
        return [arg.low, arg.high];
      case "ref.null":
        return [];
      default:
        return [directArgument(arg, hosts)];
    }
  });
}

/** An argument of an export that needs no bridge. */
export function directArgument(arg: Const, hosts: HostValues): unknown {
  switch (arg.type) {
    case "ref.null":
      return null;
    case "ref.extern":
    case "ref.host":
      return hosts.get(arg.value);
    case "v128":
      throw new TypeError("a vector needs a bridge");
    default:
      return arg.bits;
  }
}

/** The results with bits, from what a bridge, or an export that needs none, returned. */
export function readResults(
  carriers: readonly Carrier[],
  returned: unknown,
  classify: (value: unknown) => AnyKind,
): Value[] {
  const width = carriers.reduce((sum, carrier) => sum + (carrier === "v128" ? 2 : 1), 0);
  const outside = width === 0 ? [] : width === 1 ? [returned] : [...(returned as Iterable<unknown>)];
  let at = 0;
  return carriers.map((carrier): Value => {
    const value = outside[at++];
    switch (carrier) {
      case "i32":
        return { type: carrier, bits: Number(value) | 0 };
      case "i64":
        return { type: carrier, bits: BigInt.asIntN(64, value as bigint) };
      case "f32":
        return { type: carrier, bits: Number(value) >>> 0 };
      case "f64":
        return { type: carrier, bits: BigInt.asUintN(64, value as bigint) };
      case "v128": {
        const high = outside[at++] as bigint;
        return { type: carrier, low: BigInt.asUintN(64, value as bigint), high: BigInt.asUintN(64, high) };
      }
      case "exn":
      case "cont":
        return { type: "ref", hierarchy: carrier, value: value === 0 ? null : undefined, kind: undefined };
      case "any":
        return { type: "ref", hierarchy: carrier, value, kind: value === null ? undefined : classify(value) };
      case "func":
      case "extern":
        return { type: "ref", hierarchy: carrier, value, kind: undefined };
    }
  });
}
