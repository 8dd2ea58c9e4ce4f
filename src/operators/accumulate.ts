import { countOf } from "../check.ts";
import { float32 } from "../dtype.ts";
import type { Operator } from "../planning/operator.ts";
import { planned } from "../planning/planned.ts";
import { Copy as CopyParams } from "../runtime/generated/kernels.ts";
import { ScatterAdd } from "../runtime/generated/tensors.ts";
import { wholeLines } from "../runtime/layout.ts";
import { KERNELS } from "../runtime/modules/kernels.ts";
import { TENSORS } from "../runtime/modules/tensors.ts";
import { AXIS_BYTES, type Copy, type CopyAxis, copyItems, mergedAxes, writeCopy } from "./copy.ts";

/** Attributes of {@link accumulateOperator}. */
export interface AccumulateAttributes {
  readonly shape: readonly number[];
  /** `input` is the index of an argument; elements of different copies, and of one, may meet */
  readonly copies: readonly Copy[];
}

/** Copies that are turned round: what each element of an argument of theirs was copied to is added up there. */
export function adjointOf(copies: readonly Copy[], input: number): readonly Copy[] {
  return copies
    .filter((copy) => copy.input === input)
    .map(({ from, to, output, axes }) => ({
      input: output,
      from: to,
      output: 0,
      to: from,
      axes: axes.map((axis) => ({ count: axis.count, from: axis.to, to: axis.from })),
    }));
}

/** Sums of what is copied to each element of the result, 0 where nothing is. Arguments: float32. */
export const accumulateOperator: Operator<AccumulateAttributes> = {
  name: "accumulate",
  plan(_where, _operands, { shape, copies }) {
    const count = countOf(shape);
    const all = copies
      .filter(({ axes }) => axes.every((axis) => axis.count > 0))
      .map((copy) => ({ ...copy, axes: dividedAxes(copy.axes) }));
    const zeros = mergedAxes([{ count, from: 0, to: 1 }]);
    return planned({
      types: [float32(shape)],
      kernel: "scatterAdd",
      flops: all.reduce((sum, { axes }) => sum + countOf(axes.map((axis) => axis.count)), 0),
      calls: all.length + 1,
      held: {
        copy: CopyParams.bytes,
        zeros: zeros.length * AXIS_BYTES,
        zero: 4,
        params: all.length * wholeLines(ScatterAdd.bytes),
        axes: all.reduce((sum, { axes }) => sum + axes.length, 0) * AXIS_BYTES,
      },
      prepare(program, { inputs, outputs, held }) {
        const [result] = [outputs[0]!];
        program.f32(held.zero, 1)[0] = 0;
        writeCopy(program, held.copy, held.zeros, zeros, { from: held.zero, to: result, size: 4 });
        program.call(KERNELS, "copy", held.copy, count === 0 ? 0 : copyItems(zeros));
        let { params, axes: table } = held;
        for (const { input, from, to, axes } of all) {
          const entries = axes.flatMap((axis) => [axis.count, axis.from * 4, axis.to * 4]);
          program.i32(table, entries.length).set(entries);
          program.params(ScatterAdd, params, {
            from: inputs[input!]! + from * 4,
            to: result + to * 4,
            axes: table,
            rank: axes.length,
          });
          program.call(TENSORS, "scatterAdd", params, axes[0]!.count);
          params += wholeLines(ScatterAdd.bytes);
          table += axes.length * AXIS_BYTES;
        }
      },
    });
  },
};

/** At least two axes, of which the outermost can be divided: its positions do not meet. */
function dividedAxes(axes: readonly CopyAxis[]): readonly CopyAxis[] {
  const merged = mergedAxes(axes);
  const [outer, ...inner] = merged as [CopyAxis, ...CopyAxis[]];
  const reach = inner.reduce((sum, { count, to }) => sum + (count - 1) * Math.abs(to), 1);
  const apart = inner.length > 0 && Math.abs(outer.to) >= reach;
  return apart ? merged : [{ count: 1, from: 0, to: 0 }, ...merged];
}
