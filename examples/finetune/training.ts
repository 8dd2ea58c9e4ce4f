import { compile, crossEntropy, manualSeed, nn, Tensor } from "convwasm";
import { Adam, CosineAnnealingLR } from "convwasm/optim";
import { CHANNELS } from "./features.ts";

/** New last layers, in the place of those that told two classes apart. */
export const newHead = (classes: number): nn.Sequential =>
  new nn.Sequential(
    new nn.Conv2d(CHANNELS, 96, 1, { bias: false }),
    new nn.BatchNorm2d(96),
    new nn.Hardswish(),
    new nn.AdaptiveAvgPool2d([2, 6]),
    new nn.Flatten(),
    new nn.Dropout(0.3),
    new nn.Linear(96 * 12, classes),
  );

export interface TuningOptions {
  epochs: number;
  batch?: number;
  /** of the order in which the samples are seen, and of dropout */
  seed?: number;
  /** called with the loss of each batch */
  onStep?(step: number, loss: number): void;
}

export const stepsPerEpoch = (samples: number, batch = 25): number => Math.floor(samples / batch);

/** Trains the new layers on features; gives the loss of every batch. */
export function tune(
  head: nn.Module,
  features: Tensor,
  labels: readonly number[],
  { epochs, batch = 25, seed = 0, onStep }: TuningOptions,
): number[] {
  manualSeed(seed);
  const steps = stepsPerEpoch(labels.length, batch);
  const optimiser = new Adam(head.parameters(), { lr: 0.003 });
  const schedule = new CosineAnnealingLR(optimiser, { tMax: epochs });
  const losses: number[] = [];
  head.train();
  for (let epoch = 0; epoch < epochs; ++epoch) {
    const keys = Tensor.rand([labels.length]).data;
    const order = Array.from(keys.keys()).sort((a, b) => keys[a]! - keys[b]!);
    for (let step = 0; step < steps; ++step) {
      const chosen = order.slice(step * batch, (step + 1) * batch);
      const target = Tensor.from(chosen.map((i) => labels[i]!)).to("int64");
      optimiser.zeroGrad();
      const loss = crossEntropy(head.forward(features.indexSelect(0, Tensor.from(chosen).to("int64"))), target);
      loss.backward();
      optimiser.step();
      losses.push(loss.item());
      onStep?.(losses.length, loss.item());
    }
    schedule.step();
  }
  head.eval();
  return losses;
}

/** The share of the labels that get the largest output, by the compiled layers. */
export function accuracy(head: nn.Module, features: Tensor, labels: readonly number[]): number {
  using session = compile(head, features.shape);
  const right = session
    .run(features)
    .argmax(1)
    .eq(Tensor.from([...labels]).to("int64"));
  return right.to("float32").mean().item();
}
