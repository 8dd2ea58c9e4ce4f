import type { Drawing } from "./drawing.ts";

/** An operator of the table that networks are drawn from. */
export interface Row {
  /** ONNX's name, after its domain where it is not ONNX's own */
  readonly op: string;
  /** opsets that it is drawn for; default all */
  readonly since?: number;
  readonly until?: number;
  /** how often, against 1 of the others */
  readonly weight?: number;
  /** @throws Unfit if it cannot be drawn here */
  draw(drawing: Drawing): void;
}
