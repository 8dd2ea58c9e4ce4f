import { execFile } from "node:child_process";
import { allclose, Tensor } from "convwasm";
import { describe, expect, it } from "vitest";
import { convolve, finiteDifferences, toFloat64, type Values } from "../../examples/gallery/gradients.ts";
import { CLASSES, drawDigits, SIZE } from "../../examples/train/data.ts";
import { classifier, crossEntropy, linear, maxPool, relu } from "../../examples/train/model.ts";
import { accuracy, train } from "../../examples/train/training.ts";
import { ROOT } from "../support/node.ts";

/** The loss of examples/train's classifier, in float64 by plain loops. */
function lossInFloat64(input: Values, parameters: readonly Values[], labels: readonly number[]): number {
  const [w1, b1, w2, b2, w3, b3, w4, b4] = parameters as [Values, ...Values[]];
  const layer = (x: Values, weight: Values, bias: Values): Values => {
    const { data, shape } = convolve(x, weight, bias, { padding: 1 });
    return { data: data.map((value) => Math.max(value, 0)), shape };
  };
  const pool = ({ data, shape }: Values): Values => {
    const [n, c, height, width] = shape as [number, number, number, number];
    const pooled = Float64Array.from({ length: data.length / 4 }, (_, i) => {
      const at = Math.floor(i / (width / 2)) * 2 * width + (i % (width / 2)) * 2;
      return Math.max(data[at]!, data[at + 1]!, data[at + width]!, data[at + width + 1]!);
    });
    return { data: pooled, shape: [n, c, height / 2, width / 2] };
  };
  const features = layer(pool(layer(pool(layer(input, w1, b1!)), w2!, b2!)), w3!, b3!).data;
  const inputs = features.length / labels.length;
  const losses = labels.map((label, n) => {
    const logits = Array.from(b4!.data, (bias, k) => {
      let sum = bias;
      for (let i = 0; i < inputs; ++i) sum += w4!.data[k * inputs + i]! * features[n * inputs + i]!;
      return sum;
    });
    return Math.log(logits.reduce((sum, value) => sum + Math.exp(value), 0)) - logits[label]!;
  });
  return losses.reduce((sum, value) => sum + value, 0) / labels.length;
}

describe("the classifier of examples/train", () => {
  it("has the gradients that finite differences give", () => {
    const network = classifier(8, 4, [3, 5, 4], 1);
    const labels = [2, 0, 3];
    const input = Tensor.randn([3, 1, 8, 8], 9);
    const { output, backward } = network.apply(input);
    const { loss, gradient } = crossEntropy(output, labels);
    const forInput = backward(gradient);

    const input64 = toFloat64(input);
    const parameters64 = network.parameters.map(({ value }) => toFloat64(value));
    const loss64 = () => lossInFloat64(input64, parameters64, labels);
    expect(loss).toBeCloseTo(loss64(), 5);
    // small enough that no value passes a bend of relu or of the maximum
    const differences = [input64, ...parameters64].map((values) => finiteDifferences(values, loss64, 2 ** -20));
    const computed = [forInput, ...network.parameters.map((parameter) => parameter.gradient)];
    expect(computed).toHaveLength(9);
    for (const [i, tensor] of computed.entries()) {
      expect(tensor.data.some((value) => Math.abs(value) > 1e-3)).toBe(true);
      expect(allclose(tensor, differences[i]!, { rtol: 1e-4, atol: 1e-6 })).toBe(true);
    }
  });

  it("learns to read digits that it has not seen", () => {
    const network = classifier(SIZE, CLASSES, [8, 16, 32], 1);
    const heldBack = drawDigits(500, 2);
    expect(accuracy(network, heldBack)).toBeLessThan(0.3);
    const steps: number[] = [];
    const losses = train(network, drawDigits(2000, 1), { epochs: 2, onStep: (step) => steps.push(step) });
    expect(steps).toEqual(Array.from({ length: 160 }, (_, i) => i + 1));
    const mean = (some: number[]) => some.reduce((sum, value) => sum + value, 0) / some.length;
    expect(mean(losses.slice(0, 10))).toBeCloseTo(Math.log(CLASSES), 1);
    expect(mean(losses.slice(-10))).toBeLessThan(0.5);
    expect(accuracy(network, heldBack)).toBeGreaterThan(0.8);
  }, 60_000);

  it("learns the same from the same seeds, and something else from others", () => {
    const digits = drawDigits(100, 1);
    const losses = (seed: number) => train(classifier(SIZE, CLASSES, [4, 4, 4], seed), digits, { epochs: 2, seed });
    expect(losses(1)).toEqual(losses(1));
    expect(losses(2)).not.toEqual(losses(1));
  });
});

