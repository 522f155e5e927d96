/**
 * Checks that the published layers keep no mutable state at module level: no `let` or `var`, no class with a mutable static
 * field, and no `const` whose value could be changed.
 *
 * A value cannot be changed if it is a primitive, a function or a class, if it is frozen (`as const`, `Object.freeze`), or if its
 * type lets nobody write: `readonly T[]`, `Readonly<...>`, `ReadonlyMap`, an interface with nothing but readonly members
 * and methods, ... The type is taken from the annotation or, for a call, from the declaration of the function.
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
/** Programs: nobody imports them, so their module level is the inside of one run. */
const PROGRAMS = /^(?:bin\/.*|spec-tests\/(?:main|thread-worker))\.ts$/;
/** Types of the language and its library that give no way to write. */
const READONLY_NAMES = /^(?:Readonly\w*|ArrayLike|RegExp|TextEncoder|TextDecoder|URL)$/;
const IMMUTABLE_CLASSES: ReadonlySet<string> = new Set(["RegExp", "TextEncoder", "TextDecoder", "URL"]);
const PRIMITIVE_CALL = /^(?:Object\.freeze|Math\.\w+|BigInt|Number|String|Symbol|Boolean|createRequire)$/;
/** Module-level values that may change after all, each with its reason. */
const ALLOWED: Readonly<Record<string, string>> = {
  "runtime/webassembly/index.ts: namespace": "the default export stands in for the host's global namespace",
};

function asNode(value: unknown): Node | undefined {
  return typeof value === "object" && value !== null && "type" in value ? (value as Node) : undefined;
}

function nodes(value: unknown): readonly Node[] {
  return Array.isArray(value) ? (value as readonly Node[]) : [];
}

/** What the types and functions of the whole project are declared as; several declarations of a name must all be good. */
class Declarations {
  readonly #types = new Map<string, Node[]>();
  readonly #results = new Map<string, (Node | undefined)[]>();

  collect(source: Source): void {
    for (const statement of bodyOf(source)) {
      const declaration = asNode(statement["declaration"]) ?? statement;
      const name = asNode(declaration["id"])?.["name"];
      if (typeof name !== "string") continue;
      if (declaration.type === "TSInterfaceDeclaration" || declaration.type === "TSTypeAliasDeclaration") {
        this.#types.set(name, [...(this.#types.get(name) ?? []), declaration]);
      } else if (declaration.type === "FunctionDeclaration" || declaration.type === "TSDeclareFunction") {
        const result = asNode(asNode(declaration["returnType"])?.["typeAnnotation"]);
        this.#results.set(name, [...(this.#results.get(name) ?? []), result]);
      }
    }
  }

  /** Whether nobody can write through a value of the type. */
  isReadonly(type: Node | undefined, depth = 0): boolean {
    if (type === undefined || depth > 10) return false;
    switch (type.type) {
      case "TSTypeOperator":
        return type["operator"] === "readonly" || type["operator"] === "unique";
      case "TSTypeReference":
        return this.#isReadonlyName(String(asNode(type["typeName"])?.["name"]), depth);
      case "TSUnionType":
        return nodes(type["types"]).every((each) => this.isReadonly(each, depth + 1));
      case "TSIntersectionType":
        return nodes(type["types"]).every((each) => this.isReadonly(each, depth + 1));
      case "TSParenthesizedType":
        return this.isReadonly(asNode(type["typeAnnotation"]), depth + 1);
      case "TSMappedType":
        return type["readonly"] === true || type["readonly"] === "+";
      case "TSTypeLiteral":
        return nodes(type["members"]).every(isReadonlyMember);
      case "TSFunctionType":
      case "TSConstructorType":
      case "TSLiteralType":
      case "TSTemplateLiteralType":
        return true;
      default:
        return /^TS(?:String|Number|BigInt|Boolean|Symbol|Undefined|Null|Void|Never)Keyword$/.test(type.type);
    }
  }

  #isReadonlyName(name: string, depth: number): boolean {
    if (READONLY_NAMES.test(name)) return true;
    const declarations = this.#types.get(name) ?? [];
    return (
      declarations.length > 0 &&
      declarations.every((declaration) => {
        if (declaration.type === "TSTypeAliasDeclaration")
          return this.isReadonly(asNode(declaration["typeAnnotation"]), depth + 1);
        const bases = nodes(declaration["extends"]).map((base) => String(asNode(base["expression"])?.["name"]));
        const members = nodes(asNode(declaration["body"])?.["body"]);
        return members.every(isReadonlyMember) && bases.every((base) => this.#isReadonlyName(base, depth + 1));
      })
    );
  }

