import {
  checkAxes,
  checkInteger,
  checkList,
  checkRecord,
  checkTensor,
  countOf,
  largestOf,
  type Pair,
  sameShape,
  settled,
  show,
  type TensorLike,
  type View,
  wrongType,
  wrongValue,
} from "./check.ts";
import { affineOf, type BatchNormStatistics } from "./functional/batch-norm.ts";
import { newData, Tensor } from "./tensor.ts";

/** The parameters of a convolution; a layer, as nn.Conv2d, stands for its own. */
export interface ConvParameters {
  /** (filters, channels / groups, kernel height, kernel width) */
  weight: TensorLike;
  /** (filters); null or left out for none */
  bias?: TensorLike | null;
}

/** The parameters of the one convolution that replaces others. */
export interface FusedParameters {
  readonly weight: Tensor;
  readonly bias: Tensor;
}

/**
 * The kernel with zeros around it. With padding larger by half of the growth (times the dilation) a convolution computes
 * what it computed before: a 1x1 kernel of padding 0 becomes a 3x3 kernel of padding 1.
 *
 * @param weight (filters, channels / groups, kernel height, kernel width)
 * @param kernelSize the new size; each axis grows by an even number, or not at all
 * @returns (filters, channels / groups, ...kernelSize)
 * @throws TypeError for an argument of the wrong kind; RangeError for a weight without four axes, for a smaller kernel,
 *   and for an odd growth, which has no centre
 */
export function padKernel(weight: TensorLike, kernelSize: Pair): Tensor {
  const where = "padKernel";
  const w = checkWeight(where, "weight", weight);
  const size = checkAxes(where, "kernelSize", kernelSize, 2, 1);
  const growth = size.map((length, i) => length - w.shape[i + 2]!);
  for (const [fault, isFault] of [
    ["must not be smaller than", (grown: number) => grown < 0],
    ["must differ by an even number from", (grown: number) => grown % 2 !== 0],
  ] as const) {
    if (growth.some(isFault)) {
      throw wrongValue(where, `kernelSize ${fault} the ${kernelName(w)} kernel of weight, got ${show(kernelSize)}`);
    }
  }
  const shape = [w.shape[0]!, w.shape[1]!, ...size];
  const data = newData(where, shape);
  settled(where, w);
  eachTap(w, size, (from, to) => {
    data[to] = w.data[from]!;
  });
  return new Tensor(data, shape);
}

/**
 * The kernel with which conv2d returns its input unchanged, for stride 1, padding floor(kernelSize / 2) and these groups.
 *
 * @param channels a multiple of groups
 * @param kernelSize odd along both axes
 * @param groups default 1
 * @returns (channels, channels / groups, kernel height, kernel width)
 * @throws TypeError for an argument of the wrong kind; RangeError for an even kernel, which has no centre, and for
 *   groups that do not divide the channels
 */
export function identityKernel(channels: number, kernelSize: Pair, groups = 1): Tensor {
  const where = "identityKernel";
  checkInteger(where, "channels", channels, 1);
  const size = checkAxes(where, "kernelSize", kernelSize, 2, 1);
  checkInteger(where, "groups", groups, 1);
  if (size.some((length) => length % 2 === 0)) {
    throw wrongValue(where, `kernelSize must be odd to have a centre, got ${show(kernelSize)}`);
  }
  if (channels % groups !== 0) throw wrongValue(where, `groups must divide channels (${channels}), got ${groups}`);
  const groupChannels = channels / groups;
  const shape = [channels, groupChannels, ...size];
  const data = newData(where, shape);
  const taps = countOf(size);
  for (let filter = 0; filter < channels; ++filter) {
    data[(filter * groupChannels + (filter % groupChannels)) * taps + (taps - 1) / 2] = 1;
  }
  return new Tensor(data, shape);
}

