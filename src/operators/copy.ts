import { countOf } from "../check.ts";
import type { Engine } from "../runtime/runtime.ts";
import type { Step } from "../runtime/step.ts";
import type { Constant, Operands, Operator, Shapes } from "./operator.ts";

/** `count` elements along one axis, so many elements apart in the source and in the destination. */
export interface CopyAxis {
  readonly count: number;
  /** 0 repeats, a negative number runs backwards */
  readonly from: number;
  readonly to: number;
}

/** Elements at regular distances that come to lie at other distances. */
export interface Copy {
  /** index of the argument; null for a number that the operator gives */
  readonly input: number | null;
  /** first element */
  readonly from: number;
  /** index of the result */
  readonly output: number;
  readonly to: number;
  /** the outermost first, as the result has them */
  readonly axes: readonly CopyAxis[];
}

/** An operator that only moves elements, described by copies. */
export interface CopyingOperator<A extends object> {
  readonly name: string;
  /** @throws as {@link Operator.infer} */
  shapes(where: string, operands: Operands, attributes: A): Shapes;
  /** What together fills every result; arguments have passed `shapes`. */
  copies(operands: Operands, attributes: A): readonly Copy[];
  /** what copies without an argument repeat */
  value?(attributes: A): number;
}

/** Makes the operator: float32 is copied by the kernel, integers of shape arithmetic are copied when compiling. */
export function copying<A extends object>({ name, shapes, copies, value }: CopyingOperator<A>): Operator<A> {
  return {
    name,
    infer: shapes,
    fold(where, operands, attributes) {
      const constants = operands.map((operand) => operand?.data);
      if (!constants.every((data) => data instanceof Float64Array)) return undefined;
      const results = shapes(where, operands, attributes).map((shape) => ({
        data: new Float64Array(countOf(shape)),
        shape,
      }));
      for (const copy of copies(operands, attributes)) {
        const source = copy.input === null ? [value?.(attributes) ?? 0] : constants[copy.input]!;
        copyNumbers(source, copy.from, results[copy.output]!.data, copy.to, copy.axes);
      }
      return results;
    },
    prepare: (where, engine, operands, attributes) =>
      prepareCopies(where, engine, copies(operands, attributes), value?.(attributes) ?? 0),
    parts(operands, attributes) {
      const all = filled(copies(operands, attributes));
      const inOrder =
        all.length === shapes(name, operands, attributes).length && all.every(({ output }, i) => output === i);
      return inOrder && all.every((copy) => copy.input === 0 && isRun(copy)) ? all.map(({ from }) => from) : undefined;
    },
    whole(operands, attributes) {
      const all = filled(copies(operands, attributes));
      const inOrder = all.length === operands.length && all.every(({ input }, i) => input === i);
      return inOrder && all.every((copy) => copy.output === 0 && isRun(copy)) ? all.map(({ to }) => to) : undefined;
    },
  };
}

const filled = (copies: readonly Copy[]) => copies.filter(({ axes }) => axes.every(({ count }) => count > 0));

/** Whether a copy moves adjacent elements to adjacent places. */
function isRun({ axes }: Copy): boolean {
  const [only, more] = mergedAxes(axes);
  return more === undefined && only!.from === 1 && only!.to === 1;
}

/** Makes an operator whose result is its first argument under another shape. */
export function viewing<A extends object>(
  name: string,
  shapeOf: (where: string, shape: readonly number[], attributes: A) => readonly number[],
): Operator<A> {
  return {
    name,
    infer: (where, operands, attributes) => [shapeOf(where, operands[0]!.shape, attributes)],
    fold(where, operands, attributes): readonly Constant[] | undefined {
      const { shape, data } = operands[0]!;
      return data instanceof Float64Array ? [{ data, shape: shapeOf(where, shape, attributes) }] : undefined;
    },
    prepare: null,
  };
}

/** Elements from one to the next along each axis of a tensor. */
export const stridesOf = (shape: readonly number[]): readonly number[] =>
  shape.map((_, axis) => countOf(shape.slice(axis + 1)));

/** Axes of a copy whose destination is all of a tensor; `from` are the source's distances. */
export function axesInto(shape: readonly number[], from: readonly number[]): readonly CopyAxis[] {
  const to = stridesOf(shape);
  return shape.map((count, axis) => ({ count, from: from[axis]!, to: to[axis]! }));
}

function copyNumbers(
  source: ArrayLike<number>,
  from: number,
  result: Float64Array,
  to: number,
  [axis, ...inner]: readonly CopyAxis[],
): void {
  if (axis === undefined) result[to] = source[from]!;
  else for (let i = 0; i < axis.count; ++i) copyNumbers(source, from + i * axis.from, result, to + i * axis.to, inner);
}

/**
 * The axes as the kernel takes them: without those of one element, those that run on joined, and where neither of the
 * last two has adjacent elements in the source but another axis has, that one moved before the last.
 */
export function mergedAxes(axes: readonly CopyAxis[]): readonly CopyAxis[] {
  const merged: CopyAxis[] = [];
  for (const axis of axes) {
    const outer = merged.at(-1);
    if (axis.count === 1) continue;
    if (outer !== undefined && outer.from === axis.count * axis.from && outer.to === axis.count * axis.to) {
      merged[merged.length - 1] = { ...axis, count: outer.count * axis.count };
    } else merged.push(axis);
  }
  const last = merged.at(-1);
  if (last === undefined) return [{ count: 1, from: 1, to: 1 }];
  if (last.to !== 1 || last.from === 1) return merged;
  const adjacent = merged.findIndex(({ from }) => from === 1);
  return adjacent < 0 ? merged : [...merged.toSpliced(adjacent, 1).slice(0, -1), merged[adjacent]!, last];
}

const AXIS_FIELDS = 3;

function prepareCopies(where: string, { heap, kernels }: Engine, copies: readonly Copy[], value: number): Step {
  const wanted = filled(copies).map((copy) => ({ ...copy, axes: mergedAxes(copy.axes) }));
  const fields = wanted.reduce((sum, { axes }) => sum + axes.length * AXIS_FIELDS, 1);
  const block = heap.allocate(where, fields * 4);
  heap.f32[block.offset / 4] = value;
  const { i32 } = heap;
  let table = block.offset + 4;
  const calls = wanted.map(({ axes, ...copy }) => {
    const call = { ...copy, table, rank: axes.length, source: 0, target: 0 };
    for (const { count, from, to } of axes) {
      i32.set([count, from * 4, to * 4], table / 4);
      table += AXIS_FIELDS * 4;
    }
    return call;
  });
  return {
    kernel: "copyStrided",
    flops: 0,
    weightBytes: 0,
    workspaceBytes: 0,
    blocks: [block],
    bind({ inputs, outputs }) {
      for (const call of calls) {
        call.source = call.input === null ? block.offset : inputs[call.input]! + call.from * 4;
        call.target = outputs[call.output]! + call.to * 4;
      }
    },
    run() {
      for (const { source, target, table, rank } of calls) kernels.copyStrided(source, target, table, rank);
    },
  };
}
