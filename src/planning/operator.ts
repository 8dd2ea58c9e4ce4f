import { show, wrongType } from "../check.ts";
import type { DType, Type } from "../dtype.ts";
import type { Constant } from "./constant.ts";
import type { Epilogue } from "./epilogue.ts";
import type { Planned } from "./planned.ts";

/** What an operator knows of an argument before it runs: its type, and its elements where they are known. */
export interface Operand extends Type {
  readonly data?: Constant["data"];
}

/** Arguments in the operator's order, null for one that is not given. */
export type Operands = readonly (Operand | null)[];

/** Whether something is made ready for one run or for many: how much work the preparation is worth. */
export type Uses = "once" | "many";

/** What may be done to an operator's results while they are in the cache. */
export interface Endings {
  /** adding a tensor of the result's shape, before the activation */
  readonly residual: boolean;
  readonly activation: boolean;
}

/**
 * One operation of the library, by torch's name and with torch's semantics, whichever way it is called: at once by a
 * function, or as a step of a network.
 */
export interface Operator<A extends object = object> {
  readonly name: string;
  /** indices of arguments that must be constant: weights, which the preparation reads itself */
  readonly parameters?: readonly number[];
  /** dtypes that arguments may have; default float32 only */
  readonly dtypes?: "all" | readonly DType[];
  /**
   * Checks arguments and attributes, decides how the operator will be computed, and counts the memory for it. The plan
   * depends on the arguments' types, on the attributes, and on the elements of integer constants; not on weights' values,
   * on whether there is a bias, or on what is done to the results.
   *
   * @param where begins each message: a function, or a node of a network
   * @throws TypeError, RangeError that name the argument, what was expected and what came
   */
  plan(where: string, operands: Operands, attributes: A, uses: Uses): Planned;
  /** The activation that the operator is, where another may apply it to its own results; undefined for none. */
  activation?(attributes: A): Epilogue | undefined;
  /** What may end the operator; absent where nothing may. */
  endings?(operands: Operands, attributes: A): Endings;
  /** Indices of arguments in whose place the result may be written, if it has the same type. */
  readonly inPlace?: readonly number[];
}

/**
 * Plans a call: the one road to {@link Operator.plan}.
 * @param names what messages call the arguments; their indices where a function has checked them
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
