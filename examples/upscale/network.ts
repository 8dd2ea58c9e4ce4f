import { compile, nn, type Session, Tensor } from "convwasm";
import type { Convolution, Model, Pair } from "./model.ts";

export interface ConvolutionRun {
  layer: string;
  flops: number;
  milliseconds: number;
}

/** A model made ready for images of one size. */
export class Network {
  readonly flops: number;
  readonly #model: Model;
  readonly #sessions = new Map<string, { session: Session; flops: number }>();
  /** per layer, the maps that no later layer reads */
  readonly #spent: string[][];

  constructor(model: Model, height: number, width: number) {
    this.#model = model;
    this.#spent = lastReads(model);
    let total = 0;
    for (const layer of model.layers) {
      if (layer.kind !== "convolution") continue;
      const session = compileConvolution(layer, height, width);
      const { flops } = session.explain().totals;
      this.#sessions.set(layer.name, { session, flops });
      total += flops;
    }
    this.flops = total;
  }

  run(input: Tensor, onConvolution?: (run: ConvolutionRun) => void): Tensor {
    const maps = new Map([[this.#model.input, input]]);
    for (const [index, layer] of this.#model.layers.entries()) {
      const inputs = layer.inputs.map((name) => maps.get(name)!);
      switch (layer.kind) {
        case "convolution": {
          const { session, flops } = this.#sessions.get(layer.name)!;
          const start = performance.now();
          maps.set(layer.name, session.run(inputs[0]!));
          onConvolution?.({ layer: layer.name, flops, milliseconds: performance.now() - start });
          break;
        }
        case "relu":
          maps.set(layer.name, relu(inputs[0]!));
          break;
        case "add":
          maps.set(layer.name, add(inputs));
          break;
        case "concatenate":
          maps.set(layer.name, concatenate(inputs));
          break;
        case "upsample":
          maps.set(layer.name, upsample(inputs[0]!, layer.factor));
      }
      for (const name of this.#spent[index]!) maps.delete(name);
    }
    return maps.get(this.#model.output)!;
  }

  [Symbol.dispose](): void {
    for (const { session } of this.#sessions.values()) session.dispose();
    this.#sessions.clear();
  }
}

function compileConvolution({ shape, weight, bias, scale }: Convolution, height: number, width: number): Session {
  const [outChannels, inChannels, kernelHeight, kernelWidth] = shape;
  const module = new nn.Conv2d(inChannels, outChannels, [kernelHeight, kernelWidth], { padding: "same" });
  module.weight = new Tensor(weight, shape);
  module.bias = new Tensor(bias, [outChannels]);
  return compile(module, [1, inChannels, height * scale[0], width * scale[1]]);
}

function lastReads({ layers, output }: Model): string[][] {
  const seen = new Set([output]);
  const spent: string[][] = [];
  for (const { inputs } of layers.toReversed()) {
    const unseen = [...new Set(inputs)].filter((name) => !seen.has(name));
    for (const name of unseen) seen.add(name);
    spent.unshift(unseen);
  }
  return spent;
}

function relu({ data, shape }: Tensor): Tensor {
  const result = new Float32Array(data.length);
  for (let index = 0; index < data.length; index++) result[index] = Math.max(data[index]!, 0);
  return new Tensor(result, shape);
}

function add([first, ...others]: Tensor[]): Tensor {
  const result = first!.data.slice();
  for (const { data } of others) {
    for (let index = 0; index < result.length; index++) result[index]! += data[index]!;
  }
  return new Tensor(result, first!.shape);
}

/** Joins along the channels; with one image per batch these lie one after the other. */
function concatenate(inputs: Tensor[]): Tensor {
  const result = new Float32Array(inputs.reduce((size, { data }) => size + data.length, 0));
  let offset = 0;
  for (const { data } of inputs) {
    result.set(data, offset);
    offset += data.length;
  }
  const [, , height, width] = inputs[0]!.shape as [number, number, number, number];
  return new Tensor(result, [1, result.length / (height * width), height, width]);
}

function upsample({ data, shape }: Tensor, [vertical, horizontal]: Pair): Tensor {
  const [, channels, height, width] = shape as [number, number, number, number];
  const outWidth = width * horizontal;
  const result = new Float32Array(data.length * vertical * horizontal);
  for (let row = 0; row < channels * height; row++) {
    const start = row * vertical * outWidth;
    for (let x = 0; x < outWidth; x++) result[start + x] = data[row * width + Math.floor(x / horizontal)]!;
    for (let copy = 1; copy < vertical; copy++) {
      result.copyWithin(start + copy * outWidth, start, start + outWidth);
    }
  }
  return new Tensor(result, [1, channels, height * vertical, outWidth]);
}