describe("the layers of examples/train", () => {
  it("relu and maxPool lead gradients back to where the values came from", () => {
    const x = new Tensor([1, -2, 3, 0, 5, 4, -1, 2], [1, 1, 2, 4]);
    const ones = Tensor.ones([1, 1, 2, 4]);
    const rectified = relu.apply(x);
    expect([...rectified.output.data]).toEqual([1, 0, 3, 0, 5, 4, 0, 2]);
    expect([...rectified.backward(ones).data]).toEqual([1, 0, 1, 0, 1, 1, 0, 1]);
    const pooled = maxPool.apply(x);
    expect(pooled.output.toArray()).toEqual([[[[5, 3]]]]);
    expect([...pooled.backward(new Tensor([7, 8], [1, 1, 1, 2])).data]).toEqual([0, 0, 8, 0, 7, 0, 0, 0]);
  });

  it("linear takes images as rows", () => {
    const layer = linear(4, 2, 1);
    layer.parameters[0]!.value.data.set([1, 2, 3, 4, 0, -1, 0, 1]);
    layer.parameters[1]!.value.data.set([10, 20]);
    expect(layer.apply(new Tensor([1, 1, 2, 2, 0, 1, 0, 0], [2, 1, 2, 2])).output.toArray()).toEqual([
      [27, 21],
      [12, 19],
    ]);
  });

  it("crossEntropy does not overflow", () => {
    const { loss, gradient } = crossEntropy(new Tensor([1000, 0, -1000], [1, 3]), [1]);
    expect(loss).toBe(1000);
    expect([...gradient.data]).toEqual([1, -1, 0]);
  });
});

describe("drawDigits", () => {
  it("draws other digits for other seeds, as many of each", () => {
    const { images, labels } = drawDigits(40, 1);
    expect(images.shape).toEqual([40, 1, SIZE, SIZE]);
    for (let digit = 0; digit < CLASSES; ++digit) expect(labels.filter((label) => label === digit)).toHaveLength(4);
    expect(drawDigits(40, 1).images.data).toEqual(images.data);
    expect(drawDigits(40, 2).images.data).not.toEqual(images.data);
  });
});

describe("the command", () => {
  const run = (...args: string[]) =>
    new Promise<{ code: unknown; stdout: string; stderr: string }>((resolve) => {
      execFile(process.execPath, ["examples/train/main.ts", ...args], { cwd: ROOT }, (error, stdout, stderr) =>
        resolve({ code: error?.code ?? 0, stdout, stderr }),
      );
    });

  it("prints a chart of the loss and the accuracy, and no progress bar into a pipe", async () => {
    const { code, stdout, stderr } = await run("--samples", "60", "--epochs", "2");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain("loss by step\n");
    expect(stdout).toMatch(
      /\n2 x 60 digits in \d+\.\d s, kernels: simd\naccuracy on 1000 held-back digits: \d+\.\d %\n$/,
    );
  });

  it("says in one line what is wrong with the input", async () => {
    const [noNumber, noOption, help] = await Promise.all([run("-s", "many"), run("--speed"), run("--help")]);
    const stderr = "train: --samples must be a whole number from 1 to 1000000, got many (see --help)\n";
    expect(noNumber).toEqual({ code: 1, stdout: "", stderr });
    expect(noOption).toEqual({ code: 1, stdout: "", stderr: "train: Unknown option '--speed' (see --help)\n" });
    expect(help).toMatchObject({ code: 0, stderr: "" });
    expect(help.stdout).toMatch(/^Usage: /);
  });
});
