/** Results that must be the same to the last bit wherever the simd build runs. */
import type * as convwasm from "../../src/index.ts";

/**
 * A hash (FNV-1a) of the bits of some convolutions. It must not refer to anything around it: its source is also sent to
 * other runtimes.
 */
export function outputBits({ conv2d, Tensor }: typeof convwasm, algorithm: convwasm.Algorithm): string {
  const layers: [number[], number[], convwasm.Conv2dOptions][] = [
    [[2, 5, 11, 13], [7, 5, 3, 3], { padding: 1 }],
    [[1, 45, 9, 10], [9, 45, 3, 3], {}],
    [[1, 16, 20, 21], [12, 16, 3, 3], { padding: 1, paddingMode: "reflect" }],
    [[2, 8, 17, 15], [7, 8, 3, 3], { padding: 2, dilation: 2 }],
  ];
  if (algorithm !== "winograd") {
    layers.push(
      [[1, 9, 23, 19], [9, 1, 3, 3], { padding: 1, groups: 9 }],
      [[1, 8, 23, 19], [8, 1, 5, 5], { padding: 2, groups: 8, stride: 2 }],
      [[1, 30, 15, 14], [20, 30, 1, 1], {}],
      [[1, 3, 25, 27], [8, 3, 7, 7], { padding: 3, stride: 2 }],
      [[2, 11, 3, 5], [6, 11, 3, 5], {}],
    );
  }
  let hash = 0x811c9dc5;
  for (const [seed, [input, weight, options]] of layers.entries()) {
    const x = Tensor.rand(input, 3 * seed);
    const w = Tensor.rand(weight, 3 * seed + 1);
    const b = Tensor.rand([weight[0]!], 3 * seed + 2);
    // around zero, so that sums cancel and every rounding shows
    for (const tensor of [x, w, b]) for (let i = 0; i < tensor.size; ++i) tensor.data[i]! -= 0.5;
    const y = conv2d(x, w, b, { ...options, algorithm });
    for (const byte of new Uint8Array(y.data.buffer)) hash = Math.imul(hash ^ byte, 0x01000193);
  }
  return (hash >>> 0).toString(16).padStart(8, "0");
}

/** What {@link outputBits} gives on the simd build. A kernel that sums in another order changes its line. */
export const SIMD_BITS: Readonly<Record<Exclude<convwasm.Algorithm, "auto">, string>> = {
  direct: "77cdf4bf",
  im2col: "0d3642fb",
  toeplitz: "e1b06aa4",
  winograd: "75741942",
};