/**
 * One convolution that computes the sum of several on the same input with the same stride and
 * groups (Ding et al., RepVGG, arXiv 2101.03697, section 3.3). Each branch must be padded so that its kernel's centre
 * visits the same pixels: by half of the kernel for odd kernels. The fused kernel is as large as the largest along
 * each axis and takes that branch's padding. Summed in float64.
 *
 * @param branches at least one, layers (nn.Conv2d) or { weight, bias }; a missing bias counts as 0
 * @returns weight (filters, channels / groups, kernel height, kernel width), bias (filters)
 * @throws TypeError for an argument of the wrong kind; RangeError, naming the branch by its index, where filters or
 *   channels differ, or where kernels differ by an odd number along an axis; of layers, too, where strides, dilations, groups or
 *   padding modes differ, or the padding leads a kernel's centre over other pixels
 */
export function fuseParallel(branches: readonly ConvParameters[]): FusedParameters {
  const where = "fuseParallel";
  const list = checkList(where, "branches", branches, "{ weight, bias }") as readonly ConvParameters[];
  if (list.length === 0) throw wrongValue(where, "branches must hold at least one { weight, bias }, got []");
  const checked = list.map((branch, i) => checkParameters(where, `branches[${i}]`, branch, [4]));
  checkAlike(where, list);
  const first = checked[0]!.weight;
  const size = [2, 3].map((axis) => largestOf(checked.map(({ weight }) => weight.shape[axis]!)));
  for (const [i, { weight }] of checked.entries()) {
    for (const [axis, name] of ["filters", "input channels per group"].entries()) {
      if (weight.shape[axis] !== first.shape[axis]) {
        const expected = first.shape[axis];
        throw wrongValue(
          where,
          `branches[${i}].weight must have ${expected} ${name}, as branches[0].weight has, got ${weight.shape[axis]}`,
        );
      }
    }
    if (size.some((length, axis) => (length - weight.shape[axis + 2]!) % 2 !== 0)) {
      throw wrongValue(
        where,
        `branches[${i}].weight must differ by even numbers from the largest kernel, ${size.join("x")}, got ${kernelName(weight)}`,
      );
    }
  }

  const shape = [first.shape[0]!, first.shape[1]!, ...size];
  const sums = newData(where, shape);
  const total = new Float64Array(sums.length);
  const biases = new Float64Array(shape[0]!);
  for (const { weight, bias } of checked) {
    settled(where, weight);
    if (bias !== undefined) settled(where, bias);
    eachTap(weight, size, (from, to) => {
      total[to]! += weight.data[from]!;
    });
    bias?.data.forEach((value, filter) => {
      biases[filter]! += value;
    });
  }
  sums.set(total);
  return { weight: new Tensor(sums, shape), bias: new Tensor(Float32Array.from(biases), [shape[0]!]) };
}

/**
 * One convolution in place of a convolution followed by a batch normalisation in evaluation mode
 * (torch.nn.utils.fusion.fuse_conv_bn_weights). Computed in float64, rounded once.
 *
 * @param conv weight (filters, channels / groups, kernel height, kernel width), or conv1d's with one kernel axis; bias
 *   (filters), or none
 * @param norm mean and variance (filters) each; weight 1, bias 0, eps 1e-5; or a layer, as nn.BatchNorm2d
 * @returns weight of the same shape, bias (filters)
 * @throws TypeError for an argument of the wrong kind; RangeError where a tensor does not have one value for each filter, or
 *   eps is negative or not finite
 */
export function foldBatchNorm(
  conv: ConvParameters,
  norm: BatchNormStatistics | { readonly statistics: BatchNormStatistics },
): FusedParameters {
  const where = "foldBatchNorm";
  const { weight, bias } = checkParameters(where, "conv", conv, [3, 4]);
  const filters = weight.shape[0]!;
  const isNorm = typeof norm === "object" && norm !== null && "statistics" in norm;
  const { scale, shift } = affineOf(where, "norm", isNorm ? norm.statistics : norm, filters, "filter of conv.weight");
  const folded = newData(where, weight.shape);
  settled(where, weight);
  if (bias !== undefined) settled(where, bias);
  const taps = folded.length / filters;
  for (let i = 0; i < folded.length; ++i) folded[i] = weight.data[i]! * scale[Math.floor(i / taps)]!;
  const shifted = shift.map((value, filter) => value + (bias?.data[filter] ?? 0) * scale[filter]!);
  return { weight: new Tensor(folded, weight.shape), bias: new Tensor(Float32Array.from(shifted), [filters]) };
}

