import { countOf } from "../check.ts";
import { float32 } from "../dtype.ts";
import type { Operator } from "../planning/operator.ts";
import { planned } from "../planning/planned.ts";
import { PoolGradient } from "../runtime/generated/tensors.ts";
import { TENSORS } from "../runtime/modules/tensors.ts";
import { type PoolAxis, type PoolingOperator, volumeAxes, volumeFields } from "./pool.ts";

/** Attributes of {@link poolGradientOperator}. */
export interface PoolGradientAttributes {
  readonly pool: PoolingOperator;
  /** of the pool's call */
  readonly attributes: object;
}

const SPAN_FIELDS = 3;

/** The gradient of a pool with respect to its input. Arguments: the result's gradient, the input. */
export const poolGradientOperator: Operator<PoolGradientAttributes> = {
  name: "poolGradient",
  plan(where, operands, { pool, attributes }) {
    const { shape } = operands[1]!;
    const axes = pool.axesOf(where, shape, attributes);
    const divisor = pool.divisorOf(where, attributes);
    const volume = volumeAxes(axes);
    const [slices, rows, columns] = volume;
    const planes = countOf(shape.slice(0, -axes.length));
    return planned({
      types: [float32(shape)],
      kernel: "poolGradient",
      flops: countOf(operands[0]!.shape),
      held: {
        params: PoolGradient.bytes,
        slices: slices.out * SPAN_FIELDS * 8,
        rows: rows.out * SPAN_FIELDS * 8,
        columns: columns.out * SPAN_FIELDS * 8,
      },
      prepare(program, { inputs, outputs, held }) {
        // one divisor for all axes stands with the rows
        const write = (axis: PoolAxis, at: number, by: number | undefined) => {
          const table = program.f64(at, axis.out * SPAN_FIELDS);
          for (let o = 0; o < axis.out; ++o) {
            const span = axis.spanOf(o);
            table.set([span.first, span.count, by ?? span.divisor], o * SPAN_FIELDS);
          }
        };
        const others = divisor === undefined ? undefined : 1;
        write(slices, held.slices, others);
        write(rows, held.rows, divisor);
        write(columns, held.columns, others);
        program.params(PoolGradient, held.params, {
          gradient: inputs[0]!,
          input: inputs[1]!,
          to: outputs[0]!,
          slices: held.slices,
          rows: held.rows,
          columns: held.columns,
          ...volumeFields(volume),
          maxima: Number(pool.kernel === "maxPool"),
        });
        program.call(TENSORS, "poolGradient", held.params, planes);
      },
    });
  },
};
