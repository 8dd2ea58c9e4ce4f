import { GEMM_MR } from "../../assembly/blocking.ts";
import * as layout from "../../assembly/conv/weight-gradient/layout.ts";
import type { Type } from "../dtype.ts";
import { type Planned, planned } from "../planning/planned.ts";
import { Conv } from "../runtime/generated/kernels.ts";
import { KERNELS } from "../runtime/modules/kernels.ts";
import { bandBytes, bandPitch, bandTableBytes, writeBandTables } from "./band.ts";
import { paramsOf } from "./convolution.ts";
import { type ConvGeometry, extentOf, flopsOf, tapsOf } from "./geometry.ts";
import { writeSources } from "./tables.ts";
import { tiles } from "./way.ts";

/** Bytes of a band's gradient, which is read again for every eight columns of the regions: part of a small L2. */
const GRADIENT_BYTES = 256 * 1024;
/** Enough columns of the regions share a packed gradient that packing it costs little. */
const FEW_COLUMNS = 1024;
const CHANNELS = 64;

/** Channels of an item, output rows of a band, and the workspace for it. */
function blocksOfGradient(g: ConvGeometry): {
  readonly channels: number;
  readonly rows: number;
  readonly workspaceBytes: number;
} {
  const pitch = bandPitch(g);
  const filters = tiles(g.filters, GEMM_MR) * GEMM_MR;
  const rows = Math.min(Math.max(Math.floor(GRADIENT_BYTES / (filters * pitch * 4)), 1), g.y.out);
  const pixels = layout.pixelsOf(rows, pitch);
  return {
    channels: tiles(FEW_COLUMNS / tapsOf(g), CHANNELS) * CHANNELS,
    rows,
    workspaceBytes: layout.workspaceBytes(g.filters, pixels, bandBytes(g, rows)),
  };
}

/**
 * Plans the gradient of a convolution's weights. Arguments: input (batch, groups * channels, height, width) and the
 * gradient of the output (batch, groups * filters, out height, out width).
 *
 * @param type of the result, (groups * filters, channels, kernel height, kernel width)
 */
export function planWeightGradient(g: ConvGeometry, type: Type): Planned {
  const { channels, rows, workspaceBytes } = blocksOfGradient(g);
  return planned({
    types: [type],
    kernel: "convWeightGradient",
    flops: flopsOf(g),
    held: {
      params: Conv.bytes,
      rows: extentOf(g.y) * 4,
      cols: extentOf(g.x) * 4,
      tables: bandTableBytes(g),
    },
    workspace: { scratch: workspaceBytes },
    prepare(program, { inputs, outputs, held, workspace }) {
      writeSources(g.y, g.paddingMode, program.i32(held.rows, extentOf(g.y)));
      writeSources(g.x, g.paddingMode, program.i32(held.cols, extentOf(g.x)));
      writeBandTables(g, rows, program.i32(held.tables, bandTableBytes(g) / 4));
      const fields = paramsOf(g, {
        input: inputs[0]!,
        weights: 0,
        bias: 0,
        output: outputs[0]!,
        gradient: inputs[1]!,
        rows: held.rows,
        cols: held.cols,
        tables: held.tables,
        residual: 0,
        workspace: workspace.scratch,
        blockDepth: channels,
        blockPixels: rows,
        tileFilters: 0,
        activation: undefined,
      });
      program.params(Conv, held.params, fields);
      program.call(KERNELS, "convWeightGradient", held.params, g.groups * tiles(g.channels, channels));
    },
  });
}
