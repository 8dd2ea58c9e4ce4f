import {
  checkChoice,
  checkInteger,
  checkLengths,
  checkShape,
  countOf,
  isInteger,
  show,
  wrongType,
  wrongValue,
} from "../check.ts";
import { isOther, nothingBeyond, type Operands, type Operator } from "../planning/operator.ts";
import { broadcastStrides, commonShape, stridesOf } from "./broadcast.ts";
import { axesInto, type Copies, type Copy, type CopyingOperator, copying, viewing } from "./copy.ts";

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
      throw wrongValue(where, `startDim must not be after endDim, got ${startDim} and ${endDim} for ${show(input)}`);
    }
    return [...input.slice(0, start), countOf(input.slice(start, end + 1)), ...input.slice(end + 1)];
  });

/** The input seen as `shape`, its axes in the order of `dims`. */
function permuted(shape: readonly number[], dims: readonly number[]): Copy {
  const strides = stridesOf(shape);
  const axes = axesInto(
    dims.map((dim) => shape[dim]!),
    dims.map((dim) => strides[dim]!),
  );
  return { input: 0, from: 0, output: 0, to: 0, axes };
}

/** The one copy that fills the one result. */
const filling = (shape: readonly number[], copy: Copy): Copies => ({ shapes: [shape], copies: [copy] });

/** torch.permute */
export const transposeOperator: CopyingOperator<{ readonly dims: readonly number[] }> = /* @__PURE__ */ copying(
  "permute",
  (where, operands, { dims }) => {
    const input = inputShape(operands);
    if (dims.length !== input.length) {
      throw wrongValue(where, `dims must name the ${input.length} axes of ${show(input)}, got ${show(dims)}`);
    }
    const axes = axesOf(where, dims, input.length);
    return filling(
      axes.map((axis) => input[axis]!),
      permuted(input, axes),
    );
  },
  { beyond: nothingBeyond },
);

/** torch.cat: the arguments joined along `dim`. */
export const catOperator: CopyingOperator<{ readonly dim: number }> = /* @__PURE__ */ copying(
  "cat",
  (where, operands, { dim }) => {
    const { axis, shape } = catShape(where, operands, dim);
    const strides = stridesOf(shape);
    let begin = 0;
    const copies = operands.map((operand, input) => {
      const from = stridesOf(operand!.shape);
      const axes = operand!.shape.map((count, i) => ({ count, from: from[i]!, to: strides[i]! }));
      const to = begin * strides[axis]!;
      begin += operand!.shape[axis]!;
      return { input, from: 0, output: 0, to, axes };
    });
    return { shapes: [shape], copies };
  },
  { beyond: (asked) => isOther(asked, asked.attributes.dim) },
);

function catShape(where: string, operands: Operands, dim: number): { axis: number; shape: readonly number[] } {
  const [first] = operands;
  if (first === undefined) throw wrongValue(where, "tensors must hold at least one tensor, got none");
  const axis = axisOf(where, "dim", dim, first!.shape.length);
  let length = 0;
  for (const operand of operands) {
    const { dtype, shape } = operand!;
    if (dtype !== first!.dtype) throw wrongType(where, `tensors must have one dtype, got ${first!.dtype} and ${dtype}`);
    if (shape.length !== first!.shape.length || shape.some((each, i) => i !== axis && each !== first!.shape[i])) {
      const shapes = `${show(first!.shape)} and ${show(shape)}`;
      throw wrongValue(where, `tensors must agree in all axes but ${axis}, got shapes ${shapes}`);
    }
    length += shape[axis]!;
  }
  return { axis, shape: first!.shape.with(axis, length) };
}

interface Slice {
  readonly start: number;
  readonly step: number;
  readonly count: number;
}

interface SliceAttributes {
  readonly starts: readonly number[];
  /** exclusive; beyond the axis means up to its end */
  readonly ends: readonly number[];
  /** the axes that starts, ends and steps are for */
  readonly dims: readonly number[];
  /** negative steps run backwards */
  readonly steps: readonly number[];
}

/** The part taken of each axis, by ONNX's rules, which are those of Python's slices. */
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
export const sliceOperator: CopyingOperator<SliceAttributes> = /* @__PURE__ */ copying(
  "slice",
  (where, operands, attributes) => {
    const input = inputShape(operands);
    const strides = stridesOf(input);
    const slices = slicesOf(where, input, attributes);
    const shape = slices.map(({ count }) => count);
    const axes = axesInto(
      shape,
      slices.map(({ step }, axis) => step * strides[axis]!),
    );
    const from = slices.reduce((sum, { start }, i) => sum + start * strides[i]!, 0);
    return filling(shape, { input: 0, from, output: 0, to: 0, axes });
  },
  {
    beyond({ axis, operands, attributes: { starts, dims, steps } }) {
      const rank = operands[0]!.shape.length;
      const at = dims.findIndex((dim) => (dim < 0 ? dim + rank : dim) === axis);
      return at < 0 || (starts[at]! >= 0 && steps[at]! > 0);
    },
    alike: (one, other) => `${[one.starts, one.dims, one.steps]}` === `${[other.starts, other.dims, other.steps]}`,
  },
);

