/**
 * What the four padding modes put around an image: zeros, the image mirrored at its outermost values, those values
 * repeated, or the image continued from its other side.
 *
 * Run it with `npx node examples/gallery/padding-modes.ts`, after `npm run build`.
 */
import { allclose, conv2d, type PaddingMode, pad, Tensor } from "convwasm";
import { type Derivation, print } from "./print.ts";
import { range } from "./tensors.ts";

const PADDING = 2;

/** For each mode, the index that an index beyond the ends of an axis stands for; -1 stands for a zero. */
export const sources: Record<PaddingMode, (index: number, length: number) => number> = {
  zeros: (index, length) => (index < 0 || index >= length ? -1 : index),
  reflect: (index, length) => (index < 0 ? -index : index >= length ? 2 * (length - 1) - index : index),
  replicate: (index, length) => Math.min(Math.max(index, 0), length - 1),
  circular: (index, length) => (index + length) % length,
};

export function padByIndex({ data, shape }: Tensor, padding: number, mode: PaddingMode): Tensor {
  const [height, width] = shape.slice(-2) as [number, number];
  const source = sources[mode];
  const padded: number[] = [];
  for (let i = -padding; i < height + padding; ++i) {
    for (let j = -padding; j < width + padding; ++j) {
      const [y, x] = [source(i, height), source(j, width)];
      padded.push(y < 0 || x < 0 ? 0 : data[y * width + x]!);
    }
  }
  return new Tensor(padded, [1, 1, height + 2 * padding, width + 2 * padding]);
}

export function paddingModes(): Derivation {
  const image = range(1, 17).reshape([1, 1, 4, 4]);
  const kernel = new Tensor([0, 1, 0, 1, 1, 1, 0, 1, 0], [1, 1, 3, 3]);
  const shown = (Object.keys(sources) as PaddingMode[]).map((mode) => {
    const padded = padByIndex(image, PADDING, mode);
    const output = conv2d(image, kernel, null, { padding: PADDING, paddingMode: mode });
    const torchMode = mode === "zeros" ? "constant" : mode;
    return {
      steps: [
        [`padded = pad(image, (2, 2, 2, 2), mode="${torchMode}"); padded`, padded],
        ["conv2d(padded, kernel)", output],
      ],
      checks: [
        [`${mode}: by index, pad`, allclose(padded, pad(image, [2, 2, 2, 2], { mode: torchMode }))],
        [`${mode}: conv2d of the padded image, conv2d that pads`, allclose(conv2d(padded, kernel), output)],
      ],
    } as const;
  });
  return {
    title: "Padding modes",
    steps: [
      ["image = torch.arange(1., 17.).reshape(1, 1, 4, 4); image", image],
      ["kernel = torch.tensor([[[[0., 1., 0.], [1., 1., 1.], [0., 1., 0.]]]]); kernel", kernel],
      ...shown.flatMap(({ steps }) => steps),
    ],
    checks: shown.flatMap(({ checks }) => checks),
  };
}

if (import.meta.main) print(paddingModes());
