/** One call of an operator, prepared to run repeatedly without the work of a Session around it. */
import { byteLength } from "../src/dtype.ts";
import type { Constant } from "../src/planning/constant.ts";
import type { Epilogue } from "../src/planning/epilogue.ts";
import { type Operator, planCall } from "../src/planning/operator.ts";
import type { Engine } from "../src/runtime/engine.ts";
import { wholeLines } from "../src/runtime/layout.ts";
import { ARENA, HELD, INSTRUCTION_BYTES, type Pointer, ProgramWriter, STAGED } from "../src/runtime/program.ts";

export interface Prepared {
  /** address of the first result */
  readonly output: number;
  run(): void;
  /** Frees the memory. */
  dispose(): void;
}

/**
 * @param activation applied to the results, if any
 * @throws whatever the operator's plan throws; RangeError when memory does not suffice
 */
export function prepare<A extends object>(
  engine: Engine,
  operator: Operator<A>,
  operands: readonly Constant[],
  attributes: A,
  activation?: Epilogue,
): Prepared {
  const { heap } = engine;
  const { name, parameters = [] } = operator;
  const planned = planCall(name, operator, operands, attributes, "many");
  const { heldBytes, stagedBytes, workspaceBytes, calls, types } = planned;
  let bytes = 0;
  const add = (size: number): Pointer => {
    const at = ARENA + bytes;
    bytes += wholeLines(size);
    return at;
  };
  const inputs = operands.map(({ data }, index) => (parameters.includes(index) ? 0 : add(data.byteLength)));
  const outputs = types.map((type) => add(byteLength(type)));
  const workspace = add(workspaceBytes);
  const held = heap.allocate(name, wholeLines(heldBytes + calls * INSTRUCTION_BYTES));
  const arena = heap.allocate(name, bytes);
  const instructions = held.offset + heldBytes;
  const program = heap.lend(name, stagedBytes, (staged) => {
    const writer = new ProgramWriter(
      engine,
      { held: held.offset, arena: arena.offset, staged: staged.offset },
      instructions,
    );
    planned.prepare(writer, {
      inputs,
      parameters: operands.map((operand, index) => (parameters.includes(index) ? operand : null)),
      outputs,
      residual: 0,
      activation,
      held: HELD,
      staged: STAGED,
      workspace,
    });
    return writer;
  });
  for (const [index, pointer] of inputs.entries()) {
    if (pointer !== 0) heap.write(program.addressOf(pointer), operands[index]!);
  }
  return {
    output: program.addressOf(outputs[0]!),
    run: () => engine.exports.run(instructions, 0, calls),
    dispose: () => {
      for (const block of [held, arena]) heap.free(block);
    },
  };
}
