import { countOf, sameShape, show, wrongValue } from "../check.ts";
import { type Epilogue, NO_EPILOGUE } from "../conv/epilogue.ts";
import { BINARY } from "../runtime/generated/abi.ts";
import { Layout } from "../runtime/layout.ts";
import { stridesOf } from "./copy.ts";
import type { Operands, Operator } from "./operator.ts";

/** Attributes of an operation on two tensors. */
export interface BinaryAttributes {
  readonly epilogue: Epilogue;
}

/** One axis of the result, and how many elements apart its arguments are there: 0 where one repeats. */
export interface BroadcastAxis {
  readonly count: number;
  readonly a: number;
  readonly b: number;
}

/** The shape of two that broadcast, by numpy's rule: axes are aligned at the end, and length 1 repeats. */
export function broadcastShape(where: string, a: readonly number[], b: readonly number[]): readonly number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const x = a[axis - rank + a.length] ?? 1;
    const y = b[axis - rank + b.length] ?? 1;
    if (x !== y && x !== 1 && y !== 1) {
      throw wrongValue(
        where,
        `shapes ${show(a)} and ${show(b)} do not broadcast: axis ${axis} of the result has ${x} and ${y}`,
      );
    }
    return x === 1 ? y : x;
  });
}

/** Axes of the result without those of one element, and those joined along which both arguments run on. */
export function broadcastAxes(
  shape: readonly number[],
  a: readonly number[],
  b: readonly number[],
): readonly BroadcastAxis[] {
  const [alongA, alongB] = [stepsOf(shape, a), stepsOf(shape, b)];
  const merged: BroadcastAxis[] = [];
  for (const [axis, count] of shape.entries()) {
    if (count === 1) continue;
    const inner = { count, a: alongA[axis]!, b: alongB[axis]! };
    const outer = merged.at(-1);
    if (outer !== undefined && outer.a === count * inner.a && outer.b === count * inner.b) {
      merged[merged.length - 1] = { ...inner, count: outer.count * count };
    } else merged.push(inner);
  }
  return merged.length === 0 ? [{ count: 1, a: 1, b: 1 }] : merged;
}

function stepsOf(shape: readonly number[], own: readonly number[]): readonly number[] {
  const strides = stridesOf(own);
  const missing = shape.length - own.length;
  return shape.map((_, axis) => (axis < missing || own[axis - missing] === 1 ? 0 : strides[axis - missing]!));
}

const AXIS_FIELDS = 3;

/** @param integer the operation on the numbers of shape arithmetic */
function binary(
  name: string,
  kind: keyof typeof BINARY,
  integer?: (where: string, a: number, b: number) => number,
): Operator<BinaryAttributes> {
  const operation = BINARY[kind];
  const shapeOf = (where: string, [a, b]: Operands) => broadcastShape(where, a!.shape, b!.shape);
  return {
    name,
    infer: (where, operands) => [shapeOf(where, operands)],
    ...(integer && {
      fold(where, operands) {
        const [a, b] = operands;
        const [x, y] = [a!.data, b!.data];
        if (!(x instanceof Float64Array && y instanceof Float64Array)) return undefined;
        const shape = shapeOf(where, operands);
        const [fromA, fromB] = [stepsOf(shape, a!.shape), stepsOf(shape, b!.shape)];
        const strides = stridesOf(shape);
        const data = Float64Array.from({ length: countOf(shape) }, (_, index) => {
          const at = (steps: readonly number[]) =>
            shape.reduce((sum, count, axis) => sum + (Math.floor(index / strides[axis]!) % count) * steps[axis]!, 0);
          return integer(where, x[at(fromA)]!, y[at(fromB)]!);
        });
        return [{ data, shape }];
      },
    }),
    prepare(where, { heap, kernels }, operands, { epilogue: { activation, alpha, beta } }) {
      const shape = shapeOf(where, operands);
      const axes = broadcastAxes(shape, operands[0]!.shape, operands[1]!.shape);
      const layout = new Layout();
      const splatAt = layout.add(16);
      const axesAt = layout.add(axes.length * AXIS_FIELDS * 4);
      const block = heap.allocate(where, layout.bytes);
      const [splat, table] = [block.offset + splatAt, block.offset + axesAt];
      heap.i32.set(
        axes.flatMap((axis) => [axis.count, axis.a * 4, axis.b * 4]),
        table / 4,
      );
      let [a, b, to] = [0, 0, 0];
      return {
        kernel: "broadcast",
        flops: countOf(shape),
        weightBytes: 0,
        workspaceBytes: 0,
        blocks: [block],
        bind({ inputs, outputs }) {
          [a, b, to] = [inputs[0]!, inputs[1]!, outputs[0]!];
        },
        run: () => kernels.broadcast(operation, a, b, to, table, axes.length, splat, activation, alpha, beta),
      };
    },
    withEpilogue: (attributes, epilogue) => (attributes.epilogue === NO_EPILOGUE ? { epilogue } : undefined),
    inPlace: [0, 1],
  };
}

function divided(where: string, a: number, b: number): number {
  if (b === 0) throw wrongValue(where, `the whole number ${a} cannot be divided by 0`);
  return Math.trunc(a / b);
}

/** torch.add */
export const addOperator = /* @__PURE__ */ binary("add", "ADD", (_where, a, b) => a + b);
/** torch.sub */
export const subOperator = /* @__PURE__ */ binary("sub", "SUB", (_where, a, b) => a - b);
/** torch.mul */
export const mulOperator = /* @__PURE__ */ binary("mul", "MUL", (_where, a, b) => a * b);
/** torch.div; whole numbers are divided towards zero */
export const divOperator = /* @__PURE__ */ binary("div", "DIV", divided);
/** torch.pow */
export const powOperator = /* @__PURE__ */ binary("pow", "POW", (_where, a, b) => a ** b);
/** torch.minimum */
export const minimumOperator = /* @__PURE__ */ binary("minimum", "MINIMUM", (_where, a, b) => Math.min(a, b));
/** torch.maximum */
export const maximumOperator = /* @__PURE__ */ binary("maximum", "MAXIMUM", (_where, a, b) => Math.max(a, b));

/** torch.nn.functional.prelu of an input and slopes, whose shape repeats to the input's. */
export const preluOperator: Operator<BinaryAttributes> = {
  ...binary("prelu", "PRELU"),
  inPlace: [0],
  infer(where, [input, slope]) {
    const shape = broadcastShape(where, input!.shape, slope!.shape);
    if (!sameShape(shape, input!.shape)) {
      throw wrongValue(
        where,
        `slope must repeat to the input's shape ${show(input!.shape)}, got ${show(slope!.shape)}`,
      );
    }
    return [shape];
  },
};
