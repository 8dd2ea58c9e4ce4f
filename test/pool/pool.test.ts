import { execFileSync } from "node:child_process";
import type { Worker } from "node:worker_threads";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { compile, configure, memory, nn, Tensor } from "../../src/index.ts";
import { loadOnnx } from "../../src/onnx/index.ts";
import { Pool, PoolError, type PoolOptions } from "../../src/pool/index.ts";
import { loadSession } from "../../src/session/index.ts";
import { BUILD } from "../support/build.ts";
import { encodeModel } from "../support/onnx.ts";
import * as reference from "../support/reference.ts";

const random = (seed: number, shape: readonly number[]) =>
  new Tensor(reference.randoms(seed, reference.sizeOf(shape)), shape);

const SHAPE = [1, 3, 16, 16];
const small = compile(new nn.Conv2d(3, 4, 3, { seed: 1 }), SHAPE);
/** Takes long enough to be interrupted. */
const LONG_SHAPE = [1, 64, 320, 320];
const long = compile(new nn.Conv2d(64, 64, 3, { padding: 1, seed: 2 }), LONG_SHAPE);
const longInput = random(2, LONG_SHAPE);
const [SMALL, LONG] = [small, long].map((session) => session.save());

/** Two outputs, one of them whole numbers, and a batch that is left open. */
const ONNX = encodeModel({
  inputs: [
    { name: "a", shape: ["N", 3] },
    { name: "b", shape: ["N", 3] },
  ],
  nodes: [
    { op: "Add", inputs: ["a", "b"], outputs: ["sum"] },
    { op: "ArgMax", inputs: ["a"], outputs: ["most"], attributes: { axis: { int: 1 }, keepdims: { int: 0 } } },
  ],
  outputs: ["sum", { name: "most", type: "INT64", shape: ["N"] }],
});

const started: Worker[] = [];
const note = (worker: Worker) => started.push(worker);
process.on("worker", note);

const pools: Pool[] = [];
function poolOf(model: Uint8Array, options: PoolOptions = { size: 1 }): Pool {
  const pool = new Pool(model, options);
  pools.push(pool);
  return pool;
}

afterEach(async () => {
  vi.useRealTimers();
  await Promise.all(pools.splice(0).map((pool) => pool.close()));
  started.length = 0;
});
afterAll(() => {
  process.off("worker", note);
});

const ready = (pool: Pool, count = 1) => vi.waitFor(() => expect(pool.stats().ready).toBe(count), { timeout: 30_000 });
const busy = (pool: Pool) => vi.waitFor(() => expect(pool.stats().busy).toBe(1), { timeout: 30_000, interval: 2 });
/** What became of a promise, without waiting for anything else. */
const caught = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

