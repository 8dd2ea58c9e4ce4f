import { blocksOf } from "../../../assembly/ops/blocks.ts";
import { countOf, sameShape, show, wrongType, wrongValue } from "../../check.ts";
import type { DType, Type } from "../../dtype.ts";
import { nothingBeyond, type Operand, type Operator } from "../../planning/operator.ts";
import { type Planned, planned } from "../../planning/planned.ts";
import { Range, Scaling } from "../../runtime/generated/quantised.ts";
import { QUANTISED } from "../../runtime/modules/quantised.ts";
import type { NoAttributes } from "../activation.ts";
import { DTYPE_CODES } from "../cast.ts";
import { axisOf } from "../movement.ts";
import { type Byte, checkType, isByte } from "./numbers.ts";

/** Attributes of {@link quantizeOperator} and {@link dequantizeOperator}. */
export interface ScalingAttributes {
  /** the axis of whose places each has a scale, where there are several */
  readonly axis: number;
  /** how many places of it share a scale, each element across them its own; 0 where all across a place have one */
  readonly blockSize: number;
}

/** How numbers and their scales lie. */
interface Layout {
  readonly outer: number;
  readonly length: number;
  readonly inner: number;
  readonly blocks: number;
}

function layoutOf(
  where: string,
  shape: readonly number[],
  scale: Operand,
  zero: Operand | null | undefined,
  { axis, blockSize }: ScalingAttributes,
): Layout {
  checkType(where, "the scale", scale, "float32");
  if (zero && countOf(zero.shape) !== countOf(scale.shape)) {
    throw wrongValue(where, `the zero point must have the scale's shape ${show(scale.shape)}, got ${show(zero.shape)}`);
  }
  if (blockSize === 0 && countOf(scale.shape) === 1) return { outer: 1, length: 1, inner: countOf(shape), blocks: 0 };
  const along = axisOf(where, "axis", axis, shape.length);
  const length = shape[along]!;
  const layout = { outer: countOf(shape.slice(0, along)), length, inner: countOf(shape.slice(along + 1)), blocks: 0 };
  if (blockSize === 0) {
    if (scale.shape.length === 1 && scale.shape[0] === length) return layout;
    const expected = `one value, or one for each of axis ${along} of ${show(shape)}`;
    throw wrongValue(where, `the scale must have ${expected}, got shape ${show(scale.shape)}`);
  }
  const blocks = Math.ceil(length / blockSize);
  const expected = shape.with(along, blocks);
  if (blockSize > 0 && sameShape(scale.shape, expected)) return { ...layout, blocks };
  throw wrongValue(
    where,
    `the scale must have shape ${show(expected)}, one for each ${blockSize} of axis ${along}, got ${show(scale.shape)}`,
  );
}

function plannedScaling(
  kernel: "quantize" | "dequantize",
  type: Type,
  dtype: DType,
  { outer, length, inner, blocks }: Layout,
  blockSize: number,
): Planned {
  return planned({
    types: [type],
    kernel,
    flops: countOf(type.shape),
    held: { params: Scaling.bytes },
    prepare(program, { inputs, outputs, held: { params } }) {
      program.params(Scaling, params, {
        from: inputs[0]!,
        to: outputs[0]!,
        scales: inputs[1]!,
        zeros: inputs[2] ?? 0,
        length,
        inner,
        block: blockSize,
        blocks,
        dtype: DTYPE_CODES[dtype],
      });
      program.call(QUANTISED, kernel, params, outer * length * blocksOf(inner));
    },
  });
}

/** ONNX's QuantizeLinear to bytes, rounded half to even. Arguments: input (float32), scale, zero point. */
export const quantizeOperator: Operator<ScalingAttributes & { readonly dtype: Byte }> = {
  name: "quantize",
  dtypes: "all",
  beyond: nothingBeyond,
  plan(where, operands, attributes) {
    const [x, scale, zero] = operands;
    const { dtype, blockSize } = attributes;
    checkType(where, "input", x!, "float32");
    if (zero) checkType(where, "the zero point", zero, dtype);
    const layout = layoutOf(where, x!.shape, scale!, zero, attributes);
    return plannedScaling("quantize", { dtype, shape: x!.shape }, dtype, layout, blockSize);
  },
};

/** ONNX's DequantizeLinear of bytes or int32. Arguments: input, scale, zero point. */
export const dequantizeOperator: Operator<ScalingAttributes> = {
  name: "dequantize",
  dtypes: "all",
  beyond: nothingBeyond,
  plan(where, operands, attributes) {
    const [x, scale, zero] = operands;
    const { dtype, shape } = x!;
    if (!isByte(dtype) && dtype !== "int32") {
      throw wrongType(where, `input must hold uint8, int8 or int32, but holds ${dtype}`);
    }
    if (zero) checkType(where, "the zero point", zero, dtype);
    const layout = layoutOf(where, shape, scale!, zero, attributes);
    return plannedScaling("dequantize", { dtype: "float32", shape }, dtype, layout, attributes.blockSize);
  },
};

/** ONNX's DynamicQuantizeLinear: scale and zero point are found from the numbers. Results: uint8, scale, zero point. */
export const dynamicQuantizeOperator: Operator<NoAttributes> = {
  name: "dynamicQuantize",
  beyond: ({ argument }) => argument === 0 && 0,
  plan(_where, operands) {
    const { shape } = operands[0]!;
    const count = countOf(shape);
    const blocks = blocksOf(count);
    return planned({
      types: [
        { dtype: "uint8", shape },
        { dtype: "float32", shape: [] },
        { dtype: "uint8", shape: [] },
      ],
      kernel: "quantize",
      flops: 2 * count,
      calls: 3,
      held: { params: Scaling.bytes, range: Range.bytes },
      workspace: { ranges: blocks * 8, scale: 4, zero: 4 },
      prepare(program, { inputs, outputs, held: { params, range }, workspace }) {
        // results that nobody reads have no place
        const scale = outputs[1] || workspace.scale;
        const zero = outputs[2] || workspace.zero;
        program.params(Range, range, { from: inputs[0]!, ranges: workspace.ranges, scale, zero, count });
        program.call(QUANTISED, "rangeOf", range, blocks);
        program.call(QUANTISED, "scaleOf", range, 1);
        program.params(Scaling, params, {
          from: inputs[0]!,
          to: outputs[0]!,
          scales: scale,
          zeros: zero,
          length: 1,
          inner: count,
          block: 0,
          blocks: 0,
          dtype: DTYPE_CODES.uint8,
        });
        program.call(QUANTISED, "quantize", params, blocks);
      },
    });
  },
};
