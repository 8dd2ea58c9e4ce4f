import { countOf } from "../check.ts";
import type { Operator } from "../planning/operator.ts";
import { planned } from "../planning/planned.ts";
import { MaxPoolIndices } from "../runtime/generated/vision.ts";
import { VISION } from "../runtime/modules/vision.ts";
import {
  type MaxPoolAttributes,
  maxPool1dOperator,
  maxPool2dOperator,
  type PoolAxis,
  planeAxes,
  planeFields,
} from "./pool.ts";
import { checkResult } from "./result.ts";

/** Attributes of {@link maxPoolIndicesOperator}. */
export interface MaxPoolIndicesAttributes extends MaxPoolAttributes {
  /** whether indices count down the columns of a plane, not along its rows */
  readonly byColumns: boolean;
}

const SPAN_FIELDS = 2;

/**
 * The largest value of each window, and its int64 index among all elements of the input, as ONNX's MaxPool has it: the first of
 * equal ones. As in torch, a NaN is larger than anything. A window of padding alone has -Infinity and -1.
 */
export const maxPoolIndicesOperator: Operator<MaxPoolIndicesAttributes> = {
  name: "maxPoolIndices",
  plan(where, operands, attributes) {
    const { shape } = operands[0]!;
    const pool = attributes.kernelSize.length === 1 ? maxPool1dOperator : maxPool2dOperator;
    const axes = pool.axesOf(where, shape, attributes);
    const plane = planeAxes(axes);
    const [rows, columns] = plane;
    const outer = shape.slice(0, -axes.length);
    const result = checkResult(where, [...outer, ...axes.map(({ out }) => out)]);
    return planned({
      types: [
        { dtype: "float32", shape: result },
        { dtype: "int64", shape: result },
      ],
      kernel: "maxPoolIndices",
      flops: countOf(result) * attributes.kernelSize.reduce((a, b) => a * b),
      held: {
        params: MaxPoolIndices.bytes,
        rows: rows.out * SPAN_FIELDS * 4,
        columns: columns.out * SPAN_FIELDS * 4,
      },
      prepare(program, { inputs, outputs, held }) {
        const write = (axis: PoolAxis, at: number) => {
          const table = program.i32(at, axis.out * SPAN_FIELDS);
          for (let o = 0; o < axis.out; ++o) {
            const { first, count } = axis.spanOf(o);
            table.set([first, count], o * SPAN_FIELDS);
          }
        };
        write(rows, held.rows);
        write(columns, held.columns);
        program.params(MaxPoolIndices, held.params, {
          from: inputs[0]!,
          values: outputs[0]!,
          indices: outputs[1]!,
          rows: held.rows,
          columns: held.columns,
          ...planeFields(plane),
          byColumns: Number(attributes.byColumns),
        });
        program.call(VISION, "maxPoolIndices", held.params, countOf(outer) * rows.out);
      },
    });
  },
};
