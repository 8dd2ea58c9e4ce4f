import { Tensor } from "../index.ts";
import type { Shapes } from "./model.ts";

/** Normally distributed, the same in every run. */
export const randomInputs = (shapes: Shapes): Readonly<Record<string, Tensor>> =>
  Object.fromEntries(Object.entries(shapes).map(([name, shape], index) => [name, Tensor.randn([...shape], index + 1)]));
