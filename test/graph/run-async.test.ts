import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { squeezenet1_1 } from "../../examples/networks/squeezenet.ts";
import { compile, memory, nn, type Session, Tensor } from "../../src/index.ts";
import * as reference from "../support/reference.ts";

/** A network of many steps, of which a slice of a microsecond ends after each. */
const SHAPE = [1, 3, 64, 64];
const SLICE = 1e-3;
const image = (seed: number, shape: readonly number[] = SHAPE) =>
  new Tensor(reference.randoms(seed, reference.sizeOf(shape)), shape);

let session: Session;
beforeAll(() => {
  session = compile(squeezenet1_1(10), SHAPE);
});
afterAll(() => session.dispose());

// biome-ignore lint/suspicious/noExplicitAny: stands for every wrong type
const wrong = (value: unknown): any => value;
const rejected = (run: Promise<unknown>) =>
  run.then(
    () => undefined,
    (error: Error) => `${error.name}: ${error.message}`,
  );

describe("runAsync", () => {
  it.each([8, 1, SLICE])("gives the bits of run, in slices of %d ms", async (slice) => {
    const x = image(1);
    const expected = session.run(x);
    for (let round = 0; round < 2; ++round) {
      session.run(image(2));
      expect(reference.exactDifference(await session.runAsync(x, { slice }), expected)).toBeUndefined();
    }
  });

  it("divides a single step that is longer than a slice", async () => {
    using one = compile(new nn.Conv2d(64, 64, 3, { padding: 1, seed: 1 }), [8, 64, 56, 56]);
    const x = image(3, [8, 64, 56, 56]);
    const shares: number[] = [];
    const y = await one.runAsync(x, { slice: 0.5, onProgress: (done) => shares.push(done) });
    expect(shares.length).toBeGreaterThan(2);
    expect(reference.exactDifference(y, one.run(x))).toBeUndefined();
  });

  it("gives the event loop its turns, and reports growing shares up to 1", async () => {
    const shares: number[] = [];
    let turns = 0;
    const timer = setInterval(() => ++turns, 0);
    await session.runAsync(image(1), { slice: SLICE, onProgress: (done) => shares.push(done) });
    clearInterval(timer);
    expect(turns).toBeGreaterThan(0);
    expect(shares.length).toBeGreaterThan(20);
    expect(shares.every((share, i) => share > (shares[i - 1] ?? 0) - 1e-12 && share <= 1)).toBe(true);
    expect(shares.filter((share) => share === 1)).toEqual([1]);
  });

  it("reads its input before it returns", async () => {
    const x = image(1);
    const expected = session.run(x);
    const running = session.runAsync(x, { slice: SLICE });
    x.data.fill(NaN);
    expect(reference.exactDifference(await running, expected)).toBeUndefined();
  });

  it("fills an output and adds a residual, as run does", async () => {
    using ended = compile(new nn.Conv2d(3, 4, 3, { padding: 1, seed: 1 }), SHAPE, { residual: true });
    const residual = image(5, [1, 4, 64, 64]);
    const output = Tensor.zeros([1, 4, 64, 64]);
    const expected = ended.run(image(1), { residual });
    expect(await ended.runAsync(image(1), { residual, output })).toBe(output);
    expect(reference.exactDifference(output, expected)).toBeUndefined();
  });

  it("leaves other Sessions free to run between its slices", async () => {
    using other = compile(new nn.Conv2d(3, 4, 3, { seed: 1 }), SHAPE);
    const [x, y] = [image(1), image(2)];
    const [expected, small] = [session.run(x), other.run(y)];
    const results = await Promise.all([
      session.runAsync(x, { slice: SLICE, onProgress: () => void other.run(image(7)) }),
      other.runAsync(y).catch((error) => error),
    ]);
    expect(reference.exactDifference(results[0], expected)).toBeUndefined();
    // it ran while its own runAsync was underway, or not: never a wrong result
    if (results[1] instanceof Error) expect(results[1].message).toMatch(/running/);
    else expect(reference.exactDifference(results[1], small)).toBeUndefined();
  });
});

