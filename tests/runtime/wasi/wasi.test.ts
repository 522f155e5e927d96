/** WASI through the embedding API. */
import { describe, expect, test } from "@jest/globals";
import { Engine, Instance, LinkError, Linker, Module, Store, Trap } from "../../../runtime/index.ts";
import { InputBuffer, MemoryFileSystem, WASI_MODULE, Wasi, WasiExit, textOutput } from "../../../runtime/wasi/index.ts";
import { SIGNATURES } from "../../../runtime/wasi/signatures.ts";
import { parseText } from "../../../wasm/text.ts";
import { TestGuest } from "./harness.ts";

const engine = new Engine();

async function compile(text: string, on: Engine = engine): Promise<Module> {
  return new Module(on, await parseText(`(module ${text})`, "test.wat"));
}

/** A guest that copies its input to its output, `size` bytes at a time, then exits with the number of reads. */
const COPY = `
  (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (memory (export "memory") 1)
  (func (export "_start") (local $reads i32)
    (loop $again
      (i32.store (i32.const 0) (i32.const 16))
      (i32.store (i32.const 4) (i32.const 4))
      (if (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)) (then (unreachable)))
      (i32.store (i32.const 4) (i32.load (i32.const 8)))
      (local.set $reads (i32.add (local.get $reads) (i32.const 1)))
      (if (i32.load (i32.const 8)) (then
        (if (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)) (then (unreachable)))
        (br $again))))
    (call $proc_exit (local.get $reads)))`;

test("a program runs in the world that it is given", async () => {
  const output: string[] = [];
  const wasi = new Wasi({ stdin: "hello world", stdout: textOutput((text) => output.push(text)) });
  const instance = new Instance(new Store(engine), await compile(COPY), wasi.imports());
  expect(wasi.start(instance)).toBe(4);
  expect(output).toEqual(["hell", "o wo", "rld"]);
});

test("a linker gives WASI to all that it links", async () => {
  const linker = new Linker(engine);
  new Wasi().addToLinker(linker);
  expect(linker.instantiate(new Store(engine), await compile(COPY)).getFunc("_start")).toBeDefined();
  expect(() => new Wasi().addToLinker(linker)).toThrow(LinkError);
  const other = new Linker(engine);
  const wasi = new Wasi({ stdin: "abc" });
  wasi.addToLinkerAsync(other);
  const instance = other.instantiate(new Store(engine), await compile(COPY));
  expect(await wasi.startAsync(instance)).toBe(2);
});