  /** Whether what a function returns cannot be changed. */
  returnsReadonly(name: string): boolean {
    const results = this.#results.get(name) ?? [];
    return results.length > 0 && results.every((result) => this.isReadonly(result));
  }
}

function isReadonlyMember(member: Node): boolean {
  return member.type !== "TSPropertySignature" && member.type !== "TSIndexSignature"
    ? true
    : member["readonly"] === true;
}

function bodyOf(source: Source): readonly Node[] {
  return source.parsed.program.body as unknown as readonly Node[];
}

class StateCheck {
  readonly problems: string[] = [];
  readonly #source: Source;
  readonly #declarations: Declarations;

  constructor(source: Source, declarations: Declarations) {
    this.#source = source;
    this.#declarations = declarations;
    for (const error of source.parsed.errors) this.problems.push(`${source.path}: ${error.message}`);
    for (const statement of bodyOf(source)) this.#visit(asNode(statement["declaration"]) ?? statement);
  }

  #visit(statement: Node): void {
    if (statement.type === "ClassDeclaration") {
      for (const member of nodes(asNode(statement["body"])?.["body"])) {
        if (member.type === "PropertyDefinition" && member["static"] === true && member["readonly"] !== true) {
          this.#report(member, "a static field that is not readonly");
        }
      }
    }
    if (statement.type !== "VariableDeclaration" || statement["declare"] === true) return;
    if (statement["kind"] !== "const") {
      this.#report(statement, `a module-level ${String(statement["kind"])}`);
      return;
    }
    for (const declarator of nodes(statement["declarations"])) {
      const id = asNode(declarator["id"]);
      if (`${this.#source.path}: ${String(id?.["name"])}` in ALLOWED) continue;
      const annotation = asNode(asNode(id?.["typeAnnotation"])?.["typeAnnotation"]);
      const problem = this.#mutability(asNode(declarator["init"]), annotation);
      if (problem !== undefined) this.#report(declarator, problem);
    }
  }

  #report(node: Node, problem: string): void {
    this.problems.push(`${place(this.#source, node.start)}: ${problem}`);
  }

  #text(node: Node | undefined): string {
    return node === undefined ? "" : this.#source.text.slice(node.start, node.end);
  }

  /** How a value could be changed; undefined if it could not. */
  #mutability(value: Node | undefined, annotation: Node | undefined): string | undefined {
    if (value === undefined || this.#declarations.isReadonly(annotation)) return undefined;
    const callee = this.#text(asNode(value["callee"]));
    switch (value.type) {
      case "ArrayExpression":
        return "a mutable array";
      case "ObjectExpression":
        return "a mutable object";
      case "NewExpression":
        return IMMUTABLE_CLASSES.has(callee) ? undefined : `a mutable ${callee}`;
      case "CallExpression":
        if (PRIMITIVE_CALL.test(callee) || this.#declarations.returnsReadonly(callee)) return undefined;
        return `the result of ${callee}(), which nothing says is read-only`;
      case "TSAsExpression": {
        const type = asNode(value["typeAnnotation"]);
        if (this.#text(type) === "const" || this.#declarations.isReadonly(type)) return undefined;
        return this.#mutability(asNode(value["expression"]), annotation);
      }
      case "ConditionalExpression":
        return (
          this.#mutability(asNode(value["consequent"]), annotation) ??
          this.#mutability(asNode(value["alternate"]), annotation)
        );
      case "TSSatisfiesExpression":
      case "TSNonNullExpression":
      case "ParenthesizedExpression":
        return this.#mutability(asNode(value["expression"]), annotation);
      case "AwaitExpression":
        return this.#mutability(asNode(value["argument"]), annotation);
      default:
        return undefined;
    }
  }
}

const all = [...sources(PUBLISHED)].filter(({ path }) => !path.endsWith(".test.ts") && !PROGRAMS.test(path));
const declarations = new Declarations();
for (const source of all) declarations.collect(source);
report(
  "state",
  all.flatMap((source) => new StateCheck(source, declarations).problems),
  all.length,
);
