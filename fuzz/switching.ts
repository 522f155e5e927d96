/** Suspends, resumes and switches. */
import { OP } from "../wasm/instructions.ts";
import { HEAP_EXN, heapOf, I32, isRef, refType, type ValType } from "../wasm/types.ts";
import type { BodyGenerator } from "./bodies.ts";
import { turn, handled } from "./constructs.ts";
import { type Handler, type Label, type Local, type Node, node, sequence, type Tag } from "./model.ts";
import { i32, localGet, nullOf } from "./nodes.ts";
import type { SwitchFamily } from "./world.ts";

export function switchingExpression(g: BodyGenerator, type: ValType): Node | undefined {
  if (!g.profile.continuations) return undefined;
  const at = g.random.below(10);
  if (at < 3) return suspendExpression(g, type);
  if (at < 5) return switchExpression(g, type);
  const ending = g.random.maybe(
    g.world.endings.filter(([first]) => first !== undefined && g.universe.matches(first, type)),
  );
  if (ending === undefined) return suspendExpression(g, type);
  return g.keepFirst(anyResume(g, ending));
}

function suspendExpression(g: BodyGenerator, type: ValType): Node | undefined {
  if (!g.maySuspend) return undefined;
  const fits = g.world.suspendTags.filter((tag) => {
    const [first] = g.universe.signature(tag.type).results;
    return first !== undefined && g.universe.matches(first, type);
  });
  const tag = g.random.maybe(fits);
  return tag === undefined ? undefined : g.keepFirst(suspend(g, tag));
}

export function suspend(g: BodyGenerator, tag: Tag): Node {
  const { params, results } = g.universe.signature(tag.type);
  return node(OP.suspend, g.operands(params), results, { tag });
}

function switchExpression(g: BodyGenerator, type: ValType): Node | undefined {
  const made = anySwitch(g, (first) => first !== undefined && g.universe.matches(first, type));
  return made === undefined ? undefined : g.keepFirst(made);
}

/** A switch whose first result is as wanted. */
export function anySwitch(g: BodyGenerator, wanted: (first: ValType | undefined) => boolean): Node | undefined {
  if (!g.maySuspend) return undefined;
  const { universe, random } = g;
  const fits = g.world.families.flatMap((family) =>
    family.targets.flatMap((target) => {
      const own = heapOf(universe.resumed(target).params.at(-1) ?? 0);
      return wanted(universe.resumed(own).params[0]) ? [{ family, target, own }] : [];
    }),
  );
  // Where the results are those of the family, a resume with the right handler is likely to be around.
  const likely = fits.filter(({ family }) => universe.matchesAll(family.results, g.results));
  const found = random.maybe(likely) ?? (g.chance(0.2) ? random.maybe(fits) : undefined);
  if (found === undefined) return undefined;
  const { family, target, own } = found;
  const operands = g.operands(universe.resumed(target).params.slice(0, -1));
  const cont = g.chance(0.6) ? continuation(g, target) : g.expression(refType(target, g.risk));
  return node(OP.switch, [...operands, cont], universe.resumed(own).params, { type: target, tag: family.tag });
}

/** Runs some continuation that ends with `ending`; gives its results. */
export function anyResume(g: BodyGenerator, ending: readonly ValType[]): Node {
  // What nobody else handles is handled here.
  if (!g.maySuspend && g.chance(0.8)) return trampoline(g, ending);
  if (g.chance(0.35)) {
    const driven = drive(g, ending);
    if (driven !== undefined) return driven;
  }
  return resume(g, pickCont(g, ending));
}

/** A continuation type that ends with `ending`. */
function pickCont(g: BodyGenerator, ending: readonly ValType[]): number {
  const { universe, world, random } = g;
  const fits = world
    .callable(g.module)
    .filter((func) => universe.matchesAll(universe.signature(func.type).results, ending));
  const func = random.maybe(fits);
  if (func !== undefined && g.chance(0.7)) return universe.cont(func.type);
  const family = random.maybe(world.families.filter(({ results }) => universe.matchesAll(results, ending)));
  if (family !== undefined && g.chance(0.4)) return random.pick(family.targets);
  const tag = random.maybe(world.suspendTags);
  return universe.contOf(tag === undefined ? [] : universe.signature(tag.type).results, ending);
}

/** The clause `(on $tag switch)` for continuations that end with `results`, if there is such a tag. */
function switchHandler(g: BodyGenerator, results: readonly ValType[], likely = 0.7): Handler[] {
  const family = g.world.families.find((each: SwitchFamily) => each.results.join() === results.join());
  return family !== undefined && g.chance(likely) ? [{ tag: family.tag, label: undefined }] : [];
}

