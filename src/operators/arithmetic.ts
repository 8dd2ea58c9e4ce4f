import * as Code from "../../assembly/codes/arithmetic.ts";
import { blocksOf } from "../../assembly/ops/blocks.ts";
import { countOf, show, wrongType, wrongValue } from "../check.ts";
import { arrayOf, type DType, elementBytes } from "../dtype.ts";
import { type Constant, constantOf } from "../planning/constant.ts";
import { isOther, type Operator } from "../planning/operator.ts";
import { type Planned, planned, plannedConstants } from "../planning/planned.ts";
import { Accumulate, Calculate } from "../runtime/generated/numbers.ts";
import { wholeLines } from "../runtime/layout.ts";
import { NUMBERS } from "../runtime/modules/numbers.ts";
import type { NoAttributes } from "./activation.ts";
import { pairOf, rowItems } from "./binary.ts";
import { axesBytes, broadcastAxes, broadcastShape, eachBroadcast, writeAxes } from "./broadcast.ts";
import { DTYPE_CODES } from "./cast.ts";
import { integerConstants, isSmall } from "./integers.ts";
import { axisOf } from "./movement.ts";
import { passAlong, passesOf, type ReduceAttributes, reducedAxes } from "./reduce.ts";

/** Types that are computed with as whole numbers, which wrap around; bool as 0 and 1. */
const WHOLE: readonly DType[] = ["int64", "int32", "uint8", "int8", "bool"];

const WITH_FLOATS: readonly DType[] = ["float32", "int64", "int32", "uint8", "int8", "bool"];

/** Types of bits that are shifted: ONNX shifts unsigned numbers alone, and these are or stand for them. */
const SHIFTED: readonly DType[] = ["int64", "int32", "uint8"];

/** A whole number: bigint of int64, number of all others. The operators of JavaScript are the same for both. */
// biome-ignore lint/suspicious/noExplicitAny: arithmetic on either of two types
type Whole = any;

const zeroDivision = "whole numbers cannot be divided by 0";

/**
 * @param whole the same operation when planning, on numbers that JavaScript then wraps around
 */
function calculating(
  name: string,
  operation: number,
  whole: (a: Whole, b: Whole) => Whole,
  { divides = false, dtypes = WHOLE } = {},
): Operator<NoAttributes> {
  return {
    name,
    dtypes,
    // by what does not exist nothing is divided
    beyond: ({ argument }) => !divides || argument === 0 || 1,
    plan(where, operands) {
      const [a, b] = pairOf(operands);
      const { dtype } = a;
      if (b.dtype !== dtype) throw wrongType(where, `arguments must have one dtype, got ${dtype} and ${b.dtype}`);
      const shape = broadcastShape(where, a.shape, b.shape);
      if (divides && dtype !== "float32" && b.data !== undefined && hasZero(b as Constant)) {
        throw wrongValue(where, zeroDivision);
      }
      const constants = integerConstants(operands);
      if (constants !== undefined && isSmall(shape)) return plannedConstants([calculated(shape, constants, whole)]);
      const axes = broadcastAxes(shape, a.shape, b.shape);
      return planned({
        types: [{ dtype, shape }],
        kernel: "calculate",
        flops: countOf(shape),
        held: { params: Calculate.bytes, axes: axesBytes(axes), fault: 4 },
        prepare(program, { inputs, outputs, held }) {
          if (divides) program.fault(held.fault, zeroDivision);
          writeAxes(axes, elementBytes(dtype), program.i32(held.axes, axesBytes(axes) / 4));
          program.params(Calculate, held.params, {
            a: inputs[0]!,
            b: inputs[1]!,
            to: outputs[0]!,
            fault: held.fault,
            axes: held.axes,
            rank: axes.length,
            operation,
            dtype: DTYPE_CODES[dtype],
          });
          program.call(NUMBERS, "calculate", held.params, rowItems(axes));
        },
      });
    },
    inPlace: [0, 1],
  };
}

const hasZero = ({ data }: Constant): boolean => !(data as Int32Array).every(Boolean);

