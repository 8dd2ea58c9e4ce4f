import { copyRows } from "../../assembly/conv/copy/layout.ts";
import { countOf, largestOf } from "../check.ts";
import { type DType, elementBytes, type TensorData } from "../dtype.ts";
import { type Constant, checkFolded, constantOf } from "../planning/constant.ts";
import type { Operands, Operator } from "../planning/operator.ts";
import { type NamedPlaces, type Planned, planned, plannedConstants, plannedParts } from "../planning/planned.ts";
import { Copy as CopyParams } from "../runtime/generated/kernels.ts";
import { wholeLines } from "../runtime/layout.ts";
import { KERNELS } from "../runtime/modules/kernels.ts";
import type { Pointer, ProgramWriter } from "../runtime/program.ts";
import { stridesOf } from "./broadcast.ts";
import { integerConstants, isSmall } from "./integers.ts";

/** `count` elements along one axis, with their distances in the source and in the destination. */
export interface CopyAxis {
  readonly count: number;
  /** 0 repeats, a negative number runs backwards */
  readonly from: number;
  readonly to: number;
}

/** Elements at regular distances that are copied to other regular distances. */
export interface Copy {
  /** index of the argument; null for a number of the operator */
  readonly input: number | null;
  /** first element */
  readonly from: number;
  /** index of the result */
  readonly output: number;
  readonly to: number;
  /** the outermost first, in the order of the result */
  readonly axes: readonly CopyAxis[];
}

/** The results of an operator that only moves elements. */
export interface Copies {
  readonly shapes: readonly (readonly number[])[];
  /** together they fill every result */
  readonly copies: readonly Copy[];
  /** the number that copies without an argument repeat; default 0 */
  readonly value?: number;
}

/** An operator that only moves elements. */
export interface CopyingOperator<A extends object = object> extends Operator<A> {
  copiesOf(where: string, operands: Operands, attributes: A): Copies;
}

/**
 * Makes an operator that only moves elements, of any dtype, the same for all arguments.
 * @param copiesOf checks arguments and attributes, and describes the results by copies
 * @param open what it does where lengths depend on data
 */
export function copying<A extends object>(
  name: string,
  copiesOf: CopyingOperator<A>["copiesOf"],
  open: Pick<Operator<A>, "beyond" | "alike"> = {},
): CopyingOperator<A> {
  return {
    ...open,
    name,
    dtypes: "all",
    copiesOf,
    plan: (where, operands, attributes) => plannedCopies(where, operands, copiesOf(where, operands, attributes)),
  };
}

function plannedCopies(where: string, operands: Operands, { shapes, copies, value = 0 }: Copies): Planned {
  const { dtype } = operands[0]!;
  const types = shapes.map((shape) => ({ dtype, shape }));
  const all = copies
    .filter(({ axes }) => axes.every(({ count }) => count > 0))
    .map((copy) => ({ ...copy, axes: mergedAxes(copy.axes) }));
  const constants = integerConstants(operands);
  if (constants !== undefined) {
    const largest = largestOf(constants.map(({ data }) => data.length));
    for (const shape of shapes) if (countOf(shape) > largest) checkFolded(where, shape);
    if (shapes.every(isSmall)) return plannedConstants(copied(dtype, shapes, constants, all, value));
  }
  const parts = partsOf(all, types.length);
  if (parts !== undefined) return plannedParts(types, parts);
  const whole = wholeOf(all, operands.length);
  return planned({
    types,
    ...(whole && { whole }),
    kernel: "copy",
    flops: 0,
    calls: all.length,
    held: {
      params: all.length * wholeLines(CopyParams.bytes),
      axes: all.reduce((sum, { axes }) => sum + axes.length, 0) * AXIS_BYTES,
      value: 8,
    },
    prepare: (program, places) => prepareCopies(program, places, all, dtype, value),
  });
}

/** Bytes of an entry of the kernel's table of axes. */
export const AXIS_BYTES = 12;

type CopyPlaces = Omit<NamedPlaces<Record<"params" | "axes" | "value", number>, never, never>, "staged" | "workspace">;

function prepareCopies(
  program: ProgramWriter,
  { inputs, outputs, held }: CopyPlaces,
  copies: readonly Copy[],
  dtype: DType,
  value: number,
): void {
  const size = elementBytes(dtype);
  writeElement(program, held.value, constantOf(dtype, [1], [value]).data);
  let { params, axes: table } = held;
  for (const { input, from, output, to, axes } of copies) {
    writeCopy(program, params, table, axes, {
      from: input === null ? held.value : inputs[input]! + from * size,
      to: outputs[output]! + to * size,
      size,
    });
    program.call(KERNELS, "copy", params, copyItems(axes));
    params += wholeLines(CopyParams.bytes);
    table += axes.length * AXIS_BYTES;
  }
}

