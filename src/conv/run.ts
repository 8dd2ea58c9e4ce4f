import { Layout } from "../runtime/layout.ts";
import { engine } from "../runtime/runtime.ts";
import { NO_EPILOGUE } from "./epilogue.ts";
import type { Algorithm, ConvGeometry } from "./geometry.ts";
import { planConv } from "./plan.ts";
import { convSizes, prepareConv } from "./step.ts";

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
  const step = prepareConv(where, engine(), plan, weight, bias, NO_EPILOGUE);
  try {
    const sizes = convSizes(plan);
    const layout = new Layout();
    const inner = {
      input: layout.add(sizes.input * 4),
      output: layout.add(sizes.output * 4),
      workspace: layout.add(plan.workspaceBytes),
    };
    const images = heap.allocate(where, layout.bytes);
    try {
      const inputAt = images.offset + inner.input;
      const outputAt = images.offset + inner.output;
      heap.f32.set(input, inputAt / 4);
      step.bind(inputAt, outputAt, 0, images.offset + inner.workspace);
      step.run();
      return heap.f32.slice(outputAt / 4, outputAt / 4 + sizes.output);
    } finally {
      heap.free(images);
    }
  } finally {
    heap.free(step.block);
  }
}