/** torch.split by sizes: as many results as sizes, parts of the axis `dim` from its beginning to its end. */
export const splitOperator: CopyingOperator<{ readonly sizes: readonly number[]; readonly dim: number }> =
  /* @__PURE__ */ copying(
    "split",
    (where, operands, { sizes, dim }) => {
      const input = inputShape(operands);
      const axis = axisOf(where, "dim", dim, input.length);
      const sum = checkLengths(where, "sizes", sizes).reduce((total, size) => total + size, 0);
      if (sum !== input[axis]) {
        throw wrongValue(where, `sizes must add up to the ${input[axis]} of axis ${axis}, got ${show(sizes)}`);
      }
      const strides = stridesOf(input);
      const shapes = sizes.map((size) => input.with(axis, size));
      let begin = 0;
      const copies = sizes.map((size, output) => {
        const from = begin * strides[axis]!;
        begin += size;
        return { input: 0, from, output, to: 0, axes: axesInto(shapes[output]!, strides) };
      });
      return { shapes, copies };
    },
    { beyond: (asked) => isOther(asked, asked.attributes.dim) },
  );

/** torch.Tensor.expand as a copy: -1 keeps the input's length, and as in ONNX, `shape` may also have 1 for longer axes of the input. */
export const expandOperator: CopyingOperator<{ readonly shape: readonly number[] }> = /* @__PURE__ */ copying(
  "expand",
  (where, operands, { shape }) => {
    const input = inputShape(operands);
    const lead = input.length - shape.length;
    const kept = shape.map((length, i) => (length === -1 && i + lead >= 0 ? input[i + lead]! : length));
    const result = commonShape(input, checkShape(where, "shape", kept));
    if (result === undefined) throw wrongValue(where, `shape ${show(shape)} does not broadcast with ${show(input)}`);
    const axes = axesInto(result, broadcastStrides(result, input));
    return filling(result, { input: 0, from: 0, output: 0, to: 0, axes });
  },
  { beyond: nothingBeyond, alike: () => true },
);

/** torch.tile: axes repeated as a whole; if `repeats` or the input has fewer axes, ones are put before them. */
export const tileOperator: CopyingOperator<{ readonly repeats: readonly number[] }> = /* @__PURE__ */ copying(
  "tile",
  (where, operands, { repeats }) => {
    const input = inputShape(operands);
    const tiled = tiledAxes(input, checkShape(where, "repeats", repeats));
    const strides = [...Array<number>(tiled.length - input.length).fill(0), ...stridesOf(input)];
    const axes = axesInto(
      tiled.flat(),
      strides.flatMap((stride) => [0, stride]),
    );
    return filling(
      tiled.map(([times, length]) => times * length),
      { input: 0, from: 0, output: 0, to: 0, axes },
    );
  },
  {
    beyond({ axis, operands, attributes: { repeats } }) {
      return repeats[axis - operands[0]!.shape.length + repeats.length] === 1;
    },
  },
);

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
export const pixelShuffleOperator: CopyingOperator<PixelAttributes> = /* @__PURE__ */ copying(
  "pixelShuffle",
  (where, operands, attributes) => {
    const { outer, channels, height, width, side } = pixelsOf(where, inputShape(operands), attributes);
    const { factor } = attributes;
    if (channels % factor ** 2 !== 0) {
      throw wrongValue(where, `input must have a multiple of ${factor} * ${factor} channels, got ${channels}`);
    }
    const depth = channels / factor ** 2;
    const split = side ? [depth, factor, factor] : [factor, factor, depth];
    return filling(
      [...outer, depth, height * factor, width * factor],
      permuted([countOf(outer), ...split, height, width], side ? [0, 1, 4, 2, 5, 3] : [0, 3, 4, 1, 5, 2]),
    );
  },
  { beyond: ({ axis, operands }) => axis < operands[0]!.shape.length - 3 },
);

/** torch.pixel_unshuffle, or with mode 'DCR' ONNX's SpaceToDepth. */
export const pixelUnshuffleOperator: CopyingOperator<PixelAttributes> = /* @__PURE__ */ copying(
  "pixelUnshuffle",
  (where, operands, attributes) => {
    const { outer, channels, height, width, side } = pixelsOf(where, inputShape(operands), attributes);
    const { factor } = attributes;
    if (height % factor !== 0 || width % factor !== 0) {
      throw wrongValue(where, `input must have height and width in multiples of ${factor}, got ${height} and ${width}`);
    }
    const split = [height / factor, factor, width / factor, factor];
    return filling(
      [...outer, channels * factor ** 2, height / factor, width / factor],
      permuted([countOf(outer), channels, ...split], side ? [0, 1, 3, 5, 2, 4] : [0, 3, 5, 1, 2, 4]),
    );
  },
  { beyond: ({ axis, operands }) => axis < operands[0]!.shape.length - 3 },
);