test("of several who wait for the same input each gets some, and none its end too early", async () => {
  const stdin = new InputBuffer();
  const module = await compile(COPY);
  const output: string[] = [];
  let running = 2;
  const ended = [1, 2].map(async () => {
    const wasi = new Wasi({ stdin, stdout: textOutput((text) => output.push(text)) });
    await wasi.startAsync(new Instance(new Store(engine), module, wasi.importsAsync()));
    running--;
  });
  for (const piece of ["one", "two", "four"]) {
    stdin.push(piece);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  expect(output).toEqual(["one", "two", "four"]);
  expect(running).toBe(2);
  stdin.end();
  await Promise.all(ended);
});

test("input may come while the guest waits for it", async () => {
  const stdin = new InputBuffer();
  const output: string[] = [];
  const wasi = new Wasi({ stdin, stdout: textOutput((text) => output.push(text)) });
  const instance = new Instance(new Store(engine), await compile(COPY), wasi.importsAsync());
  const ended = wasi.startAsync(instance);
  for (const piece of ["one", "two", "three"]) {
    stdin.push(piece);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  stdin.end();
  expect(await ended).toBe(5);
  expect(output).toEqual(["one", "two", "thre", "e"]);
});

test("many programs in one store wait for their inputs in any order", async () => {
  const module = await compile(COPY);
  const store = new Store(engine);
  const count = 50;
  const inputs = Array.from({ length: count }, () => new InputBuffer());
  const outputs = inputs.map(() => "");
  const ended = inputs.map((stdin, i) => {
    const wasi = new Wasi({ stdin, stdout: textOutput((text) => (outputs[i] += text)) });
    return wasi.startAsync(new Instance(store, module, wasi.importsAsync()));
  });
  for (let round = 0; round < 3; round++) {
    for (let i = 0; i < count; i++) {
      inputs[(i * 17) % count]?.push(`${(i * 17) % count},`);
      if (i % 7 === 0) await Promise.resolve();
    }
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  for (const stdin of inputs) stdin.end();
  await Promise.all(ended);
  expect(outputs).toEqual(inputs.map((_, i) => `${i},`.repeat(3)));
});

describe("exit", () => {
  const EXIT = `
    (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
    (tag $tag)
    (memory (export "memory") 1)
    (func (export "_start")
      (block $caught (try_table (catch_all $caught) (call $proc_exit (i32.const 3)) (return)))
      (call $proc_exit (i32.const 4)))
    (func (export "number") (result i32) (i32.const 5))`;

  test("a guest cannot catch its own exit", async () => {
    const wasi = new Wasi();
    expect(wasi.start(new Instance(new Store(engine), await compile(EXIT), wasi.imports()))).toBe(3);
  });

  test.each([undefined, 1])("not from within a continuation either (chaos %s)", async (chaos) => {
    const on = new Engine({ chaos });
    const module = await compile(
      `(import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
       (type $f (func)) (type $c (cont $f))
       (elem declare func $body)
       (memory (export "memory") 1)
       (func $body (block $caught (try_table (catch_all $caught) (call $proc_exit (i32.const 258)))))
       (func (export "_start") (resume $c (cont.new $c (ref.func $body))) (call $proc_exit (i32.const 1)))`,
      on,
    );
    for (const isAsync of [false, true]) {
      const wasi = new Wasi();
      const instance = new Instance(new Store(on), module, isAsync ? wasi.importsAsync() : wasi.imports());
      expect(isAsync ? await wasi.startAsync(instance) : wasi.start(instance)).toBe(258);
    }
  });

  test("called by other ways than start, a guest that exits throws WasiExit; its store stays usable", async () => {
    const instance = new Instance(new Store(engine), await compile(EXIT), new Wasi().imports());
    let thrown: unknown;
    try {
      instance.call("_start");
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(WasiExit);
    expect(thrown).toMatchObject({ name: "WasiExit", code: 3, message: "the guest exited with code 3" });
    expect(instance.call("number")).toBe(5);
  });
});

test("a reactor is initialized, and then called", async () => {
  const wasi = new Wasi({ args: ["one", "two"] });
  const module = await compile(`
    (import "wasi_snapshot_preview1" "args_sizes_get" (func $sizes (param i32 i32) (result i32)))
    (memory (export "memory") 1)
    (func (export "_initialize") (drop (call $sizes (i32.const 0) (i32.const 4))))
    (func (export "count") (result i32) (i32.load (i32.const 0)))`);
  const instance = new Instance(new Store(engine), module, wasi.imports());
  wasi.initialize(instance);
  expect(instance.call("count")).toBe(2);
});

test("what is wrong with a guest is said", async () => {
  const noMemory = await compile(`
    (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
    (memory 1)
    (func (export "_start") (drop (call $random (i32.const 0) (i32.const 1))))`);
  const wasi = new Wasi();
  const instance = new Instance(new Store(engine), noMemory, wasi.imports());
  expect(() => wasi.start(instance)).toThrow('has to export its memory as "memory"');
  const noCommand = new Instance(new Store(engine), await compile(""), {});
  expect(() => wasi.start(noCommand)).toThrow('no function is exported as "_start"');
  const wrongType = await compile(`(import "wasi_snapshot_preview1" "fd_close" (func (param i64) (result i32)))`);
  expect(() => new Instance(new Store(engine), wrongType, wasi.imports())).toThrow(LinkError);
  const trapping = await compile(`(memory (export "memory") 1) (func (export "_start") unreachable)`);
  expect(() => wasi.start(new Instance(new Store(engine), trapping, wasi.imports()))).toThrow(Trap);
  expect(() => new Wasi({ args: ["a\0b"] })).toThrow(TypeError);
});

test("a memory that is not exported can be given", async () => {
  const module = await compile(`
    (import "env" "memory" (memory 1))
    (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
    (func (export "_start") (drop (call $random (i32.const 8) (i32.const 4))))`);
  const memory = new WebAssembly.Memory({ initial: 1 });
  const wasi = new Wasi({ memory, random: (buffer) => void buffer.fill(9) });
  wasi.start(new Instance(new Store(engine), module, { ...wasi.imports(), env: { memory } }));
  expect([...new Uint8Array(memory.buffer, 7, 6)]).toEqual([0, 9, 9, 9, 9, 0]);
});

test("every function of preview 1 is there, with its type", () => {
  const { [WASI_MODULE]: functions } = new Wasi().imports();
  expect(Object.keys(functions)).toHaveLength(46);
  for (const [name, fn] of Object.entries(functions))
    expect(fn.type).toEqual(SIGNATURES[name as keyof typeof SIGNATURES]);
});

describe("what a guest gets wrong is an error code", () => {
  const guest = new TestGuest({ ".": new MemoryFileSystem({ f: "x" }) });
  const end = 2 * 65536;

  test.each([
    ["args_get", [end - 2, 0], "fault"],
    ["args_get", [0, end - 2], "fault"],
    ["random_get", [-1, 2], "fault"],
    ["fd_write", [1, end - 4, 1, 0], "fault"],
    ["fd_write", [1, 0, 0, end], "fault"],
    ["fd_prestat_get", [3, end], "fault"],
    ["fd_prestat_get", [0, 0], "badf"],
    ["fd_prestat_get", [4, 0], "badf"],
    ["fd_prestat_dir_name", [3, 0, 0], "nametoolong"],
    ["fd_readdir", [0, 0, 0, 0n, 0], "notdir"],
    ["fd_seek", [1, 0n, 0, 0], "spipe"],
    ["fd_tell", [0, 0], "spipe"],
    ["fd_write", [0, 0, 0, 0], "badf"],
    ["fd_read", [1, 0, 0, 0], "badf"],
    ["fd_datasync", [9], "badf"],
    ["clock_time_get", [2, 0n, 0], "inval"],
    ["clock_res_get", [9, 0], "inval"],
    ["poll_oneoff", [0, 0, 0, 0], "inval"],
    ["proc_raise", [6], "notsup"],
    ["sock_shutdown", [0, 1], "notsock"],
    ["sock_shutdown", [44, 1], "badf"],
    ["path_open", [3, 0, 0, 0, 0, 0n, 0n, 0, 0], "noent"],
  ] as const)("%s %p: %s", (name, args, errno) => {
    expect(guest.call(name, ...args)).toBe(errno);
  });

  test("a name that is not UTF-8", () => {
    guest.memory.bytes(0, 2).set([0xc0, 0x80]);
    expect(guest.call("path_unlink_file", 3, 0, 2)).toBe("ilseq");
  });
});

describe("poll_oneoff", () => {
  const SUBSCRIPTIONS = 0x100;
  const EVENTS = 0x800;

  /** Fills in a subscription; `deadline` in nanoseconds makes it one of a clock. */
  function subscribe(guest: TestGuest, i: number, type: number, id: number, timeout = 0n, flags = 0): void {
    const at = SUBSCRIPTIONS + i * 48;
    guest.memory.setU64(at, BigInt(100 + i));
    guest.memory.setU8(at + 8, type);
    guest.memory.setU32(at + 16, id);
    guest.memory.setU64(at + 24, timeout);
    guest.memory.setU16(at + 40, flags);
  }

  function events(guest: TestGuest): unknown[] {
    return Array.from({ length: guest.memory.getU32(0) }, (_, i) => {
      const at = EVENTS + i * 32;
      return [
        guest.memory.getU64(at),
        guest.memory.getU16(at + 8),
        guest.memory.getU8(at + 10),
        guest.memory.getU64(at + 16),
      ];
    });
  }

  test("what is ready is reported at once, errors too", () => {
    const guest = new TestGuest({ ".": new MemoryFileSystem({ f: "four" }) });
    const fd = guest.open(3, "f") as number;
    guest.input.push("hello");
    subscribe(guest, 0, 1, 0);
    subscribe(guest, 1, 2, 1);
    subscribe(guest, 2, 1, fd);
    subscribe(guest, 3, 1, 77);
    subscribe(guest, 4, 0, 1, 1_000_000_000_000n);
    subscribe(guest, 5, 0, 5);
    expect(guest.call("poll_oneoff", SUBSCRIPTIONS, EVENTS, 6, 0)).toBe("success");
    expect(events(guest)).toEqual([
      [100n, 0, 1, 5n],
      [101n, 0, 2, 1n],
      [102n, 0, 1, 4n],
      [103n, 8, 1, 0n],
      [105n, 28, 0, 0n],
    ]);
  });

  test("the first clock ends the waiting, relative or absolute, blocking or not", async () => {
    for (const mayWait of [false, true]) {
      const guest = new TestGuest({}, mayWait);
      const started = performance.now();
      subscribe(guest, 0, 0, 1, 60_000_000_000n);
      subscribe(guest, 1, 0, 1, 20_000_000n);
      expect(await guest.callWaiting("poll_oneoff", SUBSCRIPTIONS, EVENTS, 2, 0)).toBe("success");
      expect(events(guest)).toEqual([[101n, 0, 0, 0n]]);
      subscribe(guest, 0, 0, 1, BigInt(Math.round(performance.now() * 1e6)) + 20_000_000n, 1);
      expect(await guest.callWaiting("poll_oneoff", SUBSCRIPTIONS, EVENTS, 1, 0)).toBe("success");
      expect(performance.now() - started).toBeGreaterThanOrEqual(39);
    }
  });

  test("input ends the waiting; the end of input as well", async () => {
    const guest = new TestGuest({}, true);
    subscribe(guest, 0, 1, 0);
    subscribe(guest, 1, 0, 1, 60_000_000_000n);
    const polled = guest.callWaiting("poll_oneoff", SUBSCRIPTIONS, EVENTS, 2, 0);
    setTimeout(() => guest.input.push("abc"), 5);
    expect(await polled).toBe("success");
    expect(events(guest)).toEqual([[100n, 0, 1, 3n]]);
    expect(await guest.readWaiting(0, 10)).toBe("read abc");
    const again = guest.callWaiting("poll_oneoff", SUBSCRIPTIONS, EVENTS, 2, 0);
    setTimeout(() => guest.input.end(), 5);
    expect(await again).toBe("success");
    expect(events(guest)).toEqual([[100n, 0, 1, 0n]]);
    expect(guest.memory.getU16(EVENTS + 24)).toBe(1);
  });

  test("a guest that is cancelled leaves no timer, and nothing is written into its memory", async () => {
    const guest = new TestGuest({}, true);
    const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
    const before = timers();
    subscribe(guest, 0, 1, 0);
    subscribe(guest, 1, 0, 1, 0xffff_ffff_ffff_ffffn);
    guest.memory.bytes(EVENTS, 64).fill(0x55);
    const polled = guest.callWaiting("poll_oneoff", SUBSCRIPTIONS, EVENTS, 2, 0);
    expect(timers()).toBe(before + 1);
    guest.controller.abort(new Error("enough"));
    // One that does not know yet that it is cancelled does not begin to wait.
    const next = guest.callWaiting("poll_oneoff", SUBSCRIPTIONS, EVENTS, 2, 0);
    guest.input.push("abc");
    await expect(polled).rejects.toThrow("enough");
    await expect(next).rejects.toThrow("enough");
    expect(timers()).toBe(before);
    expect(guest.memory.bytes(EVENTS, 64).every((byte) => byte === 0x55)).toBe(true);
  });

  test("a guest that is cancelled takes nothing from its input", async () => {
    const guest = new TestGuest({}, true);
    const reading = guest.readWaiting(0, 10);
    guest.controller.abort(new Error("enough"));
    guest.input.push("abc");
    await expect(reading).rejects.toThrow("enough");
    expect(guest.input.available()).toBe(3);
  });

  test("input that cannot be waited for is an error", () => {
    const guest = new TestGuest({});
    subscribe(guest, 0, 1, 0);
    expect(guest.call("poll_oneoff", SUBSCRIPTIONS, EVENTS, 1, 0)).toBe("notsup");
    expect(guest.read(0, 1)).toBe("notsup");
    expect(guest.call("fd_fdstat_set_flags", 0, 4)).toBe("success");
    expect(guest.read(0, 1)).toBe("again");
  });
});
