import { sameShape } from "../../check.ts";
import { type Call, type Network, readsOf, renamed, resultsOf } from "../network.ts";

/** Drops views that change neither the shape nor what says how long its axes are, and calls whose results are not read. */
export function dropUnneeded(network: Network): Network {
  const names = new Map<string, string>();
  for (const { inputs, outputs, planned } of network.calls) {
    const [input, output] = [inputs[0]!, outputs[0]!];
    const before = network.types.get(input);
    const after = planned.types[0]!;
    const isView = planned.parts?.length === 1 && before?.dtype === after.dtype;
    if (isView && sameShape(before.shape, after.shape) && hasSameCounts(network, input, output))
      names.set(output, input);
  }
  const shortened = renamed(network, names);
  const needed = new Set(resultsOf(shortened));
  const kept: Call[] = [];
  for (const call of shortened.calls.toReversed()) {
    if (!call.outputs.some((output) => needed.has(output))) continue;
    if (names.has(call.outputs[0]!)) continue;
    for (const input of readsOf(call)) needed.add(input);
    kept.push(call);
  }
  return { ...shortened, calls: kept.reverse() };
}

function hasSameCounts({ lengths }: Network, value: string, other: string): boolean {
  const [counts = [], others = []] = [lengths.get(value), lengths.get(other)];
  return counts.length === others.length && counts.every((count, axis) => count === others[axis]);
}
