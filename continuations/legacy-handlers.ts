/**
 * The exception handlers of one function body in the legacy form (spec 3.0, "Legacy Exception Handling"): which handler an
 * exception reaches from where. It takes a scan before anything is rewritten, because a `try` says only at its end what
 * becomes of what is thrown in it.
 */
import type { InstructionReader } from "../wasm/instruction-reader.ts";
import { OP } from "../wasm/instructions.ts";
import type { Range } from "../wasm/module.ts";

/** A `catch` or `catch_all`. */
export interface LegacyClause {
  /** Tag index, undefined for `catch_all`. */
  readonly tag: number | undefined;
  /** Whether a `rethrow` needs what it caught. */
  rethrown: boolean;
}

/** A `try`, a `try_table`, or the body as a whole, which hands what is thrown in it to the caller. */
export class Handler {
  /** The handler that sees what is thrown where this one stands; undefined for the body. */
  readonly outer: Handler | undefined;
  /** Of a `try`. */
  readonly clauses: LegacyClause[] = [];
  /** Whether it is a `try` that catches nothing: `delegate`, or no clause. */
  isTransparent = false;
  /** Of a `delegate`: the handler that sees what is thrown where its label is. */
  delegate: Handler | undefined;
  /** Where what is thrown in the body ends up, once transparent handlers are seen through. */
  reached: Handler = this;
  /** Whether a `delegate` leads here from within another handler, which must not see the exception. */
  isBypassTarget = false;

  constructor(outer: Handler | undefined) {
    this.outer = outer;
  }

  /** Whether it has to pass exceptions on to a handler other than the next one around it. */
  get bypasses(): boolean {
    return this.isTransparent && this.reached !== this.outer?.reached;
  }
}

/** A construct that is open. */
interface Open {
  /** The handler that sees what is thrown here. */
  inside: Handler;
  /** Of a `try` or `try_table`. */
  readonly handler: Handler | undefined;
  /** The clause of a `try` that is open. */
  clause: LegacyClause | undefined;
}

/**
 * The handlers of a valid body in the order in which they begin, that of the body as a whole first.
 */
export function scanHandlers(reader: InstructionReader, body: Range): readonly Handler[] {
  const root = new Handler(undefined);
  const handlers = [root];
  const open: Open[] = [{ inside: root, handler: undefined, clause: undefined }];
  reader.seek(body.start, body.end);
  while (reader.next()) {
    const top = open.at(-1);
    if (top === undefined) break;
    switch (reader.opcode) {
      case OP.block:
      case OP.loop:
      case OP.if:
        open.push({ inside: top.inside, handler: undefined, clause: undefined });
        break;
      case OP.try:
      case OP.try_table: {
        const handler = new Handler(top.inside);
        handler.isTransparent = reader.opcode === OP.try;
        handlers.push(handler);
        open.push({ inside: handler, handler, clause: undefined });
        break;
      }
      case OP.catch:
      case OP.catch_all:
        beginClause(top, reader.opcode === OP.catch ? reader.x : undefined);
        break;
      case OP.rethrow: {
        const clause = open[open.length - 1 - reader.x]?.clause;
        if (clause !== undefined) clause.rethrown = true;
        break;
      }
      case OP.delegate:
        // The label counts from outside of the try.
        open.pop();
        if (top.handler !== undefined) top.handler.delegate = open[open.length - 1 - reader.x]?.inside;
        break;
      case OP.end:
        open.pop();
    }
  }
  // A handler's delegate and outer handler come before it.
  for (const handler of handlers) resolve(handler);
  return handlers;
}

/** Begins another clause of a `try`: it is not in the body any more, so what it throws is not for the same `try`. */
function beginClause(open: Open, tag: number | undefined): void {
  const { handler } = open;
  if (handler?.outer === undefined) return;
  open.clause = { tag, rethrown: false };
  open.inside = handler.outer;
  handler.isTransparent = false;
  handler.clauses.push(open.clause);
}

function resolve(handler: Handler): void {
  if (!handler.isTransparent) return;
  handler.reached = (handler.delegate ?? handler.outer)?.reached ?? handler;
  if (handler.bypasses) handler.reached.isBypassTarget = true;
}