function writeElement(program: ProgramWriter, at: Pointer, data: TensorData): void {
  const words = program.i32(at, 2);
  new Uint8Array(words.buffer, words.byteOffset, data.byteLength).set(new Uint8Array(data.buffer));
}

/** Writes the argument of the copy kernel and its table of axes. */
export function writeCopy(
  program: ProgramWriter,
  params: Pointer,
  table: Pointer,
  axes: readonly CopyAxis[],
  { from, to, size }: { readonly from: Pointer; readonly to: Pointer; readonly size: number },
): void {
  const entries = axes.flatMap((axis) => [axis.count, axis.from * size, axis.to * size]);
  program.i32(table, entries.length).set(entries);
  program.params(CopyParams, params, { from, to, axes: table, rank: axes.length, size });
}

/** Items of the copy kernel. */
export function copyItems(axes: readonly CopyAxis[]): number {
  if (axes.length > 2) return countOf(axes.slice(0, -2).map(({ count }) => count));
  return Math.ceil(axes[0]!.count / copyRows(axes[1]?.count ?? 1));
}

/** Whether a copy moves adjacent elements to adjacent places. */
const isRun = ({ axes: [only, more] }: Copy) => more === undefined && only!.from === 1 && only!.to === 1;

/** Where each result begins in the first argument, if all are parts of it. */
function partsOf(copies: readonly Copy[], results: number): readonly number[] | undefined {
  const inOrder = copies.length === results && copies.every(({ output }, i) => output === i);
  const areParts = inOrder && copies.every((copy) => copy.input === 0 && isRun(copy));
  return areParts ? copies.map(({ from }) => from) : undefined;
}

/** Where each argument begins in the result, if that is just all of them in a row. */
function wholeOf(copies: readonly Copy[], operands: number): readonly number[] | undefined {
  const inOrder = copies.length === operands && copies.every(({ input }, i) => input === i);
  return inOrder && copies.every((copy) => copy.output === 0 && isRun(copy)) ? copies.map(({ to }) => to) : undefined;
}

/** Makes an operator whose result is its first argument under another shape. */
export function viewing<A extends object>(
  name: string,
  shapeOf: (where: string, shape: readonly number[], attributes: A) => readonly number[],
): Operator<A> {
  return {
    name,
    dtypes: "all",
    beyond({ axis, operands, types }) {
      const before = countOf(operands[0]!.shape.slice(0, axis));
      // the first items remain the first ones of all, or along an axis after as many
      return before === 1 || types[0]!.shape.some((_, i, own) => countOf(own.slice(0, i)) === before);
    },
    alike: () => true,
    plan(where, operands, attributes) {
      const type = { dtype: operands[0]!.dtype, shape: shapeOf(where, operands[0]!.shape, attributes) };
      const constants = integerConstants(operands.slice(0, 1));
      if (constants !== undefined) return plannedConstants([{ ...type, data: constants[0]!.data }]);
      return plannedParts([type], [0]);
    },
  };
}

/** Axes of a copy whose destination is all of a tensor; `from` are the source's distances. */
export function axesInto(shape: readonly number[], from: readonly number[]): readonly CopyAxis[] {
  const to = stridesOf(shape);
  return shape.map((count, axis) => ({ count, from: from[axis]!, to: to[axis]! }));
}

function copied(
  dtype: DType,
  shapes: readonly (readonly number[])[],
  constants: readonly Constant[],
  copies: readonly Copy[],
  value: number,
): readonly Constant[] {
  const results = shapes.map((shape) => constantOf(dtype, shape, new Float64Array(countOf(shape))));
  const single = constantOf(dtype, [1], [value]).data;
  for (const { input, from, output, to, axes } of copies) {
    copyElements(input === null ? single : constants[input]!.data, from, results[output]!.data, to, axes);
  }
  return results;
}

function copyElements(
  source: TensorData,
  from: number,
  result: TensorData,
  to: number,
  [axis, ...inner]: readonly CopyAxis[],
): void {
  if (axis === undefined) result[to] = source[from]!;
  else for (let i = 0; i < axis.count; ++i) copyElements(source, from + i * axis.from, result, to + i * axis.to, inner);
}

/**
 * The axes as the kernel takes them: without those of one element, and with those joined that run on. If neither of the
 * last two has adjacent elements in the source but another axis has, that one is moved before the last.
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
