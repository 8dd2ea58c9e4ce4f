import { sameShape } from "../../check.ts";
import { addOperator } from "../../operators/binary.ts";
import { isCallOf, isPlain, type Network, operandOf } from "../network.ts";
import { type Fusion, fusePairs } from "./pairs.ts";

/**
 * Lets a call finish its own results while they are in the cache: add another tensor of the same shape, if the operator
 * takes a residual, and then apply an activation.
 */
export function fuseEndings(network: Network): Network {
  return fusePairs(fusePairs(network, withResidual), withActivation);
}

const withResidual: Fusion = (network, first, second) => {
  if (!isPlain(first) || !isPlain(second) || !isCallOf(second, addOperator)) return undefined;
  if (!first.planned.endings?.residual) return undefined;
  const [own] = first.outputs as [string];
  const residual = second.inputs[second.inputs[0] === own ? 1 : 0]!;
  if (residual === own || !sameShape(network.types.get(own)!.shape, operandOf(network, residual)!.shape)) {
    return undefined;
  }
  return { ...first, residual, outputs: second.outputs };
};

const withActivation: Fusion = (_network, first, second) => {
  const activation = isPlain(second) ? second.operator.activation?.(second.attributes) : undefined;
  if (activation === undefined || first.activation !== undefined) return undefined;
  return first.planned.endings?.activation ? { ...first, activation, outputs: second.outputs } : undefined;
};
