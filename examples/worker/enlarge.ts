import { type Session, Tensor } from "convwasm";
import type { Model } from "../upscale/model.ts";
import { compileModel } from "../upscale/network.ts";
import { type Image, splitAxis, type Tile } from "../upscale/tiles.ts";
import { type Lease, Leases } from "./leases.ts";
import { MAX_PHOTOS, MAX_PIXELS, RequestError, SILENT_SECONDS, TILE_SIZE } from "./limits.ts";

/** A photo not heard of for this long is given up: longer than a tile takes, however busy the machine is. */
const TURN_SECONDS = 3 * SILENT_SECONDS;
/** Between two looks at what a photo waits for. */
export const POLL_MILLISECONDS = 10;

const queue = new Leases(MAX_PHOTOS);

/** Refuses a photo before it is read if there is no room for it. */
export function checkPlaces(): void {
  if (queue.left === 0) throw new RequestError(503, "too many photos wait: try again in a few seconds");
}

/**
 * Does the work on one photo at a time, in the order of arrival: two would need twice the memory, and each twice
 * the time. Promises do not pass between requests, so each checks by itself whether its turn has come.
 */
export async function inTurn<T>(work: (turn: Lease) => Promise<T>): Promise<T> {
  checkPlaces();
  using turn = queue.take(1, TURN_SECONDS)!;
  while (queue.first !== turn) await stay(turn, POLL_MILLISECONDS);
  return await work(turn);
}

/** Lets other requests be read and answered, but keeps its turn. */
export async function stay(turn: Lease, milliseconds = 0): Promise<void> {
  turn.extend(TURN_SECONDS);
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  if (turn.end < Date.now()) throw new RequestError(503, "the photo lost its turn: try again");
  turn.extend(TURN_SECONDS);
}

/** Of the last photo: the next may be of the same size. There is one at a time, since it holds most of the memory. */
let last: { session: Session; input: Tensor; output: Tensor } | undefined;

function compiled(model: Model, height: number, width: number): NonNullable<typeof last> {
  const [, , lastHeight, lastWidth] = last?.input.shape ?? [];
  if (last !== undefined && lastHeight === height && lastWidth === width) return last;
  last?.session.dispose();
  last = undefined;
  const session = compileModel(model, height, width);
  last = { session, input: Tensor.zeros(session.inputShape), output: Tensor.zeros(session.outputShape) };
  return last;
}

/** Rows of the last result, as PNG has them. They are kept for the next: there is one at a time. */
const kept = new Uint8ClampedArray(14 * MAX_PIXELS);

/** Rows of red, green and blue, each row after a byte that is 0: PNG's number for no filter. */
export interface Rows {
  data: Uint8ClampedArray<ArrayBuffer>;
  width: number;
  height: number;
}

/**
 * Enlarges a photo tile by tile, as ../upscale/tiles.ts does, and lets others have the thread after each. The result is to
 * be used before another photo has its turn.
 */
export async function enlarge(model: Model, image: Image, turn: Lease): Promise<Rows> {
  const [vertical, horizontal] = model.scale;
  const rows = splitAxis(image.height, TILE_SIZE, model.halo);
  const columns = splitAxis(image.width, TILE_SIZE, model.halo);
  const [width, height] = [image.width * horizontal, image.height * vertical];
  const result = { data: kept.subarray(0, height * (1 + 3 * width)), width, height };
  for (let y = 0; y < height; y++) result.data[y * (1 + 3 * width)] = 0;
  const { session, input, output } = compiled(model, rows.window, columns.window);
  for (const row of rows.tiles) {
    for (const column of columns.tiles) {
      readWindow(image, row.from, column.from, input);
      session.run(input, { output });
      writeTile(result, output, scaleTile(row, vertical), scaleTile(column, horizontal));
      await stay(turn);
    }
  }
  return result;
}

function scaleTile({ from, start, end }: Tile, scale: number): Tile {
  return { from: from * scale, start: start * scale, end: end * scale };
}

function readWindow(image: Image, top: number, left: number, { data, shape }: Tensor): void {
  const [, , height, width] = shape as [number, number, number, number];
  const plane = height * width;
  for (let y = 0; y < height; y++) {
    let read = 3 * ((top + y) * image.width + left);
    for (let write = y * width; write < (y + 1) * width; write++) {
      for (let colour = 0; colour < 3; colour++) data[write + colour * plane] = image.data[read++]!;
    }
  }
}

function writeTile(result: Rows, { data, shape }: Tensor, rows: Tile, columns: Tile): void {
  const [, , height, width] = shape as [number, number, number, number];
  const plane = height * width;
  for (let y = rows.start; y < rows.end; y++) {
    let write = y * (1 + 3 * result.width) + 1 + 3 * columns.start;
    let read = (y - rows.from) * width + columns.start - columns.from;
    for (let x = columns.start; x < columns.end; x++, read++) {
      for (let colour = 0; colour < 3; colour++) result.data[write++] = data[read + colour * plane]!;
    }
  }
}
