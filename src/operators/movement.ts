import { checkChoice, checkInteger, checkShape, countOf, isInteger, show, wrongValue } from "../check.ts";
import { axesInto, type Copy, copying, stridesOf, viewing } from "./copy.ts";
import type { Operands, Operator } from "./operator.ts";

/** The axis that a number means; a negative one counts from the end. */
export function axisOf(where: string, name: string, dim: number, rank: number): number {
  if (!isInteger(dim) || dim < -rank || dim >= rank) {
    throw wrongValue(where, `${name} must be from ${-rank} to ${rank - 1} for ${rank} axes, got ${show(dim)}`);
  }
  return dim < 0 ? dim + rank : dim;
}

function axesOf(where: string, dims: readonly number[], rank: number): readonly number[] {
  const axes = dims.map((dim) => axisOf(where, "dims", dim, rank));
  if (new Set(axes).size !== axes.length) throw wrongValue(where, `dims must name each axis once, got ${show(dims)}`);
  return axes;
}

const inputShape = (operands: Operands) => operands[0]!.shape;

/** torch.Tensor.view: one length may be -1 and is inferred. */
export const reshapeOperator: Operator<{ readonly shape: readonly number[] }> = /* @__PURE__ */ viewing(
  "reshape",
  (where, input, { shape }) => {
    const inferred = shape.indexOf(-1);
    const others = countOf(checkShape(where, "shape", inferred < 0 ? shape : shape.toSpliced(inferred, 1)));
    const length = inferred < 0 ? 1 : countOf(input) / others;
    if (!isInteger(length) || others * length !== countOf(input)) {
      throw wrongValue(where, `shape ${show(shape)} does not fit the ${countOf(input)} elements of ${show(input)}`);
    }
    return inferred < 0 ? shape : shape.with(inferred, length);
  },
);

/** torch.flatten: the axes from startDim to endDim become one. */
export const flattenOperator: Operator<{ readonly startDim: number; readonly endDim: number }> =
  /* @__PURE__ */ viewing("flatten", (where, input, { startDim, endDim }) => {
    if (input.length === 0) return [1];
    const start = axisOf(where, "startDim", startDim, input.length);
    const end = axisOf(where, "endDim", endDim, input.length);
    if (start > end) {
      throw wrongValue(where, `startDim must not come after endDim, got ${startDim} and ${endDim} for ${show(input)}`);
    }
    return [...input.slice(0, start), countOf(input.slice(start, end + 1)), ...input.slice(end + 1)];
  });

/** torch.squeeze: leaves out those of `dims` that have length 1; without `dims`, all such axes. */
export const squeezeOperator: Operator<{ readonly dims?: readonly number[] }> = /* @__PURE__ */ viewing(
  "squeeze",
  (where, input, { dims }) => {
    const axes = dims === undefined ? input.map((_, axis) => axis) : axesOf(where, dims, input.length);
    return input.filter((length, axis) => length !== 1 || !axes.includes(axis));
  },
);

/** torch.unsqueeze, for several axes of the result at once. */
export const unsqueezeOperator: Operator<{ readonly dims: readonly number[] }> = /* @__PURE__ */ viewing(
  "unsqueeze",
  (where, input, { dims }) => {
    const rank = input.length + dims.length;
    const axes = axesOf(where, dims, rank);
    const lengths = input.values();
    return Array.from({ length: rank }, (_, axis) => (axes.includes(axis) ? 1 : lengths.next().value!));
  },
);

/** The argument itself. */
export const identityOperator: Operator<object> = /* @__PURE__ */ viewing("identity", (_where, input) => input);

/** The input seen as `shape`, its axes in the order of `dims`. */
function permuted(shape: readonly number[], dims: readonly number[]): Copy {
  const strides = stridesOf(shape);
  const axes = axesInto(
    dims.map((dim) => shape[dim]!),
    dims.map((dim) => strides[dim]!),
  );
  return { input: 0, from: 0, output: 0, to: 0, axes };
}

