import { countOf } from "../check.ts";
import type { Epilogue } from "../conv/epilogue.ts";
import { ACTIVATION } from "../runtime/generated/abi.ts";
import type { Operator } from "./operator.ts";

/** An operator that has no attributes. */
export type NoAttributes = Readonly<Record<never, never>>;

/** Attributes of {@link clampOperator}: infinities where there is no bound. */
export interface ClampAttributes {
  readonly min: number;
  readonly max: number;
}

/** Attributes of {@link leakyReluOperator}. */
export interface LeakyReluAttributes {
  readonly negativeSlope: number;
}

/** Attributes of {@link hardsigmoidOperator}: max(0, min(1, alpha x + beta)). */
export interface HardsigmoidAttributes {
  readonly alpha: number;
  readonly beta: number;
}

/** Attributes of {@link geluOperator}: by the error function, or by the tangent that comes near it. */
export interface GeluAttributes {
  readonly approximate: "none" | "tanh";
}

/** Attributes of {@link eluOperator}. */
export interface EluAttributes {
  readonly alpha: number;
}

/**
 * A function of each number of one argument.
 * @param integer the same in float64, for operators that occur in the arithmetic of shapes
 */
function unary<A extends object>(
  name: string,
  epilogue: (attributes: A) => Epilogue,
  integer?: (x: number, attributes: A) => number,
): Operator<A> {
  return {
    name,
    infer: (_where, [input]) => [input!.shape],
    ...(integer && {
      fold(_where, [input], attributes) {
        const { data, shape } = input!;
        if (!(data instanceof Float64Array)) return undefined;
        return [{ data: data.map((x) => integer(x, attributes)), shape }];
      },
    }),
    prepare(_where, { kernels }, [input], attributes) {
      const { activation, alpha, beta } = epilogue(attributes);
      const count = countOf(input!.shape);
      let [from, to] = [0, 0];
      return {
        kernel: "activate",
        flops: count,
        weightBytes: 0,
        workspaceBytes: 0,
        blocks: [],
        bind({ inputs, outputs }) {
          [from, to] = [inputs[0]!, outputs[0]!];
        },
        run: () => kernels.activate(from, to, count, activation, alpha, beta),
      };
    },
    epilogue,
    inPlace: [0],
  };
}

function plain(
  name: string,
  activation: keyof typeof ACTIVATION,
  integer?: (x: number) => number,
): Operator<NoAttributes> {
  const epilogue: Epilogue = { activation: ACTIVATION[activation], alpha: 0, beta: 0 };
  return unary(name, () => epilogue, integer);
}

/** Any of the functions below, as a fused one is given. */
export const activationOperator = /* @__PURE__ */ unary<{ readonly epilogue: Epilogue }>(
  "activation",
  ({ epilogue }) => epilogue,
);
/** torch.nn.functional.relu */
export const reluOperator = /* @__PURE__ */ plain("relu", "RELU");
/** torch.clamp with numbers; relu6 is clamp from 0 to 6 */
export const clampOperator = /* @__PURE__ */ unary<ClampAttributes>(
  "clamp",
  ({ min, max }) => ({ activation: ACTIVATION.CLAMP, alpha: min, beta: max }),
  (x, { min, max }) => Math.min(Math.max(x, min), max),
);
/** torch.nn.functional.leaky_relu */
export const leakyReluOperator = /* @__PURE__ */ unary<LeakyReluAttributes>("leakyRelu", ({ negativeSlope }) => ({
  activation: ACTIVATION.LEAKY_RELU,
  alpha: negativeSlope,
  beta: 0,
}));
/** torch.sigmoid */
export const sigmoidOperator = /* @__PURE__ */ plain("sigmoid", "SIGMOID");
/** torch.tanh */
export const tanhOperator = /* @__PURE__ */ plain("tanh", "TANH");
/** torch.nn.functional.silu */
export const siluOperator = /* @__PURE__ */ plain("silu", "SILU");
/** torch.nn.functional.hardswish */
export const hardswishOperator = /* @__PURE__ */ unary<NoAttributes>("hardswish", () => ({
  activation: ACTIVATION.HARDSWISH,
  alpha: 1,
  beta: 0,
}));
/** torch.nn.functional.hardsigmoid, which has alpha 1/6 and beta 1/2 */
export const hardsigmoidOperator = /* @__PURE__ */ unary<HardsigmoidAttributes>("hardsigmoid", ({ alpha, beta }) => ({
  activation: ACTIVATION.HARDSIGMOID,
  alpha,
  beta,
}));
/** torch.nn.functional.gelu */
export const geluOperator = /* @__PURE__ */ unary<GeluAttributes>("gelu", ({ approximate }) => ({
  activation: approximate === "tanh" ? ACTIVATION.GELU_TANH : ACTIVATION.GELU,
  alpha: 0,
  beta: 0,
}));
/** torch.nn.functional.elu */
export const eluOperator = /* @__PURE__ */ unary<EluAttributes>("elu", ({ alpha }) => ({
  activation: ACTIVATION.ELU,
  alpha,
  beta: 0,
}));
/** torch.nn.functional.softplus */
export const softplusOperator = /* @__PURE__ */ plain("softplus", "SOFTPLUS");
/** torch.nn.functional.mish */
export const mishOperator = /* @__PURE__ */ plain("mish", "MISH");
/** torch.exp */
export const expOperator = /* @__PURE__ */ plain("exp", "EXP");
/** torch.log */
export const logOperator = /* @__PURE__ */ plain("log", "LOG");
/** torch.sqrt */
export const sqrtOperator = /* @__PURE__ */ plain("sqrt", "SQRT");
/** torch.abs */
export const absOperator = /* @__PURE__ */ plain("abs", "ABS", Math.abs);
/** torch.neg */
export const negOperator = /* @__PURE__ */ plain("neg", "NEG", (x) => 0 - x);
/** torch.reciprocal */
export const reciprocalOperator = /* @__PURE__ */ plain("reciprocal", "RECIPROCAL");
/** torch.erf */
export const erfOperator = /* @__PURE__ */ plain("erf", "ERF");
/** torch.floor */
export const floorOperator = /* @__PURE__ */ plain("floor", "FLOOR", Math.floor);
/** torch.ceil */
export const ceilOperator = /* @__PURE__ */ plain("ceil", "CEIL", Math.ceil);
/** torch.round: halves to even */
export const roundOperator = /* @__PURE__ */ plain("round", "ROUND", (x) => x);
