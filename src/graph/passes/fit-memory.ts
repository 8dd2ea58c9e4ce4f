import { conv1dOperator, conv2dOperator } from "../../operators/conv.ts";
import { type Call, exchanged, isCallOf, type Network, replanned } from "../network.ts";

/** What a planned network takes, in bytes. */
interface Bytes {
  readonly held: number;
  readonly staged: number;
  readonly arena: number;
}

/**
 * Transformed weights of Winograd are four times as large as they were. Within this much for tensors and weights of
 * convolutions, time counts alone: ResNet-50 and VGG-16 stay below.
 */
const COMFORTABLE = 512 * 2 ** 20;

/**
 * Takes plain matrix products in place of Winograd where memory would not suffice, or much of it would go to transformed
 * weights: first those that cost the least time for the memory that they save.
 *
 * @param available bytes that linear memory may still grow by
 */
export function fitMemory(network: Network, { held, staged, arena }: Bytes, available: number): Network {
  const layers = network.calls.filter(({ planned }) => planned.algorithm !== undefined);
  const weights = layers.reduce((sum, { planned }) => sum + planned.weightBytes, 0);
  let excess = Math.max(held + Math.max(arena, staged) - available, weights + arena - COMFORTABLE);
  if (excess <= 0) return network;
  const changes = new Map<Call, Call>();
  const choices = layers.flatMap((call) => {
    const smaller = withoutTransforms(network, call);
    const saved = smaller === undefined ? 0 : call.planned.heldBytes - smaller.planned.heldBytes;
    return saved > 0 ? [{ call, smaller: smaller!, saved }] : [];
  });
  choices.sort((a, b) => a.call.planned.flops / a.saved - b.call.planned.flops / b.saved);
  for (const { call, smaller, saved } of choices) {
    if (excess <= 0) break;
    changes.set(call, smaller);
    excess -= saved;
  }
  return exchanged(network, changes);
}

function withoutTransforms(network: Network, call: Call): Call | undefined {
  if (call.planned.algorithm !== "winograd") return undefined;
  const operator = [conv1dOperator, conv2dOperator].find((each) => isCallOf(call, each));
  if (operator === undefined || !isCallOf(call, operator)) return undefined;
  const options = { ...call.attributes.options, algorithm: "im2col" } as const;
  return replanned(network, call, { operator, attributes: { ...call.attributes, options } });
}
