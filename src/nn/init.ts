import { noteChange } from "../changes.ts";
import { checkChoice, checkNumber, checkOptions, countOf, show, wrongType, wrongValue } from "../check.ts";
import { normal, uniform } from "../random.ts";
import { Tensor } from "../tensor.ts";

/**
 * Initial values of parameters (torch.nn.init). Each function writes over its tensor, which it returns. `manualSeed` makes them
 * repeatable.
 */

/** What follows a layer, for {@link calculateGain}. */
export type Nonlinearity =
  | "linear"
  | "conv1d"
  | "conv2d"
  | "convTranspose1d"
  | "convTranspose2d"
  | "sigmoid"
  | "tanh"
  | "relu"
  | "leakyRelu"
  | "selu";

const GAINS: Readonly<Record<Nonlinearity, (slope: number) => number>> = {
  linear: () => 1,
  conv1d: () => 1,
  conv2d: () => 1,
  convTranspose1d: () => 1,
  convTranspose2d: () => 1,
  sigmoid: () => 1,
  tanh: () => 5 / 3,
  relu: () => Math.SQRT2,
  leakyRelu: (slope) => Math.sqrt(2 / (1 + slope * slope)),
  selu: () => 3 / 4,
};

const NONLINEARITIES = Object.keys(GAINS) as Nonlinearity[];

/** Options of {@link kaimingUniform_} and {@link kaimingNormal_}. */
export interface KaimingOptions {
  /** slope of leakyRelu below zero; default 0 */
  a?: number;
  /** whether the variance of what goes forward is kept, or that of gradients; default 'fanIn' */
  mode?: "fanIn" | "fanOut";
  /** what follows the layer; default 'leakyRelu' */
  nonlinearity?: Nonlinearity;
}

/** Options of {@link xavierUniform_} and {@link xavierNormal_}. */
export interface XavierOptions {
  /** factor; default 1 */
  gain?: number;
}

/**
 * The factor by which values must be larger for what follows a layer (torch.nn.init.calculate_gain).
 *
 * @param nonlinearity what follows
 * @param param slope of leakyRelu below zero; default 0.01
 * @returns the factor
 * @throws TypeError, RangeError for an unknown name, or a slope that is not a number
 */
export function calculateGain(nonlinearity: Nonlinearity, param = 0.01): number {
  const where = "nn.init.calculateGain";
  const name = checkChoice(where, "nonlinearity", nonlinearity, NONLINEARITIES);
  return GAINS[name](checkNumber(where, "param", param));
}

function checkParameter(where: string, tensor: unknown): Tensor {
  if (tensor instanceof Tensor && tensor.dtype === "float32") return tensor;
  throw wrongType(where, `tensor must be a float32 Tensor, got ${show(tensor)}`);
}

/** Every element by a function without arguments. */
function filled(tensor: Tensor, next: () => number): Tensor {
  const { data } = tensor;
  for (let i = 0; i < data.length; ++i) data[i] = next();
  noteChange(data);
  return tensor;
}

/** Numbers of values that each output is computed from, and that each input goes into. */
function fans(where: string, { shape }: Tensor): { readonly fanIn: number; readonly fanOut: number } {
  if (shape.length < 2) throw wrongValue(where, `tensor must have two axes or more, got shape ${show(shape)}`);
  const taps = countOf(shape.slice(2));
  return { fanIn: shape[1]! * taps, fanOut: shape[0]! * taps };
}

function spread(where: string, tensor: Tensor, bound: number): Tensor {
  const next = uniform(where);
  return filled(tensor, () => (2 * next() - 1) * bound);
}

function scattered(where: string, tensor: Tensor, std: number): Tensor {
  const next = normal(where);
  return filled(tensor, () => next() * std);
}

/**
 * Uniform from a to b (torch.nn.init.uniform_).
 *
 * @param tensor is written over, and returned
 * @param a default 0
 * @param b default 1
 * @returns the tensor
 * @throws TypeError for anything but a float32 Tensor and numbers, RangeError for an a above b
 */
export function uniform_(tensor: Tensor, a = 0, b = 1): Tensor {
  const where = "nn.init.uniform_";
  checkParameter(where, tensor);
  const width = checkNumber(where, "b", b) - checkNumber(where, "a", a);
  if (!(width >= 0)) throw wrongValue(where, `a must not be above b, got ${a} and ${b}`);
  const next = uniform(where);
  return filled(tensor, () => a + width * next());
}

/**
 * Normal with a mean and a standard deviation (torch.nn.init.normal_).
 *
 * @param tensor is written over, and returned
 * @param mean default 0
 * @param std default 1
 * @returns the tensor
 * @throws TypeError for anything but a float32 Tensor and numbers, RangeError for a negative std
 */