function calculated(
  shape: readonly number[],
  constants: readonly Constant[],
  whole: (a: Whole, b: Whole) => Whole,
): Constant {
  const [a, b] = constants as [Constant, Constant];
  const { dtype } = a;
  // typed arrays wrap around by themselves
  const data = new (arrayOf(dtype))(countOf(shape)) as Int32Array;
  eachBroadcast(shape, [a.shape, b.shape], (index, [i, j]) => {
    data[index] = whole(a.data[i!], b.data[j!]);
  });
  return { dtype, shape, data };
}

const isLong = (value: Whole): value is bigint => typeof value === "bigint";

/** By a negative exponent towards zero. */
function power(a: Whole, b: Whole): Whole {
  const [base, exponent] = [BigInt(a), BigInt(b)];
  let result = 1n;
  if (exponent < 0n) result = base === 1n || base === -1n ? base ** (exponent & 1n) : 0n;
  // wrapped around each time, or numbers would grow without bound
  let square = base;
  for (let rest = exponent; rest > 0n; rest >>= 1n, square = BigInt.asIntN(64, square * square)) {
    if (rest & 1n) result = BigInt.asIntN(64, result * square);
  }
  return isLong(a) ? result : Number(BigInt.asIntN(32, result));
}

/** Zeros come in from the left: shifts are of unsigned numbers, int64 for uint32 among them. */
const shiftedRight = (a: Whole, b: Whole): Whole => (isLong(a) ? BigInt.asUintN(64, a) >> b : b < 32 ? a >>> b : 0);
const shiftedLeft = (a: Whole, b: Whole): Whole => (isLong(a) ? (b < 64n ? a << b : 0n) : b < 32 ? a << b : 0);

/** Operations on whole numbers of one dtype, which wrap around, by the names of torch's functions. */
export const WHOLE_OPERATORS = {
  add: /* @__PURE__ */ calculating("add", Code.ADD, (a, b) => a + b),
  sub: /* @__PURE__ */ calculating("sub", Code.SUB, (a, b) => a - b),
  mul: /* @__PURE__ */ calculating("mul", Code.MUL, (a, b) => (isLong(a) ? a * b : Math.imul(a, b))),
  /** towards zero */
  div: /* @__PURE__ */ calculating("div", Code.DIV, (a, b) => (isLong(a) ? a / b : Math.trunc(a / b)), {
    divides: true,
  }),
  pow: /* @__PURE__ */ calculating("pow", Code.POW, power),
  // biome-ignore lint/complexity/useMathMinMax: bigints too
  minimum: /* @__PURE__ */ calculating("minimum", Code.MINIMUM, (a, b) => (b < a ? b : a)),
  // biome-ignore lint/complexity/useMathMinMax: bigints too
  maximum: /* @__PURE__ */ calculating("maximum", Code.MAXIMUM, (a, b) => (b > a ? b : a)),
  /** with the sign of the divisor; of float32 too */
  remainder: /* @__PURE__ */ calculating("remainder", Code.MOD, (a, b) => ((a % b) + b) % b, {
    divides: true,
    dtypes: WITH_FLOATS,
  }),
  /** with the sign of the dividend; of float32 too */
  fmod: /* @__PURE__ */ calculating("fmod", Code.FMOD, (a, b) => a % b, { divides: true, dtypes: WITH_FLOATS }),
  bitwiseAnd: /* @__PURE__ */ calculating("bitwiseAnd", Code.AND, (a, b) => a & b),
  bitwiseOr: /* @__PURE__ */ calculating("bitwiseOr", Code.OR, (a, b) => a | b),
  bitwiseXor: /* @__PURE__ */ calculating("bitwiseXor", Code.XOR, (a, b) => a ^ b),
  shiftLeft: /* @__PURE__ */ calculating("shiftLeft", Code.SHIFT_LEFT, shiftedLeft, { dtypes: SHIFTED }),
  shiftRight: /* @__PURE__ */ calculating("shiftRight", Code.SHIFT_RIGHT, shiftedRight, { dtypes: SHIFTED }),
};

