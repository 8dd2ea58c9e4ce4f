import { countOf } from "../check.ts";
import { elementBytes } from "../dtype.ts";
import { constantOf } from "../planning/constant.ts";
import type { Operator } from "../planning/operator.ts";
import { planned } from "../planning/planned.ts";
import { Beyond, Lengths } from "../runtime/generated/tensors.ts";
import { TENSORS } from "../runtime/modules/tensors.ts";

/** A number that follows from a length: factor * length + summand, from `least` to `most`. */
export interface Following {
  readonly factor: number;
  readonly summand: number;
  readonly least: number;
  readonly most: number;
}

/** Numbers (int64 or int32) that follow from the true length of an axis, the argument (int32). */
export const lengthsOperator: Operator<{
  readonly dtype: "int64" | "int32";
  readonly shape: readonly number[];
  readonly entries: readonly Following[];
}> = {
  name: "lengths",
  dtypes: ["int32"],
  plan: (_, __, { dtype, shape, entries }) =>
    planned({
      types: [{ dtype, shape }],
      kernel: "lengthsFrom",
      flops: 0,
      held: { table: entries.length * 32, params: Lengths.bytes },
      prepare(program, { inputs, outputs, held }) {
        const numbers = entries.flatMap(({ factor, summand, least, most }) => [factor, summand, least, most]);
        const words = program.i32(held.table, numbers.length * 2);
        new BigInt64Array(words.buffer, words.byteOffset, numbers.length).set(numbers.map(BigInt));
        program.params(Lengths, held.params, {
          count: inputs[0]!,
          to: outputs[0]!,
          table: held.table,
          entries: entries.length,
          width: elementBytes(dtype),
        });
        program.call(TENSORS, "lengthsFrom", held.params, entries.length);
      },
    }),
};

/** The first argument with a number in all places along an axis that do not exist: the second one (int32) says how many do. */
export const fillBeyondOperator: Operator<{ readonly dim: number; readonly value: number }> = {
  name: "fillBeyond",
  dtypes: "all",
  inPlace: [0],
  plan(_, operands, { dim, value }) {
    const { dtype, shape } = operands[0]!;
    return planned({
      types: [{ dtype, shape }],
      kernel: "fillBeyond",
      flops: 0,
      held: { value: 8, params: Beyond.bytes },
      prepare(program, { inputs, outputs, held }) {
        const { data } = constantOf(dtype, [1], [value]);
        const words = program.i32(held.value, 2);
        new Uint8Array(words.buffer, words.byteOffset, data.byteLength).set(new Uint8Array(data.buffer));
        program.params(Beyond, held.params, {
          from: inputs[0]!,
          to: outputs[0]!,
          count: inputs[1]!,
          value: held.value,
          length: shape[dim]!,
          inner: countOf(shape.slice(dim + 1)),
          size: elementBytes(dtype),
        });
        program.call(TENSORS, "fillBeyond", held.params, countOf(shape.slice(0, dim)));
      },
    });
  },
};
