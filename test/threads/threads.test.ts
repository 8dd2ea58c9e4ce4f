import { execFileSync } from "node:child_process";
import { runInNewContext } from "node:vm";
import { Worker } from "node:worker_threads";
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { DONE_AT, END_AT, KERNEL_AT, LEAST_AT, NUMBER_AT, PARAMS_AT } from "../../assembly/threads/layout.ts";
import { squeezenet1_1 } from "../../examples/networks/squeezenet.ts";
import { compile, configure, memory, nn, runtime, Tensor } from "../../src/index.ts";
import { Conv } from "../../src/runtime/generated/kernels.ts";
import { script } from "../../src/runtime/generated/threads.ts";
import { Heap } from "../../src/runtime/heap.ts";
import { MODULES } from "../../src/runtime/modules/all.ts";
import { engine } from "../../src/runtime/runtime.ts";
import { sharedMemory, sharingMemory, whyNotShared } from "../../src/runtime/shared.ts";
import type { TeamHelpers } from "../../src/runtime/threads/threads.ts";
import { bitsOf, GROUPS } from "../support/bit-cases.ts";
import { BUILD } from "../support/build.ts";
import { instantiate } from "../support/instantiate.ts";
import { FAMILIES } from "../support/onnx-cases/index.ts";
import { runOnnx } from "../support/onnx-runs.ts";
import * as reference from "../support/reference.ts";

const THREADS = 3;
const image = (seed: number, shape: readonly number[]) =>
  new Tensor(reference.randoms(seed, reference.sizeOf(shape)), shape);

/** Asks for threads and waits until all take part. */
async function start(count: number): Promise<void> {
  configure({ threads: count });
  await vi.waitFor(() => expect(runtime().threads).toBe(count), { timeout: 30_000 });
}

const helpers = () => engine().helpers as TeamHelpers;

/** What happens with one thread. */
function alone<T>(compute: () => T): T {
  const kept = engine().helpers;
  // they still hear of modules that are loaded meanwhile
  if (kept !== undefined) engine().helpers = { ...kept, run: () => false, runItems: () => false };
  try {
    return compute();
  } finally {
    engine().helpers = kept;
  }
}

/** Publishes an instruction of the program that was run last, and takes no part in it. */
function publish(instruction: number): void {
  const { i32 } = engine().heap;
  const { control } = helpers();
  const [kernel, params, items] = i32.subarray(instruction / 4) as unknown as [number, number, number];
  const number = i32[(control + NUMBER_AT) / 4]! + 1;
  for (const [at, value] of [
    [KERNEL_AT, kernel],
    [PARAMS_AT, params],
    [END_AT, items],
    [LEAST_AT, 1],
    [DONE_AT, 0],
  ]) {
    i32[(control + at!) / 4] = value!;
  }
  const ticket = new BigInt64Array(engine().heap.memory.buffer, control, 1);
  Atomics.store(ticket, 0, (BigInt(number) << 32n) | BigInt(items));
  Atomics.notify(i32, (control + NUMBER_AT) / 4);
}

const bytes = ({ buffer }: { readonly buffer: ArrayBufferLike }) => new Uint8Array(buffer);

const SHAPE = [1, 3, 64, 64];

afterAll(() => configure({ threads: 1 }));

describe("threads", () => {
  it("are one until more are asked for", () => {
    expect(runtime()).toMatchObject({ threads: 1, threadsReason: "configure({ threads }) has not asked for more" });
    expect(engine().heap.share).toBeUndefined();
  });

  it("join when they are ready, and leave older Sessions as they are", async () => {
    const x = image(1, SHAPE);
    const old = compile(new nn.Conv2d(3, 8, 3, { seed: 1 }), SHAPE);
    const expected = old.run(x);
    const before = memory().used;
    configure({ threads: THREADS });
    expect(runtime()).toMatchObject({ threads: 1, threadsReason: "the others are starting" });
    using session = compile(new nn.Conv2d(3, 8, 3, { seed: 1 }), SHAPE);
    expect(reference.exactDifference(session.run(x), expected)).toBeUndefined();
    await start(THREADS);
    expect(runtime().threadsReason).toBe(`configure asked for ${THREADS}`);
    expect(reference.exactDifference(old.run(x), expected)).toBeUndefined();
    expect(memory().used).toBeGreaterThan(before);
    old.dispose();
  });
});