/** @param empty the result where there are no values; undefined for none */
function accumulating(
  name: string,
  operation: number,
  empty: number | undefined,
  dtypes: readonly DType[],
): Operator<ReduceAttributes> {
  return {
    name,
    dtypes,
    beyond: (asked) => {
      const { dims } = asked.attributes;
      return dims.length > 0 && dims.every((dim) => isOther(asked, dim));
    },
    plan(where, operands, { dims, keepdim }): Planned {
      const { dtype, shape } = operands[0]!;
      const axes = reducedAxes(where, dims, shape.length);
      const kept = shape.map((length, axis) => (axes.has(axis) ? 1 : length));
      const type = { dtype, shape: keepdim ? kept : kept.filter((_, axis) => !axes.has(axis)) };
      if (shape.some((length, axis) => length === 0 && axes.has(axis))) {
        if (empty === undefined) {
          throw wrongValue(
            where,
            `input must have values along the reduced axes, got shape ${show(shape)} and dims ${show(dims)}`,
          );
        }
        return plannedConstants([constantOf(dtype, type.shape, Array(countOf(type.shape)).fill(empty))]);
      }
      const passes = passesOf(shape, axes);
      const last = passes.length - 1;
      const left = passes.slice(0, -1).map(({ outer, inner }) => outer * inner * elementBytes(dtype));
      return planned({
        types: [type],
        kernel: "accumulate",
        flops: countOf(shape),
        calls: passes.length,
        held: { params: passes.length * wholeLines(Accumulate.bytes) },
        workspace: { even: left[0] ?? 0, odd: left[1] ?? 0 },
        prepare(program, { inputs, outputs, held, workspace: { even, odd } }) {
          let from = inputs[0]!;
          for (const [i, { outer, count, inner }] of passes.entries()) {
            const params = held.params + i * wholeLines(Accumulate.bytes);
            const to = i === last ? outputs[0]! : i % 2 === 0 ? even : odd;
            const flags = { partial: 0, reverse: 0, exclusive: 0 };
            program.params(Accumulate, params, {
              from,
              to,
              dtype: DTYPE_CODES[dtype],
              operation,
              count,
              inner,
              ...flags,
            });
            program.call(NUMBERS, "accumulate", params, outer * blocksOf(inner));
            from = to;
          }
        },
      });
    },
  };
}

/** Reductions of whole numbers, which wrap around; the product of float32 too. */
export const WHOLE_REDUCTIONS = {
  sum: /* @__PURE__ */ accumulating("sum", Code.ADD, 0, WHOLE),
  prod: /* @__PURE__ */ accumulating("prod", Code.MUL, 1, WITH_FLOATS),
  amax: /* @__PURE__ */ accumulating("amax", Code.MAXIMUM, undefined, WHOLE),
  amin: /* @__PURE__ */ accumulating("amin", Code.MINIMUM, undefined, WHOLE),
};

/** Attributes of {@link cumsumOperator}. */
export interface CumsumAttributes {
  /** axis along which is added; a negative one counts from the end */
  readonly dim: number;
  /** whether it begins at the end */
  readonly reverse: boolean;
  /** whether an element itself is left out of its sum */
  readonly exclusive: boolean;
}

/** torch.cumsum, with ONNX's further forms. */
export const cumsumOperator: Operator<CumsumAttributes> = {
  name: "cumsum",
  beyond: (asked) => isOther(asked, asked.attributes.dim) || (asked.attributes.reverse ? 0 : true),
  dtypes: WITH_FLOATS,
  plan(where, operands, { dim, reverse, exclusive }) {
    const { dtype, shape } = operands[0]!;
    const { outer, count, inner } = passAlong(shape, axisOf(where, "dim", dim, shape.length));
    return planned({
      types: [{ dtype, shape }],
      kernel: "accumulate",
      flops: countOf(shape),
      held: { params: Accumulate.bytes },
      prepare(program, { inputs, outputs, held: { params } }) {
        program.params(Accumulate, params, {
          from: inputs[0]!,
          to: outputs[0]!,
          dtype: DTYPE_CODES[dtype],
          operation: Code.ADD,
          count,
          inner,
          partial: 1,
          reverse: Number(reverse),
          exclusive: Number(exclusive),
        });
        program.call(NUMBERS, "accumulate", params, count === 0 ? 0 : outer * blocksOf(inner));
      },
    });
  },
};
