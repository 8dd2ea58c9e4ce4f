import type { DType, Type } from "../dtype.ts";
import type { Operator } from "../planning/operator.ts";
import type { Tensor } from "../tensor.ts";

/** A call of an operator that gradients go back through. */
export interface Call<A extends object = object> {
  readonly where: string;
  readonly attributes: A;
  /** types of the arguments, null for one that is not given */
  readonly types: readonly (Type | null)[];
  /** types of the results */
  readonly results: readonly Type[];
  /** whether anything needs the gradient of an argument */
  needs(index: number): boolean;
  /**
   * The values of an argument that the rule keeps.
   * @throws RangeError where they were changed in place since the call
   */
  operand(index: number): Tensor;
  /** The values of the first result, as {@link operand}. */
  result(): Tensor;
}

/** How gradients go back through an operator. */
export interface Rule<A extends object = object> {
  /** indices of arguments whose values the gradient needs, and whether it needs the result's: only these are held */
  readonly keeps: readonly (number | "result")[];
  /**
   * Gradients of the arguments in their shapes; null for one that has none, or that nothing needs.
   * @param gradients those of the results; undefined where nothing depends on one
   */
  backward(call: Call<A>, gradient: Tensor, gradients: readonly (Tensor | undefined)[]): readonly (Tensor | null)[];
}

/** An operator with its rule. */
export type Entry = readonly [operator: Operator, rule: Rule];

/** Ties a rule to an operator of the same attributes. */
export const rule = <A extends object>(
  operator: Operator<A>,
  keeps: Rule["keeps"],
  backward: Rule<A>["backward"],
): Entry => [operator as unknown as Operator, { keeps, backward } as unknown as Rule];

/** Whether a dtype can have gradients. */
export const isReal = (dtype: DType): boolean => dtype === "float32" || dtype === "float16";
