import { checkImages, countOf, show, wrongValue } from "../check.ts";
import { type Axis, windowAxis } from "../conv/geometry.ts";
import type { Operator } from "../planning/operator.ts";
import { accumulateOperator, adjointOf } from "./accumulate.ts";
import { type Copy, type CopyAxis, type CopyingOperator, copying } from "./copy.ts";

/** A sliding window: [height, width] each. */
export interface WindowAttributes {
  readonly kernelSize: readonly number[];
  readonly stride: readonly number[];
  readonly dilation: readonly number[];
  /** zeros on both sides of each axis */
  readonly padding: readonly number[];
}

/** Attributes of {@link foldOperator}. */
export interface FoldAttributes extends WindowAttributes {
  /** height and width of the images */
  readonly outputSize: readonly number[];
}

const AXES = ["height", "width"] as const;

/** The windows that reach into the axis at one tap. */
function reached({ length, stride, dilation, before, out }: Axis, tap: number) {
  const offset = tap * dilation - before;
  const first = Math.max(Math.ceil(-offset / stride), 0);
  const end = Math.min(Math.floor((length - 1 - offset) / stride) + 1, out);
  return { first, count: Math.max(end - first, 0), from: first * stride + offset };
}

/** From images (planes, height, width) to columns (planes, taps, windows): what a window has outside of the image is not copied. */
function windowCopies(planes: number, y: Axis, x: Axis): readonly Copy[] {
  const windows = y.out * x.out;
  const plane: CopyAxis = { count: planes, from: y.length * x.length, to: y.kernel * x.kernel * windows };
  if (y.before + y.after + x.before + x.after === 0) {
    const axes = [
      plane,
      { count: y.kernel, from: y.dilation * x.length, to: x.kernel * windows },
      { count: x.kernel, from: x.dilation, to: windows },
      { count: y.out, from: y.stride * x.length, to: x.out },
      { count: x.out, from: x.stride, to: 1 },
    ];
    return [{ input: 0, from: 0, output: 0, to: 0, axes }];
  }
  return Array.from({ length: y.kernel * x.kernel }, (_, tap): Copy => {
    const rows = reached(y, Math.floor(tap / x.kernel));
    const columns = reached(x, tap % x.kernel);
    return {
      input: 0,
      from: rows.from * x.length + columns.from,
      output: 0,
      to: tap * windows + rows.first * x.out + columns.first,
      axes: [
        plane,
        { count: rows.count, from: y.stride * x.length, to: x.out },
        { count: columns.count, from: x.stride, to: 1 },
      ],
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
    const copies = windowCopies(batch * channels, y, x);
    return { shapes: [result], copies: padding.some((pad) => pad > 0) ? [zeros, ...copies] : copies };
  },
);

/** torch.nn.functional.fold */
export const foldOperator: Operator<FoldAttributes> = {
  name: "fold",
  plan(where, operands, attributes, uses) {
    const { shape } = operands[0]!;
    const { outputSize, kernelSize } = attributes;
    const [y, x] = outputSize.map((length, i) => foldedAxis(where, i, length, attributes)) as [Axis, Axis];
    const { batch, channels } = checkColumns(where, shape, kernelSize, [y.out, x.out], outputSize);
    return accumulateOperator.plan(
      where,
      operands,
      {
        shape: [...(shape.length === 3 ? [batch] : []), channels, ...outputSize],
        copies: adjointOf(windowCopies(batch * channels, y, x), 0),
      },
      uses,
    );
  },
};

function foldedAxis(where: string, i: number, length: number, attributes: WindowAttributes): Axis {
  const [kernel, stride] = [attributes.kernelSize[i]!, attributes.stride[i]!];
  const [dilation, padding] = [attributes.dilation[i]!, attributes.padding[i]!];
  const extent = (kernel - 1) * dilation + 1;
  const padded = length + 2 * padding;
  if (extent > padded) {
    throw wrongValue(
      where,
      `kernelSize spans ${extent} values of ${AXES[i]}, but the padded outputSize has only ${padded}`,
    );
  }
  const out = Math.floor((padded - extent) / stride) + 1;
  return { length, kernel, stride, dilation, before: padding, after: padding, out };
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
