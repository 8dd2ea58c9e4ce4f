import { blocksOf } from "../../assembly/ops/blocks.ts";
import { countOf } from "../check.ts";
import { constantOf, numbersOf } from "../planning/constant.ts";
import { type Epilogue, epilogueFor, UNARY, type UnaryFunction } from "../planning/epilogue.ts";
import type { Operator } from "../planning/operator.ts";
import { type Planned, planned, plannedConstants } from "../planning/planned.ts";
import { Activate } from "../runtime/generated/operators.ts";
import { OPERATORS } from "../runtime/modules/operators.ts";
import { arithmeticConstants, WITH_INTEGERS } from "./integers.ts";

/** An operator that has no attributes. */
export type NoAttributes = Readonly<Record<never, never>>;

/** Attributes of {@link geluOperator}: by the error function, or by the tangent that comes near it. */
export interface GeluAttributes {
  readonly approximate: "none" | "tanh";
}

/** The function of each element. */
function plannedActivation(shape: readonly number[], { activation, alpha, beta }: Epilogue): Planned {
  const count = countOf(shape);
  return planned({
    types: [{ dtype: "float32", shape }],
    kernel: "activate",
    flops: count,
    held: { params: Activate.bytes },
    prepare(program, { inputs, outputs, held: { params } }) {
      const [from, to] = [inputs[0]!, outputs[0]!];
      program.params(Activate, params, { from, to, count, activation, alpha, beta });
      program.call(OPERATORS, "activate", params, blocksOf(count));
    },
  });
}

/** Names of the numbers that calls of a function give. */
type NumbersOf<F> = F extends { readonly numbers: readonly (infer N extends string)[] } ? N : never;

/** A function of each number of one argument. */
function unary<F extends UnaryFunction>(name: string, row: F): Operator<{ readonly [N in NumbersOf<F>]: number }> {
  const { integer } = row;
  return {
    name,
    ...(integer && { dtypes: WITH_INTEGERS }),
    plan(where, operands, attributes) {
      const [input] = operands as [(typeof operands)[0] & {}];
      const epilogue = epilogueFor(row, attributes);
      const constants = arithmeticConstants(where, operands);
      if (constants === undefined) return plannedActivation(input.shape, epilogue);
      const numbers = Float64Array.from(numbersOf(constants[0]!), (x) => integer!(x, epilogue.alpha, epilogue.beta));
      return plannedConstants([constantOf(input.dtype, input.shape, numbers)]);
    },
    activation: (attributes) => epilogueFor(row, attributes),
    inPlace: [0],
  };
}

/** Any of the functions below, as a Session is asked for it. */
export const activationOperator: Operator<Epilogue> = {
  name: "activation",
  plan: (_where, operands, epilogue) => plannedActivation(operands[0]!.shape, epilogue),
  activation: (epilogue) => epilogue,
  inPlace: [0],
};

/** torch.nn.functional.relu */
export const reluOperator = /* @__PURE__ */ unary("relu", UNARY.relu);
/** torch.clamp with numbers, infinities where there is no bound; relu6 is clamp from 0 to 6 */
export const clampOperator = /* @__PURE__ */ unary("clamp", UNARY.clamp);
/** torch.nn.functional.leaky_relu */
export const leakyReluOperator = /* @__PURE__ */ unary("leakyRelu", UNARY.leakyRelu);
/** torch.sigmoid */
export const sigmoidOperator = /* @__PURE__ */ unary("sigmoid", UNARY.sigmoid);
/** torch.tanh */
export const tanhOperator = /* @__PURE__ */ unary("tanh", UNARY.tanh);
/** torch.nn.functional.silu */
export const siluOperator = /* @__PURE__ */ unary("silu", UNARY.silu);
/** torch.nn.functional.hardswish */
export const hardswishOperator = /* @__PURE__ */ unary("hardswish", UNARY.hardswish);
/** max(0, min(1, alpha x + beta)): torch.nn.functional.hardsigmoid has alpha 1/6 and beta 1/2 */
export const hardsigmoidOperator = /* @__PURE__ */ unary("hardsigmoid", UNARY.hardsigmoid);
/** torch.nn.functional.elu */
export const eluOperator = /* @__PURE__ */ unary("elu", UNARY.elu);
/** torch.nn.functional.softplus */
export const softplusOperator = /* @__PURE__ */ unary("softplus", UNARY.softplus);
/** torch.nn.functional.mish */
export const mishOperator = /* @__PURE__ */ unary("mish", UNARY.mish);
/** torch.exp */
export const expOperator = /* @__PURE__ */ unary("exp", UNARY.exp);
/** torch.log */
export const logOperator = /* @__PURE__ */ unary("log", UNARY.log);
/** torch.sqrt */
export const sqrtOperator = /* @__PURE__ */ unary("sqrt", UNARY.sqrt);
/** torch.abs */
export const absOperator = /* @__PURE__ */ unary("abs", UNARY.abs);
/** torch.neg */
export const negOperator = /* @__PURE__ */ unary("neg", UNARY.neg);
/** torch.reciprocal */
export const reciprocalOperator = /* @__PURE__ */ unary("reciprocal", UNARY.reciprocal);
/** torch.erf */
export const erfOperator = /* @__PURE__ */ unary("erf", UNARY.erf);
/** torch.floor */
export const floorOperator = /* @__PURE__ */ unary("floor", UNARY.floor);
/** torch.ceil */
export const ceilOperator = /* @__PURE__ */ unary("ceil", UNARY.ceil);
/** torch.round: halves to even */
export const roundOperator = /* @__PURE__ */ unary("round", UNARY.round);

const geluBy = ({ approximate }: GeluAttributes): Epilogue =>
  epilogueFor(approximate === "tanh" ? UNARY.geluTanh : UNARY.gelu, {});

/** torch.nn.functional.gelu */
export const geluOperator: Operator<GeluAttributes> = {
  name: "gelu",
  plan: (_where, operands, attributes) => plannedActivation(operands[0]!.shape, geluBy(attributes)),
  activation: geluBy,
  inPlace: [0],
};
