import { checkInteger, countOf, sameShape, show, wrongValue } from "../check.ts";
import type { Kernels } from "../runtime/loader.ts";
import type { Step } from "../runtime/step.ts";
import type { Operands, Operator } from "./operator.ts";

/** Attributes of {@link instanceNormOperator}. */
export interface InstanceNormAttributes {
  /** added to the variance */
  readonly eps: number;
}

/** Attributes of {@link groupNormOperator}. */
export interface GroupNormAttributes extends InstanceNormAttributes {
  /** number that divides the channels */
  readonly groups: number;
}

/** Attributes of {@link layerNormOperator}. */
export interface LayerNormAttributes extends InstanceNormAttributes {
  /** how many of the last axes are normalised together */
  readonly axes: number;
}

function checkParameters(where: string, operands: Operands, expected: readonly number[]): void {
  for (const [index, name] of ["weight", "bias"].entries()) {
    const operand = operands[index + 1];
    if (!operand || sameShape(operand.shape, expected)) continue;
    throw wrongValue(where, `${name} must have shape ${show(expected)}, got ${show(operand.shape)}`);
  }
}

/** Mean, variance and result take about so many operations for each number. */
const FLOPS = 7;

type Run = (from: number, to: number, weight: number, bias: number) => void;

function stepOf(kernel: keyof Kernels, count: number, call: Run): Step {
  let run = () => {};
  return {
    kernel,
    flops: FLOPS * count,
    weightBytes: 0,
    workspaceBytes: 0,
    blocks: [],
    bind({ inputs: [from, weight, bias], outputs: [to] }) {
      run = () => call(from!, to!, weight ?? 0, bias ?? 0);
    },
    run: () => run(),
  };
}

/** @param groupsOf how many groups the channels make */
function normalizing<A extends InstanceNormAttributes>(
  name: string,
  form: string,
  least: number,
  groupsOf: (where: string, channels: number, attributes: A) => number,
): Operator<A> {
  return {
    name,
    infer(where, operands, attributes) {
      const { shape } = operands[0]!;
      if (shape.length < least) throw wrongValue(where, `input must be ${form}, got shape ${show(shape)}`);
      groupsOf(where, shape[1]!, attributes);
      checkParameters(where, operands, [shape[1]!]);
      return [shape];
    },
    prepare(where, { kernels }, operands, attributes) {
      const { shape } = operands[0]!;
      const [batch, channels] = shape as [number, number];
      const groups = groupsOf(where, channels, attributes);
      const [each, pixels] = [channels / groups, countOf(shape.slice(2))];
      return stepOf("normalizeGroups", countOf(shape), (from, to, weight, bias) =>
        kernels.normalizeGroups(from, to, batch, groups, each, pixels, weight, bias, attributes.eps),
      );
    },
    inPlace: [0],
  };
}

/** torch.nn.functional.instance_norm without running statistics. Arguments: input (N, C, ...), weight and bias (C). */
export const instanceNormOperator = /* @__PURE__ */ normalizing<InstanceNormAttributes>(
  "instanceNorm",
  "(N, C, L) or (N, C, H, W)",
  3,
  (_where, channels) => channels,
);

/** torch.nn.functional.group_norm. Arguments: input (N, C, ...), weight and bias (C). */
export const groupNormOperator = /* @__PURE__ */ normalizing<GroupNormAttributes>(
  "groupNorm",
  "(N, C) or (N, C, ...)",
  2,
  (where, channels, { groups }) => {
    checkInteger(where, "groups", groups, 1);
    if (channels % groups === 0) return groups;
    throw wrongValue(where, `groups must divide the ${channels} channels of input, got ${groups}`);
  },
);

/** torch.nn.functional.layer_norm. Arguments: input, weight and bias in the shape of its last axes. */
export const layerNormOperator: Operator<LayerNormAttributes> = {
  name: "layerNorm",
  infer(where, operands, { axes }) {
    const { shape } = operands[0]!;
    if (axes < 1 || axes > shape.length) {
      throw wrongValue(
        where,
        `axes must be from 1 to the ${shape.length} of input's shape ${show(shape)}, got ${axes}`,
      );
    }
    checkParameters(where, operands, shape.slice(-axes));
    return [shape];
  },
  prepare(_where, { kernels }, operands, { axes, eps }) {
    const { shape } = operands[0]!;
    const [rows, columns] = [countOf(shape.slice(0, -axes)), countOf(shape.slice(-axes))];
    return stepOf("normalizeRows", countOf(shape), (from, to, weight, bias) =>
      kernels.normalizeRows(from, to, rows, columns, weight, bias, eps),
    );
  },
  inPlace: [0],
};