describe("a runAsync that is aborted", () => {
  it("rejects with the signal's reason before it computes anything", async () => {
    const reason = new Error("not needed");
    const onProgress = vi.fn();
    const run = session.runAsync(image(1), { signal: AbortSignal.abort(reason), onProgress });
    await expect(run).rejects.toBe(reason);
    expect(onProgress).not.toHaveBeenCalled();
  });

  it("ends at the next slice, and the Session runs again", async () => {
    const x = image(1);
    const expected = session.run(x);
    const controller = new AbortController();
    let slices = 0;
    const onProgress = () => {
      if (++slices === 3) controller.abort();
    };
    const run = session.runAsync(image(2), { slice: SLICE, signal: controller.signal, onProgress });
    expect(await rejected(run)).toMatch(/AbortError/);
    expect(slices).toBe(3);
    expect(reference.exactDifference(session.run(x), expected)).toBeUndefined();
    expect(reference.exactDifference(await session.runAsync(x), expected)).toBeUndefined();
  });

  it("ends by a timeout's signal", async () => {
    using long = compile(new nn.Conv2d(64, 64, 3, { padding: 1, seed: 1 }), [16, 64, 56, 56]);
    const run = long.runAsync(image(3, [16, 64, 56, 56]), { slice: 1, signal: AbortSignal.timeout(3) });
    expect(await rejected(run)).toMatch(/TimeoutError/);
  });
});

describe("while a runAsync is underway", () => {
  it("another run is refused, and leaves it as it is", async () => {
    const x = image(1);
    const expected = session.run(x);
    const running = session.runAsync(x, { slice: SLICE });
    expect(() => session.run(image(2))).toThrow("Session.run: the Session is running");
    expect(await rejected(session.runAsync(image(2)))).toMatch("Session.runAsync: the Session is running");
    expect(reference.exactDifference(await running, expected)).toBeUndefined();
  });

  it("dispose ends it and frees the memory", async () => {
    const before = memory().used;
    const doomed = compile(new nn.Conv2d(3, 4, 3, { seed: 1 }), [1, 3, 200, 200]);
    const running = doomed.runAsync(image(1, [1, 3, 200, 200]), { slice: SLICE });
    doomed.dispose();
    expect(memory().used).toBe(before);
    expect(await rejected(running)).toBe("Error: Session.runAsync: the Session was disposed while it ran");
    expect(await rejected(doomed.runAsync(image(1, [1, 3, 200, 200])))).toMatch("has been disposed");
  });

  it("what onProgress throws ends it, and the Session runs again", async () => {
    const fault = new Error("no progress");
    const run = session.runAsync(image(1), {
      onProgress: () => {
        throw fault;
      },
    });
    await expect(run).rejects.toBe(fault);
    expect(session.run(image(1)).shape).toEqual([1, 10]);
  });
});

describe("runAsync refuses", () => {
  const cases: [string, unknown, RegExp][] = [
    [
      "a signal that is none",
      { signal: {} },
      /TypeError: Session.runAsync: signal must be an AbortSignal, got an object/,
    ],
    ["a slice that is no number", { slice: "8" }, /TypeError: Session.runAsync: slice must be a number, got "8"/],
    ["a slice of 0", { slice: 0 }, /RangeError: Session.runAsync: slice must be above 0 milliseconds, got 0/],
    ["a slice that is NaN", { slice: NaN }, /RangeError: Session.runAsync: slice must be above 0 milliseconds/],
    ["progress that is no function", { onProgress: 1 }, /TypeError: Session.runAsync: onProgress must be a function/],
    ["an unknown option", { slices: 8 }, /TypeError: Session.runAsync: unknown option "slices"/],
  ];
  it.each(cases)("%s", async (_, options, message) => {
    expect(await rejected(session.runAsync(image(1), wrong(options)))).toMatch(message);
  });

  it("another shape, as run does", async () => {
    expect(await rejected(session.runAsync(Tensor.zeros([1, 3, 8, 8])))).toMatch(/RangeError: Session.runAsync: input/);
  });

  it("an output that was given away meanwhile, and the Session runs again", async () => {
    const output = Tensor.zeros([1, 10]);
    const run = session.runAsync(image(1), { output, slice: SLICE });
    structuredClone(output.data, { transfer: [output.data.buffer] });
    expect(await rejected(run)).toMatch(/TypeError: Session.runAsync: a tensor's buffer was detached/);
    expect(session.run(image(1)).shape).toEqual([1, 10]);
  });
});
