import {
  checkAxes,
  checkOptions,
  checkTensor,
  countOf,
  type Pair,
  settled,
  show,
  type TensorLike,
  wrongValue,
} from "../check.ts";
import { newData, Tensor } from "../tensor.ts";

/** Options of {@link fold}. */
export interface FoldOptions {
  /** distance between the taps of a window; default 1 */
  dilation?: Pair;
  /** zeros that unfold added on both sides of each axis; values that would fall on them are dropped; default 0 */
  padding?: Pair;
  /** step of the windows; default 1 */
  stride?: Pair;
}

/**
 * Adds columns of windows back to images, each value where the window has it (torch.nn.functional.fold, known as
 * col2im): the adjoint of unfold. Where windows overlap the values add up, so it is not unfold's inverse.
 *
 * @param input (N, C * kernel height * kernel width, windows), or without N; N may be 0
 * @param outputSize [H, W] of the images
 * @param kernelSize [height, width] of the windows
 * @param options dilation 1, padding 0, stride 1
 * @returns (N, C, H, W), or (C, H, W)
 * @throws TypeError for an argument of the wrong kind; RangeError where the rows are not C times the kernel's area,
 *   where the number of windows is not that of outputSize, and where the kernel does not fit into the padded output
 */
export function fold(input: TensorLike, outputSize: Pair, kernelSize: Pair, options?: FoldOptions): Tensor {
  const where = "fold";
  const x = checkTensor(where, "input", input);
  const o = checkOptions(where, options, ["dilation", "padding", "stride"]);
  const [height, width] = checkAxes(where, "outputSize", outputSize, 2, 1) as [number, number];
  const kernel = checkAxes(where, "kernelSize", kernelSize, 2, 1) as [number, number];
  const dilation = checkAxes(where, "dilation", o.dilation ?? 1, 2, 1) as [number, number];
  const padding = checkAxes(where, "padding", o.padding ?? 0, 2, 0) as [number, number];
  const stride = checkAxes(where, "stride", o.stride ?? 1, 2, 1) as [number, number];
  const windowsAlong = (i: 0 | 1, length: number) => {
    const extent = (kernel[i] - 1) * dilation[i] + 1;
    const padded = length + 2 * padding[i];
    if (extent <= padded) return Math.floor((padded - extent) / stride[i]) + 1;
    const name = i === 0 ? "height" : "width";
    throw wrongValue(
      where,
      `kernelSize spans ${extent} values of ${name}, but the padded outputSize has only ${padded}`,
    );
  };
  const [rows, columns] = [windowsAlong(0, height), windowsAlong(1, width)];
  const { batch, channels } = checkColumns(where, x.shape, kernel, [rows, columns], [height, width]);

  const taps = countOf(kernel);
  const shape = [...(x.shape.length === 3 ? [batch] : []), channels, height, width];
  const data = newData(where, shape);
  settled(where, x);
  let from = 0;
  for (let plane = 0; plane < batch * channels; ++plane) {
    for (let tap = 0; tap < taps; ++tap) {
      const top = Math.floor(tap / kernel[1]) * dilation[0] - padding[0];
      const left = (tap % kernel[1]) * dilation[1] - padding[1];
      for (let i = 0; i < rows; ++i) {
        const row = i * stride[0] + top;
        const to = (plane * height + row) * width;
        const inside = row >= 0 && row < height;
        for (let j = 0; j < columns; ++j, ++from) {
          const column = j * stride[1] + left;
          if (inside && column >= 0 && column < width) data[to + column]! += x.data[from]!;
        }
      }
    }
  }
  return new Tensor(data, shape);
}

/** Checks that the columns are those of images of `size` under windows of `kernel`. */
function checkColumns(
  where: string,
  shape: readonly number[],
  kernel: readonly [number, number],
  windows: readonly [number, number],
  size: readonly [number, number],
): { batch: number; channels: number } {
  if (shape.length !== 2 && shape.length !== 3) {
    throw wrongValue(
      where,
      `input must be (N, C * kernel height * kernel width, windows) or without N, got shape ${show(shape)}`,
    );
  }
  const [rows, columns] = shape.slice(-2) as [number, number];
  const taps = countOf(kernel);
  if (rows === 0 || rows % taps !== 0) {
    throw wrongValue(
      where,
      `input must have C * ${taps} rows, a multiple of kernelSize ${show(kernel)}'s area, got ${rows} in shape ${show(shape)}`,
    );
  }
  if (columns !== countOf(windows)) {
    throw wrongValue(
      where,
      `input must have ${countOf(windows)} windows (${windows.join(" x ")} for outputSize ${show(size)}), got ${columns} in shape ${show(shape)}`,
    );
  }
  return { batch: shape.length === 3 ? shape[0]! : 1, channels: rows / taps };
}
