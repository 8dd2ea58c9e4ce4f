import { Tensor } from "convwasm";
import type { Channels } from "./convolution.ts";

/** The longer side of what is convolved: more would be waited for, and be shown smaller anyway. */
export const LONGEST = 640;

/**
 * Draws a picture into the canvas, scaled down where it is larger than LONGEST, on white where it is transparent.
 *
 * @returns whether it was scaled down
 */
export function drawPicture(
  canvas: HTMLCanvasElement,
  source: CanvasImageSource,
  width: number,
  height: number,
): boolean {
  const scale = Math.min(1, LONGEST / Math.max(width, height));
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  const context = canvas.getContext("2d", { willReadFrequently: true })!;
  context.fillStyle = "white";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.imageSmoothingQuality = "high";
  context.drawImage(source, 0, 0, canvas.width, canvas.height);
  return scale < 1;
}

/** The canvas as (1, 3, height, width), or (1, 1, height, width) if grey, from 0 to 1. */
export function readPicture(canvas: HTMLCanvasElement, channels: Channels): Tensor {
  const { width, height } = canvas;
  const { data } = canvas.getContext("2d", { willReadFrequently: true })!.getImageData(0, 0, width, height);
  const plane = width * height;
  if (channels === "grey") {
    const grey = new Float32Array(plane);
    for (let i = 0; i < plane; i++) {
      grey[i] = (0.299 * data[4 * i]! + 0.587 * data[4 * i + 1]! + 0.114 * data[4 * i + 2]!) / 255;
    }
    return new Tensor(grey, [1, 1, height, width]);
  }
  const colours = new Float32Array(3 * plane);
  for (let i = 0; i < plane; i++) {
    for (let channel = 0; channel < 3; channel++) colours[channel * plane + i] = data[4 * i + channel]! / 255;
  }
  return new Tensor(colours, [1, 3, height, width]);
}
