import { checkImages, countOf, show, wrongValue } from "../check.ts";
import { type Axis, windowAxis } from "../conv/geometry.ts";
import type { Operator } from "../planning/operator.ts";
import { accumulateOperator, adjointOf } from "./accumulate.ts";
import { stridesOf } from "./broadcast.ts";
import { type Copy, type CopyAxis, type CopyingOperator, copying } from "./copy.ts";

/** A sliding window: a number for each axis, [height, width] in torch. */
export interface WindowAttributes {
  readonly kernelSize: readonly number[];
  readonly stride: readonly number[];
  readonly dilation: readonly number[];
  /** zeros before each axis, and after it unless `after` says otherwise */
  readonly padding: readonly number[];
}

/** Attributes of {@link foldOperator}. */
export interface FoldAttributes extends WindowAttributes {
  /** lengths of the images: height and width, or those of any other number of axes */
  readonly outputSize: readonly number[];
  /** zeros after each axis; default: `padding` */
  readonly after?: readonly number[];
}

const AXES = ["height", "width"] as const;

const axisName = (axis: number, rank: number): string => (rank === 2 ? AXES[axis]! : `axis ${axis}`);

/** The windows that reach into the axis at one tap. */
function reached({ length, stride, dilation, before, out }: Axis, tap: number) {
  const offset = tap * dilation - before;
  const first = Math.max(Math.ceil(-offset / stride), 0);
  const end = Math.min(Math.floor((length - 1 - offset) / stride) + 1, out);
  return { first, count: Math.max(end - first, 0), from: first * stride + offset };
}

/** From images (planes, ...) to columns (planes, taps, windows): what a window has outside of the image is not copied. */
function windowCopies(planes: number, axes: readonly Axis[]): readonly Copy[] {
  const lengths = stridesOf(axes.map(({ length }) => length));
  const windows = stridesOf(axes.map(({ out }) => out));
  const taps = stridesOf(axes.map(({ kernel }) => kernel));
  const [windowCount, tapCount] = [countOf(axes.map(({ out }) => out)), countOf(axes.map(({ kernel }) => kernel))];
  const plane: CopyAxis = {
    count: planes,
    from: countOf(axes.map(({ length }) => length)),
    to: tapCount * windowCount,
  };
  if (axes.every(({ before, after }) => before + after === 0)) {
    const ofTaps = axes.map(({ kernel, dilation }, i) => ({
      count: kernel,
      from: dilation * lengths[i]!,
      to: taps[i]! * windowCount,
    }));
    const ofWindows = axes.map(({ out, stride }, i) => ({ count: out, from: stride * lengths[i]!, to: windows[i]! }));
    return [{ input: 0, from: 0, output: 0, to: 0, axes: [plane, ...ofTaps, ...ofWindows] }];
  }
  return Array.from({ length: tapCount }, (_, tap): Copy => {
    const own = axes.map((axis, i) => reached(axis, Math.floor(tap / taps[i]!) % axis.kernel));
    const sum = (distance: (i: number) => number) => own.reduce((total, _each, i) => total + distance(i), 0);
    return {
      input: 0,
      from: sum((i) => own[i]!.from * lengths[i]!),
      output: 0,
      to: tap * windowCount + sum((i) => own[i]!.first * windows[i]!),
      axes: [plane, ...own.map(({ count }, i) => ({ count, from: axes[i]!.stride * lengths[i]!, to: windows[i]! }))],
    };
  });
}

/** torch.nn.functional.unfold */
export const unfoldOperator: CopyingOperator<WindowAttributes> = /* @__PURE__ */ copying(
  "unfold",
  (where, operands, { kernelSize, stride, dilation, padding }) => {
    const { shape } = operands[0]!;
    const { batch, channels, height, width } = checkImages(where, shape);
    const [y, x] = [height, width].map((length, i) =>
      windowAxis(where, AXES[i]!, length, kernelSize[i]!, stride[i]!, dilation[i]!, padding[i]!, padding[i]!, "zeros"),
    ) as [Axis, Axis];
    const result = [...(shape.length === 4 ? [batch] : []), channels * y.kernel * x.kernel, y.out * x.out];
    const count = countOf(result);
    const zeros: Copy = { input: null, from: 0, output: 0, to: 0, axes: [{ count, from: 0, to: 1 }] };
    const copies = windowCopies(batch * channels, [y, x]);
    return { shapes: [result], copies: padding.some((pad) => pad > 0) ? [zeros, ...copies] : copies };
  },
);

/** torch.nn.functional.fold, and over any axes: ONNX's Col2Im. */
export const foldOperator: Operator<FoldAttributes> = {
  name: "fold",
  plan(where, operands, attributes, uses) {
    const { shape } = operands[0]!;
    const { outputSize, kernelSize } = attributes;
    const axes = outputSize.map((length, i) => foldedAxis(where, i, length, attributes));
    const windows = axes.map(({ out }) => out);
    const { batch, channels } = checkColumns(where, shape, kernelSize, windows, outputSize);
    return accumulateOperator.plan(
      where,
      operands,
      {
        shape: [...(shape.length === 3 ? [batch] : []), channels, ...outputSize],
        copies: adjointOf(windowCopies(batch * channels, axes), 0),
      },
      uses,
    );
  },
};

function foldedAxis(where: string, i: number, length: number, attributes: FoldAttributes): Axis {
  const [kernel, stride] = [attributes.kernelSize[i]!, attributes.stride[i]!];
  const [dilation, before] = [attributes.dilation[i]!, attributes.padding[i]!];
  const after = attributes.after?.[i] ?? before;
  const extent = (kernel - 1) * dilation + 1;
  const padded = length + before + after;
  if (extent > padded) {
    const name = axisName(i, attributes.outputSize.length);
    throw wrongValue(
      where,
      `kernelSize spans ${extent} values of ${name}, but the padded outputSize has only ${padded}`,
    );
  }
  const out = Math.floor((padded - extent) / stride) + 1;
  return { length, kernel, stride, dilation, before, after, out };
}

/** Checks that the columns are those of images of `size` under windows of `kernel`. */
function checkColumns(
  where: string,
  shape: readonly number[],
  kernel: readonly number[],
  windows: readonly number[],
  size: readonly number[],
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
