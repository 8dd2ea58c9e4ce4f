import { countOf, show, wrongValue } from "../check.ts";
import { REDUCTION } from "../runtime/generated/abi.ts";
import { axisOf } from "./movement.ts";
import type { Operator } from "./operator.ts";

/** Attributes of softmax and its logarithm. */
export interface SoftmaxAttributes {
  /** axis along which the results add up to 1; a negative one counts from the end */
  readonly dim: number;
}

/** Attributes of a reduction. */
export interface ReduceAttributes {
  /** axes; negative ones count from the end, none are all */
  readonly dims: readonly number[];
  /** whether the axes stay, with length 1 */
  readonly keepdim: boolean;
}

/** One call of the kernel: (outer, count, inner) to (outer, inner). */
interface Pass {
  readonly outer: number;
  readonly count: number;
  readonly inner: number;
}

function softmaxes(name: string, logarithm: boolean): Operator<SoftmaxAttributes> {
  return {
    name,
    infer(where, [input], { dim }) {
      axisOf(where, "dim", dim, input!.shape.length);
      return [input!.shape];
    },
    prepare(where, { kernels }, [input], { dim }) {
      const { shape } = input!;
      const axis = axisOf(where, "dim", dim, shape.length);
      const [outer, count, inner] = [countOf(shape.slice(0, axis)), shape[axis]!, countOf(shape.slice(axis + 1))];
      let [from, to] = [0, 0];
      return {
        kernel: "softmax",
        flops: 5 * countOf(shape),
        weightBytes: 0,
        workspaceBytes: 0,
        blocks: [],
        bind({ inputs, outputs }) {
          [from, to] = [inputs[0]!, outputs[0]!];
        },
        run: () => kernels.softmax(from, to, outer, count, inner, Number(logarithm)),
      };
    },
    inPlace: [0],
  };
}

function reducedAxes(where: string, dims: readonly number[], rank: number): ReadonlySet<number> {
  if (dims.length === 0) return new Set(Array(rank).keys());
  const axes = new Set(dims.map((dim) => axisOf(where, "dims", dim, rank)));
  if (axes.size !== dims.length) throw wrongValue(where, `dims must name each axis once, got ${show(dims)}`);
  return axes;
}

/** The runs of adjacent reduced axes, from the last to the first: each pass takes what the one before it left. */
function passesOf(shape: readonly number[], axes: ReadonlySet<number>): readonly Pass[] {
  if (countOf(shape) === 0) {
    // an empty sum has results all the same
    return [{ outer: countOf(shape.filter((_, axis) => !axes.has(axis))), count: 0, inner: 1 }];
  }
  const passes: Pass[] = [];
  let inner = 1;
  for (let axis = shape.length - 1; axis >= 0; --axis) {
    if (!axes.has(axis)) {
      inner *= shape[axis]!;
      continue;
    }
    let first = axis;
    while (axes.has(first - 1)) --first;
    const count = countOf(shape.slice(first, axis + 1));
    if (count > 1) passes.push({ outer: countOf(shape.slice(0, first)), count, inner });
    axis = first;
  }
  // nothing to reduce is a copy
  return passes.length === 0 ? [{ outer: countOf(shape), count: 1, inner: 1 }] : passes;
}

/** @param empty whether no numbers have a result */
function reducing(
  name: string,
  kind: keyof typeof REDUCTION,
  mean: boolean,
  empty: boolean,
): Operator<ReduceAttributes> {
  const reduction = REDUCTION[kind];
  return {
    name,
    infer(where, [input], { dims, keepdim }) {
      const { shape } = input!;
      const axes = reducedAxes(where, dims, shape.length);
      if (!empty && shape.some((length, axis) => length === 0 && axes.has(axis))) {
        throw wrongValue(where, `no numbers have none, but input has shape ${show(shape)} and dims is ${show(dims)}`);
      }
      const kept = shape.map((length, axis) => (axes.has(axis) ? 1 : length));
      return [keepdim ? kept : kept.filter((_, axis) => !axes.has(axis))];
    },
    prepare(where, { kernels }, [input], { dims }) {
      const { shape } = input!;
      const axes = reducedAxes(where, dims, shape.length);
      const passes = passesOf(shape, axes);
      const divisor = mean ? countOf(shape.filter((_, axis) => axes.has(axis))) : 1;
      const last = passes.length - 1;
      const [first] = passes as [Pass];
      let [from, to, between] = [0, 0, 0];
      return {
        kernel: "reduce",
        flops: countOf(shape),
        weightBytes: 0,
        workspaceBytes: last === 0 ? 0 : first.outer * first.inner * 4,
        blocks: [],
        bind({ inputs, outputs, workspace }) {
          [from, to, between] = [inputs[0]!, outputs[0]!, workspace];
        },
        run() {
          for (let i = 0; i <= last; ++i) {
            const { outer, count, inner } = passes[i]!;
            const [source, target] = [i === 0 ? from : between, i === last ? to : between];
            kernels.reduce(reduction, source, target, outer, count, inner, i === last ? divisor : 1);
          }
        },
      };
    },
  };
}

/** torch.softmax */
export const softmaxOperator = /* @__PURE__ */ softmaxes("softmax", false);
/** torch.log_softmax */
export const logSoftmaxOperator = /* @__PURE__ */ softmaxes("logSoftmax", true);
/** torch.mean */
export const meanOperator = /* @__PURE__ */ reducing("mean", "SUM", true, true);
/** torch.sum */
export const sumOperator = /* @__PURE__ */ reducing("sum", "SUM", false, true);
/** torch.amax: NaN where any number is */
export const amaxOperator = /* @__PURE__ */ reducing("amax", "MAXIMUM", false, false);
/** torch.amin: NaN where any number is */
export const aminOperator = /* @__PURE__ */ reducing("amin", "MINIMUM", false, false);