/** How a layer moves its kernel. */
interface Moves {
  readonly stride: readonly number[];
  readonly dilation: readonly number[];
  readonly padding: readonly number[] | number | "same" | "valid";
  readonly groups: number;
  readonly paddingMode: string;
}

type Layer = ConvParameters & { readonly options: Moves };

const isLayer = (value: unknown): value is Layer =>
  typeof value === "object" && value !== null && "options" in value && "forward" in value;

/** Checks that those branches that are layers, and so say how they move their kernels, all lead their centres over the same pixels. */
function checkAlike(where: string, branches: readonly ConvParameters[]): void {
  const described = branches.flatMap((branch, i) => {
    if (!isLayer(branch)) return [];
    const { stride, dilation, padding, groups, paddingMode } = branch.options;
    const reach = checkTensor(where, `branches[${i}].weight`, branch.weight).shape.slice(2);
    const centre = reach.map((length, axis) => {
      const half = (dilation[axis]! * (length - 1)) / 2;
      if (padding === "same") return 0;
      const own = padding === "valid" ? 0 : typeof padding === "number" ? padding : padding[axis]!;
      return own - half;
    });
    // a kernel of one tap has no dilation
    const apart = reach.every((length) => length === 1) ? null : dilation;
    return [{ i, facts: { stride, dilation: apart, groups, paddingMode, "padding less half the kernel": centre } }];
  });
  for (const { i, facts } of described) {
    for (const other of described) {
      for (const [name, value] of Object.entries(facts)) {
        const expected = (other.facts as Readonly<Record<string, unknown>>)[name];
        if (value === null || expected === null || show(value) === show(expected)) continue;
        const both = `branches[${i}] has ${show(value)}, but branches[${other.i}] has ${show(expected)}`;
        throw wrongValue(where, `${name} must be the same in all branches: ${both}`);
      }
    }
  }
}

const kernelName = ({ shape }: View) => shape.slice(2).join("x");

/** Calls `visit` with the index of every value of the weight and its index in a larger kernel with the same centre. */
function eachTap({ shape }: View, size: readonly number[], visit: (from: number, to: number) => void): void {
  const [filters, channels, height, width] = shape as [number, number, number, number];
  const [outHeight, outWidth] = size as [number, number];
  const top = (outHeight - height) / 2;
  const left = (outWidth - width) / 2;
  let from = 0;
  for (let plane = 0; plane < filters * channels; ++plane) {
    for (let r = 0; r < height; ++r) {
      const to = (plane * outHeight + top + r) * outWidth + left;
      for (let s = 0; s < width; ++s) visit(from++, to + s);
    }
  }
}

function checkWeight(where: string, name: string, value: unknown, axes: readonly number[] = [4]): View {
  const weight = checkTensor(where, name, value);
  if (!axes.includes(weight.shape.length)) {
    const expected = "(filters, channels / groups, kernel height, kernel width)";
    throw wrongValue(where, `${name} must be ${expected}, got shape ${show(weight.shape)}`);
  }
  if (weight.shape.includes(0)) {
    throw wrongValue(where, `${name} must not have axes of length 0, got shape ${show(weight.shape)}`);
  }
  return weight;
}

function checkParameters(
  where: string,
  name: string,
  value: ConvParameters,
  axes: readonly number[],
): { weight: View; bias: View | undefined } {
  const record = isLayer(value) ? value : checkRecord(where, name, value, ["weight", "bias"]);
  if (isLayer(value) && !("paddingMode" in value.options)) {
    throw wrongType(where, `${name} must be a convolution, as nn.Conv2d, or { weight, bias }, got another layer`);
  }
  const weight = checkWeight(where, `${name}.weight`, record.weight, axes);
  if (record.bias == null) return { weight, bias: undefined };
  const bias = checkTensor(where, `${name}.bias`, record.bias);
  const filters = weight.shape[0]!;
  if (!sameShape(bias.shape, [filters])) {
    throw wrongValue(
      where,
      `${name}.bias must have shape [${filters}], one value for each filter of ${name}.weight, got ${show(bias.shape)}`,
    );
  }
  return { weight, bias };
}
