import { checkInteger, countOf, sameShape, show, wrongValue } from "../check.ts";
import type { Operands, Operator } from "../planning/operator.ts";
import { planned } from "../planning/planned.ts";
import { NormalizeGroups, NormalizeRows } from "../runtime/generated/operators.ts";
import { OPERATORS } from "../runtime/modules/operators.ts";

/** Attributes of {@link instanceNormOperator}. */
export interface InstanceNormAttributes {
  /** added to the variance */
  readonly eps: number;
}

/** Attributes of {@link groupNormOperator}. */
export interface GroupNormAttributes extends InstanceNormAttributes {
  /** a divisor of the channels */
  readonly groups: number;
}

/** Attributes of {@link layerNormOperator}. */
export interface LayerNormAttributes extends InstanceNormAttributes {
  /** how many of the last axes are normalised together */
  readonly axes: number;
  /** false to scale to mean square 1 in place of variance 1 around the mean; default true */
  readonly centred?: boolean;
  /** whether means and 1 / deviations are results, too; default false */
  readonly statistics?: boolean;
}

function checkParameters(where: string, operands: Operands, expected: readonly number[]): void {
  for (const [index, name] of ["weight", "bias"].entries()) {
    const operand = operands[index + 1];
    if (!operand || sameShape(operand.shape, expected)) continue;
    throw wrongValue(where, `${name} must have shape ${show(expected)}, got ${show(operand.shape)}`);
  }
}

/** Operations for each number, about: mean, variance and result. */
const FLOPS = 7;

/** @param groupsOf into how many groups the channels are divided */
function normalizing<A extends InstanceNormAttributes>(
  name: string,
  form: string,
  least: number,
  groupsOf: (where: string, channels: number, attributes: A) => number,
): Operator<A> {
  return {
    name,
    plan(where, operands, attributes) {
      const { dtype, shape } = operands[0]!;
      if (shape.length < least) throw wrongValue(where, `input must be ${form}, got shape ${show(shape)}`);
      const [batch, all] = shape as [number, number];
      const groups = groupsOf(where, all, attributes);
      checkParameters(where, operands, [all]);
      return planned({
        types: [{ dtype, shape }],
        kernel: "normalizeGroups",
        flops: FLOPS * countOf(shape),
        held: { params: NormalizeGroups.bytes },
        prepare(program, { inputs: [from, weight, bias], outputs: [to], held: { params } }) {
          program.params(NormalizeGroups, params, {
            from: from!,
            to: to!,
            weight: weight ?? 0,
            bias: bias ?? 0,
            groups,
            channels: all / groups,
            pixels: countOf(shape.slice(2)),
            eps: attributes.eps,
          });
          program.call(OPERATORS, "normalizeGroups", params, batch * groups);
        },
      });
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

/** torch.nn.functional.layer_norm and rms_norm. Arguments: input, weight and bias in the shape of its last axes. */
export const layerNormOperator: Operator<LayerNormAttributes> = {
  name: "layerNorm",
  plan(where, operands, { axes, eps, centred = true, statistics = false }) {
    const { dtype, shape } = operands[0]!;
    if (axes < 1 || axes > shape.length) {
      throw wrongValue(
        where,
        `axes must be from 1 to the ${shape.length} of input's shape ${show(shape)}, got ${axes}`,
      );
    }
    checkParameters(where, operands, shape.slice(-axes));
    const moments = { dtype, shape: shape.map((length, axis) => (axis < shape.length - axes ? length : 1)) };
    return planned({
      types: [{ dtype, shape }, ...(statistics ? [moments, moments] : [])],
      kernel: "normalizeRows",
      flops: FLOPS * countOf(shape),
      held: { params: NormalizeRows.bytes },
      prepare(program, { inputs: [from, weight, bias], outputs: [to, means, inverses], held: { params } }) {
        program.params(NormalizeRows, params, {
          from: from!,
          to: to!,
          weight: weight ?? 0,
          bias: bias ?? 0,
          means: means ?? 0,
          inverses: inverses ?? 0,
          columns: countOf(shape.slice(-axes)),
          centred: Number(centred),
          eps,
        });
        program.call(OPERATORS, "normalizeRows", params, countOf(shape.slice(0, -axes)));
      },
    });
  },
  inPlace: [0],
};
