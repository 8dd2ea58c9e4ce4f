import { describe, expect, it } from "vitest";
import { compile, groupNorm, instanceNorm, layerNorm, pow, Tensor } from "../../src/index.ts";
import { loadOnnx } from "../../src/onnx/index.ts";
import { encodeModel } from "../support/onnx.ts";

/** Below 2^-126, where float32 has fewer digits the smaller a number is. */
const SUBNORMAL = Float32Array.from([
  2 ** -127,
  ...Array.from({ length: 200 }, (_, i) => (i * i + 1) * 2 ** -149),
  ...Array.from({ length: 50 }, (_, i) => (2 ** 23 - 1 - 997 * i) * 2 ** -149),
]);

/** Runs an operator of a file on numbers. */
function run(op: string, numbers: Float32Array): Float32Array {
  const shape = [numbers.length];
  using session = compile(
    loadOnnx(encodeModel({ nodes: [{ op, inputs: ["x"] }], inputs: [{ name: "x", shape }] })),
    shape,
  );
  return (session.run(new Tensor(numbers, shape)) as Tensor).data as Float32Array;
}

describe("numbers below 2^-126", () => {
  const expectNear = (got: ArrayLike<number>, of: (value: number) => number) => {
    for (const [i, value] of SUBNORMAL.entries()) {
      const wanted = of(value);
      if (Math.abs(got[i]! - wanted) > 2e-6 * Math.abs(wanted)) {
        throw new Error(`f(${value}) is ${got[i]}, expected ${wanted}`);
      }
    }
  };

  it("have a logarithm", () => expectNear(run("Log", SUBNORMAL), Math.log));

  it("have a square root, and powers", () => {
    expectNear(run("Sqrt", SUBNORMAL), Math.sqrt);
    const x = new Tensor(SUBNORMAL, [SUBNORMAL.length]);
    expectNear(pow(x, 0.25).data as Float32Array, (value) => value ** 0.25);
  });
});

describe("normalisations of numbers whose mean float32 does not hold", () => {
  /** Neighbours in float32; their mean lies between two such. */
  const x = [2 ** 24, 2 ** 24 + 2, 2 ** 24 + 2];
  const deviation = Math.sqrt(8 / 9 + 1e-5);
  const expected = [-4 / 3, 2 / 3, 2 / 3].map((value) => value / deviation);

  it.each<[string, (x: Tensor) => Tensor, readonly number[]]>([
    ["layerNorm", (x) => layerNorm(x, 3), [1, 1, 3]],
    ["instanceNorm", (x) => instanceNorm(x), [1, 1, 3]],
    ["groupNorm", (x) => groupNorm(x, 1), [1, 3]],
  ])("%s takes the variance about the mean itself", (_, call, shape) => {
    for (const [i, got] of call(new Tensor(x, shape)).data.entries()) expect(got).toBeCloseTo(expected[i]!, 5);
  });
});