/** torch.permute */
export const transposeOperator: Operator<{ readonly dims: readonly number[] }> = /* @__PURE__ */ copying({
  name: "permute",
  shapes(where, operands, { dims }) {
    const input = inputShape(operands);
    if (dims.length !== input.length) {
      throw wrongValue(where, `dims must name the ${input.length} axes of ${show(input)}, got ${show(dims)}`);
    }
    return [axesOf(where, dims, input.length).map((axis) => input[axis]!)];
  },
  copies(operands, { dims }) {
    const input = inputShape(operands);
    return [permuted(input, axesOf("permute", dims, input.length))];
  },
});

function catShape(where: string, operands: Operands, dim: number): { axis: number; shape: readonly number[] } {
  const shapes = operands.map((operand) => operand!.shape);
  const first = shapes[0];
  if (first === undefined) throw wrongValue(where, "tensors must hold at least one tensor, got none");
  const axis = axisOf(where, "dim", dim, first.length);
  for (const shape of shapes) {
    if (shape.length === first.length && shape.every((length, i) => i === axis || length === first[i])) continue;
    throw wrongValue(where, `tensors must agree in all axes but ${axis}, got shapes ${show(first)} and ${show(shape)}`);
  }
  const length = shapes.reduce((sum, shape) => sum + shape[axis]!, 0);
  return { axis, shape: first.with(axis, length) };
}

/** torch.cat: the arguments one behind the other along `dim`. */
export const catOperator: Operator<{ readonly dim: number }> = /* @__PURE__ */ copying({
  name: "cat",
  shapes: (where, operands, { dim }) => [catShape(where, operands, dim).shape],
  copies(operands, { dim }) {
    const { axis, shape } = catShape("cat", operands, dim);
    const strides = stridesOf(shape);
    let begin = 0;
    return operands.map((operand, input) => {
      const from = stridesOf(operand!.shape);
      const axes = operand!.shape.map((count, i) => ({ count, from: from[i]!, to: strides[i]! }));
      const to = begin * strides[axis]!;
      begin += operand!.shape[axis]!;
      return { input, from: 0, output: 0, to, axes };
    });
  },
});

interface Slice {
  readonly start: number;
  readonly step: number;
  readonly count: number;
}

interface SliceAttributes {
  readonly starts: readonly number[];
  /** exclusive; past the axis means to its end */
  readonly ends: readonly number[];
  /** the axes that starts, ends and steps are for */
  readonly dims: readonly number[];
  /** negative ones run backwards */
  readonly steps: readonly number[];
}

/** What is taken of each axis, by the rules of ONNX (those of Python's slices). */
function slicesOf(where: string, input: readonly number[], { starts, ends, dims, steps }: SliceAttributes): Slice[] {
  for (const [name, values] of Object.entries({ ends, dims, steps })) {
    if (values.length !== starts.length) {
      throw wrongValue(where, `${name} must have a number for each of ${show(starts)} (starts), got ${show(values)}`);
    }
  }
  if (!starts.every(isInteger)) throw wrongValue(where, `starts must be whole numbers, got ${show(starts)}`);
  if (!ends.every((end) => isInteger(end) || Math.abs(end) === Infinity)) {
    throw wrongValue(where, `ends must be whole numbers, or infinite, got ${show(ends)}`);
  }
  const slices = input.map((count) => ({ start: 0, step: 1, count }));
  for (const [i, axis] of axesOf(where, dims, input.length).entries()) {
    const step = steps[i]!;
    if (!isInteger(step) || step === 0) {
      throw wrongValue(where, `steps must be whole numbers other than 0, got ${show(steps)}`);
    }
    const length = input[axis]!;
    const [least, most] = step > 0 ? [0, length] : [-1, length - 1];
    const bound = (value: number) => Math.min(Math.max(value < 0 ? value + length : value, least), most);
    const [start, end] = [bound(starts[i]!), bound(ends[i]!)];
    slices[axis] = { start, step, count: Math.max(Math.ceil((end - start) / step), 0) };
  }
  return slices;
}