/** Resumes a continuation of type `cont`, or throws into it; `given` is where it comes from, if that is known. */
export function resume(g: BodyGenerator, cont: number, given?: Local): Node {
  const { universe, world, random } = g;
  const { results } = universe.resumed(cont);
  const tags = random.shuffled(world.suspendTags).slice(0, random.range(0, Math.min(3, world.suspendTags.length)));
  if (tags.length > 0 && g.chance(0.1)) tags.push(random.pick(tags));
  // Tags of switches are as good for suspensions.
  const family = random.maybe(world.families);
  if (family !== undefined && g.chance(0.15)) tags.push(family.tag);
  const clauses = tags.map((tag) => {
    const { params, results: answers } = universe.signature(tag.type);
    const types = [...params, refType(universe.contOf(answers, results), g.chance(0.4))];
    const known = g.chance(0.3)
      ? random.maybe(g.labelsFor(types).filter((label) => endsWithCont(g, label)))
      : undefined;
    return { tag, label: known ?? { types, isLoop: false }, known: known !== undefined };
  });
  // Clauses of the same types may share a label.
  const fresh: Label[] = [];
  const handlers: Handler[] = clauses.map(({ tag, label, known }) => {
    const same = known ? undefined : fresh.find((each) => each.types.join() === label.types.join());
    if (same !== undefined && g.chance(0.5)) return { tag, label: same };
    if (!known) fresh.push(label);
    return { tag, label };
  });
  handlers.splice(random.below(handlers.length + 1), 0, ...switchHandler(g, results));
  return handled(
    g,
    results,
    fresh,
    () => [resumption(g, cont, handlers, given)],
    (label) => afterSuspension(g, label, results),
  );
}

/** Whether the last operand of a branch to `label` is of a continuation type that says what it is resumed with. */
function endsWithCont(g: BodyGenerator, label: Label): boolean {
  const type = label.types.at(-1) ?? I32;
  return isRef(type) && g.universe.isCont(heapOf(type));
}

/** A continuation of type `cont`: a new one, or one that was put away. */
function continuation(g: BodyGenerator, cont: number, risky = g.risk): Node {
  const type = refType(cont, true);
  const { random, world } = g;
  const global = g.chance(0.4) ? random.maybe(g.writableGlobals(type).filter((each) => each.type === type)) : undefined;
  const table =
    global === undefined && g.chance(0.4)
      ? random.maybe(world.tables(g.module).filter((each) => each.type === type))
      : undefined;
  if (global === undefined && table === undefined) return g.expression(refType(cont, risky));
  // It is taken out, so that it is not used twice.
  const taken = g.reservedLocal(type);
  const index = i32(table === undefined ? 0 : random.below(table.size));
  const nodes: Node[] = [];
  if (global !== undefined) {
    nodes.push(g.set(taken, node(OP["global.get"], [], [type], { global })));
    nodes.push(node(OP["global.set"], [nullOf(cont)], [], { global }));
  } else if (table !== undefined) {
    nodes.push(g.set(taken, node(OP["table.get"], [index], [type], { table })));
    nodes.push(node(OP["table.set"], [index, nullOf(cont)], [], { table }));
  }
  const value = g.block([refType(cont, false)], (label) => [
    node(OP.br_on_non_null, [localGet(taken)], [], { label }),
    g.expression(refType(cont, false)),
  ]);
  return sequence([...nodes, value], [refType(cont, false)]);
}

/** The instruction itself. */
function resumption(g: BodyGenerator, cont: number, handlers: readonly Handler[], given?: Local): Node {
  const { universe, world, random } = g;
  const { params, results } = universe.resumed(cont);
  const operand = (): Node => (given === undefined ? continuation(g, cont) : localGet(given));
  const tag = random.maybe(world.exceptionTags);
  if (g.profile.throwing && tag !== undefined && g.chance(given === undefined ? 0.12 : 0.3)) {
    if (g.chance(0.4) && !g.profile.legacy) {
      const exception = g.expression(refType(HEAP_EXN, g.risk));
      return node(OP.resume_throw_ref, [exception, operand()], results, { type: cont, handlers });
    }
    const args = g.operands(universe.signature(tag.type).params);
    return node(OP.resume_throw, [...args, operand()], results, { type: cont, tag, handlers });
  }
  const args = g.operands(params);
  return node(OP.resume, [...args, operand()], results, { type: cont, handlers });
}

