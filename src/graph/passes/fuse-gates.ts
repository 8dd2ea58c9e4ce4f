import { geluOperator, UNARY_OPERATORS } from "../../operators/activation.ts";
import { addOperator, divOperator, mulOperator } from "../../operators/binary.ts";
import { numbersOf } from "../../planning/constant.ts";
import type { Operator } from "../../planning/operator.ts";
import { type Call, exchanged, isCallOf, isPlain, makersOf, type Network, replanned, usesOf } from "../network.ts";

/**
 * Joins activations that files spell out: x * sigmoid(x) is SiLU, x * hardsigmoid(x) and x * relu6(x + 3) / 6 are
 * hard-swish, x * (erf(x / sqrt 2) + 1) * 0.5 is GELU.
 */
export function fuseGates(network: Network): Network {
  const uses = usesOf(network);
  const makers = makersOf(network);
  const changes = new Map<Call, Call | null>();
  const once = (value: string) => uses.get(value) === 1;
  const constantOf = (value: string) => {
    const constant = network.constants.get(value);
    return constant?.data.length === 1 ? numbersOf(constant)[0] : undefined;
  };
  /** the other argument, if the call is that operation with that constant */
  const argumentBeside = (call: Call, operator: Operator, expected: number): string | undefined => {
    if (!isCallOf(call, operator) || !isPlain(call)) return undefined;
    const index = call.inputs.findIndex((input) => isNear(constantOf(input) ?? Number.NaN, expected));
    return index < 0 || (index === 0 && isCallOf(call, divOperator)) ? undefined : call.inputs[1 - index];
  };
  /** the same for the call that makes a value that is read once */
  const beside = (value: string, operator: Operator, expected: number): string | undefined => {
    const call = makers.get(value);
    return call === undefined || !once(value) ? undefined : argumentBeside(call, operator, expected);
  };
  const replace = <A extends object>(
    call: Call,
    operator: Operator<A>,
    input: string,
    attributes: NoInfer<A>,
    gone: readonly string[],
  ) => {
    for (const value of gone) changes.set(makers.get(value)!, null);
    changes.set(call, replanned(network, call, { operator, inputs: [input], attributes }));
    return true;
  };
  for (const call of network.calls) fuseGate(call) || fuseGelu(call) || fuseSixth(call);
  return exchanged(network, changes);

  /** x * sigmoid(x), x * hardsigmoid(x) */
  function fuseGate(call: Call): boolean {
    if (!isCallOf(call, mulOperator) || !isPlain(call)) return false;
    for (const [x, gate] of bothWays(call)) {
      const maker = makers.get(gate);
      if (maker === undefined || !once(gate) || maker.inputs[0] !== x) continue;
      if (isCallOf(maker, UNARY_OPERATORS.hardsigmoid)) {
        const { alpha, beta } = maker.attributes;
        if (isNear(alpha, 1 / 6) && isNear(beta, 0.5)) return replace(call, UNARY_OPERATORS.hardswish, x, {}, [gate]);
      } else if (isCallOf(maker, UNARY_OPERATORS.sigmoid)) return replace(call, UNARY_OPERATORS.silu, x, {}, [gate]);
    }
    return false;
  }

  /** (x * (1 + erf(x / sqrt 2))) * 0.5 */
  function fuseGelu(call: Call): boolean {
    const product = argumentBeside(call, mulOperator, 0.5);
    const inner = product === undefined ? undefined : makers.get(product);
    if (inner === undefined || !once(product!) || !isCallOf(inner, mulOperator)) return false;
    for (const [x, sum] of bothWays(inner)) {
      const erf = beside(sum, addOperator, 1);
      const maker = erf === undefined ? undefined : makers.get(erf);
      if (maker === undefined || !once(erf!) || !isCallOf(maker, UNARY_OPERATORS.erf)) continue;
      const [scaled] = maker.inputs as [string];
      const root = beside(scaled, divOperator, Math.SQRT2) ?? beside(scaled, mulOperator, Math.SQRT1_2);
      if (root === x) return replace(call, geluOperator, x, { approximate: "none" }, [product!, sum, erf!, scaled]);
    }
    return false;
  }

  /** (x * relu6(x + 3)) / 6 */
  function fuseSixth(call: Call): boolean {
    const product = argumentBeside(call, divOperator, 6) ?? argumentBeside(call, mulOperator, 1 / 6);
    const inner = product === undefined ? undefined : makers.get(product);
    if (inner === undefined || !once(product!) || !isCallOf(inner, mulOperator)) return false;
    for (const [x, gate] of bothWays(inner)) {
      const maker = makers.get(gate);
      if (maker === undefined || !once(gate) || !isRelu6(maker)) continue;
      const [sum] = maker.inputs as [string];
      if (beside(sum, addOperator, 3) !== x) continue;
      return replace(call, UNARY_OPERATORS.hardswish, x, {}, [product!, gate, sum]);
    }
    return false;
  }
}

/** In ONNX it is a Clip with two bounds. */
const isRelu6 = (call: Call): boolean =>
  isCallOf(call, UNARY_OPERATORS.clamp)
    ? call.attributes.min === 0 && call.attributes.max === 6
    : isCallOf(call, UNARY_OPERATORS.relu6);

const bothWays = ({ inputs }: Call) => [inputs, inputs.toReversed()] as [string, string][];

const isNear = (value: number, expected: number) => Math.abs(value - expected) <= 1e-6 * expected;