/** Parts of axes, at regular distances, as in Python's x[start:end:step] and ONNX's Slice. */
export const sliceOperator: Operator<SliceAttributes> = /* @__PURE__ */ copying({
  name: "slice",
  shapes: (where, operands, attributes) => [
    slicesOf(where, inputShape(operands), attributes).map(({ count }) => count),
  ],
  copies(operands, attributes) {
    const strides = stridesOf(inputShape(operands));
    const slices = slicesOf("slice", inputShape(operands), attributes);
    const axes = axesInto(
      slices.map(({ count }) => count),
      slices.map(({ step }, axis) => step * strides[axis]!),
    );
    return [
      { input: 0, from: slices.reduce((sum, { start }, i) => sum + start * strides[i]!, 0), output: 0, to: 0, axes },
    ];
  },
});

/** torch.split by sizes: as many results as sizes, parts of the axis `dim` from its beginning to its end. */
export const splitOperator: Operator<{ readonly sizes: readonly number[]; readonly dim: number }> =
  /* @__PURE__ */ copying({
    name: "split",
    shapes(where, operands, { sizes, dim }) {
      const input = inputShape(operands);
      const axis = axisOf(where, "dim", dim, input.length);
      const sum = checkShape(where, "sizes", sizes).reduce((total, size) => total + size, 0);
      if (sum !== input[axis]) {
        throw wrongValue(where, `sizes must add up to the ${input[axis]} of axis ${axis}, got ${show(sizes)}`);
      }
      return sizes.map((size) => input.with(axis, size));
    },
    copies(operands, { sizes, dim }) {
      const input = inputShape(operands);
      const strides = stridesOf(input);
      const axis = axisOf("split", "dim", dim, input.length);
      let begin = 0;
      return sizes.map((size, output) => {
        const from = begin * strides[axis]!;
        begin += size;
        return { input: 0, from, output, to: 0, axes: axesInto(input.with(axis, size), strides) };
      });
    },
  });

/** The shape that both shapes broadcast to, by numpy's rules; -1 keeps the input's length. */
function expandedShape(where: string, input: readonly number[], shape: readonly number[]): readonly number[] {
  const rank = Math.max(input.length, shape.length);
  return Array.from({ length: rank }, (_, i) => {
    const old = input[i - rank + input.length] ?? 1;
    const wanted = shape[i - rank + shape.length] ?? 1;
    if (wanted === -1 && i >= rank - input.length) return old;
    if (!isInteger(wanted) || wanted < 0 || (old !== wanted && old !== 1 && wanted !== 1)) {
      throw wrongValue(where, `shape ${show(shape)} does not go with ${show(input)}`);
    }
    return wanted === 1 ? old : wanted;
  });
}

/** torch.Tensor.expand as a copy; as in ONNX, `shape` may have 1 where the input has more. */
export const expandOperator: Operator<{ readonly shape: readonly number[] }> = /* @__PURE__ */ copying({
  name: "expand",
  shapes: (where, operands, { shape }) => [expandedShape(where, inputShape(operands), shape)],
  copies(operands, { shape }) {
    const input = inputShape(operands);
    const result = expandedShape("expand", input, shape);
    const strides = stridesOf(input);
    const lead = result.length - input.length;
    const from = result.map((_, i) => (i < lead || input[i - lead] === 1 ? 0 : strides[i - lead]!));
    return [{ input: 0, from: 0, output: 0, to: 0, axes: axesInto(result, from) }];
  },
});

