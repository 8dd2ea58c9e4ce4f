import { countOf, show, wrongValue } from "../../check.ts";
import type { ConvGeometry } from "../../conv/geometry.ts";
import type { Operator } from "../../planning/operator.ts";
import { planned } from "../../planning/planned.ts";
import { ByteConv, ByteMeans, ByteSoftmax, ByteTotals } from "../../runtime/generated/quantised.ts";
import { QUANTISED } from "../../runtime/modules/quantised.ts";
import type { NoAttributes } from "../activation.ts";
import {
  type AvgPoolAttributes,
  avgPool1dOperator,
  avgPool2dOperator,
  type MaxPoolAttributes,
  maxPool1dOperator,
  maxPool2dOperator,
  type PoolAxis,
  planeAxes,
  planeFields,
} from "../pool.ts";
import { checkResult } from "../result.ts";
import { quantisationOf } from "./elements.ts";
import { BYTES, byteAs, checkByte, isSigned, leastOf } from "./numbers.ts";
import { planBytes, windowFields, writeOffsets } from "./window.ts";

/** The axis of a window as a convolution has it. */
function windowOf({ length, out, window }: PoolAxis) {
  const { kernel, stride, dilation, before } = window ?? { kernel: 1, stride: 1, dilation: 1, before: 0 };
  return { length, out, kernel, stride, dilation, before, after: 0 };
}

/** torch.nn.functional.max_pool1d or max_pool2d of bytes, without indices. */
export const maxPoolBytesOperator: Operator<MaxPoolAttributes> = {
  name: "maxPoolBytes",
  dtypes: BYTES,
  plan(where, operands, attributes) {
    const { dtype, shape } = operands[0]!;
    const pool = attributes.kernelSize.length === 1 ? maxPool1dOperator : maxPool2dOperator;
    const axes = pool.axesOf(where, shape, attributes);
    const [y, x] = planeAxes(axes);
    const outer = shape.slice(0, -axes.length);
    const result = checkResult(where, [...outer, ...axes.map(({ out }) => out)]);
    const planes = countOf(outer);
    const geometry: ConvGeometry = {
      batch: 1,
      groups: planes,
      channels: 1,
      filters: 1,
      paddingMode: "zeros",
      y: windowOf(y),
      x: windowOf(x),
    };
    const plan = planBytes(geometry, 1);
    return planned({
      types: [{ dtype, shape: result }],
      kernel: "maxPoolBytes",
      flops: countOf(result) * countOf(attributes.kernelSize),
      held: { params: ByteConv.bytes, offsets: (plan.depth + 3) * 4 },
      workspace: { scratch: plan.workspaceBytes },
      prepare(program, { inputs, outputs, held, workspace }) {
        writeOffsets(geometry, plan, program.i32(held.offsets, plan.depth + 3));
        program.params(ByteConv, held.params, {
          ...windowFields(geometry, plan),
          input: inputs[0]!,
          weights: 0,
          scales: 0,
          zero: 0,
          output: outputs[0]!,
          offsets: held.offsets,
          workspace: workspace.scratch,
          signed: Number(isSigned(dtype)),
          kind: 0,
          outZero: 0,
          least: 0,
          most: 0,
        });
        program.call(QUANTISED, "maxPoolBytes", held.params, plan.items);
      },
    });
  },
};

const SPAN_FIELDS = 3;

/**
 * onnxruntime's QLinearAveragePool. Arguments: input, its scale and zero point, scale and zero point of the result.
 */
export const qlinearAvgPoolOperator: Operator<AvgPoolAttributes> = {
  name: "qlinearAvgPool",
  dtypes: "all",
  parameters: [1, 2, 3, 4],
  plan(where, operands, attributes) {
    const dtype = checkByte(where, "input", operands, 0);
    const { shape } = operands[0]!;
    const from = quantisationOf(where, "input", operands, 1, dtype);
    const to = quantisationOf(where, "result", operands, 3, dtype);
    const pool = attributes.kernelSize.length === 1 ? avgPool1dOperator : avgPool2dOperator;
    const axes = pool.axesOf(where, shape, attributes);
    const plane = planeAxes(axes);
    const [rows, columns] = plane;
    const outer = shape.slice(0, -axes.length);
    const result = checkResult(where, [...outer, ...axes.map(({ out }) => out)]);
    return planned({
      types: [{ dtype, shape: result }],
      kernel: "avgPoolBytes",
      flops: countOf(result) * countOf(attributes.kernelSize),
      held: {
        params: ByteMeans.bytes,
        table: 1024,
        rows: rows.out * SPAN_FIELDS * 4,
        columns: columns.out * SPAN_FIELDS * 4,
      },
      prepare(program, { inputs, outputs, held }) {
        const table = program.f32(held.table, 256);
        for (let byte = 0; byte < 256; ++byte) {
          table[byte] = (byteAs(dtype, byte) - from.zero) * from.scale;
        }
        const write = (axis: PoolAxis, at: number) => {
          const spans = program.i32(at, axis.out * SPAN_FIELDS);
          for (let o = 0; o < axis.out; ++o) {
            const { first, count, divisor } = axis.spanOf(o);
            spans.set([first, count, divisor], o * SPAN_FIELDS);
          }
        };
        write(rows, held.rows);
        write(columns, held.columns);
        program.params(ByteMeans, held.params, {
          ...planeFields(plane),
          from: inputs[0]!,
          to: outputs[0]!,
          table: held.table,
          rows: held.rows,
          columns: held.columns,
          scale: to.scale,
          zero: to.zero,
          signed: Number(isSigned(dtype)),
        });
        program.call(QUANTISED, "avgPoolBytes", held.params, countOf(outer) * rows.out);
      },
    });
  },
};

