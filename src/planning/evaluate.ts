import { countOf, readTensor, settled, TRACED, View } from "../check.ts";
import { byteLength, type DType, KINDS_OF, type TensorData } from "../dtype.ts";
import type { Engine } from "../runtime/engine.ts";
import { wholeLines } from "../runtime/layout.ts";
import { ARENA, type Fault, HELD, INSTRUCTION_BYTES, type Pointer, ProgramWriter, STAGED } from "../runtime/program.ts";
import { engine } from "../runtime/runtime.ts";
import { newData, Tensor } from "../tensor.ts";
import type { Constant } from "./constant.ts";
import { isParameter, type Operator, planCall } from "./operator.ts";
import type { Planned } from "./planned.ts";

/** Takes the calls of operators on its tensors: to read a network (graph/trace.ts), or to compute gradients (autograd/). */
export interface Tracer {
  /** whether its tensors have no data, so that it takes a call even where other tensors belong to another tracer */
  readonly symbolic: boolean;
  /** Adds a call; returns its results, or tensors that stand for them. */
  add<A extends object>(
    where: string,
    operator: Operator<A>,
    operands: readonly (Constant | null)[],
    attributes: A,
  ): readonly Tensor[];
}

function tracerOf(operands: readonly (Constant | null)[]): Tracer | undefined {
  let found: Tracer | undefined;
  for (const operand of operands) {
    if (operand !== null && TRACED in operand && !found?.symbolic) found = operand[TRACED] as Tracer;
  }
  return found;
}

/** Whether a tensor stands for a value of a network that is being read: it has a shape but no data. */
export const isSymbolic = (operand: Constant): boolean => TRACED in operand && (operand[TRACED] as Tracer).symbolic;

/**
 * Calls an operator: now or, if an argument belongs to a tracer, as that does it.
 *
 * @param operands results of checkTensor, null for arguments that are not given
 * @throws as the operator's plan; RangeError when memory does not suffice
 */
export function apply<A extends object>(
  where: string,
  operator: Operator<A>,
  operands: readonly (Constant | null)[],
  attributes: A,
): readonly Tensor[] {
  const tracer = tracerOf(operands);
  if (tracer !== undefined) return tracer.add(where, operator, operands, attributes);
  return evaluate(where, operator, operands, attributes);
}

/** Calls an operator that has one result. */
export function applyOne<A extends object, D extends DType = "float32">(
  where: string,
  operator: Operator<A>,
  operands: readonly (Constant | null)[],
  attributes: A,
): Tensor<D> {
  return apply(where, operator, operands, attributes)[0] as unknown as Tensor<D>;
}

/** An operand as the door for tensors makes it, which another Tensor, or a result within a function, has not passed. */
export const viewOf = (where: string, operand: Constant): View<DType, TensorData> =>
  operand instanceof View
    ? operand
    : (readTensor(where, "operand", operand, operand.dtype, KINDS_OF[operand.dtype]) as View<DType, TensorData>);

/** Computes an operator now. */
export function evaluate<A extends object>(
  where: string,
  operator: Operator<A>,
  operands: readonly (Constant | null)[],
  attributes: A,
): readonly Tensor[] {
  const views = operands.map((operand) => (operand === null ? null : viewOf(where, operand)));
  const planned = planCall(where, operator, views, attributes, "once");
  for (const view of views) if (view !== null) settled(where, view);
  const results = computed(where, operator, planned, views);
  // float32, except for operators that functions of other dtypes call
  return planned.types.map(({ dtype, shape }, i) => new Tensor<DType>(results[i]!, shape, dtype)) as readonly Tensor[];
}

/**
 * The results of a planned call on constants, in memory that is held for this call only.
 *
 * @throws RangeError when memory does not suffice, or the operands hold values that the operator cannot use
 */
export function computed(
  where: string,
  operator: Pick<Operator, "parameters">,
  planned: Planned,
  operands: readonly (Constant | null)[],
): readonly TensorData[] {
  const { types, constants, parts } = planned;
  if (constants !== undefined) return constants.map(({ data }) => data.slice());
  if (types.every(({ shape }) => countOf(shape) === 0)) {
    return types.map(({ dtype, shape }) => newData(where, shape, dtype));
  }
  if (parts !== undefined) {
    const { data } = operands[0]!;
    return types.map(({ shape }, i) => data.slice(parts[i]!, parts[i]! + countOf(shape)));
  }
  return runOnce(where, engine(), operator, planned, operands);
}

/** held | instructions | inputs | outputs, workspace: the staged arrays are gone before outputs and workspace are written */
function runOnce(
  where: string,
  engine: Engine,
  operator: Pick<Operator, "parameters">,
  planned: Planned,
  operands: readonly (Constant | null)[],
): readonly TensorData[] {
  const { heap } = engine;
  const { types, heldBytes, stagedBytes, workspaceBytes, calls } = planned;
  let bytes = 0;
  const add = (size: number): Pointer => {
    const at = ARENA + bytes;
    bytes += wholeLines(size);
    return at;
  };
  const held = wholeLines(heldBytes + calls * INSTRUCTION_BYTES);
  const inputs = operands.map((operand, index) =>
    operand === null || isParameter(operator, index) ? 0 : add(byteLength(operand)),
  );
  const staged = bytes;
  const outputs = types.map((type) => add(byteLength(type)));
  const workspace = add(workspaceBytes);
  return heap.lend(where, held + Math.max(bytes, staged + stagedBytes), ({ offset }) => {
    const arena = offset + held;
    const program = new ProgramWriter(engine, { held: offset, arena, staged: arena + staged }, offset + heldBytes);
    program.expect({ ...planned, bytes: bytes + planned.weightBytes });
    planned.prepare(program, {
      inputs,
      parameters: operands.map((operand, index) => (isParameter(operator, index) ? operand : null)),
      outputs,
      residual: 0,
      activation: undefined,
      held: HELD,
      staged: STAGED,
      workspace,
    });
    for (const [index, pointer] of inputs.entries()) {
      if (pointer !== 0) heap.write(program.addressOf(pointer), operands[index]!);
    }
    engine.run(offset + heldBytes, 0, calls, workspaceBytes);
    checkFaults(where, engine, program.faults);
    return types.map(({ dtype, shape }, i) => heap.read(dtype, program.addressOf(outputs[i]!), countOf(shape)));
  });
}

/**
 * @throws RangeError for the first word that a kernel has set; all of them are cleared
 */
export function checkFaults(where: string, engine: Engine, faults: readonly Fault[]): void {
  const { i32 } = engine.heap;
  const met = faults.find(({ at }) => i32[at / 4] !== 0);
  if (met === undefined) return;
  clearFaults(engine, faults);
  throw new RangeError(`${where}: ${met.message}`);
}

/** For a run that ends before its faults are asked for. */
export function clearFaults({ heap: { i32 } }: Engine, faults: readonly Fault[]): void {
  for (const { at } of faults) i32[at / 4] = 0;
}
