import { sameShape } from "../../check.ts";
import { type Epilogue, NO_EPILOGUE } from "../../conv/epilogue.ts";
import { addOperator } from "../../operators/binary.ts";
import { type Call, exchanged, isCallOf, makersOf, type Network, operandOf, operandsOf, usesOf } from "../network.ts";

/**
 * Lets a call apply what follows it to its own results while they are in the cache: an addition of another tensor of the
 * same shape, where the operator takes a residual, and then an activation.
 */
export function fuseEpilogues(network: Network): Network {
  return fusePairs(fusePairs(network, withResidual), withActivation);
}

/** What two calls become, of which the second is the only one that reads the first; undefined where they stay two. */
export type Fusion = (network: Network, first: Call, second: Call) => Call | undefined;

/** Puts pairs of calls into the place of the second. */
export function fusePairs(network: Network, fusion: Fusion): Network {
  const uses = usesOf(network);
  const makers = makersOf(network);
  const changes = new Map<Call, Call | null>();
  for (const second of network.calls) {
    for (const value of second.inputs) {
      const first = makers.get(value);
      if (first === undefined || changes.get(first) === null || first.outputs.length !== 1 || uses.get(value) !== 1)
        continue;
      // a call that was fused with the one before it stands where its second was
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
  const index = first.operator.residual;
  if (index === undefined || first.inputs[index] || !isCallOf(second, addOperator)) return undefined;
  if (second.attributes.epilogue !== NO_EPILOGUE || epilogueOf(first) !== NO_EPILOGUE) return undefined;
  const [own] = first.outputs as [string];
  const other = second.inputs[second.inputs[0] === own ? 1 : 0]!;
  if (other === own || !sameShape(network.shapes.get(own)!, operandOf(network, other)!.shape)) return undefined;
  const inputs = Array.from({ length: index + 1 }, (_, i) => (i === index ? other : (first.inputs[i] ?? "")));
  return { ...first, inputs, outputs: second.outputs };
};

const epilogueOf = ({ attributes }: Call) => (attributes as { readonly epilogue?: Epilogue }).epilogue;

const withActivation: Fusion = (network, first, second) => {
  const epilogue = second.operator.epilogue?.(second.attributes);
  if (epilogue === undefined) return undefined;
  const attributes = first.operator.withEpilogue?.(first.attributes, epilogue, operandsOf(network, first));
  return attributes && { ...first, attributes, outputs: second.outputs };
};
