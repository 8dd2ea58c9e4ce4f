import { countOf, TRACED, type View } from "../check.ts";
import { engine } from "../runtime/runtime.ts";
import { runOnce } from "../runtime/step.ts";
import { newData, Tensor } from "../tensor.ts";
import type { Operator } from "./operator.ts";

/** Reads a network by running its forward function on tensors without data: see graph/trace.ts. */
export interface Tracer {
  /** Adds a call to the network; gives tensors that stand for its results. */
  add<A extends object>(
    where: string,
    operator: Operator<A>,
    operands: readonly (View | null)[],
    attributes: A,
  ): readonly Tensor[];
}

/** The tracer behind the arguments that stand for values of a network, if any does. */
export function tracerOf(operands: readonly (View | null | undefined)[]): Tracer | undefined {
  for (const operand of operands) {
    if (operand != null && TRACED in operand) return operand[TRACED] as Tracer;
  }
  return undefined;
}

/**
 * Calls an operator: now, or, where an argument stands for a value of a network, when the network runs.
 *
 * @param operands what checkTensor gave, null for what is not given
 * @throws as the operator's infer; RangeError where memory does not suffice
 */
export function apply<A extends object>(
  where: string,
  operator: Operator<A>,
  operands: readonly (View | null)[],
  attributes: A,
): readonly Tensor[] {
  const tracer = tracerOf(operands);
  if (tracer !== undefined) return tracer.add(where, operator, operands, attributes);
  return evaluate(where, operator, operands, attributes);
}

/** Calls an operator that has one result. */
export function applyOne<A extends object>(
  where: string,
  operator: Operator<A>,
  operands: readonly (View | null)[],
  attributes: A,
): Tensor {
  return apply(where, operator, operands, attributes)[0]!;
}

/** Computes an operator in memory that is held for this call only. */
export function evaluate<A extends object>(
  where: string,
  operator: Operator<A>,
  operands: readonly (View | null)[],
  attributes: A,
): readonly Tensor[] {
  const shapes = operator.infer(where, operands, attributes);
  if (operator.prepare === null) return [new Tensor(operands[0]!.data.slice(), shapes[0]!)];
  if (shapes.every((shape) => countOf(shape) === 0)) {
    return shapes.map((shape) => new Tensor(newData(where, shape), shape));
  }
  const { heap } = engine();
  const given = operands.reduce((sum, operand) => sum + (operand?.data.byteLength ?? 0), 0);
  heap.ensure(
    where,
    shapes.reduce((sum, shape) => sum + countOf(shape) * 4, given),
  );
  const step = operator.prepare(where, engine(), operands, attributes);
  const inputs = operands.map((operand, index) =>
    operand === null || operator.parameters?.includes(index) ? null : operand.data,
  );
  const results = runOnce(where, heap, step, inputs, shapes.map(countOf));
  return shapes.map((shape, index) => new Tensor(results[index]!, shape));
}
