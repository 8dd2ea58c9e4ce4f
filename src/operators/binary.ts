import * as Code from "../../assembly/codes/binary.ts";
import { blocksOf } from "../../assembly/ops/blocks.ts";
import { countOf, sameShape, show, wrongValue } from "../check.ts";
import { type Constant, checkFolded, constantOf, numbersOf } from "../planning/constant.ts";
import { NO_ACTIVATION } from "../planning/epilogue.ts";
import { nothingBeyond, type Operands, type Operator } from "../planning/operator.ts";
import { type Planned, planned, plannedConstants } from "../planning/planned.ts";
import { Broadcast } from "../runtime/generated/operators.ts";
import { OPERATORS } from "../runtime/modules/operators.ts";
import type { BlockFields } from "../runtime/modules.ts";
import type { Pointer, ProgramWriter } from "../runtime/program.ts";
import type { NoAttributes } from "./activation.ts";
import { axesBytes, type BroadcastAxis, broadcastAxes, broadcastShape, eachBroadcast, writeAxes } from "./broadcast.ts";
import { arithmeticConstants, WITH_INTEGERS } from "./integers.ts";

/** @param integer the operation on whole numbers; null for none */
function binary(
  name: string,
  operation: number,
  integer: ((where: string, a: number, b: number) => number) | null,
): Operator<NoAttributes> {
  return {
    name,
    beyond: nothingBeyond,
    ...(integer && { dtypes: WITH_INTEGERS }),
    plan(where, operands) {
      const [a, b] = pairOf(operands);
      const shape = broadcastShape(where, a.shape, b.shape);
      const constants = arithmeticConstants(where, operands);
      if (constants === undefined) return plannedBroadcast(operation, shape, a.shape, b.shape);
      const results = new Float64Array(checkFolded(where, shape));
      eachPair(constants, shape, (index, x, y) => {
        results[index] = integer!(where, x, y);
      });
      return plannedConstants([constantOf(a.dtype, shape, results)]);
    },
    inPlace: [0, 1],
  };
}

/** Both arguments of an operation. */
export const pairOf = (operands: Operands) => [operands[0]!, operands[1]!] as const;

/** Calls `visit` for each pair of elements of two constants that broadcast to a shape. */
function eachPair(
  [a, b]: readonly Constant[],
  shape: readonly number[],
  visit: (index: number, x: number, y: number) => void,
): void {
  const x = numbersOf(a!);
  const y = numbersOf(b!);
  eachBroadcast(shape, [a!.shape, b!.shape], (index, [i, j]) => visit(index, x[i!]!, y[j!]!));
}

/** An operation on float32 tensors of shapes `a` and `b`, which broadcast to `shape`. */
function plannedBroadcast(
  operation: number,
  shape: readonly number[],
  a: readonly number[],
  b: readonly number[],
): Planned {
  const axes = broadcastAxes(shape, a, b);
  return planned({
    types: [{ dtype: "float32", shape }],
    endings: { residual: false, activation: true },
    kernel: "broadcast",
    flops: countOf(shape),
    held: broadcastBytes(axes),
    prepare(program, { inputs, outputs, activation, held }) {
      writeBroadcast(program, held, axes, {
        a: inputs[0]!,
        b: inputs[1]!,
        to: outputs[0]!,
        operation,
        ...(activation ?? NO_ACTIVATION),
      });
      program.call(OPERATORS, "broadcast", held.params, rowItems(axes));
    },
  });
}

/** Bytes that an operation on two tensors holds. */
export const broadcastBytes = (axes: readonly BroadcastAxis[]) => ({
  params: Broadcast.bytes,
  axes: axesBytes(axes),
});

/** Writes the argument of the broadcast kernel. */
export function writeBroadcast(
  program: ProgramWriter,
  held: { readonly params: Pointer; readonly axes: Pointer },
  axes: readonly BroadcastAxis[],
  fields: Omit<BlockFields<typeof Broadcast>, "axes" | "rank">,
): void {
  writeAxes(axes, 4, program.i32(held.axes, axesBytes(axes) / 4));
  program.params(Broadcast, held.params, { ...fields, axes: held.axes, rank: axes.length });
}

/** Items of the kernels that walk rows: blocks of each row of the innermost axis. */
export function rowItems(axes: readonly { readonly count: number }[]): number {
  const row = axes.at(-1)!.count;
  return axes.slice(0, -1).reduce((rows, { count }) => rows * count, 1) * blocksOf(row);
}

function divided(where: string, a: number, b: number): number {
  if (b === 0) throw wrongValue(where, `the whole number ${a} cannot be divided by 0`);
  return Math.trunc(a / b);
}

/** torch.add */
export const addOperator = /* @__PURE__ */ binary("add", Code.ADD, (_where, a, b) => a + b);
/** torch.sub */
export const subOperator = /* @__PURE__ */ binary("sub", Code.SUB, (_where, a, b) => a - b);
/** torch.mul */
export const mulOperator = /* @__PURE__ */ binary("mul", Code.MUL, (_where, a, b) => a * b);
/** torch.div; whole numbers are divided towards zero */
export const divOperator = /* @__PURE__ */ binary("div", Code.DIV, divided);
/** torch.pow */
export const powOperator = /* @__PURE__ */ binary("pow", Code.POW, (_where, a, b) => a ** b);
/** torch.minimum */
export const minimumOperator = /* @__PURE__ */ binary("minimum", Code.MINIMUM, (_where, a, b) => Math.min(a, b));
/** torch.maximum */
export const maximumOperator = /* @__PURE__ */ binary("maximum", Code.MAXIMUM, (_where, a, b) => Math.max(a, b));

/** torch.nn.functional.prelu of an input and slopes, whose shape repeats to the input's. */
export const preluOperator: Operator<NoAttributes> = {
  name: "prelu",
  beyond: nothingBeyond,
  plan(where, operands) {
    const [input, slope] = pairOf(operands);
    const shape = broadcastShape(where, input.shape, slope.shape);
    if (!sameShape(shape, input.shape)) {
      throw wrongValue(where, `slope must repeat to the input's shape ${show(input.shape)}, got ${show(slope.shape)}`);
    }
    return plannedBroadcast(Code.PRELU, shape, input.shape, slope.shape);
  },
  inPlace: [0],
};
