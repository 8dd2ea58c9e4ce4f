import * as Code from "../../assembly/codes/scatter.ts";
import { countOf, show, wrongType, wrongValue } from "../check.ts";
import { byteLength, type DType, elementBytes } from "../dtype.ts";
import { isOther, type Operand, type Operands, type Operator } from "../planning/operator.ts";
import { planned } from "../planning/planned.ts";
import { Elements } from "../runtime/generated/tensors.ts";
import { TENSORS } from "../runtime/modules/tensors.ts";
import type { Pointer, ProgramWriter } from "../runtime/program.ts";
import { stridesOf } from "./broadcast.ts";
import { DTYPE_CODES } from "./cast.ts";
import { checkIndices, type GatherAttributes, indexWidth } from "./gather.ts";
import { axisOf } from "./movement.ts";

/** What scattered elements do to those in their place. */
export type Reduction = "none" | "add" | "mul" | "min" | "max";

const REDUCTIONS: Readonly<Record<Reduction, number>> = {
  none: Code.REPLACE,
  add: Code.ADD,
  mul: Code.MULTIPLY,
  min: Code.LEAST,
  max: Code.GREATEST,
};

/** The kernels' code of a reduction; a sum of truth values is their "or", a product their "and". */
export function reductionCode(dtype: DType, reduction: Reduction): number {
  if (dtype !== "bool") return REDUCTIONS[reduction];
  return REDUCTIONS[reduction === "add" ? "max" : reduction === "mul" ? "min" : reduction];
}

interface ElementsCall {
  readonly axis: number;
  readonly length: number;
  readonly rows: number;
  readonly message: string;
  write(program: ProgramWriter, places: Omit<ElementsPlaces, "dtype">): void;
}

interface ElementsPlaces {
  readonly params: Pointer;
  readonly axes: Pointer;
  readonly fault: Pointer;
  readonly from: Pointer;
  readonly indices: Pointer;
  readonly updates: Pointer;
  readonly to: Pointer;
}

const AXIS_BYTES = 8;

/** Checks a tensor and indices of as many axes, whose lengths may be less but along `dim`. */
function elementsCall(where: string, operands: Operands, dim: number, reduction: number): ElementsCall {
  const [input, indices] = [operands[0]!, operands[1]!];
  const { dtype, shape } = input;
  const width = indexWidth(where, indices);
  const axis = axisOf(where, "dim", dim, shape.length);
  const isInside = (length: number, i: number) => i === axis || length <= shape[i]!;
  if (indices.shape.length !== shape.length || !indices.shape.every(isInside)) {
    throw wrongValue(
      where,
      `indices must have the axes of the input ${show(shape)}, none longer but axis ${axis}, got shape ${show(indices.shape)}`,
    );
  }
  const length = shape[axis]!;
  const message = checkIndices(where, indices, length, axis);
  const strides = stridesOf(shape);
  return {
    axis,
    length,
    rows: countOf(indices.shape.slice(0, -1)),
    message,
    write(program, { params, axes, fault, from, indices: at, updates, to }) {
      program.fault(fault, message);
      const table = indices.shape.flatMap((count, i) => [count, i === axis ? 0 : strides[i]!]);
      program.i32(axes, table.length).set(table);
      program.params(Elements, params, {
        from,
        indices: at,
        updates,
        to,
        fault,
        axes,
        rank: shape.length,
        length,
        pitch: strides[axis]!,
        width,
        size: elementBytes(dtype),
        dtype: DTYPE_CODES[dtype],
        reduction,
        bytes: byteLength(input),
      });
    },
  };
}

const held = (shape: readonly number[]) => ({
  params: Elements.bytes,
  axes: shape.length * AXIS_BYTES,
  fault: 4,
});

/**
 * torch.gather: the elements that indices name along an axis, in the indices' shape. Arguments: input, indices (int64 or int32;
 * negative ones count from the end).
 */
export const gatherElementsOperator: Operator<GatherAttributes> = {
  name: "gatherElements",
  beyond: (asked) => (asked.argument === 1 ? 0 : isOther(asked, asked.attributes.dim)),
  dtypes: "all",
  plan(where, operands, { dim }) {
    const call = elementsCall(where, operands, dim, 0);
    const { shape } = operands[1]!;
    return planned({
      types: [{ dtype: operands[0]!.dtype, shape }],
      kernel: "gatherElements",
      flops: 0,
      held: held(shape),
      prepare(program, { inputs, outputs, held }) {
        call.write(program, { ...held, from: inputs[0]!, indices: inputs[1]!, updates: 0, to: outputs[0]! });
        program.call(TENSORS, "gatherElements", held.params, call.rows);
      },
    });
  },
};

/** Attributes of {@link scatterElementsOperator}. */
export interface ScatterAttributes extends GatherAttributes {
  readonly reduction: Reduction;
}

/** @throws TypeError for another dtype than the input's, RangeError for another shape than expected */
export function checkUpdates(where: string, input: Operand, updates: Operand, expected: readonly number[]): void {
  if (updates.dtype !== input.dtype) {
    throw wrongType(where, `updates must hold ${input.dtype}, as the input, but hold ${updates.dtype}`);
  }
  if (show(updates.shape) === show(expected)) return;
  throw wrongValue(where, `updates must have shape ${show(expected)}, got ${show(updates.shape)}`);
}

/**
 * torch.scatter and scatter_reduce: the input with elements replaced, or reduced with others, where indices name them along an
 * axis. Arguments: input, indices (as of {@link gatherElementsOperator}), updates in the indices' shape.
 */
export const scatterElementsOperator: Operator<ScatterAttributes> = {
  name: "scatterElements",
  dtypes: "all",
  inPlace: [0],
  plan(where, operands, { dim, reduction }) {
    const [input, indices, updates] = operands;
    const { dtype, shape } = input!;
    const call = elementsCall(where, operands, dim, reductionCode(dtype, reduction));
    checkUpdates(where, input!, updates!, indices!.shape);
    return planned({
      types: [{ dtype, shape }],
      kernel: "scatterElements",
      flops: reduction === "none" ? 0 : countOf(indices!.shape),
      held: held(indices!.shape),
      prepare(program, { inputs, outputs, held }) {
        const [from, indices, updates] = inputs as [Pointer, Pointer, Pointer];
        call.write(program, { ...held, from, indices, updates, to: outputs[0]! });
        program.call(TENSORS, "scatterElements", held.params, 1);
      },
    });
  },
};