/** torch.tile: axes repeated as a whole; what has fewer axes than the other is led by ones. */
export const tileOperator: Operator<{ readonly repeats: readonly number[] }> = /* @__PURE__ */ copying({
  name: "tile",
  shapes: (where, operands, { repeats }) => [
    tiledAxes(inputShape(operands), checkShape(where, "repeats", repeats)).map(([times, length]) => times * length),
  ],
  copies(operands, { repeats }) {
    const input = inputShape(operands);
    const tiled = tiledAxes(input, repeats);
    const strides = [...Array<number>(tiled.length - input.length).fill(0), ...stridesOf(input)];
    const axes = axesInto(
      tiled.flat(),
      strides.flatMap((stride) => [0, stride]),
    );
    return [{ input: 0, from: 0, output: 0, to: 0, axes }];
  },
});

/** Repetitions and length of each axis of the result. */
function tiledAxes(input: readonly number[], repeats: readonly number[]): readonly (readonly [number, number])[] {
  const rank = Math.max(input.length, repeats.length);
  return Array.from({ length: rank }, (_, i) => [
    repeats[i - rank + repeats.length] ?? 1,
    input[i - rank + input.length] ?? 1,
  ]);
}

interface PixelAttributes {
  readonly factor: number;
  /** where a channel's factor x factor pixels lie: 'CRD' side by side, as in torch (default), 'DCR' a block apart */
  readonly mode?: "CRD" | "DCR";
}

/** Checks an input (..., C, H, W) and its attributes. */
function pixelsOf(where: string, input: readonly number[], { factor, mode = "CRD" }: PixelAttributes) {
  checkInteger(where, "factor", factor, 1);
  checkChoice(where, "mode", mode, ["CRD", "DCR"]);
  if (input.length < 3) throw wrongValue(where, `input must be (..., C, H, W), got shape ${show(input)}`);
  const [channels, height, width] = input.slice(-3) as [number, number, number];
  return { outer: input.slice(0, -3), channels, height, width, side: mode === "CRD" };
}

/** torch.pixel_shuffle, or with mode 'DCR' ONNX's DepthToSpace as that defines it. */
export const pixelShuffleOperator: Operator<PixelAttributes> = /* @__PURE__ */ copying({
  name: "pixelShuffle",
  shapes(where, operands, attributes) {
    const { outer, channels, height, width } = pixelsOf(where, inputShape(operands), attributes);
    const { factor } = attributes;
    if (channels % factor ** 2 !== 0) {
      throw wrongValue(where, `input must have a multiple of ${factor} * ${factor} channels, got ${channels}`);
    }
    return [[...outer, channels / factor ** 2, height * factor, width * factor]];
  },
  copies(operands, attributes) {
    const { outer, channels, height, width, side } = pixelsOf("pixelShuffle", inputShape(operands), attributes);
    const { factor } = attributes;
    const depth = channels / factor ** 2;
    const split = side ? [depth, factor, factor] : [factor, factor, depth];
    return [permuted([countOf(outer), ...split, height, width], side ? [0, 1, 4, 2, 5, 3] : [0, 3, 4, 1, 5, 2])];
  },
});

/** torch.pixel_unshuffle, or with mode 'DCR' ONNX's SpaceToDepth. */
export const pixelUnshuffleOperator: Operator<PixelAttributes> = /* @__PURE__ */ copying({
  name: "pixelUnshuffle",
  shapes(where, operands, attributes) {
    const { outer, channels, height, width } = pixelsOf(where, inputShape(operands), attributes);
    const { factor } = attributes;
    if (height % factor !== 0 || width % factor !== 0) {
      throw wrongValue(where, `input must have height and width in multiples of ${factor}, got ${height} and ${width}`);
    }
    return [[...outer, channels * factor ** 2, height / factor, width / factor]];
  },
  copies(operands, attributes) {
    const { outer, channels, height, width, side } = pixelsOf("pixelUnshuffle", inputShape(operands), attributes);
    const { factor } = attributes;
    const split = [height / factor, factor, width / factor, factor];
    return [permuted([countOf(outer), channels, ...split], side ? [0, 1, 3, 5, 2, 4] : [0, 3, 5, 1, 2, 4])];
  },
});
