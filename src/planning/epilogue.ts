import * as Code from "../../assembly/codes/activation.ts";
import { show, wrongType, wrongValue } from "../check.ts";

/** A function of one number as kernels take it, for the outputs of another operation or by itself. */
export interface Epilogue {
  readonly activation: number;
  readonly alpha: number;
  readonly beta: number;
}

/** No function. */
export const NO_ACTIVATION: Epilogue = { activation: Code.NONE, alpha: 0, beta: 0 };

/**
 * A function of one number: the row that operators, {@link Activation}, Session.explain and ONNX's translators read.
 * Its numbers are alpha and beta of the kernels.
 */
export interface UnaryFunction<N extends string = string> {
  /** its code in the kernels */
  readonly code: number;
  /** names of its numbers in a call, alpha before beta */
  readonly numbers?: readonly N[];
  /** the numbers if a call does not give them; Session.explain leaves these out; default 0 */
  readonly values?: readonly [alpha: number, beta: number];
  /** torch's name, if it differs from ours */
  readonly torch?: string;
  /** ONNX's name, and its attributes with their defaults in the order of `numbers`; absent if its arguments differ */
  readonly onnx?: readonly [name: string, attributes?: Readonly<Record<string, number>>];
  /** the function of whole numbers, if the arithmetic of shapes uses it */
  readonly integer?: (x: number, alpha: number, beta: number) => number;
}

/** Activations that have no numbers, or have torch's. */
type NamedActivation =
  | "relu"
  | "relu6"
  | "silu"
  | "hardswish"
  | "sigmoid"
  | "tanh"
  | "hardsigmoid"
  | "gelu"
  | "softplus"
  | "mish";

/** What a Session applies to the outputs of a convolution while they are in the cache, as the functions of these names. */
export type Activation =
  | NamedActivation
  | { readonly leakyRelu: number }
  | { readonly elu: number }
  | { readonly clamp: readonly [number, number] };

const NAMED = {
  relu: { code: Code.RELU, onnx: ["Relu"] },
  relu6: { code: Code.CLAMP, values: [0, 6] },
  silu: { code: Code.SILU },
  hardswish: { code: Code.HARDSWISH, values: [1, 0], onnx: ["HardSwish"] },
  sigmoid: { code: Code.SIGMOID, onnx: ["Sigmoid"] },
  tanh: { code: Code.TANH, onnx: ["Tanh"] },
  hardsigmoid: {
    code: Code.HARDSIGMOID,
    numbers: ["alpha", "beta"],
    values: [1 / 6, 1 / 2],
    onnx: ["HardSigmoid", { alpha: 0.2, beta: 0.5 }],
  },
  gelu: { code: Code.GELU },
  softplus: { code: Code.SOFTPLUS, onnx: ["Softplus"] },
  mish: { code: Code.MISH, onnx: ["Mish"] },
} as const satisfies Readonly<Record<NamedActivation, UnaryFunction>>;

const OTHERS = {
  clamp: {
    code: Code.CLAMP,
    numbers: ["min", "max"],
    integer: (x: number, min: number, max: number) => Math.min(Math.max(x, min), max),
  },
  leakyRelu: {
    code: Code.LEAKY_RELU,
    numbers: ["negativeSlope"],
    torch: "leaky_relu",
    onnx: ["LeakyRelu", { alpha: 0.01 }],
  },
  elu: { code: Code.ELU, numbers: ["alpha"], onnx: ["Elu", { alpha: 1 }] },
  geluTanh: { code: Code.GELU_TANH, torch: "gelu(tanh)" },
  exp: { code: Code.EXP, onnx: ["Exp"] },
  log: { code: Code.LOG, onnx: ["Log"] },
  sqrt: { code: Code.SQRT, onnx: ["Sqrt"] },
  abs: { code: Code.ABS, onnx: ["Abs"], integer: Math.abs },
  neg: { code: Code.NEG, onnx: ["Neg"], integer: (x: number) => 0 - x },
  reciprocal: { code: Code.RECIPROCAL, onnx: ["Reciprocal"] },
  erf: { code: Code.ERF, onnx: ["Erf"] },
  floor: { code: Code.FLOOR, onnx: ["Floor"], integer: Math.floor },
  ceil: { code: Code.CEIL, onnx: ["Ceil"], integer: Math.ceil },
  round: { code: Code.ROUND, onnx: ["Round"], integer: (x: number) => x },
  sign: { code: Code.SIGN, onnx: ["Sign"], integer: Math.sign },
} as const satisfies Readonly<Record<string, UnaryFunction>>;

