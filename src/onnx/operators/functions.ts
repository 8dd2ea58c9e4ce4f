import type { FunctionNode } from "../../graph/graph.ts";
import type { OnnxNode } from "../translation.ts";

/**
 * Adds a function of the node's inputs with float32 results.
 * @param needed indices of inputs that must be given
 */
export function byFunction(
  node: OnnxNode,
  needed: readonly number[],
  results: number,
  compute: FunctionNode["compute"],
): readonly string[] {
  for (const index of needed) node.input(index);
  const { inputs } = node;
  const isConstant = inputs.every((value) => value === "" || node.isConstant(value));
  const own: FunctionNode["compute"] = (where, operands) => named(where, () => compute(where, operands));
  const type = { dtype: "float32", isConstant, isHalf: node.isHalf(node.input(0)) } as const;
  return node.control<FunctionNode>(
    { kind: "function", title: node.type, inputs, compute: own },
    Array(results).fill(type),
  );
}

/** Functions of the library begin their messages with their own names, which are not those of the file. */
function named<T>(where: string, call: () => T): T {
  try {
    return call();
  } catch (error) {
    const isOwn = (error instanceof TypeError || error instanceof RangeError) && /^[\w.]+: /.test(error.message);
    if (!isOwn || error.message.startsWith(where)) throw error;
    const Kind = error instanceof TypeError ? TypeError : RangeError;
    throw new Kind(`${where}: ${error.message}`, { cause: error });
  }
}