/** Handles a suspension whose payload and continuation are on the stack; gives `results`. */
function afterSuspension(g: BodyGenerator, label: Label, results: readonly ValType[]): Node[] {
  const type = label.types.at(-1) ?? 0;
  const cont = heapOf(type);
  const nodes: Node[] = [...g.between()];
  const kept = g.chance(0.85) ? g.reservedLocal(refType(cont, true)) : undefined;
  if (kept === undefined) nodes.push(node(OP.drop, [], [], {}, [type]));
  else nodes.push(g.setTop(kept, type));
  nodes.push(...g.sinks(label.types.slice(0, -1)));
  if (kept !== undefined && g.chance(0.25)) nodes.push(...putAway(g, kept));
  nodes.push(...g.statements(2));
  if (kept !== undefined && g.budget > 0 && g.chance(0.7)) {
    const { params } = g.universe.resumed(cont);
    if (g.profile.binds && params.length > 0 && g.chance(0.25)) nodes.push(resumeBound(g, cont, kept));
    else nodes.push(resume(g, cont, kept));
  } else nodes.push(...g.operands(results));
  return nodes;
}

/** Gives a suspended continuation some of its arguments, and resumes it with the others. */
function resumeBound(g: BodyGenerator, cont: number, kept: Local): Node {
  const { universe, random } = g;
  const { params, results } = universe.resumed(cont);
  const count = random.range(0, params.length);
  const rest = universe.contOf(params.slice(count), results);
  const bound = g.reservedLocal(refType(rest, true));
  const operands = [...g.operands(params.slice(0, count)), localGet(kept)];
  const bind = node(OP["cont.bind"], operands, [refType(rest, false)], { type: cont, type2: rest });
  return sequence([g.set(bound, bind), ...g.between(), resume(g, rest, bound)], results);
}

/** Puts a continuation where others find it. */
function putAway(g: BodyGenerator, local: Local): Node[] {
  const global = g.random.maybe(g.writableGlobals(local.type));
  if (global !== undefined) return [node(OP["global.set"], [localGet(local)], [], { global })];
  const table = g.random.maybe(g.world.tables(g.module).filter((each) => g.universe.matches(local.type, each.type)));
  if (table === undefined) return [];
  return [node(OP["table.set"], [i32(g.random.below(table.size)), localGet(local)], [], { table })];
}

/** Runs a continuation until it ends or the fuel does, with handlers for tags that are answered alike. */
function drive(g: BodyGenerator, ending: readonly ValType[]): Node | undefined {
  const { universe, world, random } = g;
  const first = random.maybe(world.suspendTags);
  if (first === undefined) return undefined;
  const answers = universe.signature(first.type).results;
  const cont = universe.contOf(answers, ending);
  const same = world.suspendTags.filter((tag) => universe.signature(tag.type).results.join() === answers.join());
  const tags = random.shuffled(same).slice(0, random.range(1, 3));
  return g.chance(0.3) ? driveByLoop(g, ending, cont, first) : driveByBlocks(g, ending, cont, tags);
}

/**
 * ```wat
 * (local.set $k start)
 * (block $out (result ending)
 *   (loop $again
 *     (block $on_tag (result payload (ref $cont))
 *       (resume $cont (on $tag $on_tag) answers (local.get $k))
 *       (br $out))
 *     (local.set $k) ... (br_if $again fuel))
 *   ending)
 * ```
 */
function driveByBlocks(g: BodyGenerator, ending: readonly ValType[], cont: number, tags: readonly Tag[]): Node {
  const { universe } = g;
  const answers = universe.resumed(cont).params;
  const local = g.reservedLocal(refType(cont, true));
  const start = g.set(local, continuation(g, cont));
  const out = g.block(ending, (done) => {
    const again = g.loop([], [], (label) => {
      const labels = tags.map((tag): Label => {
        return { types: [...universe.signature(tag.type).params, refType(cont, g.chance(0.5))], isLoop: false };
      });
      const handlers: Handler[] = tags.map((tag, i) => ({ tag, label: labels[i] }));
      handlers.push(...switchHandler(g, ending));
      const taken = handled(
        g,
        [],
        labels,
        () => {
          const args = g.operands(answers);
          const resumed = node(OP.resume, [...args, localGet(local)], ending, { type: cont, handlers });
          return [resumed, node(OP.br, [], [], { label: done }, ending)];
        },
        ({ types }) => [...keep(g, local, types), ...(g.chance(0.1) ? putAway(g, local) : []), ...g.statements(1)],
      );
      return [taken, ...g.statements(1), turn(g, label)];
    });
    return [again, ...g.operands(ending)];
  });
  return sequence([start, out], ending);
}

