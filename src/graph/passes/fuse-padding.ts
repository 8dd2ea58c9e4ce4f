import { convCall } from "../../conv/geometry.ts";
import type { PaddingMode } from "../../conv/padding.ts";
import { conv1dOperator, conv2dOperator } from "../../operators/conv.ts";
import { padOperator } from "../../operators/pad.ts";
import { isCallOf, type Network, operandOf } from "../network.ts";
import { type Fusion, fusePairs } from "./fuse-epilogues.ts";

/** Lets a convolution pad its input itself. */
export function fusePadding(network: Network): Network {
  return fusePairs(network, withPadding);
}

const withPadding: Fusion = (network, first, second) => {
  if (!isCallOf(first, padOperator) || second.inputs[0] !== first.outputs[0]) return undefined;
  const axes = isCallOf(second, conv2dOperator) ? 2 : 1;
  if (!isCallOf(second, conv2dOperator) && !isCallOf(second, conv1dOperator)) return undefined;
  const { padding, mode, value } = first.attributes;
  if (mode === "constant" && value !== 0) return undefined;
  // last axis first, in pairs
  if (padding.some((count, index) => count < 0 || (index >= 2 * axes && count !== 0))) return undefined;
  const { options } = second.attributes;
  const [weight, bias] = [operandOf(network, second.inputs[1]!)!, operandOf(network, second.inputs[2] ?? "")];
  const { geometry: g } = convCall(
    "compile",
    axes,
    operandOf(network, second.inputs[0]!)!.shape,
    weight,
    bias ?? undefined,
    options,
    undefined,
    second.attributes.pads,
  );
  const own = [
    [g.padLeft, g.padRight],
    [g.padTop, g.padBottom],
  ] as const;
  const padded = own.some((pair) => pair.some((count) => count !== 0));
  const fused: PaddingMode = mode === "constant" ? "zeros" : mode;
  if (padded && (fused !== "zeros" || g.paddingMode !== "zeros")) return undefined;
  const pads = own
    .slice(0, axes)
    .map(([before, after], i) => [before + (padding[2 * i] ?? 0), after + (padding[2 * i + 1] ?? 0)] as const)
    .reverse();
  return {
    ...second,
    inputs: [first.inputs[0]!, ...second.inputs.slice(1)],
    attributes: { ...second.attributes, options: { ...options, padding: 0, paddingMode: fused }, pads },
  };
};
