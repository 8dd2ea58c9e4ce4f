import { Tensor } from "convwasm";
import type { Model } from "./model.ts";
import { compileModel } from "./network.ts";

/** Red, green, blue, row by row. */
export interface Image {
  data: Uint8Array | Uint8ClampedArray;
  width: number;
  height: number;
}

export interface Progress {
  /** floating-point operations of the tiles that are finished */
  done: number;
  /** floating-point operations of all tiles */
  total: number;
  /** that the network took for the tiles that are finished */
  milliseconds: number;
  /** how many tiles are finished */
  tile: number;
  tiles: number;
}

// on a 512x512 photo the fastest of 64 to 512, with 0.18 GB at most against 0.37 GB untiled; 128 takes 0.13 GB and a fifth
// longer
const defaultTileSize = 256;

/**
 * Runs the model over an image, tile by tile where a side is longer than `tileSize`. Every tile is read with a margin
 * as wide as the network sees, so its zero padding reaches the kept pixels only where the image itself ends.
 */
export function upscale(
  model: Model,
  image: Image,
  { tileSize = defaultTileSize, onProgress }: { tileSize?: number; onProgress?: (progress: Progress) => void } = {},
): Image {
  const [vertical, horizontal] = model.scale;
  const rows = splitAxis(image.height, tileSize, model.halo);
  const columns = splitAxis(image.width, tileSize, model.halo);
  const result: Image = {
    data: new Uint8ClampedArray(image.data.length * vertical * horizontal),
    width: image.width * horizontal,
    height: image.height * vertical,
  };
  using session = compileModel(model, rows.window, columns.window);
  const { flops } = session.explain().totals;
  const tiles = rows.tiles.length * columns.tiles.length;
  const progress: Progress = { done: 0, total: tiles * flops, milliseconds: 0, tile: 0, tiles };
  onProgress?.(progress);
  for (const row of rows.tiles) {
    for (const column of columns.tiles) {
      const input = readWindow(image, row.from, column.from, rows.window, columns.window);
      const start = performance.now();
      const output = session.run(input);
      progress.milliseconds += performance.now() - start;
      writeTile(result, output, scaleTile(row, vertical), scaleTile(column, horizontal));
      progress.done += flops;
      progress.tile++;
      onProgress?.(progress);
    }
  }
  return result;
}

/** Pixels start to end are kept of the window that begins at `from`. */
export interface Tile {
  from: number;
  start: number;
  end: number;
}

/** Cuts an axis into near equal tiles whose windows all have the same length, so that one network serves them all. */
export function splitAxis(length: number, tileSize: number, halo: number): { window: number; tiles: Tile[] } {
  const count = Math.ceil(length / tileSize);
  const cut = (index: number) => Math.floor((index * length) / count);
  const spans = Array.from({ length: count }, (_, index) => ({ start: cut(index), end: cut(index + 1) }));
  const needed = spans.map(({ start, end }) => Math.min(length, end + halo) - Math.max(0, start - halo));
  const window = Math.max(...needed);
  const tiles = spans.map((span) => ({ ...span, from: Math.min(Math.max(0, span.start - halo), length - window) }));
  return { window, tiles };
}

function scaleTile({ from, start, end }: Tile, scale: number): Tile {
  return { from: from * scale, start: start * scale, end: end * scale };
}

function readWindow(image: Image, top: number, left: number, height: number, width: number): Tensor {
  const plane = height * width;
  const result = new Float32Array(3 * plane);
  for (let y = 0; y < height; y++) {
    let read = 3 * ((top + y) * image.width + left);
    for (let write = y * width; write < (y + 1) * width; write++) {
      result[write] = image.data[read++]!;
      result[write + plane] = image.data[read++]!;
      result[write + 2 * plane] = image.data[read++]!;
    }
  }
  return new Tensor(result, [1, 3, height, width]);
}

function writeTile(image: Image, { data, shape }: Tensor, rows: Tile, columns: Tile): void {
  const [, , height, width] = shape as [number, number, number, number];
  const plane = height * width;
  for (let y = rows.start; y < rows.end; y++) {
    let write = 3 * (y * image.width + columns.start);
    let read = (y - rows.from) * width + columns.start - columns.from;
    for (let x = columns.start; x < columns.end; x++, read++) {
      image.data[write++] = data[read]!;
      image.data[write++] = data[read + plane]!;
      image.data[write++] = data[read + 2 * plane]!;
    }
  }
}