export function normal_(tensor: Tensor, mean = 0, std = 1): Tensor {
  const where = "nn.init.normal_";
  checkParameter(where, tensor);
  checkNumber(where, "mean", mean);
  if (!(checkNumber(where, "std", std) >= 0)) throw wrongValue(where, `std must not be negative, got ${std}`);
  const next = normal(where);
  return filled(tensor, () => mean + std * next());
}

/**
 * One value everywhere (torch.nn.init.constant_).
 *
 * @param tensor is written over, and returned
 * @param value a number
 * @returns the tensor
 * @throws TypeError for anything but a float32 Tensor and a number
 */
export function constant_(tensor: Tensor, value: number): Tensor {
  const where = "nn.init.constant_";
  checkParameter(where, tensor);
  checkNumber(where, "value", value);
  return filled(tensor, () => value);
}

/** 0 everywhere (torch.nn.init.zeros_); otherwise as {@link constant_}. */
export const zeros_ = (tensor: Tensor): Tensor => constant_(tensor, 0);

/** 1 everywhere (torch.nn.init.ones_); otherwise as {@link constant_}. */
export const ones_ = (tensor: Tensor): Tensor => constant_(tensor, 1);

/** The identity matrix (torch.nn.init.eye_); otherwise as {@link constant_}, with a RangeError for other than two axes. */
export function eye_(tensor: Tensor): Tensor {
  const where = "nn.init.eye_";
  const { shape } = checkParameter(where, tensor);
  if (shape.length !== 2) throw wrongValue(where, `tensor must have two axes, got shape ${show(shape)}`);
  const [rows, columns] = shape as [number, number];
  const { data } = zeros_(tensor);
  for (let i = 0; i < Math.min(rows, columns); ++i) data[i * (columns + 1)] = 1;
  return tensor;
}

function kaiming(where: string, tensor: Tensor, options: KaimingOptions | undefined): number {
  checkParameter(where, tensor);
  const o = checkOptions(where, options, ["a", "mode", "nonlinearity"]);
  const mode = checkChoice(where, "mode", o.mode ?? "fanIn", ["fanIn", "fanOut"]);
  const slope = checkNumber(where, "a", o.a ?? 0);
  return calculateGain(o.nonlinearity ?? "leakyRelu", slope) / Math.sqrt(fans(where, tensor)[mode]);
}

/**
 * Uniform, of the variance that keeps activations or gradients alike through layers (torch.nn.init.kaiming_uniform_; He et al., arXiv
 * 1502.01852).
 *
 * @param tensor two axes or more: a weight; is written over, and returned
 * @param options a 0, mode 'fanIn', nonlinearity 'leakyRelu'
 * @returns the tensor
 * @throws TypeError for an argument of the wrong kind; RangeError for a tensor of fewer axes
 */
export function kaimingUniform_(tensor: Tensor, options?: KaimingOptions): Tensor {
  const where = "nn.init.kaimingUniform_";
  return spread(where, tensor, Math.sqrt(3) * kaiming(where, tensor, options));
}

/** Normal (torch.nn.init.kaiming_normal_); otherwise as {@link kaimingUniform_}. */
export function kaimingNormal_(tensor: Tensor, options?: KaimingOptions): Tensor {
  const where = "nn.init.kaimingNormal_";
  return scattered(where, tensor, kaiming(where, tensor, options));
}

function xavier(where: string, tensor: Tensor, options: XavierOptions | undefined): number {
  checkParameter(where, tensor);
  const { gain = 1 } = checkOptions(where, options, ["gain"]);
  const { fanIn, fanOut } = fans(where, tensor);
  return checkNumber(where, "gain", gain) * Math.sqrt(2 / (fanIn + fanOut));
}

/**
 * Uniform, of a variance between those for activations and for gradients (torch.nn.init.xavier_uniform_; Glorot and Bengio, 2010).
 *
 * @param tensor two axes or more: a weight; is written over, and returned
 * @param options gain 1
 * @returns the tensor
 * @throws as {@link kaimingUniform_}
 */
export function xavierUniform_(tensor: Tensor, options?: XavierOptions): Tensor {
  const where = "nn.init.xavierUniform_";
  return spread(where, tensor, Math.sqrt(3) * xavier(where, tensor, options));
}

/** Normal (torch.nn.init.xavier_normal_); otherwise as {@link xavierUniform_}. */
export function xavierNormal_(tensor: Tensor, options?: XavierOptions): Tensor {
  const where = "nn.init.xavierNormal_";
  return scattered(where, tensor, xavier(where, tensor, options));
}
