import type { PaddingMode } from "../../conv/padding.ts";
import { conv1dOperator, conv2dOperator, conv3dOperator, padsOf } from "../../operators/conv.ts";
import { padOperator } from "../../operators/pad.ts";
import { isCallOf, isPlain, type Network, operandOf, operandsOf, replanned } from "../network.ts";
import { type Fusion, fusePairs } from "./pairs.ts";

/** Lets a convolution pad its input itself. */
export function fusePadding(network: Network): Network {
  return fusePairs(network, withPadding);
}

const withPadding: Fusion = (network, first, second) => {
  if (!isCallOf(first, padOperator) || !isPlain(first) || second.inputs[0] !== first.outputs[0]) return undefined;
  const operator = [conv1dOperator, conv2dOperator, conv3dOperator].find((each) => isCallOf(second, each));
  if (operator === undefined || !isCallOf(second, operator)) return undefined;
  const { axes } = operator;
  const { padding, mode, value } = first.attributes;
  if (mode === "constant" && value !== 0) return undefined;
  if (operandOf(network, first.inputs[0]!)!.dtype !== "float32") return undefined;
  // last axis first, in pairs
  if (padding.some((count, index) => count < 0 || (index >= 2 * axes && count !== 0))) return undefined;
  const { options } = second.attributes;
  const own = padsOf(operandsOf(network, second), second.attributes, axes);
  const padded = own.some((pair) => pair.some((count) => count !== 0));
  const fused: PaddingMode = mode === "constant" ? "zeros" : mode;
  if (padded && (fused !== "zeros" || (options.paddingMode ?? "zeros") !== "zeros")) return undefined;
  const pads = own.map(([before, after], axis) => {
    const pair = 2 * (axes - 1 - axis);
    return [before + (padding[pair] ?? 0), after + (padding[pair + 1] ?? 0)] as const;
  });
  return replanned(network, second, {
    operator,
    inputs: [first.inputs[0]!, ...second.inputs.slice(1)],
    attributes: { ...second.attributes, options: { ...options, padding: 0, paddingMode: fused }, pads },
  });
};
