import { countOf, show, wrongType, wrongValue } from "../check.ts";
import { type Constant, numbersOf } from "../planning/constant.ts";
import type { Operand, Operator } from "../planning/operator.ts";
import { planned } from "../planning/planned.ts";
import { Suppress } from "../runtime/generated/tensors.ts";
import { TENSORS } from "../runtime/modules/tensors.ts";

/** Arguments before the counts of boxes and of scores. */
const ARGUMENTS = 5;

/**
 * ONNX's NonMaxSuppression: int64 rows (batch, class, box) of the boxes that are chosen, and how many there are (int32).
 * Arguments: boxes (batch, spatial, 4), scores (batch, classes, spatial), the most boxes of a class (int64), the share of their
 * union that two boxes may have in common (default 0), the score that is too low (default: none is). There is room for as
 * many as the third argument allows, if it is known, and for all boxes otherwise.
 */
export const suppressOperator: Operator<{ readonly center: boolean }> = {
  name: "nonMaxSuppression",
  dtypes: ["float32", "int64", "int32"],
  counts: ARGUMENTS,
  beyond: ({ argument, axis }) => axis === argument + 1 && "count",
  plan(where, operands, { center }) {
    const [boxes, scores, most, overlap, threshold, boxCount, scoreCount] = operands as [
      Operand,
      Operand,
      ...(Operand | null | undefined)[],
    ];
    const [batch = 0, spatial = 0, four] = boxes.shape;
    const [images, classes = 0, count] = scores.shape;
    if (boxes.shape.length !== 3 || four !== 4) {
      throw wrongValue(where, `boxes must have shape (batch, spatial, 4), got ${show(boxes.shape)}`);
    }
    if (scores.shape.length !== 3 || images !== batch || count !== spatial) {
      throw wrongValue(where, `scores must have shape (${batch}, classes, ${spatial}), got ${show(scores.shape)}`);
    }
    for (const [name, operand, dtype] of [
      ["boxes", boxes, "float32"],
      ["scores", scores, "float32"],
      ["the most boxes", most, "int64"],
      ["the overlap", overlap, "float32"],
      ["the threshold", threshold, "float32"],
    ] as const) {
      if (operand == null) continue;
      if (operand.dtype !== dtype) throw wrongType(where, `${name} must hold ${dtype}, got ${operand.dtype}`);
      if (operand !== boxes && operand !== scores && countOf(operand.shape) !== 1) {
        throw wrongValue(where, `${name} must be one number, got shape ${show(operand.shape)}`);
      }
    }
    // ONNX's default is 0: none
    const limit = most == null ? 0 : most.data === undefined ? spatial : numbersOf(most as Constant)[0]!;
    const room = Math.max(Math.min(spatial, limit), 0);
    const items = batch * classes;
    const rows = items * room;
    const isGiven = (operand: Operand | null | undefined, at: number | undefined) => (operand == null ? 0 : at!);
    return planned({
      types: [
        { dtype: "int64", shape: [rows, 3] },
        { dtype: "int32", shape: [] },
      ],
      counted: [{ result: 0, axis: 0, count: 1 }],
      kernel: "suppress",
      flops: items * spatial,
      calls: 2,
      held: { params: Suppress.bytes },
      workspace: { boxesLeft: items * spatial * 8, chosen: items * 4 },
      prepare(program, { inputs, outputs, held: { params }, workspace }) {
        program.params(Suppress, params, {
          boxes: inputs[0]!,
          scores: inputs[1]!,
          to: outputs[0]!,
          found: outputs[1]!,
          ...workspace,
          most: isGiven(most, inputs[2]),
          overlap: isGiven(overlap, inputs[3]),
          threshold: isGiven(threshold, inputs[4]),
          boxCount: isGiven(boxCount, inputs[ARGUMENTS]),
          scoreCount: isGiven(scoreCount, inputs[ARGUMENTS + 1]),
          batch,
          classes,
          spatial,
          center: Number(center),
          rows,
          room,
        });
        program.call(TENSORS, "suppress", params, items);
        program.call(TENSORS, "collectBoxes", params, 1);
      },
    });
  },
};