describe("with threads", () => {
  beforeEach(() => start(THREADS));

  it("helpers compute what is published, in workspaces of their own", async () => {
    using session = compile(new nn.Conv2d(64, 64, 3, { padding: 1, seed: 1 }), [1, 64, 56, 56]);
    const x = image(2, [1, 64, 56, 56]);
    session.run(x);
    const { heap } = engine();
    let program = 0;
    const kept = helpers();
    const note = (at: number) => {
      program = at;
      return false;
    };
    engine().helpers = { ...kept, run: note } as TeamHelpers;
    const expected = session.run(x).data;
    engine().helpers = kept;
    const params = heap.i32[program / 4 + 1]! / 4;
    const output = (heap.i32[params + (Conv.fields.output & ~3) / 4] as number) / 4;
    const workspace = heap.i32[params + (Conv.fields.workspace & ~3) / 4]!;
    heap.f32.fill(NaN, output, output + expected.length);
    heap.u8.fill(0xa5, workspace, workspace + 1024);
    publish(program);
    const done = (kept.control + DONE_AT) / 4;
    await vi.waitFor(() => expect(Atomics.load(heap.i32, done)).toBe(heap.i32[program / 4 + 2]), { timeout: 10_000 });
    expect(Buffer.compare(bytes(heap.f32.slice(output, output + expected.length)), bytes(expected))).toBe(0);
    expect(heap.u8.slice(workspace, workspace + 1024).every((byte) => byte === 0xa5)).toBe(true);
  });

  // every instruction of more than one item is divided, however short
  it.each(["sessions", "normalised", "products", "images"])(
    "the bits are those of one thread: %s",
    { timeout: 60_000 },
    (group) => {
      helpers().together.worth.value = 0;
      const different = [...GROUPS[group]!()].filter(([, call]) => alone(() => bitsOf(call)) !== bitsOf(call));
      expect(different.map(([name]) => name)).toEqual([]);
    },
  );

  it.each(Object.entries(FAMILIES))("the bits are those of one thread: ONNX's %s", { timeout: 60_000 }, (_, cases) => {
    helpers().together.worth.value = 0;
    const bits = (outputs: ReadonlyMap<string, Tensor>) =>
      [...outputs].map(([name, { data }]) => `${name} ${Buffer.from(bytes(data)).toString("hex")}`);
    const different = cases.filter(({ model, inputs }) => {
      const expected = alone(() => bits(runOnnx(model, inputs)));
      return bits(runOnnx(model, inputs)).some((each, i) => each !== expected[i]);
    });
    expect(different.map(({ name }) => name)).toEqual([]);
  });

  it("slices give the same bits", async () => {
    using session = compile(squeezenet1_1(10), SHAPE);
    helpers().together.worth.value = 0;
    const x = image(1, SHAPE);
    const expected = alone(() => session.run(x));
    for (const slice of [8, 1e-3]) {
      expect(reference.exactDifference(await session.runAsync(x, { slice }), expected)).toBeUndefined();
    }
  });

  it("views follow a memory that grows, and results are not shared", () => {
    const before = memory().bytes;
    using session = compile(new nn.Conv2d(3, 4, 3, { seed: 1 }), [1, 3, 2000, 1000]);
    expect(memory().bytes).toBeGreaterThan(before);
    const y = session.run(Tensor.ones([1, 3, 2000, 1000]));
    expect(y.data.buffer).toBeInstanceOf(ArrayBuffer);
    expect(y.data.every((value) => Number.isFinite(value))).toBe(true);
  });

  it("a thousand Sessions come and go, and memory stays as it is", () => {
    const layer = new nn.Conv2d(3, 8, 3, { padding: 1, seed: 1 });
    const x = image(1, [1, 3, 32, 32]);
    const once = () => {
      using session = compile(layer, [1, 3, 32, 32]);
      session.run(x);
    };
    once();
    const before = memory();
    for (let i = 0; i < 1000; ++i) once();
    expect(memory()).toEqual(before);
  });

  it("ten thousand runs leave memory and handles as they are", () => {
    using session = compile(new nn.Conv2d(16, 16, 3, { padding: 1, seed: 1 }), [1, 16, 16, 16]);
    helpers().together.worth.value = 0;
    const x = image(1, [1, 16, 16, 16]);
    const output = session.run(x);
    const expected = output.data.slice();
    const before = { memory: memory(), resources: process.getActiveResourcesInfo() };
    for (let i = 0; i < 10_000; ++i) session.run(x, { output });
    expect({ memory: memory(), resources: process.getActiveResourcesInfo() }).toEqual(before);
    expect(Buffer.compare(bytes(output.data), bytes(expected))).toBe(0);
  });

  it("another number of threads may be asked for, again and again", async () => {
    using session = compile(squeezenet1_1(10), SHAPE);
    const x = image(1, SHAPE);
    const expected = alone(() => session.run(x));
    for (const count of [1, 2, 1, THREADS]) {
      await start(count);
      expect(reference.exactDifference(session.run(x), expected)).toBeUndefined();
    }
    configure({ threads: 2 });
    configure({ threads: 1 });
    expect(runtime()).toMatchObject({ threads: 1, threadsReason: "configure asked for one" });
  });

  it("a thread that dies with items of a run is an error of that run, and the next run works", async () => {
    using session = compile(new nn.Conv2d(64, 64, 3, { padding: 1, seed: 1 }), [1, 64, 56, 56]);
    const x = image(2, [1, 64, 56, 56]);
    const expected = alone(() => session.run(x));
    const { control, together } = helpers();
    together.patience.value = 100_000_000n;
    const thief = new Worker(
      `const { workerData: { memory, control }, parentPort } = require("node:worker_threads");
      const ticket = new BigInt64Array(memory.buffer, control, 1);
      const words = new Int32Array(memory.buffer);
      parentPort.postMessage("ready");
      for (;;) {
        const now = Atomics.load(ticket, 0);
        if ((now & 0xffffffffn) > 1n && Atomics.compareExchange(ticket, 0, now, now - 1n) === now) break;
      }`,
      { eval: true, workerData: { memory: engine().heap.memory, control } },
    );
    await new Promise((resolve) => thief.once("message", resolve));
    expect(() => {
      for (;;) session.run(x);
    }).toThrow("a thread that took part in this run has ended in the middle of it");
    expect(runtime().threads).toBe(1);
    expect(reference.exactDifference(session.run(x), expected)).toBeUndefined();
    await start(THREADS);
    expect(reference.exactDifference(session.run(x), expected)).toBeUndefined();
  });
});

