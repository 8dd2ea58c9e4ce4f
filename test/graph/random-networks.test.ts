import { afterEach, expect, it } from "vitest";
import {
  adaptiveAvgPool2d,
  add,
  batchNorm,
  cat,
  compile,
  conv2d,
  convTranspose2d,
  hardsigmoid,
  hardswish,
  interpolate,
  leakyRelu,
  maxPool2d,
  memory,
  mul,
  pad,
  relu,
  relu6,
  sigmoid,
  silu,
  softmax,
  Tensor,
  type TensorLike,
} from "../../src/index.ts";
import { uniform } from "../../src/random.ts";

const SEED = 77_000;
const NETWORKS = 150;

/** A forward function that is drawn from a seed: every call draws the same, whether its tensors have data or not. */
function forwardOf(seed: number): (input: TensorLike) => Tensor | Record<string, Tensor> {
  return (input) => {
    const next = uniform("test", seed);
    const below = (n: number) => Math.floor(next() * n);
    const pick = <T>(values: readonly T[]): T => values[below(values.length)]!;
    const weights = (shape: readonly number[]) => {
      const fan = shape.slice(1).reduce((product, length) => product * length, 1);
      return new Tensor(
        Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => (2 * next() - 1) / Math.sqrt(fan)),
        shape,
      );
    };
    const images: Tensor[] = [input as Tensor];
    const channelsOf = (x: Tensor) => x.shape[1]!;
    const alike = (x: Tensor) => images.filter((other) => other.shape.join() === x.shape.join());
    const operations: ((x: Tensor) => Tensor)[] = [
      (x) => conv2d(x, weights([pick([3, 4, 8]), channelsOf(x), 3, 3]), null, { padding: 1 }),
      (x) => conv2d(x, weights([pick([3, 4, 8]), channelsOf(x), 1, 1])),
      (x) => conv2d(x, weights([channelsOf(x), 1, 3, 3]), null, { padding: 1, groups: channelsOf(x) }),
      (x) => {
        const c = channelsOf(x);
        const statistic = (least: number) =>
          new Tensor(
            Float32Array.from({ length: c }, () => least + next()),
            [c],
          );
        return batchNorm(x, {
          mean: statistic(-0.5),
          variance: statistic(0.5),
          weight: statistic(0.5),
          bias: statistic(-0.5),
        });
      },
      (x) => pick([relu, relu6, silu, hardswish, sigmoid, hardsigmoid])(x),
      (x) => leakyRelu(x, 0.1),
      (x) => add(x, pick(alike(x))),
      (x) => mul(x, sigmoid(pick(alike(x)))),
      (x) => mul(x, hardsigmoid(x)),
      (x) => mul(x, hardsigmoid(adaptiveAvgPool2d(x, 1))),
      (x) => add(x, weights([1, channelsOf(x), 1, 1])),
      (x) => mul(x, weights([channelsOf(x), 1, 1])),
      (x) => cat([x, pick(images.filter((y) => y.shape.toSpliced(1, 1).join() === x.shape.toSpliced(1, 1).join()))], 1),
      (x) => cat([x, x], pick([0, 1, 2])),
      (x) => maxPool2d(x, 3, { stride: 1, padding: 1 }),
      (x) => conv2d(pad(x, [1, 2, 0, 1]), weights([4, channelsOf(x), 2, 3])),
      (x) => conv2d(pad(x, [1, 1, 1, 1], { mode: "reflect" }), weights([4, channelsOf(x), 3, 3])),
      (x) => convTranspose2d(x, weights([channelsOf(x), 3, 2, 2]), null, { stride: 2 }),
      (x) => interpolate(x, { scaleFactor: 2, mode: "nearest" }),
      (x) => x.reshape([x.shape[0]!, x.shape[1]!, x.shape[3]!, x.shape[2]!]),
      (x) => softmax(x, { dim: 1 }),
    ];
    const count = 3 + below(14);
    while (images.length <= count) {
      // mostly the last one, so that chains grow which can be fused
      const x = next() < 0.7 ? images.at(-1)! : pick(images);
      if (x.size > 60_000) {
        images.push(maxPool2d(x, 2));
        continue;
      }
      images.push(pick(operations)(x));
    }
    if (next() < 0.7) return images.at(-1)!;
    return {
      last: images.at(-1)!,
      middle: images[count >> 1]!,
      again: images.at(-1)!,
      sum: add(images.at(-1)!, images.at(-1)!),
    };
  };
}

/** The largest difference, as part of the largest value where that is above 1. */
function difference(actual: Float32Array, expected: Float32Array): number {
  let [most, scale] = [actual.length === expected.length ? 0 : Infinity, 1];
  for (const [i, value] of expected.entries()) {
    most = Math.max(most, Math.abs(value - actual[i]!));
    scale = Math.max(scale, Math.abs(value));
  }
  return most / scale;
}

afterEach(() => expect(memory().used).toBe(0));

it.each(Array.from({ length: NETWORKS }, (_, i) => SEED + i))(
  "a random network gives what its functions give, seed %i",
  (seed) => {
    const forward = forwardOf(seed);
    const shape = [1 + (seed % 3 === 0 ? 1 : 0), 3 + (seed % 2), 6 + (seed % 5), 7 + (seed % 4)];
    using session = compile<Tensor | Record<string, Tensor>>({ forward }, shape);
    for (const run of [1, 2]) {
      const x = Tensor.randn(shape, seed + run);
      const [got, expected] = [session.run(x), forward(x)].map((result) =>
        result instanceof Tensor ? { output: result } : result,
      );
      expect(Object.keys(got!)).toEqual(Object.keys(expected!));
      for (const [name, y] of Object.entries(expected!)) {
        expect(got![name]!.shape).toEqual(y.shape);
        expect(difference(got![name]!.data, y.data), `${name} of run ${run}`).toBeLessThan(2e-5);
      }
    }
  },
);
