import { show, wrongType, wrongValue } from "../check.ts";
import { ACTIVATION } from "../runtime/generated/abi.ts";

/** What a Session applies to the outputs of a convolution while they are in the cache, as the functions of these names. */
export type Activation =
  | "relu"
  | "relu6"
  | "silu"
  | "hardswish"
  | "sigmoid"
  | "tanh"
  | "hardsigmoid"
  | "gelu"
  | { readonly leakyRelu: number }
  | { readonly clamp: readonly [number, number] };

/** A function of one number as the kernels know it, for the outputs of another operation or by itself. */
export interface Epilogue {
  readonly activation: number;
  readonly alpha: number;
  readonly beta: number;
}

export const NO_EPILOGUE: Epilogue = { activation: ACTIVATION.NONE, alpha: 0, beta: 0 };

/** An activation whose kernel scales and shifts its own results, and these scaled and shifted; undefined for any other. */
export function scaled({ activation, alpha, beta }: Epilogue, scale: number, shift: number): Epilogue | undefined {
  if (activation !== ACTIVATION.HARDSWISH) return undefined;
  return { activation, alpha: alpha * scale, beta: beta * scale + shift };
}

const NAMED: Readonly<Record<string, Epilogue>> = {
  relu: { activation: ACTIVATION.RELU, alpha: 0, beta: 0 },
  relu6: { activation: ACTIVATION.CLAMP, alpha: 0, beta: 6 },
  silu: { activation: ACTIVATION.SILU, alpha: 0, beta: 0 },
  hardswish: { activation: ACTIVATION.HARDSWISH, alpha: 1, beta: 0 },
  sigmoid: { activation: ACTIVATION.SIGMOID, alpha: 0, beta: 0 },
  tanh: { activation: ACTIVATION.TANH, alpha: 0, beta: 0 },
  hardsigmoid: { activation: ACTIVATION.HARDSIGMOID, alpha: 1 / 6, beta: 1 / 2 },
  gelu: { activation: ACTIVATION.GELU, alpha: 0, beta: 0 },
};

/** Name of an activation for people to read, with its numbers; undefined for none. */
export function activationName({ activation, alpha, beta }: Epilogue): string | undefined {
  if (activation === ACTIVATION.NONE) return undefined;
  const same = (other: Epilogue) => other.activation === activation && other.alpha === alpha && other.beta === beta;
  const named = Object.entries(NAMED).find(([, epilogue]) => same(epilogue));
  if (named !== undefined) return named[0];
  const [code] = Object.entries(ACTIVATION).find(([, code]) => code === activation)!;
  const name = code.toLowerCase();
  return `${name}(${[alpha, beta].map((number) => Number(number.toPrecision(6))).join(", ")})`;
}

/** @throws TypeError, RangeError for what is no activation */
export function epilogueOf(where: string, activation: Activation | undefined): Epilogue {
  if (activation === undefined) return NO_EPILOGUE;
  if (typeof activation === "string") {
    const named = Object.hasOwn(NAMED, activation) ? NAMED[activation] : undefined;
    if (named !== undefined) return named;
    const known = Object.keys(NAMED).map(show).join(", ");
    throw wrongValue(where, `activation must be one of ${known}, { leakyRelu } or { clamp }, got ${show(activation)}`);
  }
  if (typeof activation === "object" && activation !== null && Object.keys(activation).length === 1) {
    if ("leakyRelu" in activation) {
      const slope = checkFinite(where, "activation.leakyRelu", activation.leakyRelu);
      return { activation: ACTIVATION.LEAKY_RELU, alpha: slope, beta: 0 };
    }
    if ("clamp" in activation && Array.isArray(activation.clamp) && activation.clamp.length === 2) {
      const [low, high] = activation.clamp.map((bound) => checkFinite(where, "activation.clamp", bound)) as [
        number,
        number,
      ];
      if (low > high) throw wrongValue(where, `activation.clamp must be [low, high], got ${show(activation.clamp)}`);
      return { activation: ACTIVATION.CLAMP, alpha: low, beta: high };
    }
  }
  throw wrongType(
    where,
    `activation must be a name, { leakyRelu: slope } or { clamp: [low, high] }, got ${show(activation)}`,
  );
}

function checkFinite(where: string, name: string, value: unknown): number {
  if (typeof value !== "number") throw wrongType(where, `${name} must be a number, got ${show(value)}`);
  if (!Number.isFinite(value)) throw wrongValue(where, `${name} must be finite, got ${value}`);
  return value;
}