describe("configure({ threads })", () => {
  it.each([
    [0, "RangeError: configure: threads must be a whole number from 1, got 0"],
    [1.5, "RangeError: configure: threads must be a whole number from 1, got 1.5"],
    [65, "RangeError: configure: threads must be 'auto' or a whole number from 1 to 64, got 65"],
    ["two", 'TypeError: configure: threads must be a number, got "two"'],
  ])("refuses %s, and changes nothing", (threads, message) => {
    const before = runtime();
    let refusal: unknown;
    try {
      configure({ threads: threads as number });
    } catch (error) {
      refusal = error;
    }
    expect(String(refusal)).toBe(message);
    expect(runtime()).toEqual(before);
  });

  it("takes what the machine has by 'auto'", () => {
    expect(() => configure({ threads: "auto" })).not.toThrow();
    configure({ threads: 1 });
  });
});

describe("a shared memory", () => {
  it.each(MODULES)("is imported by the module $name, and nothing else differs", ({ kernels, moduleOf }) => {
    const binary = BUILD === "simd" ? "simd" : "relaxed";
    const [plain, shared] = [moduleOf(binary), moduleOf(binary, sharingMemory)];
    expect(WebAssembly.Module.exports(shared)).toEqual(WebAssembly.Module.exports(plain));
    expect(WebAssembly.Module.imports(shared)).toEqual(WebAssembly.Module.imports(plain));
    const { memory } = new Heap(sharedMemory(), sharingMemory);
    for (const kernel of kernels) expect(instantiate(shared, memory)).toHaveProperty(kernel);
    expect(() => instantiate(plain, memory)).toThrow(WebAssembly.LinkError);
  });

  it("is asked for in falling sizes", () => {
    const asked: number[] = [];
    const { Memory } = WebAssembly;
    vi.stubGlobal("WebAssembly", {
      ...WebAssembly,
      Memory: class extends Memory {
        constructor(descriptor: WebAssembly.MemoryDescriptor) {
          asked.push(descriptor.maximum!);
          if (descriptor.maximum! > 16384) throw new RangeError("could not allocate memory");
          super(descriptor);
        }
      },
    });
    expect(sharedMemory().buffer).toBeInstanceOf(SharedArrayBuffer);
    expect(asked).toEqual([65536, 32768, 16384]);
  });

  it("is not to be had without isolation, without SharedArrayBuffer, and where there are no workers", () => {
    expect(whyNotShared()).toBeUndefined();
    vi.stubGlobal("SharedArrayBuffer", undefined);
    expect(whyNotShared()).toBe("this runtime has no SharedArrayBuffer");
    vi.stubGlobal("navigator", { userAgent: "Cloudflare-Workers" });
    expect(whyNotShared()).toBe("this runtime starts no threads");
    vi.unstubAllGlobals();
    vi.stubGlobal("process", undefined);
    expect(whyNotShared()).toBe("this runtime starts no threads");
    vi.stubGlobal("Worker", class {});
    vi.stubGlobal("crossOriginIsolated", false);
    expect(whyNotShared()).toMatch(/Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder/);
    expect(whyNotShared()).toMatch(/Document-Isolation-Policy/);
  });

  afterEach(() => {
    vi.unstubAllGlobals();
  });
});

