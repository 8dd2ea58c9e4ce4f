import { blocksOf } from "../../assembly/ops/blocks.ts";
import { countOf } from "../check.ts";
import { constantOf, numbersOf } from "../planning/constant.ts";
import { type Epilogue, epilogueFor, UNARY, type UnaryFunction } from "../planning/epilogue.ts";
import { nothingBeyond, type Operator } from "../planning/operator.ts";
import { type Planned, planned, plannedConstants } from "../planning/planned.ts";
import { Activate } from "../runtime/generated/operators.ts";
import { OPERATORS } from "../runtime/modules/operators.ts";
import { arithmeticConstants, WITH_INTEGERS } from "./integers.ts";

/** An operator that has no attributes. */
export type NoAttributes = Readonly<Record<never, never>>;

/** Attributes of {@link geluOperator}: by the error function, or approximated by the hyperbolic tangent. */
export interface GeluAttributes {
  readonly approximate: "none" | "tanh";
}

/** A function of each element of a shape. */
export function plannedActivation(shape: readonly number[], { activation, alpha, beta }: Epilogue): Planned {
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

/** Names of the numbers in calls of a function. */
type NumbersOf<F> = F extends { readonly numbers: readonly (infer N extends string)[] } ? N : never;

/** A function of each number of one argument. */
function unary<F extends UnaryFunction>(name: string, row: F): Operator<{ readonly [N in NumbersOf<F>]: number }> {
  const { integer } = row;
  return {
    name,
    beyond: nothingBeyond,
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

/** Any of the functions below, for the option `activation` of compile. */
export const activationOperator: Operator<Epilogue> = {
  name: "activation",
  beyond: nothingBeyond,
  plan: (_where, operands, epilogue) => plannedActivation(operands[0]!.shape, epilogue),
  activation: (epilogue) => epilogue,
  inPlace: [0],
};

type UnaryOperators = {
  readonly [Name in keyof typeof UNARY]: Operator<{ readonly [N in NumbersOf<(typeof UNARY)[Name]>]: number }>;
};

/** Every function of one number, by our name. Not destructured: bundlers would then keep all of them. */
export const UNARY_OPERATORS = /* @__PURE__ */ Object.fromEntries(
  /* @__PURE__ */ Object.entries<UnaryFunction>(UNARY).map(([name, row]) => [name, unary(name, row)]),
) as UnaryOperators;

const geluBy = ({ approximate }: GeluAttributes): Epilogue =>
  epilogueFor(approximate === "tanh" ? UNARY.geluTanh : UNARY.gelu, {});

/** torch.nn.functional.gelu */
export const geluOperator: Operator<GeluAttributes> = {
  name: "gelu",
  beyond: nothingBeyond,
  plan: (_where, operands, attributes) => plannedActivation(operands[0]!.shape, geluBy(attributes)),
  activation: geluBy,
  inPlace: [0],
};
