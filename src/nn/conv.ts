import {
  checkAxes,
  checkChoice,
  checkInteger,
  checkOptions,
  checkTensor,
  countOf,
  type Pair,
  sameShape,
  show,
  type TensorLike,
  wrongType,
  wrongValue,
} from "../check.ts";
import { type Conv2dOptions, conv2d } from "../conv/conv.ts";
import { PADDING_MODES, type PaddingMode } from "../conv/padding.ts";
import type { ConvNode, Module } from "../graph.ts";
import { uniform } from "../random.ts";
import { newData, Tensor } from "../tensor.ts";

/** Options of {@link Conv2d}. */
export interface Conv2dModuleOptions {
  /** default 1 */
  stride?: Pair;
  /** default 0 */
  padding?: Pair | "same" | "valid";
  /** default 1 */
  dilation?: Pair;
  /** default 1 */
  groups?: number;
  /** whether there is a bias; default true */
  bias?: boolean;
  /** default 'zeros' */
  paddingMode?: PaddingMode;
  /** makes the initial values repeatable */
  seed?: number;
}

/**
 * torch.nn.Conv2d. `weight` (filters, channels / groups, kernel height, kernel width) and `bias` (filters) may be
 * assigned; both start uniform in +-1 / sqrt(fan in), torch's default (kaiming_uniform with a = sqrt(5)).
 */
export class Conv2d implements Module {
  readonly inChannels: number;
  readonly outChannels: number;
  readonly kernelSize: readonly [number, number];
  readonly options: Readonly<Conv2dOptions>;
  #weight: Tensor;
  #bias: Tensor | null;

  /** @throws TypeError, RangeError for what no convolution can have */
  constructor(inChannels: number, outChannels: number, kernelSize: Pair, options?: Conv2dModuleOptions) {
    const where = "nn.Conv2d";
    const known = ["stride", "padding", "dilation", "groups", "bias", "paddingMode", "seed"] as const;
    const o = checkOptions(where, options, known);
    const { bias = true, seed, padding = 0, paddingMode = "zeros" } = o;
    if (typeof bias !== "boolean") throw wrongType(where, `bias must be true or false, got ${show(bias)}`);
    this.inChannels = checkInteger(where, "inChannels", inChannels, 1);
    this.outChannels = checkInteger(where, "outChannels", outChannels, 1);
    this.kernelSize = checkAxes(where, "kernelSize", kernelSize, 2, 1) as [number, number];
    const stride = checkAxes(where, "stride", o.stride ?? 1, 2, 1) as [number, number];
    const dilation = checkAxes(where, "dilation", o.dilation ?? 1, 2, 1) as [number, number];
    const groups = checkInteger(where, "groups", o.groups ?? 1, 1);
    checkChoice(where, "paddingMode", paddingMode, PADDING_MODES);
    if (typeof padding === "string") checkChoice(where, "padding", padding, ["same", "valid"]);
    else checkAxes(where, "padding", padding, 2, 0);
    if (padding === "same" && (stride[0] !== 1 || stride[1] !== 1)) {
      throw wrongValue(where, `padding 'same' needs stride 1, got stride ${show(stride)}`);
    }
    for (const [name, count] of [
      ["inChannels", inChannels],
      ["outChannels", outChannels],
    ] as const) {
      if (count % groups !== 0) throw wrongValue(where, `groups must divide ${name} (${count}), got ${groups}`);
    }
    this.options = Object.freeze({ stride, padding, dilation, groups, paddingMode });

    const shape = [outChannels, inChannels / groups, ...this.kernelSize];
    const bound = 1 / Math.sqrt(countOf(shape.slice(1)));
    const next = uniform(where, seed);
    const draw = () => (2 * next() - 1) * bound;
    this.#weight = new Tensor(newData(where, shape).map(draw), shape);
    this.#bias = bias ? new Tensor(newData(where, [outChannels]).map(draw), [outChannels]) : null;
  }

  get weight(): Tensor {
    return this.#weight;
  }

  /** @throws RangeError for a tensor of another shape */
  set weight(value: TensorLike) {
    this.#weight = parameter("weight", value, this.#weight.shape);
  }

  get bias(): Tensor | null {
    return this.#bias;
  }

  /** @throws RangeError for a tensor of another shape */
  set bias(value: TensorLike | null) {
    this.#bias = value === null ? null : parameter("bias", value, [this.outChannels]);
  }

  /** @see conv2d */
  forward(input: TensorLike): Tensor {
    return conv2d(input, this.#weight, this.#bias, this.options);
  }

  /** The parameters by torch's names. */
  stateDict(): Record<string, Tensor> {
    return this.#bias === null ? { weight: this.#weight } : { weight: this.#weight, bias: this.#bias };
  }

  /** @throws RangeError where a name is missing or unknown, or a shape differs; nothing is loaded then */
  loadStateDict(state: Readonly<Record<string, TensorLike>>): void {
    const where = "nn.Conv2d.loadStateDict";
    if (typeof state !== "object" || state === null)
      throw wrongType(where, `state must be a record of tensors, got ${show(state)}`);
    const own = this.stateDict();
    for (const name of Object.keys(own)) {
      if (!(name in state))
        throw wrongValue(where, `${name} is missing (got ${Object.keys(state).join(", ") || "nothing"})`);
    }
    for (const name of Object.keys(state)) {
      if (!(name in own)) throw wrongValue(where, `${name} is unknown (expected ${Object.keys(own).join(", ")})`);
    }
    const weight = parameter("weight", state.weight, this.#weight.shape);
    if (this.#bias !== null) this.#bias = parameter("bias", state.bias, [this.outChannels]);
    this.#weight = weight;
  }

  node(): ConvNode {
    return { op: "conv2d", weight: this.#weight, bias: this.#bias, options: this.options };
  }
}

function parameter(name: string, value: unknown, expected: readonly number[]): Tensor {
  const { data, shape } = checkTensor("nn.Conv2d", name, value);
  if (!sameShape(shape, expected)) {
    throw wrongValue("nn.Conv2d", `${name} must have shape ${show(expected)}, got ${show(shape)}`);
  }
  return value instanceof Tensor ? value : new Tensor(data, shape);
}