/** Puts what a label got away: its continuation in `local`, sometimes by way of another local, as compilers do. */
function keep(g: BodyGenerator, local: Local, types: readonly ValType[]): Node[] {
  const payload = types.slice(0, -1);
  if (g.chance(0.7)) return [g.setTop(local, types.at(-1)), ...g.sinks(payload)];
  const other = g.reservedLocal(local.type);
  return [
    g.setTop(other, types.at(-1)),
    ...g.sinks(payload),
    ...(g.chance(0.2) ? g.statements(1) : []),
    g.set(local, localGet(other)),
    ...(g.chance(0.1) ? putAway(g, other) : []),
  ];
}

/** The same with the loop itself as the handler's label: a suspension brings its operands. */
function driveByLoop(g: BodyGenerator, ending: readonly ValType[], cont: number, tag: Tag): Node {
  const { universe } = g;
  const { params } = universe.signature(tag.type);
  const answers = universe.resumed(cont).params;
  const type = refType(cont, false);
  const start = [...g.operands(params), continuation(g, cont, false)];
  const out = g.block(
    ending,
    (done) => {
      const again = g.loop([...params, type], ending, (label) => {
        const local = g.reservedLocal(refType(cont, true));
        const taken = [g.setTop(local, type), ...g.sinks(params)];
        const spent = node(OP["i32.eqz"], [g.burn()], [I32]);
        const stop = g.if(spent, [], () => [node(OP.br, g.operands(ending), [], { label: done })]);
        const handlers: Handler[] = [{ tag, label }, ...switchHandler(g, ending)];
        const before = g.statements(1);
        const args = g.operands(answers);
        return [
          ...taken,
          { ...stop, guard: "always" },
          ...before,
          node(OP.resume, [...args, localGet(local)], ending, { type: cont, handlers }),
        ];
      });
      return [again];
    },
    [...params, type],
  );
  return sequence([...start, out], ending);
}

/**
 * Runs a continuation until it ends or the fuel does, with a handler for every tag, in whatever order they come: one local
 * for each list of answers holds the continuation that waits for such, and another says which of them is next.
 */
export function trampoline(g: BodyGenerator, ending: readonly ValType[]): Node {
  const { universe, world, random } = g;
  const lists = new Map<string, { readonly cont: number; readonly local: Local }>();
  const listOf = (tag: Tag): { readonly cont: number; readonly local: Local; readonly at: number } => {
    const { results } = universe.signature(tag.type);
    const key = results.join();
    let known = lists.get(key);
    if (known === undefined) {
      const cont = universe.contOf(results, ending);
      known = { cont, local: g.reservedLocal(refType(cont, true)) };
      lists.set(key, known);
    }
    return { ...known, at: [...lists.keys()].indexOf(key) };
  };
  const tags = random.shuffled(world.suspendTags);
  const targets = tags.map(listOf);
  const [start] = targets;
  if (start === undefined) return sequence(g.operands(ending), ending);
  const next = g.reservedLocal(I32);
  const before = [g.set(start.local, continuation(g, start.cont)), g.set(next, i32(start.at))];
  const out = g.block(ending, (done) => {
    const again = g.loop([], [], (again) => {
      const labels = tags.map((tag, i): Label => {
        const type = refType(targets[i]?.cont ?? 0, g.chance(0.5));
        return { types: [...universe.signature(tag.type).params, type], isLoop: false };
      });
      const handlers: Handler[] = tags.map((tag, i) => ({ tag, label: labels[i] }));
      handlers.push(...switchHandler(g, ending, 0.97));
      const run = ({ cont, local }: { readonly cont: number; readonly local: Local }): Node[] => {
        const args = g.operands(universe.resumed(cont).params);
        const resumed = node(OP.resume, [...args, localGet(local)], ending, { type: cont, handlers });
        return [resumed, node(OP.br, [], [], { label: done }, ending)];
      };
      const taken = handled(
        g,
        [],
        labels,
        () => {
          const all = [...lists.values()];
          return all.flatMap((each, at) => {
            if (at === all.length - 1) return run(each);
            return [g.if(node(OP["i32.eq"], [localGet(next), i32(at)], [I32]), [], () => run(each))];
          });
        },
        (label) => {
          const target = targets[labels.indexOf(label)] ?? start;
          return [...keep(g, target.local, label.types), g.set(next, i32(target.at)), ...g.statements(1)];
        },
      );
      return [taken, turn(g, again)];
    });
    return [again, ...g.operands(ending)];
  });
  return sequence([...before, out], ending);
}
