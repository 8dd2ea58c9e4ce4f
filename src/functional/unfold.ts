import { checkAxes, checkImages, checkOptions, checkTensor, type Pair, settled, type TensorLike } from "../check.ts";
import { windowAxis } from "../conv/geometry.ts";
import { newData, Tensor } from "../tensor.ts";

/** Options of {@link unfold}. */
export interface UnfoldOptions {
  /** distance between the taps of a window; default 1 */
  dilation?: Pair;
  /** zeros on both sides of each axis; default 0 */
  padding?: Pair;
  /** step of the windows; default 1 */
  stride?: Pair;
}

/**
 * The regions under a sliding window, each flattened to a column (torch.nn.functional.unfold, known as im2col).
 *
 * @param input (N, C, H, W) or (C, H, W)
 * @param kernelSize [height, width] of the windows, or one number for both
 * @param options dilation 1, padding 0, stride 1
 * @returns (N, C * kernel height * kernel width, windows), or without N
 * @throws as {@link conv2d}
 */
export function unfold(input: TensorLike, kernelSize: Pair, options?: UnfoldOptions): Tensor {
  const where = "unfold";
  const x = checkTensor(where, "input", input);
  const { batch, channels, height, width } = checkImages(where, x.shape);
  const o = checkOptions(where, options, ["dilation", "padding", "stride"]);
  const kernel = checkAxes(where, "kernelSize", kernelSize, 2, 1);
  const dilation = checkAxes(where, "dilation", o.dilation ?? 1, 2, 1);
  const padding = checkAxes(where, "padding", o.padding ?? 0, 2, 0);
  const stride = checkAxes(where, "stride", o.stride ?? 1, 2, 1);
  const axis = (i: 0 | 1, name: string, length: number) =>
    windowAxis(where, name, length, kernel[i]!, stride[i]!, dilation[i]!, padding[i]!, padding[i]!, "zeros");
  const [ys, xs] = [axis(0, "height", height), axis(1, "width", width)];

  const taps = ys.kernel * xs.kernel;
  const windows = ys.out * xs.out;
  const shape = [...(x.shape.length === 4 ? [batch] : []), channels * taps, windows];
  const data = newData(where, shape);
  settled(where, x);
  let to = 0;
  for (let plane = 0; plane < batch * channels; ++plane) {
    for (let tap = 0; tap < taps; ++tap) {
      const top = Math.floor(tap / xs.kernel) * ys.dilation - ys.before;
      const left = (tap % xs.kernel) * xs.dilation - xs.before;
      for (let i = 0; i < ys.out; ++i) {
        const row = i * ys.stride + top;
        const from = (plane * height + row) * width;
        const inside = row >= 0 && row < height;
        for (let j = 0; j < xs.out; ++j, ++to) {
          const column = j * xs.stride + left;
          if (inside && column >= 0 && column < width) data[to] = x.data[from + column]!;
        }
      }
    }
  }
  return new Tensor(data, shape);
}
