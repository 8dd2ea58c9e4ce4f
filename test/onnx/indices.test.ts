/** Indices that only a run knows: those out of range are an error by name, and the Session runs on. */
import { describe, expect, test } from "vitest";
import { compile, Tensor } from "../../src/index.ts";
import { loadOnnx } from "../../src/onnx/index.ts";
import { encodeModel, type TestAttribute } from "../support/onnx.ts";

const x = new Tensor(
  Float32Array.from({ length: 24 }, (_, i) => i),
  [2, 3, 4],
);

/** A Session of one operator on x, indices i and, if it has them, updates u. */
function sessionOf(op: string, shape: readonly number[], updates?: readonly number[], attributes = {}) {
  const given = updates === undefined ? {} : { u: updates };
  const model = encodeModel({
    opset: 18,
    nodes: [{ op, inputs: ["x", "i", ...Object.keys(given)], attributes: attributes as Record<string, TestAttribute> }],
    inputs: [
      { name: "x", shape: [2, 3, 4] },
      { name: "i", type: "INT64", shape },
      ...Object.entries(given).map(([name, lengths]) => ({ name, shape: lengths })),
    ],
  });
  return compile(loadOnnx(model), { x: x.shape, i: shape, ...given });
}

describe.each([
  ["Gather", [2], undefined, { axis: { int: 1 } }, [2, -3], [3, -4], /every index must be from -3 to 2/],
  ["GatherElements", [2, 1, 1], undefined, { axis: { int: 1 } }, [2, -3], [3, -4], /every index must be from -3 to 2/],
  ["GatherND", [1, 2], undefined, {}, [-2, 2], [2, -3], /every index must lie within its axis/],
  ["ScatterElements", [2, 1, 1], [2, 1, 1], { axis: { int: 1 } }, [2, -3], [3, -4], /every index must be from -3 to 2/],
  ["ScatterND", [1, 2], [1, 4], {}, [-2, 2], [2, -3], /every index must lie within its axis/],
  ["ReverseSequence", [3], undefined, {}, [0, 1, 2], [3, -1], /every length of a sequence must be from 0 to 2/],
] as const)("%s", (op, shape, updates, attributes, right, wrong, message) => {
  test("names indices out of range, and runs on", () => {
    using session = sessionOf(op, shape, updates, attributes);
    const u = updates && Tensor.ones(updates);
    const run = (numbers: readonly bigint[]) =>
      session.run({ x, i: { data: BigInt64Array.from(numbers), shape }, ...(u && { u }) } as never);
    const numbers = right.map(BigInt);
    const before = run(numbers).data.slice();
    for (const index of [...wrong.map(BigInt), 2n ** 31n, -(2n ** 31n), 2n ** 32n, 2n ** 63n - 1n, -(2n ** 63n)]) {
      expect(() => run([index, ...numbers.slice(1)])).toThrow(message);
    }
    expect(run(numbers).data).toEqual(before);
  });
});

test.each([
  ["GatherElements", { type: "INT64", dims: [1, 1, 1], values: [2] }],
  ["GatherND", { type: "INT64", dims: [1, 3], values: [0, 3, 0] }],
] as const)("constant indices of %s are checked before anything runs", (op, indices) => {
  const model = encodeModel({
    opset: 18,
    nodes: [{ op, inputs: ["x", "i"] }],
    inputs: [{ name: "x", shape: [2, 3, 4] }],
    constants: { i: indices },
  });
  expect(() => compile(loadOnnx(model), [2, 3, 4])).toThrow(/every index must .*, got [23]/);
});

describe.each([
  [
    "RoiAlign",
    { i: { type: "INT64", shape: [2] }, r: { shape: [2, 4] } },
    ["x", "r", "i"],
    (image: number) => ({
      r: { data: Float32Array.of(0, 0, 3, 3, 1, 1, 2, 2), shape: [2, 4] },
      i: { data: BigInt64Array.of(1n, BigInt(image)), shape: [2] },
    }),
  ],
  [
    "MaxRoiPool",
    { r: { shape: [2, 5] } },
    ["x", "r"],
    (image: number) => ({ r: { data: Float32Array.of(1, 0, 0, 3, 3, image, 1, 1, 2, 2), shape: [2, 5] } }),
  ],
] as const)("%s", (op, given, inputs, regions) => {
  test("names images that do not exist, and runs on", () => {
    const attributes: Record<string, TestAttribute> = op === "MaxRoiPool" ? { pooled_shape: { ints: [2, 2] } } : {};
    const model = encodeModel({
      opset: 18,
      nodes: [{ op, inputs, attributes }],
      inputs: [{ name: "x", shape: [2, 1, 4, 3] }, ...Object.entries(given).map(([name, each]) => ({ name, ...each }))],
    });
    const shapes = Object.fromEntries(Object.entries(given).map(([name, { shape }]) => [name, [...shape]]));
    const pictures = x.reshape([2, 1, 4, 3]);
    using session = compile<Tensor>(loadOnnx(model), { x: [2, 1, 4, 3], ...shapes });
    const run = (image: number) => session.run({ x: pictures, ...regions(image) } as never);
    const before = run(0).data.slice();
    for (const image of [-1, 2, 2 ** 31, -(2 ** 31), 2 ** 32]) {
      expect(() => run(image)).toThrow(/the image of every region must be from 0 to 1/);
    }
    expect(run(0).data).toEqual(before);
  });
});

test("a range that only a run limits has an end and a most, and its Session runs on", () => {
  const model = encodeModel({
    opset: 18,
    nodes: [{ op: "Range", inputs: ["start", "limit", "step"] }],
    inputs: ["start", "limit", "step"].map((name) => ({ name, type: "INT64", shape: [] })),
    outputs: [{ name: "y", type: "INT64", shape: null }],
  });
  using session = compile<Tensor>(loadOnnx(model), { start: [], limit: [], step: [] });
  const run = (start: bigint, limit: bigint, step: bigint) => {
    const scalar = (value: bigint) => ({ data: BigInt64Array.of(value), shape: [] });
    return session.run({ start: scalar(start), limit: scalar(limit), step: scalar(step) } as never).data.length;
  };
  expect(run(0n, 65536n, 1n)).toBe(65536);
  for (const [start, limit, step] of [
    [0n, 65537n, 1n],
    [0n, 1n, 0n],
    [0n, 0n, 0n],
    [0n, -(2n ** 62n), -1n],
  ] as const) {
    expect(() => run(start, limit, step)).toThrow(/may have 65536 numbers at most, and must end/);
  }
  expect(run(7n, 3n, 1n)).toBe(0);
});
