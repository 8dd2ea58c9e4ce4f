import { Tensor } from "convwasm";
import type { Samples } from "./data.ts";
import { crossEntropy, type Layer, type Parameter } from "./model.ts";

export interface TrainingOptions {
  epochs: number;
  batch?: number;
  /** of the first step */
  rate?: number;
  momentum?: number;
  /** of the order in which the samples are seen */
  seed?: number;
  /** Called with the loss of each batch. */
  onStep?(step: number, loss: number): void;
}

export const stepsPerEpoch = (samples: number, batch = 25): number => Math.ceil(samples / batch);

/** Minimises the cross-entropy by stochastic gradient descent; gives the loss of every batch. */
export function train(
  network: Layer,
  samples: Samples,
  { epochs, batch = 25, rate = 0.05, momentum = 0.9, seed = 0, onStep }: TrainingOptions,
): number[] {
  const losses: number[] = [];
  const steps = epochs * stepsPerEpoch(samples.labels.length, batch);
  for (let epoch = 0; epoch < epochs; ++epoch) {
    const order = shuffled(samples.labels.length, seed + epoch);
    for (let from = 0; from < order.length; from += batch) {
      const { images, labels } = select(samples, order.slice(from, from + batch));
      const { output, backward } = network.apply(images);
      const { loss, gradient } = crossEntropy(output, labels);
      backward(gradient);
      // down to nothing along a quarter of a cosine, so that the last steps are small
      const now = rate * Math.cos((losses.length / steps) * (Math.PI / 2));
      for (const each of network.parameters) descend(each, now, momentum);
      losses.push(loss);
      onStep?.(losses.length, loss);
    }
  }
  return losses;
}

/** The share of the samples whose label gets the largest output. */
export function accuracy(network: Layer, samples: Samples, batch = 100): number {
  let right = 0;
  for (let from = 0; from < samples.labels.length; from += batch) {
    const indices = samples.labels.slice(from, from + batch).map((_, i) => from + i);
    const { images, labels } = select(samples, indices);
    const { data, shape } = network.apply(images).output;
    const classes = shape[1]!;
    for (const [n, label] of labels.entries()) {
      const row = data.subarray(n * classes, (n + 1) * classes);
      if (row.indexOf(Math.max(...row)) === label) right += 1;
    }
  }
  return right / samples.labels.length;
}

/** torch.optim.SGD */
function descend({ value, gradient, velocity }: Parameter, rate: number, momentum: number): void {
  for (let i = 0; i < velocity.length; ++i) {
    velocity[i] = momentum * velocity[i]! + gradient.data[i]!;
    value.data[i]! -= rate * velocity[i]!;
  }
}

function shuffled(count: number, seed: number): number[] {
  const keys = Tensor.rand([count], seed).data;
  return Array.from(keys.keys()).sort((a, b) => keys[a]! - keys[b]!);
}

function select({ images, labels }: Samples, indices: readonly number[]): Samples {
  const [, ...shape] = images.shape;
  const size = shape.reduce((product, length) => product * length, 1);
  const data = new Float32Array(indices.length * size);
  for (const [to, from] of indices.entries()) data.set(images.data.subarray(from * size, (from + 1) * size), to * size);
  return { images: new Tensor(data, [indices.length, ...shape]), labels: indices.map((i) => labels[i]!) };
}