/**
 * onnxruntime's QLinearGlobalAveragePool, by an exact sum. Arguments: input, its scale and zero point, scale and zero point of
 * the result.
 */
export const qlinearGlobalAvgPoolOperator: Operator<NoAttributes> = {
  name: "qlinearGlobalAvgPool",
  dtypes: "all",
  parameters: [1, 2, 3, 4],
  plan(where, operands) {
    const dtype = checkByte(where, "input", operands, 0);
    const { shape } = operands[0]!;
    if (shape.length < 3) throw wrongValue(where, `input must be (N, C, ...), got shape ${show(shape)}`);
    const from = quantisationOf(where, "input", operands, 1, dtype);
    const to = quantisationOf(where, "result", operands, 3, dtype);
    const planes = countOf(shape.slice(0, 2));
    const count = countOf(shape.slice(2));
    const scale = Math.fround(from.scale / Math.fround(to.scale * count));
    if (!(scale >= 2 ** -32 && scale < 256) || count >= 2 ** 24) {
      throw wrongValue(
        where,
        `the scales ${show(from.scale)} and ${show(to.scale)} are too far apart for ${count} values`,
      );
    }
    return planned({
      types: [{ dtype, shape: [...shape.slice(0, 2), ...shape.slice(2).map(() => 1)] }],
      kernel: "globalMeanBytes",
      flops: countOf(shape),
      held: { params: ByteTotals.bytes },
      prepare(program, { inputs, outputs, held: { params } }) {
        const least = leastOf(dtype) - to.zero;
        program.params(ByteTotals, params, {
          from: inputs[0]!,
          to: outputs[0]!,
          count,
          signed: Number(isSigned(dtype)),
          added: -from.zero * count,
          scale,
          zero: to.zero,
          least,
          most: least + 255,
        });
        program.call(QUANTISED, "globalMeanBytes", params, planes);
      },
    });
  },
};

/** Attributes of {@link qlinearSoftmaxOperator}. */
export interface QLinearSoftmaxAttributes {
  /** the first of the axes that are one row; what is before it are rows */
  readonly axis: number;
}

/**
 * onnxruntime's QLinearSoftmax over the last axes, from `axis` on. Arguments: input, its scale and zero point, scale and zero
 * point of the result.
 */
export const qlinearSoftmaxOperator: Operator<QLinearSoftmaxAttributes> = {
  name: "qlinearSoftmax",
  dtypes: "all",
  parameters: [1, 2, 3, 4],
  plan(where, operands, { axis }) {
    const dtype = checkByte(where, "input", operands, 0);
    const { shape } = operands[0]!;
    const from = quantisationOf(where, "input", operands, 1, dtype);
    const to = quantisationOf(where, "result", operands, 3, dtype);
    const [rows, count] = [countOf(shape.slice(0, axis)), countOf(shape.slice(axis))];
    return planned({
      types: [{ dtype, shape }],
      kernel: "softmaxBytes",
      flops: 4 * countOf(shape),
      held: { params: ByteSoftmax.bytes, table: 1024 },
      prepare(program, { inputs, outputs, held: { params, table } }) {
        // the sum of a row stays within float32, and uses its range
        const shift = Math.max(0, Math.log(MOST_FLOAT32 / count) - RESERVE) / from.scale;
        const powers = program.f32(table, 256);
        for (let byte = 0; byte < 256; ++byte) powers[byte] = Math.exp((byte - 255 + shift) * from.scale);
        program.params(ByteSoftmax, params, {
          from: inputs[0]!,
          to: outputs[0]!,
          table,
          count,
          scale: Math.floor(Math.fround(1 / to.scale)),
          zero: to.zero,
          signed: Number(isSigned(dtype)),
        });
        program.call(QUANTISED, "softmaxBytes", params, rows);
      },
    });
  },
};

const MOST_FLOAT32 = 3.4028234663852886e38;
const RESERVE = 5;
