import { NO_EPILOGUE } from "../../conv/epilogue.ts";
import {
  erfOperator,
  geluOperator,
  hardsigmoidOperator,
  hardswishOperator,
  sigmoidOperator,
  siluOperator,
} from "../../operators/activation.ts";
import { addOperator, type BinaryAttributes, divOperator, mulOperator } from "../../operators/binary.ts";
import type { Operator } from "../../operators/operator.ts";
import { type Call, exchanged, isCallOf, makersOf, type Network, usesOf } from "../network.ts";

/**
 * Puts activations together that files spell out: x * sigmoid(x) is SiLU, x * hardsigmoid(x) hard-swish,
 * x * (erf(x / sqrt 2) + 1) * 0.5 GELU.
 */
export function fuseGates(network: Network): Network {
  const uses = usesOf(network);
  const makers = makersOf(network);
  const changes = new Map<Call, Call | null>();
  const once = (value: string) => uses.get(value) === 1;
  const constantOf = (value: string) => {
    const constant = network.constants.get(value);
    return constant?.data.length === 1 ? constant.data[0] : undefined;
  };
  /** the argument beside the constant of an operation, if its constant is the given one and its result is read once */
  const beside = (value: string, operator: Operator<BinaryAttributes>, expected: number): string | undefined => {
    const call = makers.get(value);
    if (call === undefined || !once(value) || (call.operator as unknown) !== operator) return undefined;
    const index = call.inputs.findIndex((input) => {
      const constant = constantOf(input);
      return constant !== undefined && Math.abs(constant - expected) <= 1e-6 * expected;
    });
    if (index < 0 || (index === 0 && isCallOf(call, divOperator))) return undefined;
    return call.inputs[1 - index];
  };
  const replace = <A extends object>(
    call: Call,
    operator: Operator<A>,
    input: string,
    attributes: A,
    gone: readonly string[],
  ) => {
    for (const value of gone) changes.set(makers.get(value)!, null);
    changes.set(call, { ...call, operator: operator as unknown as Operator, inputs: [input], attributes });
  };
  for (const call of network.calls) {
    if (!isCallOf(call, mulOperator) || call.attributes.epilogue !== NO_EPILOGUE) continue;
    for (const [x, gate] of [call.inputs, call.inputs.toReversed()] as [string, string][]) {
      const maker = makers.get(gate);
      if (maker === undefined || !once(gate)) continue;
      if (maker.inputs[0] === x && isCallOf(maker, sigmoidOperator)) {
        replace(call, siluOperator, x, {}, [gate]);
        break;
      }
      if (maker.inputs[0] === x && isCallOf(maker, hardsigmoidOperator)) {
        const { alpha, beta } = maker.attributes;
        if (Math.abs(alpha - 1 / 6) > 1e-6 || Math.abs(beta - 0.5) > 1e-6) continue;
        replace(call, hardswishOperator, x, {}, [gate]);
        break;
      }
    }
    if (changes.has(call)) continue;
    // (x * (1 + erf(x / sqrt 2))) * 0.5
    const half = call.inputs.findIndex((input) => constantOf(input) === 0.5);
    const product = half < 0 ? undefined : call.inputs[1 - half];
    const inner = product === undefined ? undefined : makers.get(product);
    if (inner === undefined || !once(product!) || !isCallOf(inner, mulOperator)) continue;
    for (const [x, sum] of [inner.inputs, inner.inputs.toReversed()] as [string, string][]) {
      const erf = beside(sum, addOperator, 1);
      const maker = erf === undefined ? undefined : makers.get(erf);
      if (maker === undefined || !once(erf!) || !isCallOf(maker, erfOperator)) continue;
      const [scaled] = maker.inputs as [string];
      const root = beside(scaled, divOperator, Math.SQRT2) ?? beside(scaled, mulOperator, Math.SQRT1_2);
      if (root !== x) continue;
      replace(call, geluOperator, x, { approximate: "none" as const }, [product!, sum, erf!, scaled]);
      break;
    }
  }
  return exchanged(network, changes);
}
