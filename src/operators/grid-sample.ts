import * as Code from "../../assembly/codes/sampling.ts";
import { POINTS, WORKSPACE_BYTES } from "../../assembly/vision/sample/layout.ts";
import { countOf, show, wrongValue } from "../check.ts";
import { float32 } from "../dtype.ts";
import type { Operator } from "../planning/operator.ts";
import { planned } from "../planning/planned.ts";
import { GridSample } from "../runtime/generated/vision.ts";
import { VISION } from "../runtime/modules/vision.ts";
import { checkResult } from "./result.ts";

/** Attributes of {@link gridSampleOperator}. */
export interface GridSampleAttributes {
  readonly mode: "bilinear" | "nearest" | "bicubic";
  readonly paddingMode: "zeros" | "border" | "reflection";
  /** whether -1 and 1 are the centres of the outermost elements, not their outer edges */
  readonly alignCorners: boolean;
}

const MODES = { nearest: Code.NEAREST, bilinear: Code.LINEAR, bicubic: Code.CUBIC } as const;
const PADDINGS = { zeros: Code.ZEROS, border: Code.BORDER, reflection: Code.REFLECTION } as const;

/** Elements that make an output, along one axis. */
const TAPS = { nearest: 1, bilinear: 2, bicubic: 4 } as const;

/**
 * torch.nn.functional.grid_sample: values of an input (N, C, H, W) or (N, C, D, H, W) at the places of a grid (N, ..., 2 or 3),
 * x first, which are from -1 to 1 inside of it.
 */
export const gridSampleOperator: Operator<GridSampleAttributes> = {
  name: "gridSample",
  // an image, or a channel, is sampled by itself; so is each point
  beyond: ({ argument, axis, operands }) => (argument === 0 ? axis < 2 : axis < operands[1]!.shape.length - 1),
  plan(where, operands, { mode, paddingMode, alignCorners }) {
    const [shape, grid] = [operands[0]!.shape, operands[1]!.shape];
    const axes = shape.length - 2;
    if (axes !== 2 && axes !== 3) {
      throw wrongValue(where, `input must be (N, C, H, W) or (N, C, D, H, W), got shape ${show(shape)}`);
    }
    if (axes === 3 && mode === "bicubic") throw wrongValue(where, "mode 'bicubic' needs an input (N, C, H, W)");
    const [batch, channels, ...lengths] = shape as [number, number, ...number[]];
    if (grid.length !== shape.length || grid[0] !== batch || grid.at(-1) !== axes) {
      const expected = `(${batch}, ${axes === 2 ? "height, width" : "depth, height, width"}, ${axes})`;
      throw wrongValue(where, `grid must have shape ${expected} for input ${show(shape)}, got ${show(grid)}`);
    }
    const [depth, height, width] = [1, ...lengths].slice(-3) as [number, number, number];
    const result = checkResult(where, [batch, channels, ...grid.slice(1, -1)]);
    const points = countOf(grid.slice(1, -1));
    return planned({
      types: [float32(result)],
      kernel: "gridSample",
      flops: 2 * countOf(result) * TAPS[mode] ** axes,
      held: { params: GridSample.bytes },
      workspace: { lists: WORKSPACE_BYTES },
      prepare(program, { inputs, outputs, held, workspace }) {
        program.params(GridSample, held.params, {
          from: inputs[0]!,
          grid: inputs[1]!,
          to: outputs[0]!,
          workspace: workspace.lists,
          channels,
          depth,
          height,
          width,
          points,
          axes,
          mode: MODES[mode],
          padding: PADDINGS[paddingMode],
          corners: Number(alignCorners),
        });
        program.call(VISION, "gridSample", held.params, batch * Math.ceil(points / POINTS));
      },
    });
  },
};
