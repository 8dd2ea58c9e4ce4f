import { conv2d, conv2dBackward, Tensor } from "convwasm";

/** A trainable tensor. */
export interface Parameter {
  readonly value: Tensor;
  /** of the loss, for each value; what the last backward found */
  gradient: Tensor;
  /** running sum of gradients, for momentum */
  readonly velocity: Float32Array;
}

/** What a layer gives for an input, and the way from the gradient for that output to the gradient for the input. */
export interface Applied {
  readonly output: Tensor;
  backward(gradient: Tensor): Tensor;
}

export interface Layer {
  readonly parameters: readonly Parameter[];
  apply(input: Tensor): Applied;
}

/** torch's default initialisation: uniform in +-1 / sqrt(fan in). */
function parameter(shape: readonly number[], fanIn: number, seed: number): Parameter {
  const bound = 1 / Math.sqrt(fanIn);
  const data = Tensor.rand(shape, seed).data.map((value) => (2 * value - 1) * bound);
  return { value: new Tensor(data, shape), gradient: Tensor.zeros(shape), velocity: new Float32Array(data.length) };
}

/** A 3x3 convolution that keeps height and width. */
export function convolution(channels: number, filters: number, seed: number): Layer {
  const weight = parameter([filters, channels, 3, 3], 9 * channels, seed);
  const bias = parameter([filters], 9 * channels, seed + 1);
  const options = { padding: 1 };
  return {
    parameters: [weight, bias],
    apply: (input) => ({
      output: conv2d(input, weight.value, bias.value, options),
      backward(gradient) {
        const gradients = conv2dBackward(input, weight.value, gradient, options);
        weight.gradient = gradients.weight;
        bias.gradient = gradients.bias;
        return gradients.input;
      },
    }),
  };
}

/** (N, ...) -> (N, outputs) */
export function linear(inputs: number, outputs: number, seed: number): Layer {
  const weight = parameter([outputs, inputs], inputs, seed);
  const bias = parameter([outputs], inputs, seed + 1);
  const w = weight.value.data;
  return {
    parameters: [weight, bias],
    apply(input) {
      const count = input.shape[0]!;
      const x = input.data;
      const output = Tensor.zeros([count, outputs]);
      for (let n = 0; n < count; ++n) {
        for (let k = 0; k < outputs; ++k) {
          let sum = bias.value.data[k]!;
          for (let i = 0; i < inputs; ++i) sum += w[k * inputs + i]! * x[n * inputs + i]!;
          output.data[n * outputs + k] = sum;
        }
      }
      const backward = ({ data: g }: Tensor): Tensor => {
        const [forInput, forWeight, forBias] = [input, weight.value, bias.value].map(({ shape }) =>
          Tensor.zeros(shape),
        ) as [Tensor, Tensor, Tensor];
        for (let n = 0; n < count; ++n) {
          for (let k = 0; k < outputs; ++k) {
            const each = g[n * outputs + k]!;
            forBias.data[k]! += each;
            for (let i = 0; i < inputs; ++i) {
              forInput.data[n * inputs + i]! += each * w[k * inputs + i]!;
              forWeight.data[k * inputs + i]! += each * x[n * inputs + i]!;
            }
          }
        }
        weight.gradient = forWeight;
        bias.gradient = forBias;
        return forInput;
      };
      return { output, backward };
    },
  };
}

export const relu: Layer = {
  parameters: [],
  apply({ data, shape }) {
    const output = Tensor.zeros(shape);
    for (let i = 0; i < data.length; ++i) output.data[i] = Math.max(data[i]!, 0);
    const backward = ({ data: g }: Tensor): Tensor => {
      const forInput = Tensor.zeros(shape);
      for (let i = 0; i < data.length; ++i) if (data[i]! > 0) forInput.data[i] = g[i]!;
      return forInput;
    };
    return { output, backward };
  },
};

/** The largest of each 2x2 values; height and width must be even. */
export const maxPool: Layer = {
  parameters: [],
  apply({ data, shape }) {
    const [count, channels, height, width] = shape as [number, number, number, number];
    const output = Tensor.zeros([count, channels, height / 2, width / 2]);
    const largest = new Int32Array(output.size);
    let to = 0;
    for (let row = 0; row < count * channels * height; row += 2) {
      for (let column = 0; column < width; column += 2, ++to) {
        const above = row * width + column;
        const below = above + width;
        const upper = data[above]! >= data[above + 1]! ? above : above + 1;
        const lower = data[below]! >= data[below + 1]! ? below : below + 1;
        largest[to] = data[upper]! >= data[lower]! ? upper : lower;
        output.data[to] = data[largest[to]!]!;
      }
    }
    const backward = ({ data: g }: Tensor): Tensor => {
      const forInput = Tensor.zeros(shape);
      for (let i = 0; i < g.length; ++i) forInput.data[largest[i]!] = g[i]!;
      return forInput;
    };
    return { output, backward };
  },
};

/** One layer after the other. */
export function sequential(layers: readonly Layer[]): Layer {
  return {
    parameters: layers.flatMap(({ parameters }) => parameters),
    apply(input) {
      const applied: Applied[] = [];
      let output = input;
      for (const layer of layers) {
        const last = layer.apply(output);
        applied.push(last);
        output = last.output;
      }
      return { output, backward: (gradient) => applied.reduceRight((g, { backward }) => backward(g), gradient) };
    },
  };
}

/** Three convolutions, each followed by relu, the first two by a pooling, and a linear layer over what is left. */
export function classifier(size: number, classes: number, filters: readonly [number, number, number], seed = 0): Layer {
  const [first, second, third] = filters;
  return sequential([
    convolution(1, first, seed),
    relu,
    maxPool,
    convolution(first, second, seed + 2),
    relu,
    maxPool,
    convolution(second, third, seed + 4),
    relu,
    linear(third * (size / 4) ** 2, classes, seed + 6),
  ]);
}

/** torch.nn.functional.cross_entropy: the mean over the samples of -log softmax(logits)[label], and its gradient. */
export function crossEntropy(logits: Tensor, labels: readonly number[]): { loss: number; gradient: Tensor } {
  const [count, classes] = logits.shape as [number, number];
  const gradient = Tensor.zeros(logits.shape);
  let loss = 0;
  for (const [n, label] of labels.entries()) {
    const row = logits.data.subarray(n * classes, (n + 1) * classes);
    const largest = Math.max(...row);
    // less the largest, so that no exponential overflows
    const exponentials = Array.from(row, (value) => Math.exp(value - largest));
    const sum = exponentials.reduce((total, value) => total + value, 0);
    loss += (Math.log(sum) + largest - row[label]!) / count;
    for (const [k, value] of exponentials.entries()) {
      gradient.data[n * classes + k] = (value / sum - (k === label ? 1 : 0)) / count;
    }
  }
  return { loss, gradient };
}