function thrownBy(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

describe("a pool", () => {
  it("gives the bits of the Session, by several workers", async () => {
    const pool = poolOf(SMALL!, { size: 2 });
    const inputs = Array.from({ length: 12 }, (_, i) => random(i, SHAPE));
    const results = await Promise.all(inputs.map((input) => pool.run(input)));
    for (const [i, result] of results.entries()) {
      expect(result).toBeInstanceOf(Tensor);
      expect(reference.exactDifference(result, small.run(inputs[i]!))).toBeUndefined();
    }
    await ready(pool, 2);
    expect(pool.stats()).toMatchObject({
      size: 2,
      busy: 0,
      waiting: 0,
      runs: 12,
      failures: 0,
      restarts: 0,
      faults: [],
    });
    const { latency, wait } = pool.stats();
    expect(latency.median).toBeGreaterThan(0);
    expect(latency.most).toBeGreaterThanOrEqual(latency.p95);
    expect(wait.most).toBeLessThanOrEqual(latency.most);
  });

  it("takes ONNX files, and gives records of tensors in their dtypes", async () => {
    const shapes = { a: [2, 3], b: [2, 3] };
    const pool = new Pool<Readonly<Record<string, Tensor<"float32" | "int64">>>>(ONNX, { size: 1, inputShape: shapes });
    const a = new Tensor([1, 3, 2, 9, 8, 7], [2, 3]);
    const result = await pool.run({ a, b: { data: Float32Array.of(1, 1, 1, 2, 2, 2), dims: [2, 3] } });
    expect(Object.keys(result)).toEqual(["sum", "most"]);
    expect(result.sum!.toArray()).toEqual([
      [2, 4, 3],
      [11, 10, 9],
    ]);
    expect([result.most!.dtype, result.most!.data]).toEqual(["int64", BigInt64Array.of(1n, 0n)]);
    await pool.close();
  });

  it("copies its input at once, and only the part of a buffer that it is", async () => {
    const pool = poolOf(SMALL!);
    const input = random(3, SHAPE);
    const within = new Float32Array(3 * input.size);
    within.set(input.data, input.size);
    const expected = small.run(input);
    const result = pool.run({ data: within.subarray(input.size, 2 * input.size), shape: SHAPE });
    within.fill(NaN);
    expect(reference.exactDifference(await result, expected)).toBeUndefined();
    expect(within.length).toBe(3 * input.size);
  });

  it("computes calls in the order of their arrival", async () => {
    const pool = poolOf(SMALL!);
    const order: number[] = [];
    const input = random(1, SHAPE);
    await Promise.all(Array.from({ length: 8 }, (_, i) => pool.run(input).then(() => order.push(i))));
    expect(order).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it("computes with the build and the limit that hold when it is made", async () => {
    const { limit } = memory();
    configure({ maxMemory: Math.max(memory().bytes, 2 ** 20) });
    const refused = poolOf(
      encodeModel({
        inputs: [{ name: "x", shape: [1, 1, 20000, 20000] }],
        nodes: [{ op: "Relu", inputs: ["x"], outputs: ["y"] }],
      }),
    );
    configure({ maxMemory: limit });
    const error = await caught(refused.run(Tensor.ones([1])));
    expect(error).toBeInstanceOf(RangeError);
    expect(String(error)).toContain("but the limit is");
  });
});

describe("a call", () => {
  it("may be aborted before it is made, in the queue, and in the middle", async () => {
    const pool = poolOf(LONG!);
    const reason = new Error("enough");
    await expect(pool.run(longInput, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const [first, second, third] = [new AbortController(), new AbortController(), new AbortController()];
    const running = caught(pool.run(longInput, { signal: first.signal }));
    const waiting = caught(pool.run(longInput, { signal: second.signal }));
    const last = pool.run(longInput, { signal: third.signal });
    await busy(pool);
    expect(pool.stats().waiting).toBe(2);
    second.abort(reason);
    expect(await waiting).toBe(reason);
    expect(pool.stats()).toMatchObject({ busy: 1, waiting: 1, runs: 0 });
    first.abort(reason);
    expect(await running).toBe(reason);
    expect(reference.exactDifference(await last, long.run(longInput))).toBeUndefined();
    third.abort(reason);
    expect(pool.stats()).toMatchObject({ runs: 1, failures: 2, restarts: 0 });
  });

  it("may take too long, in the queue and in the middle", async () => {
    const pool = poolOf(LONG!);
    const early = await caught(pool.run(longInput, { timeout: 0 }));
    expect(early).toMatchObject({ name: "TimeoutError", message: "Pool.run: there was no result within 0 ms" });
    await ready(pool);
    const middle = await caught(pool.run(longInput, { timeout: 5 }));
    expect(middle).toMatchObject({ name: "TimeoutError" });
    expect(
      reference.exactDifference(await pool.run(longInput, { timeout: 60_000 }), long.run(longInput)),
    ).toBeUndefined();
    expect(pool.stats()).toMatchObject({ runs: 1, failures: 2, restarts: 0 });
  });

  it("that does not come back costs the worker its place", async () => {
    const pool = poolOf(LONG!);
    await ready(pool);
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const controller = new AbortController();
    const call = caught(pool.run(longInput, { signal: controller.signal }));
    controller.abort();
    // the worker has had no time to hear of it
    vi.advanceTimersByTime(2000);
    vi.useRealTimers();
    expect(await call).toMatchObject({ name: "AbortError" });
    expect(pool.stats()).toMatchObject({ ready: 0, busy: 0, restarts: 1 });
    expect(reference.exactDifference(await pool.run(longInput), long.run(longInput))).toBeUndefined();
    expect(started.length).toBe(2);
  });

  it("whose worker is killed is lost, and the next one works", async () => {
    const pool = poolOf(LONG!);
    const lost = caught(pool.run(longInput));
    const next = pool.run(longInput);
    await busy(pool);
    await started[0]!.terminate();
    const error = await lost;
    expect(error).toBeInstanceOf(PoolError);
    expect(error).toMatchObject({
      code: "lost",
      message: "Pool.run: the worker that computed this call has ended: it has ended",
    });
    expect(reference.exactDifference(await next, long.run(longInput))).toBeUndefined();
    expect(pool.stats()).toMatchObject({ restarts: 1, runs: 1, failures: 1 });
  });

  it("beyond what the queue takes is refused", async () => {
    const pool = poolOf(SMALL!, { size: 1, queue: 2 });
    const input = random(1, SHAPE);
    const accepted = [pool.run(input), pool.run(input)];
    const error = await caught(pool.run(input));
    expect(error).toBeInstanceOf(PoolError);
    expect(error).toMatchObject({ code: "full", message: "Pool.run: 2 calls wait already, as many as queue allows" });
    await Promise.all(accepted);
    await pool.run(input);
  });
});

describe("a call with wrong arguments", () => {
  let pool: Pool;
  beforeAll(() => {
    pool = new Pool(SMALL!, { size: 1 });
  });
  afterAll(() => pool.close());

  it.each([
    [5, "TypeError: Pool.run: input must be a Tensor, or a record of them, got 5"],
    [
      { data: Float32Array.of(1), shape: "all" },
      'TypeError: Pool.run: input.shape must be an array of lengths, got "all"',
    ],
    [{ data: [() => 1], shape: [1] }, "TypeError: Pool.run: input.data must hold numbers, got"],
    [{ input: () => 1 }, 'TypeError: Pool.run: input "input" must be a Tensor or { data, shape }, got'],
    [
      Tensor.ones([2]),
      "RangeError: Pool.run: input must have shape [1, 3, 16, 16], which the Session was compiled for, got [2]",
    ],
    [Tensor.ones(SHAPE).to("int32"), "TypeError: Pool.run: input.data must be a Float32Array, got"],
    [
      { image: Tensor.ones(SHAPE) },
      "TypeError: Pool.run: input must be a Tensor or { data: Float32Array, shape }, got",
    ],
  ])("%# is refused, and the worker goes on", async (input, message) => {
    expect(String(await caught(pool.run(input as Tensor)))).toContain(message);
    expect((await pool.run(random(1, SHAPE))).shape).toEqual([1, 4, 14, 14]);
    expect(pool.stats().restarts).toBe(0);
  });

  it.each([
    [{ signal: 5 }, "TypeError: Pool.run: signal must be an AbortSignal, got 5"],
    [{ timeout: "soon" }, 'TypeError: Pool.run: timeout must be a number, got "soon"'],
    [{ timeout: -1 }, "RangeError: Pool.run: timeout must be from 0 to 2147483647 milliseconds, got -1"],
    [{ timeout: NaN }, "RangeError: Pool.run: timeout must be from 0 to 2147483647 milliseconds, got NaN"],
    [{ time: 1 }, 'TypeError: Pool.run: unknown option "time" (known: signal, timeout)'],
  ])("as option %o is refused", async (options, message) => {
    expect(String(await caught(pool.run(random(1, SHAPE), options as object)))).toBe(message);
  });
});

describe("a model", () => {
  const damaged = Uint8Array.from(SMALL!, (byte, i) => (i === 200 ? byte ^ 1 : byte));
  it.each([
    ["damaged", damaged, () => loadSession(damaged)],
    ["no file", Uint8Array.of(1, 2, 3), () => loadOnnx(Uint8Array.of(1, 2, 3))],
    ["without a shape", ONNX, () => compile(loadOnnx(ONNX))],
  ])("that is %s is refused by each call with the error that it has here", async (_, model, load) => {
    const expected = thrownBy(load) as Error;
    const pool = poolOf(model, { size: 2 });
    const errors = await Promise.all([caught(pool.run(random(1, SHAPE))), caught(pool.run(random(1, SHAPE)))]);
    errors.push(await caught(pool.run(random(1, SHAPE))));
    for (const error of errors) {
      expect(String(error)).toBe(String(expected));
      expect((error as Error).constructor).toBe(expected.constructor);
    }
    expect(pool.stats()).toMatchObject({
      ready: 0,
      busy: 0,
      waiting: 0,
      restarts: 0,
      faults: [String(expected), String(expected)],
    });
  });

  it("is not loaded by a worker that is killed meanwhile: the others go on", async () => {
    const pool = poolOf(SMALL!, { size: 2 });
    const result = pool.run(random(1, SHAPE));
    await vi.waitFor(() => expect(started.length).toBe(2));
    await started[0]!.terminate();
    expect((await result).shape).toEqual([1, 4, 14, 14]);
    expect(pool.stats()).toMatchObject({
      ready: 1,
      faults: ["Error: Pool: a worker could not be started: it has ended"],
    });
  });

  it.each([
    [[5], "TypeError: Pool: model must be a Uint8Array or an ArrayBuffer, got 5"],
    [
      [SMALL, { inputShape: SHAPE }],
      "TypeError: Pool: inputShape must be left out for a saved Session, which has its own",
    ],
    [[ONNX, { inputShape: 5 }], "TypeError: Pool: inputShape must be a shape, or a record of shapes by name, got 5"],
    [[ONNX, { inputShape: { a: [-1] } }], 'RangeError: Pool: inputShape "a" must hold whole numbers from 0, got [-1]'],
    [[SMALL, { size: 0 }], "RangeError: Pool: size must be a whole number from 1, got 0"],
    [[SMALL, { size: "two" }], 'TypeError: Pool: size must be a number, got "two"'],
    [[SMALL, { queue: 0.5 }], "RangeError: Pool: queue must be a whole number from 1, got 0.5"],
    [[SMALL, { workers: 2 }], 'TypeError: Pool: unknown option "workers" (known: size, inputShape, queue)'],
  ])("with wrong arguments makes no pool: %#", (args, message) => {
    expect(String(thrownBy(() => new Pool(...(args as unknown as [Uint8Array]))))).toBe(message);
    expect(started).toEqual([]);
  });
});

describe("a closed pool", () => {
  it("has answered its calls and ended its workers, and takes no others", async () => {
    const pool = poolOf(SMALL!, { size: 2 });
    const input = random(1, SHAPE);
    const results = Promise.all([pool.run(input), pool.run(input), pool.run(input)]);
    const closed = pool.close();
    const error = await caught(pool.run(input));
    expect(error).toBeInstanceOf(PoolError);
    expect(error).toMatchObject({ code: "closed", message: "Pool.run: the Pool is closed" });
    await closed;
    expect((await results).length).toBe(3);
    expect(started.map(({ threadId }) => threadId)).toEqual([-1, -1]);
    expect(pool.stats()).toMatchObject({ ready: 0, busy: 0, runs: 3 });
    expect(pool.close()).toBe(closed);
  });

  it("may be closed at once, and when its model was refused", async () => {
    await poolOf(SMALL!).close();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(started).toEqual([]);
    const refused = poolOf(Uint8Array.of(1, 2, 3));
    await caught(refused.run(random(1, SHAPE)));
    await refused.close();
  });

  it("need not be: a process waits for calls, not for workers", () => {
    const url = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);
    const program = `
      import { compile, configure, nn, Tensor } from ${url("../../src/index.ts")};
      import { Pool } from ${url("../../src/pool/index.ts")};
      configure({ build: "${BUILD}" });
      const pool = new Pool(compile(new nn.Conv2d(1, 1, 1, { seed: 1 }), [1, 1, 2, 2]).save(), { size: 1 });
      pool.run(Tensor.ones([1, 1, 2, 2])).then((y) => console.log(y.shape.join()));`;
    const options = { encoding: "utf8", timeout: 60_000 } as const;
    expect(execFileSync(process.execPath, ["--input-type=module", "--eval", program], options)).toBe("1,1,2,2\n");
  });
});
