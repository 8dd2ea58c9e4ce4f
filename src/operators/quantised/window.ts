import {
  convWorkspace,
  depthOf,
  depthwiseWorkspace,
  SLACK,
  TILE_COLUMNS,
  TILE_ROWS,
} from "../../../assembly/quantised/layout.ts";
import { roundUp, tilesOf } from "../../../assembly/quotient.ts";
import { type Axis, type ConvGeometry, depthOf as lengthOf } from "../../conv/geometry.ts";
import { byteLength, type Type } from "../../dtype.ts";

/** Bytes of an image's panels at a time: what stays in the nearer caches beside a panel of weights. */
const PANELS_BYTES = 48 * 1024;
/** Bytes of a band of a plane at a time. */
const BAND_BYTES = 24 * 1024;
/** Items of which a call has at least so many, if it has as many filters: for threads. */
const ENOUGH_ITEMS = 8;

/** How windows of bytes are read: see assembly/quantised/band.ts. */
export interface BytePlan {
  readonly flat: boolean;
  readonly pitch: number;
  readonly bandRows: number;
  readonly bandBytes: number;
  readonly blockPixels: number;
  readonly partFilters: number;
  readonly items: number;
  readonly depth: number;
  readonly workspaceBytes: number;
}

/** Rows or columns of an axis by their remainder by the stride: how many of these windows reach, and how far in each. */
function phasesOf({ kernel, dilation, stride }: Axis): { phases: number; reach: number } {
  const span = (kernel - 1) * dilation;
  return { phases: Math.min(stride, span + 1), reach: Math.floor(span / stride) };
}

const isWhole = ({ kernel, stride, before, after }: Axis) =>
  kernel === 1 && stride === 1 && before === 0 && after === 0;

/** Whether planes are computed by themselves: depthwise, or maxima. */
export const isAlone = ({ channels, filters }: ConvGeometry): boolean => channels === 1 && filters === 1;

/** @param size bytes of a result */
export function planBytes(g: ConvGeometry, size: number): BytePlan {
  const { batch, groups, channels, filters, y, x } = g;
  const [rows, columns] = [phasesOf(y), phasesOf(x)];
  const depth = lengthOf(g);
  const pitch = x.out + columns.reach;
  const pixels = (y.out - 1) * pitch + x.out;
  const phases = rows.phases * columns.phases;
  if (isAlone(g)) {
    const blockRows = Math.min(Math.max(Math.floor(BAND_BYTES / (phases * pitch)) - rows.reach, 1), y.out);
    const bandRows = blockRows + rows.reach;
    const bandBytes = phases * bandRows * pitch;
    const blockPixels = blockRows * pitch;
    const workspaceBytes = depthwiseWorkspace(bandBytes, depth, blockPixels, size) + SLACK;
    return {
      flat: false,
      pitch,
      bandRows,
      bandBytes,
      blockPixels,
      partFilters: 1,
      items: batch * groups,
      depth,
      workspaceBytes,
    };
  }
  const flat = isWhole(y) && isWhole(x);
  const most = roundUp(Math.max(Math.floor(PANELS_BYTES / depthOf(depth)), 4 * TILE_COLUMNS), TILE_COLUMNS);
  const blockPixels = Math.min(most, roundUp(pixels, TILE_COLUMNS));
  const bandRows = Math.min(Math.floor((blockPixels + pitch - 2) / pitch) + 1, y.out) + rows.reach;
  const bandBytes = flat ? 0 : channels * phases * bandRows * pitch;
  const planes = batch * groups * tilesOf(pixels, blockPixels);
  const parts = Math.max(Math.ceil(ENOUGH_ITEMS / Math.max(planes, 1)), 1);
  const partFilters = roundUp(Math.max(Math.ceil(filters / parts), 8 * TILE_ROWS), TILE_ROWS);
  return {
    flat,
    pitch,
    bandRows,
    bandBytes,
    blockPixels,
    partFilters,
    items: planes * tilesOf(filters, partFilters),
    depth,
    workspaceBytes: convWorkspace(bandBytes, depth, blockPixels, size) + SLACK,
  };
}

/** Where the values under each tap are, from that of the pixel, in the order of the weights, and the last again up to whole fours. */
export function writeOffsets({ channels, y, x }: ConvGeometry, plan: BytePlan, to: Int32Array): void {
  const { flat, pitch, bandRows, depth } = plan;
  const [rows, columns] = [phasesOf(y), phasesOf(x)];
  const channelBytes = flat ? y.length * x.length : rows.phases * columns.phases * bandRows * pitch;
  let k = 0;
  for (let channel = 0; channel < channels; ++channel) {
    for (let i = 0; i < y.kernel; ++i) {
      const down = i * y.dilation;
      for (let j = 0; j < x.kernel; ++j, ++k) {
        const across = j * x.dilation;
        const plane = (down % y.stride) * columns.phases + (across % x.stride);
        const row = plane * bandRows + Math.floor(down / y.stride);
        to[k] = channel * channelBytes + row * pitch + Math.floor(across / x.stride);
      }
    }
  }
  to.fill(to[depth - 1]!, depth);
}

/** Fields of the parameter block that the geometry says. */
export function windowFields(g: ConvGeometry, plan: BytePlan) {
  const { groups, channels, filters, y, x } = g;
  const [rows, columns] = [phasesOf(y), phasesOf(x)];
  return {
    groups,
    channels,
    filters,
    height: y.length,
    width: x.length,
    strideHeight: y.stride,
    strideWidth: x.stride,
    phasesHeight: rows.phases,
    phasesWidth: columns.phases,
    padTop: y.before,
    padLeft: x.before,
    outHeight: y.out,
    outWidth: x.out,
    pitch: plan.pitch,
    bandRows: plan.bandRows,
    reach: rows.reach,
    depth: plan.depth,
    blockPixels: plan.blockPixels,
    partFilters: plan.partFilters,
    bandBytes: plan.bandBytes,
    flat: Number(plan.flat),
  };
}

/** Bytes of one result. */
export const resultBytes = (dtype: Type["dtype"]): number => byteLength({ dtype, shape: [] });
