/** Networks at random: from one row of the table to the next, each taking what the rows before it made. */
import { Drawing, type Drawn } from "./drawing.ts";
import type { Row } from "./row.ts";
import { controlRows } from "./rows/control.ts";
import { elementwiseRows } from "./rows/elementwise.ts";
import { layerRows } from "./rows/layers.ts";
import { movementRows } from "./rows/movement.ts";

/** Every operator that networks are drawn from. */
export const ROWS: readonly Row[] = [...elementwiseRows, ...movementRows, ...layerRows, ...controlRows(drawRows)];

/** Draws rows until so many fitted. */
function drawRows(drawing: Drawing, count: number): void {
  const rows = ROWS.filter(
    ({ since = 0, until = 99, op }) =>
      drawing.opset >= since && drawing.opset <= until && !(drawing.isInner && DEEP.has(op)),
  );
  const total = rows.reduce((sum, { weight = 1 }) => sum + weight, 0);
  for (let drawn = 0, tries = 0; drawn < count && tries < 20 * count; ++tries) {
    const row = rowAt(rows, drawing.random.next() * total);
    if (drawing.attempt((each) => row.draw(each))) ++drawn;
  }
}

/** The row at which the weights of the rows before it add up to `place`. */
function rowAt(rows: readonly Row[], place: number): Row {
  let sum = 0;
  for (const row of rows) {
    sum += row.weight ?? 1;
    if (sum > place) return row;
  }
  return rows[0]!;
}

/** What is not drawn within itself. */
const DEEP = new Set(["Loop", "Scan"]);

/** The network of a seed. */
export function drawNetwork(seed: number): Drawn {
  const drawing = new Drawing(seed);
  const { random } = drawing;
  drawing.fresh(
    "FLOAT",
    random.pick([drawing.shape(3, 3), drawing.shape(4, 4), drawing.shape(4, 4), drawing.shape(2, 2)]),
    undefined,
    false,
  );
  // many short ones find more than a few long ones, and are read more easily
  drawRows(drawing, random.pick([1, 2, 3, 4, 5, 6, 8, 12, 20]));
  return drawing.finish();
}
