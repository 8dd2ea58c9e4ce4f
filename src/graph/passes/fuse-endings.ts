import { sameShape } from "../../check.ts";
import { addOperator } from "../../operators/binary.ts";
import { type Call, exchanged, isCallOf, isPlain, makersOf, type Network, operandOf, usesOf } from "../network.ts";

/**
 * Lets a call finish its own results while they are in the cache: add another tensor of the same shape, if the operator
 * takes a residual, and then apply an activation.
 */
export function fuseEndings(network: Network): Network {
  return fusePairs(fusePairs(network, withResidual), withActivation);
}

/** The fused form of two calls, of which only the second reads the first; undefined if they stay separate. */
export type Fusion = (network: Network, first: Call, second: Call) => Call | undefined;

/** Replaces the second of each pair by the fused call. */
export function fusePairs(network: Network, fusion: Fusion): Network {
  const uses = usesOf(network);
  const makers = makersOf(network);
  const changes = new Map<Call, Call | null>();
  for (const second of network.calls) {
    for (const value of second.inputs) {
      const first = makers.get(value);
      if (first === undefined || changes.get(first) === null || first.outputs.length !== 1 || uses.get(value) !== 1)
        continue;
      // a fused call is in the place of its second
      const fused = fusion(network, changes.get(first) ?? first, second);
      if (fused === undefined) continue;
      changes.set(first, null);
      changes.set(second, fused);
      break;
    }
  }
  return exchanged(network, changes);
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
