import type { Epilogue } from "../conv/epilogue.ts";
import type { Engine } from "../runtime/runtime.ts";
import type { Step } from "../runtime/step.ts";

/**
 * A value that is known before anything runs: float32 weights, or, in a Float64Array, the integers and booleans of shape
 * arithmetic, which never reach linear memory.
 */
export interface Constant {
  readonly data: Float32Array | Float64Array;
  readonly shape: readonly number[];
}

/** What an operator knows of an argument before it runs. */
export interface Operand {
  readonly shape: readonly number[];
  /** where it is a constant */
  readonly data?: Float32Array | Float64Array;
}

/** Arguments in the operator's order, null for one that is not given. */
export type Operands = readonly (Operand | null)[];

export type Shapes = readonly (readonly number[])[];

/**
 * One operation of the library, by torch's name and with torch's semantics, whichever way it is called: at once by a
 * function, or as a step of a network.
 */
export interface Operator<A extends object = object> {
  readonly name: string;
  /** indices of arguments that {@link prepare} reads itself, and that must be constant: weights */
  readonly parameters?: readonly number[];
  /**
   * Checks arguments and attributes, and gives the shapes of the results.
   * @param where begins each message: a function, or a node of a network
   * @throws TypeError, RangeError that name the argument, what was expected and what came
   */
  infer(where: string, operands: Operands, attributes: A): Shapes;
  /**
   * Results that are known before anything runs, or undefined; only needed for integers, since constants in float32 can
   * be computed as everything else.
   */
  fold?(where: string, operands: Operands, attributes: A): readonly Constant[] | undefined;
  /**
   * Makes it ready to run; arguments have passed {@link infer}, and no result is empty. Null for an operator whose result
   * is its first argument under another shape.
   * @throws RangeError where memory does not suffice; nothing is held then
   */
  readonly prepare: ((where: string, engine: Engine, operands: Operands, attributes: A) => Step) | null;
  /**
   * Where each result lies in the first argument, in elements from its beginning, if all of them are contiguous parts of
   * it: then nothing is computed. Undefined where they are not.
   */
  parts?(operands: Operands, attributes: A): readonly number[] | undefined;
  /** Where each argument lies in the result, if it is no more than all of them in a row; undefined where it is not. */
  whole?(operands: Operands, attributes: A): readonly number[] | undefined;
  /** The activation that it is, where another operator may apply it to its own results; undefined for none. */
  epilogue?(attributes: A): Epilogue | undefined;
  /** The attributes with an activation applied to the results, or undefined where that is not possible. */
  withEpilogue?(attributes: A, epilogue: Epilogue, operands: Operands): A | undefined;
  /** Indices of arguments in whose place the result may be written, if it has the same shape. */
  readonly inPlace?: readonly number[];
  /** Index of an argument that is added to the result before the activation, if the operator takes one. */
  readonly residual?: number;
}