describe("the script of a thread", () => {
  it("listens where there is no module of Node's, as in a page's worker", () => {
    const scope: { onmessage?: unknown } = {};
    runInNewContext(script, scope);
    expect(scope.onmessage).toBeTypeOf("function");
  });
});

describe("a process with threads", () => {
  it("burns no time when it is idle, and ends by itself", () => {
    const source = new URL("../../src/index.ts", import.meta.url);
    const program = `
      import { configure, compile, nn, runtime, Tensor } from ${JSON.stringify(source.href)};
      configure({ build: "${BUILD}", threads: 2 });
      const session = compile(new nn.Conv2d(64, 64, 3, { padding: 1, seed: 1 }), [1, 64, 56, 56]);
      const later = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
      while (runtime().threads < 2) await later(10);
      for (let i = 0; i < 20; ++i) session.run(Tensor.ones([1, 64, 56, 56]));
      await later(300);
      const before = process.cpuUsage();
      await later(1000);
      const { user, system } = process.cpuUsage(before);
      console.log(JSON.stringify({ threads: runtime().threads, idle: (user + system) / 1000 }));`;
    const printed = execFileSync(process.execPath, ["--input-type=module", "--eval", program], {
      encoding: "utf8",
      timeout: 60_000,
    });
    const { threads, idle } = JSON.parse(printed) as { threads: number; idle: number };
    expect(threads).toBe(2);
    // of a second, in milliseconds of the processor: a thread that spins takes all of it
    expect(idle).toBeLessThan(200);
  }, 60_000);
});
