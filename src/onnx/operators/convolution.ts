import { show, wrongType, wrongValue } from "../../check.ts";
import {
  conv1dOperator,
  conv2dOperator,
  conv3dOperator,
  convTranspose1dOperator,
  convTranspose2dOperator,
  convTranspose3dOperator,
} from "../../operators/conv.ts";
import { sliceOperator } from "../../operators/movement.ts";
import { deferred, type OnnxNode, type Translator } from "../translation.ts";
import { listOf, shapeOf } from "./shapes.ts";
import { isSame, samePads, shared, windowsOf } from "./windows.ts";

/**
 * Arguments and attributes of a convolution.
 * @param index of the weight
 */
export function convolutionOf(node: OnnxNode, index = 1) {
  const inputs = [node.input(0), node.input(1), node.optional(2)];
  const weight = node.lengthsOf(node.input(index));
  if (weight !== undefined && (weight.length < 3 || weight.length > 5)) {
    throw wrongType(node.where, `the weight must have 3 to 5 axes, got shape ${show(weight)}`);
  }
  const windows = windowsOf(node, weight);
  return {
    inputs,
    windows,
    stride: windows.strides,
    dilation: windows.dilations,
    groups: node.attributes.int("group", 1),
  };
}

const conv: Translator = (node) => {
  const { inputs, windows, ...options } = convolutionOf(node);
  const { axes, kernel, autoPad, pads } = windows;
  const operator = [conv1dOperator, conv2dOperator, conv3dOperator][axes - 1]!;
  if (isSame(autoPad)) {
    const attributes = deferred([], (_, operands) => {
      const [input, weight] = operands.map((operand) => operand?.shape.slice(-axes));
      return { options, pads: samePads(windows, input!, kernel ?? weight!) };
    });
    return node.add(operator, inputs, attributes);
  }
  if (pads.some(([before, after]) => before !== after)) {
    return node.add(operator, inputs, { options, pads });
  }
  const padding = pads.map(([before]) => before);
  return node.add(operator, inputs, { options: { ...options, padding } });
};

/** One axis of a transposed convolution in torch's terms, and what is then cut off both ends. */
interface TransposedAxis {
  readonly padding: number;
  readonly outputPadding: number;
  readonly cut: readonly [number, number];
}

/**
 * torch crops both ends by `padding` and then adds to the end. A crop of the end alone is done by adding less, where
 * that suffices.
 *
 * @param most the output padding must stay below this
 */
function transposedAxis([before, after]: readonly [number, number], added: number, most: number): TransposedAxis {
  const outputPadding = added + before - after;
  if (outputPadding < 0) return { padding: before, outputPadding: 0, cut: [0, -outputPadding] };
  if (outputPadding < most) return { padding: before, outputPadding, cut: [0, 0] };
  return { padding: after, outputPadding: added, cut: [before - after, 0] };
}

const convTranspose: Translator = (node) => {
  const { inputs, windows, ...options } = convolutionOf(node);
  const { axes, kernel, strides, dilations, autoPad, pads } = windows;
  const added = node.attributes.ints("output_padding") ?? strides.map(() => 0);
  // batch and channels may be part of it
  const wanted = node.attributes.ints("output_shape")?.slice(-axes);
  for (const [name, list] of Object.entries({ output_padding: added, output_shape: wanted })) {
    if (list !== undefined && list.length !== axes) {
      throw wrongValue(node.where, `${name} must have ${axes} numbers, got ${show(list)}`);
    }
  }
  if (kernel === undefined) throw wrongValue(node.where, "kernel_shape is needed where the weight is computed");
  const operator = [convTranspose1dOperator, convTranspose2dOperator, convTranspose3dOperator][axes - 1]!;
  const extents = kernel.map((taps, axis) => (taps - 1) * dilations[axis]! + 1);
  const most = strides.map((stride, axis) => Math.max(stride, dilations[axis]!));

  /** @param totals for each axis, how many more outputs there are than expected */
  const cropped = (totals: readonly number[]): readonly TransposedAxis[] =>
    // outputs that no window reaches are added
    totals.map((total, axis) =>
      transposedAxis(shared(total, autoPad), added[axis]! + Math.max(-total, 0), most[axis]!),
    );
  const attributesOf = (settledAxes: readonly TransposedAxis[]) => ({
    options: {
      ...options,
      padding: settledAxes.map(({ padding }) => padding),
      outputPadding: settledAxes.map(({ outputPadding }) => outputPadding),
    },
  });
  const along = strides.map((_, axis) => axis - axes);
  const steps = strides.map(() => 1);

  if (wanted !== undefined) {
    const settledFor = (shape: readonly number[]) =>
      cropped(
        shape
          .slice(-axes)
          .map((length, axis) => strides[axis]! * (length - 1) + added[axis]! + extents[axis]! - wanted[axis]!),
      );
    const attributes = deferred([], (_, [input]) => attributesOf(settledFor(input!.shape)));
    const result = node.add(operator, inputs, attributes);
    const cut = deferred([shapeOf(node, inputs[0]!)], (where, _, [shape]) => {
      const starts = settledFor(listOf(where, shape!)).map(({ cut: [start] }) => start);
      return { starts, ends: starts.map((start, axis) => start + wanted[axis]!), dims: along, steps };
    });
    return node.add(sliceOperator, [result], cut);
  }
  const settledAxes = isSame(autoPad)
    ? cropped(extents.map((extent, axis) => extent + added[axis]! - strides[axis]!))
    : pads.map((pair, axis) => transposedAxis(pair, added[axis]!, most[axis]!));
  const result = node.add(operator, inputs, attributesOf(settledAxes));
  if (settledAxes.every(({ cut }) => cut[0] === 0 && cut[1] === 0)) return result;
  const starts = settledAxes.map(({ cut }) => cut[0]);
  const ends = settledAxes.map(({ cut }) => (cut[1] === 0 ? Infinity : -cut[1]));
  return node.add(sliceOperator, [result], { starts, ends, dims: along, steps });
};

export const convolutionTranslators: Readonly<Record<string, Translator>> = {
  Conv: conv,
  ConvTranspose: convTranspose,
};
