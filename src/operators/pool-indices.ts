import { countOf } from "../check.ts";
import type { Operator } from "../planning/operator.ts";
import { planned } from "../planning/planned.ts";
import { MaxPoolIndices } from "../runtime/generated/operators.ts";
import { OPERATORS } from "../runtime/modules/operators.ts";
import { type MaxPoolAttributes, type PoolAxis, poolOf, volumeAxes, volumeFields } from "./pool.ts";
import { checkResult } from "./result.ts";

/** Attributes of {@link maxPoolIndicesOperator}. */
export interface MaxPoolIndicesAttributes extends MaxPoolAttributes {
  /**
   * how the elements are numbered: 'plane' from the first one of each plane, as torch; 'rows' from the first of all, as ONNX; 'columns'
   * likewise, the first of a plane's axes innermost
   */
  readonly numbering: "plane" | "rows" | "columns";
}

const SPAN_FIELDS = 2;

/**
 * The largest value of each window, and its int64 index: of equal ones that of the first. As in torch, a NaN is larger than
 * anything. A window of padding alone has -Infinity and -1.
 */
export const maxPoolIndicesOperator: Operator<MaxPoolIndicesAttributes> = {
  name: "maxPoolIndices",
  plan(where, operands, attributes) {
    const { shape } = operands[0]!;
    const axes = poolOf(attributes).axesOf(where, shape, attributes);
    const volume = volumeAxes(axes);
    const [slices, rows, columns] = volume;
    const outer = shape.slice(0, -axes.length);
    const result = checkResult(where, [...outer, ...axes.map(({ out }) => out)]);
    const byColumns = attributes.numbering === "columns";
    return planned({
      types: [
        { dtype: "float32", shape: result },
        { dtype: "int64", shape: result },
      ],
      kernel: "maxPoolIndices",
      flops: countOf(result) * attributes.kernelSize.reduce((a, b) => a * b),
      held: {
        params: MaxPoolIndices.bytes,
        slices: slices.out * SPAN_FIELDS * 4,
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
        write(slices, held.slices);
        write(rows, held.rows);
        write(columns, held.columns);
        const plane = rows.length * columns.length;
        program.params(MaxPoolIndices, held.params, {
          from: inputs[0]!,
          values: outputs[0]!,
          indices: outputs[1]!,
          slices: held.slices,
          rows: held.rows,
          columns: held.columns,
          ...volumeFields(volume),
          sliceIndex: byColumns ? 1 : plane,
          rowIndex: byColumns ? slices.length : columns.length,
          columnIndex: byColumns ? slices.length * rows.length : 1,
          planeIndex: attributes.numbering === "plane" ? 0 : slices.length * plane,
        });
        program.call(OPERATORS, "maxPoolIndices", held.params, countOf(outer) * slices.out * rows.out);
      },
    });
  },
};