/** Every function of one number, by the name of its operator. */
export const UNARY: typeof NAMED & typeof OTHERS = /* @__PURE__ */ Object.assign({}, NAMED, OTHERS);

/** A row with the numbers of a call. */
export function epilogueFor<N extends string>(
  { code, numbers = [], values = [0, 0] }: UnaryFunction<N>,
  given: Readonly<Record<N, number>>,
): Epilogue {
  const [alpha = values[0], beta = values[1]] = numbers.map((name) => given[name]);
  return { activation: code, alpha, beta };
}

/** An activation with its results scaled and shifted, if its kernel can do that; undefined if not. */
export function scaled({ activation, alpha, beta }: Epilogue, scale: number, shift: number): Epilogue | undefined {
  if (activation !== Code.HARDSWISH) return undefined;
  return { activation, alpha: alpha * scale, beta: beta * scale + shift };
}

/** Name of an activation for people to read, with its numbers. */
export function activationName({ activation, alpha, beta }: Epilogue): string {
  const rows: readonly (readonly [string, UnaryFunction])[] = Object.entries(UNARY);
  const of = rows.filter(([, { code }]) => code === activation);
  const plain = of.find(
    ([, { numbers, values = numbers ? undefined : [0, 0] }]) => values?.[0] === alpha && values[1] === beta,
  );
  const [name, { torch = name, numbers = ["alpha", "beta"] }] = plain ?? of.at(-1)!;
  if (plain !== undefined) return torch;
  const shown = [alpha, beta].slice(0, numbers.length).map((number) => Number(number.toPrecision(6)));
  return `${torch}(${shown.join(", ")})`;
}

/** @throws TypeError, RangeError for anything but an activation */
export function epilogueOf(where: string, activation: Activation | undefined): Epilogue | undefined {
  if (activation === undefined) return undefined;
  if (typeof activation === "string") {
    if (Object.hasOwn(NAMED, activation)) return epilogueFor(NAMED[activation] as UnaryFunction<never>, {});
    const known = Object.keys(NAMED).map(show).join(", ");
    throw wrongValue(
      where,
      `activation must be one of ${known}, { leakyRelu }, { elu } or { clamp }, got ${show(activation)}`,
    );
  }
  if (typeof activation === "object" && activation !== null && Object.keys(activation).length === 1) {
    if ("leakyRelu" in activation) {
      const negativeSlope = checkFinite(where, "activation.leakyRelu", activation.leakyRelu);
      return epilogueFor(UNARY.leakyRelu, { negativeSlope });
    }
    if ("elu" in activation) {
      return epilogueFor(UNARY.elu, { alpha: checkFinite(where, "activation.elu", activation.elu) });
    }
    if ("clamp" in activation && Array.isArray(activation.clamp) && activation.clamp.length === 2) {
      const min = checkFinite(where, "activation.clamp", activation.clamp[0]);
      const max = checkFinite(where, "activation.clamp", activation.clamp[1]);
      if (min > max) throw wrongValue(where, `activation.clamp must be [low, high], got ${show(activation.clamp)}`);
      return epilogueFor(UNARY.clamp, { min, max });
    }
  }
  throw wrongType(
    where,
    `activation must be a name, { leakyRelu: slope }, { elu: alpha } or { clamp: [low, high] }, got ${show(activation)}`,
  );
}

function checkFinite(where: string, name: string, value: unknown): number {
  if (typeof value !== "number") throw wrongType(where, `${name} must be a number, got ${show(value)}`);
  if (!Number.isFinite(value)) throw wrongValue(where, `${name} must be finite, got ${value}`);
  return value;
}
