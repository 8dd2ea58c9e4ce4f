import { sameShape } from "../../check.ts";
import { type Call, type Network, renamed } from "../network.ts";

/** Takes out views that do not change the shape, and calls whose results nobody reads. */
export function dropUnneeded(network: Network): Network {
  const names = new Map<string, string>();
  for (const { operator, inputs, outputs } of network.calls) {
    const [input, output] = [inputs[0]!, outputs[0]!];
    const [before, after] = [network.shapes.get(input), network.shapes.get(output)];
    if (operator.prepare === null && before && after && sameShape(before, after)) names.set(output, input);
  }
  const shortened = renamed(network, names);
  const needed = new Set(shortened.outputs.values());
  const kept: Call[] = [];
  for (const call of shortened.calls.toReversed()) {
    if (!call.outputs.some((output) => needed.has(output))) continue;
    if (names.has(call.outputs[0]!)) continue;
    for (const input of call.inputs) needed.add(input);
    kept.push(call);
  }
  return { ...shortened, calls: kept.reverse() };
}
