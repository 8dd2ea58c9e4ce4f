import { type Call, exchanged, makersOf, type Network, usesOf } from "../network.ts";

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
