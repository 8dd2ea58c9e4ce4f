import { show, wrongType } from "../check.ts";
import type { DType, Type } from "../dtype.ts";
import type { Constant } from "./constant.ts";
import type { Epilogue } from "./epilogue.ts";
import type { Planned } from "./planned.ts";

/** What is known about an argument before an operator runs: its type, and its elements if they are constant. */
export interface Operand extends Type {
  readonly data?: Constant["data"];
}

/** Arguments in the operator's order, null for one that is not given. */
export type Operands = readonly (Operand | null)[];

/** Whether something is prepared for one run or for many: how much work the preparation is worth. */
export type Uses = "once" | "many";

/**
 * One operation of the library, by torch's name and with torch's semantics, whether a function calls it at once or it is
 * a step of a network.
 */
export interface Operator<A extends object = object> {
  readonly name: string;
  /**
   * indices of arguments that the preparation reads itself where they are constant: weights. Where one is computed, the plan
   * has it packed in each run, and it is an argument like the others.
   */
  readonly parameters?: readonly number[];
  /** dtypes that arguments may have; default float32 only */
  readonly dtypes?: "all" | readonly DType[];
  /**
   * Checks arguments and attributes, decides how the operator will be computed, and counts the memory for it. The plan
   * depends on the arguments' types, on the attributes, and on the elements of integer constants; not on weights' values,
   * on whether there is a bias, or on what is done to the results.
   *
   * @param where a function or a node of a network, with which each message begins
   * @throws TypeError, RangeError that name the argument, what was expected and what was given
   */
  plan(where: string, operands: Operands, attributes: A, uses: Uses): Planned;
  /** The operator as an activation, which other operators may apply to their results; undefined if it is none. */
  activation?(attributes: A): Epilogue | undefined;
  /**
   * What the items of an argument along an axis, beyond the first ones, do to what a call makes of the first ones: nothing (true), or
   * nothing if they hold this number, nothing if the call is given the count of the axis ("count", see `counts`), or something
   * else (false; also if this is absent). Asked only where the length of the
   * axis depends on data: see graph/lengths.ts.
   */
  beyond?(asked: Beyond<A>): boolean | number | "count";
  /** Whether a call's results begin in the same way with other attributes, so that these may depend on lengths; absent for no. */
  alike?(one: A, other: A): boolean;
  /** Index from which on arguments are how many items there are of each argument before (int32), where that depends on data. */
  readonly counts?: number;
  /** Indices of arguments that the result may overwrite, if it has the same type. */
  readonly inPlace?: readonly number[];
}

/** An axis of an argument of a call, and the call. */
export interface Beyond<A extends object = object> {
  /** index of the argument */
  readonly argument: number;
  readonly axis: number;
  readonly operands: Operands;
  readonly attributes: A;
  /** of the results */
  readonly types: readonly Type[];
}

/** {@link Operator.beyond} of operators that compute each element by itself. */
export const nothingBeyond = (): boolean => true;

/** Whether a call is not along the axis that is asked for, which `dim` means. */
export const isOther = ({ argument, axis, operands }: Beyond, dim: number): boolean =>
  axis !== (dim < 0 ? dim + operands[argument]!.shape.length : dim);

/** Whether an argument, by its index, is one that the preparation reads itself if it is constant; steps do not read it then. */
export const isParameter = ({ parameters }: Pick<Operator, "parameters">, index: number): boolean =>
  parameters?.includes(index) ?? false;

/**
 * Plans a call: the only caller of {@link Operator.plan}.
 * @param names names of the arguments in messages; empty if a function has checked them
 */
export function planCall<A extends object>(
  where: string,
  operator: Operator<A>,
  operands: Operands,
  attributes: A,
  uses: Uses,
  names: readonly string[] = [],
): Planned {
  const { dtypes = FLOAT32 } = operator;
  if (dtypes !== "all") {
    for (const [index, operand] of operands.entries()) {
      if (operand === null || dtypes.includes(operand.dtype)) continue;
      const name = names[index] === undefined ? "" : ` (${show(names[index])})`;
      throw wrongType(where, `argument ${index}${name} must hold ${dtypes.join(" or ")}, but holds ${operand.dtype}`);
    }
  }
  return operator.plan(where, operands, attributes, uses);
}

const FLOAT32: readonly DType[] = ["float32"];
