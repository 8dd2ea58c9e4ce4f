import { engine } from "../runtime/runtime.ts";
import { runOnce } from "../runtime/step.ts";
import { NO_EPILOGUE } from "./epilogue.ts";
import type { Algorithm, ConvGeometry } from "./geometry.ts";
import { planConv } from "./plan.ts";
import { asStep, convSizes, prepareConv } from "./step.ts";

/**
 * Computes a convolution whose arguments have been checked, in memory that is held for this call only.
 *
 * @throws RangeError for an algorithm that cannot serve the geometry, and where memory does not suffice
 */
export function runConv(
  where: string,
  geometry: ConvGeometry,
  algorithm: Algorithm,
  input: Float32Array,
  weight: Float32Array,
  bias: Float32Array | undefined,
): Float32Array<ArrayBuffer> {
  const plan = planConv(where, geometry, algorithm, "once");
  const { heap } = engine();
  const step = asStep(prepareConv(where, engine(), plan, weight, bias, NO_EPILOGUE), weight.length, bias?.length);
  return runOnce(where, heap, step, [input], [convSizes(plan).output])[0]!;
}
