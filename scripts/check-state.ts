/**
 * Checks that the published layers keep no mutable state at module level: no `let` or `var`, no class with a mutable static
 * field, and no array, object or collection that its type or a freeze does not make read-only.
 *
 * Allowed: primitives, functions and classes, `as const`, `Object.freeze(...)`, `satisfies` of these, and declarations whose type
 * says that nobody may write: `readonly T[]`, `Readonly<...>`, `ReadonlyMap`, `ReadonlySet`, ... For other calls and
 * `new` expressions the type annotation decides, so that a table built by a function has to be declared read-only; the
 * types listed in IMMUTABLE cannot be changed by their nature.
 */
import { place, report, type Source, sources } from "./sources.ts";

/** A node of the parsed source, as far as this check looks at it. */
interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

const PUBLISHED = ["wasm", "continuations", "runtime", "spec-tests", "bin"];
const READONLY_TYPE = /^(?:readonly |Readonly|string\b|number\b|bigint\b|boolean\b|symbol\b|unique symbol\b|.* => )/s;
/** Classes whose instances have no state that one user could change under another (encoders, patterns, ...). */
const IMMUTABLE = new Set([
  "TextEncoder",
  "TextDecoder",
  "RegExp",
  "URL",
  "Error",
  "Symbol",
  "BigInt",
  "Number",
  "String",
]);
/** Calls that make or copy only primitives, or freeze. */
const PURE_CALL =
  /^(?:Object\.freeze|deepFreeze|freeze\w*|Math\.\w+|BigInt|Number|String|Symbol|require|createRequire|\w+\.(?:toString|charCodeAt|codePointAt|slice|length|bind))$/;

function asNode(value: unknown): Node | undefined {
  return typeof value === "object" && value !== null && "type" in value ? (value as Node) : undefined;
}

/** Why a value that a module-level `const` holds could be changed; undefined if it could not. */
function mutability(source: Source, value: Node | undefined, annotation: Node | undefined): string | undefined {
  const text = (node: Node): string => source.text.slice(node.start, node.end);
  if (value === undefined) return undefined;
  if (annotation !== undefined && READONLY_TYPE.test(text(annotation).replace(/^:\s*/, ""))) return undefined;
  switch (value.type) {
    case "ArrayExpression":
      return "a mutable array";
    case "ObjectExpression":
      return "a mutable object";
    case "NewExpression": {
      const callee = asNode(value["callee"]);
      if (callee !== undefined && IMMUTABLE.has(text(callee))) return undefined;
      return `a mutable ${callee === undefined ? "object" : text(callee)}`;
    }
    case "CallExpression": {
      const callee = asNode(value["callee"]);
      if (callee !== undefined && PURE_CALL.test(text(callee))) return undefined;
      return annotation === undefined
        ? `the result of ${callee === undefined ? "a call" : text(callee)}()`
        : `a ${text(annotation).replace(/^:\s*/, "")}`;
    }
    case "TSAsExpression": {
      const type = asNode(value["typeAnnotation"]);
      if (type !== undefined && (text(type) === "const" || READONLY_TYPE.test(text(type)))) return undefined;
      return mutability(source, asNode(value["expression"]), undefined);
    }
    case "TSSatisfiesExpression":
    case "ParenthesizedExpression":
    case "TSNonNullExpression":
    case "AwaitExpression":
      return mutability(source, asNode(value["expression"] ?? value["argument"]), annotation);
    default:
      return undefined;
  }
}

function* declarationProblems(source: Source, statement: Node): Generator<[number, string]> {
  if (statement.type === "ExportNamedDeclaration" || statement.type === "ExportDefaultDeclaration") {
    const declaration = asNode(statement["declaration"]);
    if (declaration !== undefined) yield* declarationProblems(source, declaration);
    return;
  }
  if (statement.type === "ClassDeclaration") {
    for (const member of (asNode(statement["body"])?.["body"] ?? []) as readonly Node[]) {
      if (member.type === "PropertyDefinition" && member["static"] === true && member["readonly"] !== true) {
        yield [member.start, "a static field that is not readonly"];
      }
    }
    return;
  }
  if (statement.type !== "VariableDeclaration" || statement["declare"] === true) return;
  if (statement["kind"] === "let" || statement["kind"] === "var") {
    yield [statement.start, `a module-level ${String(statement["kind"])}`];
    return;
  }
  for (const declarator of statement["declarations"] as readonly Node[]) {
    const problem = mutability(
      source,
      asNode(declarator["init"]),
      asNode(asNode(declarator["id"])?.["typeAnnotation"]),
    );
    if (problem !== undefined) yield [declarator.start, problem];
  }
}

const problems: string[] = [];
let checked = 0;
for (const source of sources(PUBLISHED)) {
  if (source.path.endsWith(".test.ts")) continue;
  checked++;
  for (const error of source.parsed.errors) problems.push(`${source.path}: ${error.message}`);
  for (const statement of source.parsed.program.body as unknown as readonly Node[]) {
    for (const [offset, problem] of declarationProblems(source, statement)) {
      problems.push(`${place(source, offset)}: ${problem}`);
    }
  }
}
report("state", problems, checked);
