/**
 * Calls of every public function, for tests that drive all of them: what a function without a row here takes is found by
 * trying GENERIC arguments, and the tests ask for a row where none of those fits: a row is better.
 */
import { Tensor } from "../../src/index.ts";

/** A tensor as callers may give it, with fields that tests can replace. */
export interface Given {
  data: Float32Array;
  shape: readonly number[];
}

export const given = (shape: readonly number[], seed = 1): Given => {
  const { data } = Tensor.rand(shape, seed);
  return { data, shape };
};

type Arguments = () => readonly unknown[];

const image = () => given([1, 4, 6, 6]);
const signal = () => given([1, 4, 9]);
const volume = () => given([1, 4, 3, 5, 6]);
const places = (shape: readonly number[], count: number) =>
  new Tensor<"int64">(
    BigInt64Array.from({ length: count }, (_, i) => BigInt(i)),
    shape,
  );
const statistics = () => ({ mean: given([4], 2), variance: given([4], 3) });

/** By the name of the export; a method or constructor as Class.name. */
export const CALLS: Readonly<Record<string, readonly Arguments[]>> = {
  conv2d: [
    () => [image(), given([4, 2, 3, 3]), given([4]), { stride: [1, 2], padding: [1, 1], dilation: 1, groups: 2 }],
    () => [image(), given([4, 4, 3, 3]), null, { padding: [1, 1], paddingMode: "reflect", algorithm: "im2col" }],
  ],
  conv1d: [() => [signal(), given([4, 4, 3]), given([4]), { stride: [2], padding: [1] }]],
  conv3d: [() => [volume(), given([4, 2, 2, 3, 3]), given([4]), { stride: [1, 2, 1], padding: [1, 1, 0], groups: 2 }]],
  convTranspose3d: [() => [volume(), given([4, 2, 2, 3, 3]), given([2]), { stride: [2, 1, 1], padding: [1, 1, 0] }]],
  convTranspose2d: [() => [image(), given([4, 4, 3, 3]), given([4]), { stride: [2, 2], padding: [1, 1] }]],
  convTranspose1d: [() => [signal(), given([4, 4, 3]), null, { stride: [2] }]],
  conv2dBackward: [() => [image(), given([4, 4, 3, 3]), given([1, 4, 6, 6]), { padding: [1, 1] }]],
  conv2dInput: [() => [[1, 4, 6, 6], given([4, 4, 3, 3]), given([1, 4, 6, 6]), { padding: [1, 1] }]],
  conv2dWeight: [() => [image(), [4, 4, 3, 3], given([1, 4, 6, 6]), { padding: [1, 1] }]],
  convTranspose2dBackward: [() => [image(), given([4, 4, 3, 3]), given([1, 4, 8, 8]), { stride: [1, 1] }]],
  kernelMatrix: [() => [given([3, 3]), [5, 5], { stride: [1, 1], padding: [1, 1] }]],
  pad: [
    () => [image(), [1, 2, 0, 1], { mode: "constant", value: 2 }],
    () => [image(), [1, 2, 1, 1], { mode: "circular" }],
  ],
  unfold: [() => [image(), [3, 3], { padding: [1, 1], stride: [2, 2] }]],
  fold: [() => [given([1, 36, 16]), [6, 6], [3, 3], { stride: [1, 1] }]],
  maxPool2d: [
    () => [image(), [2, 2], { stride: [2, 2], padding: [1, 1], ceilMode: true }],
    () => [image(), [2], { stride: [2], returnIndices: true }],
  ],
  maxPool3d: [() => [volume(), [2, 2, 3], { stride: [1, 2, 2], padding: [1, 0, 1] }]],
  avgPool3d: [() => [volume(), [2, 2, 3], { stride: [1, 2, 2], divisorOverride: 3 }]],
  adaptiveAvgPool3d: [() => [volume(), [2, 3, null]]],
  maxUnpool1d: [() => [given([1, 4, 3]), places([1, 4, 3], 12), [5], { stride: [5] }]],
  maxUnpool2d: [() => [given([1, 2, 2]), places([1, 2, 2], 4), [2, 2], { outputSize: [5, 4] }]],
  maxUnpool3d: [() => [given([1, 1, 2, 2]), places([1, 1, 2, 2], 4), [2, 2, 2], { stride: [2, 2, 2] }]],
  avgPool2d: [() => [image(), [2, 2], { stride: [1, 1], countIncludePad: false }]],
  maxPool1d: [() => [signal(), [3], { stride: [2] }]],
  avgPool1d: [() => [signal(), [3], { stride: [2] }]],
  adaptiveAvgPool2d: [() => [image(), [2, 3]]],
  adaptiveMaxPool2d: [() => [image(), [2, 3]]],
  adaptiveAvgPool1d: [() => [signal(), [4]]],
  interpolate: [
    () => [image(), { scaleFactor: [2, 2], mode: "nearest" }],
    () => [image(), { size: [5, 7], mode: "bilinear", alignCorners: true }],
  ],
  linear: [() => [given([3, 8]), given([5, 8]), given([5])]],
  matmul: [() => [given([2, 3, 4]), given([4, 5])]],
  prelu: [() => [image(), given([4])]],
  softmax: [() => [image(), { dim: 1 }]],
  logSoftmax: [() => [image(), { dim: -1 }]],
  batchNorm: [() => [image(), { ...statistics(), weight: given([4]), bias: given([4]) }]],
  instanceNorm: [() => [image(), { weight: given([4]), bias: given([4]) }]],
  groupNorm: [() => [image(), 2, { weight: given([4]), bias: given([4]) }]],
  layerNorm: [() => [image(), [6, 6], { weight: given([6, 6]), bias: given([6, 6]) }]],
  cat: [() => [[image(), image()], 1]],
  permute: [() => [image(), [0, 2, 3, 1]]],
  pixelShuffle: [() => [image(), 2]],
  pixelUnshuffle: [() => [image(), 2]],
  padKernel: [() => [given([4, 4, 1, 1]), [3, 3]]],
  identityKernel: [() => [4, [3, 3]]],
  fuseParallel: [() => [[{ weight: given([4, 4, 3, 3]), bias: given([4]) }, { weight: given([4, 4, 1, 1]) }]]],
  foldBatchNorm: [() => [{ weight: given([4, 4, 3, 3]), bias: given([4]) }, statistics()]],
  einsum: [() => ["bij,bjk->bik", given([2, 3, 4]), given([2, 4, 5])]],
  indexSelect: [() => [image(), 1, new Tensor<"int64">(BigInt64Array.of(0n, 2n), [2])]],
  expand: [() => [given([4, 1, 6]), [2, 4, 3, 6]]],
  narrow: [() => [image(), 1, 1, 2]],
  gather: [() => [given([2, 3]), 1, new Tensor<"int64">(BigInt64Array.of(0n, 2n), [1, 2])]],
  where: [() => [new Tensor<"bool">(Uint8Array.of(1, 0, 1), [3], "bool"), given([2, 3]), given([2, 1])]],
  maskedFill: [() => [given([2, 3]), new Tensor<"bool">(Uint8Array.of(1, 0, 1), [3], "bool"), 2]],
  cumsum: [() => [given([2, 3]), 1]],
  crossEntropy: [() => [given([2, 3]), given([2, 3]), { weight: given([3]), labelSmoothing: 0.1 }]],
  bceWithLogits: [() => [given([2, 3]), given([2, 3]), { weight: given([3]), posWeight: given([3]) }]],
  binaryCrossEntropy: [() => [given([2, 3]), given([2, 3], 2), { weight: given([3]) }]],
  repeat: [() => [given([2, 3]), [2, 1, 2]]],
  reshape: [() => [image(), [4, -1]]],
  split: [() => [image(), [1, 3], 1]],
  flip: [() => [image(), [0, 2]]],
  at: [() => [image(), 0, [1, 3], null]],
  nllLoss: [() => [given([2, 3]), new Tensor<"int64">(BigInt64Array.of(0n, 2n), [2])]],
  allclose: [() => [image(), image(), { rtol: 1e-3 }]],
};

/** Exports that take neither tensors nor shapes, and `grad`, which takes nothing but Tensors that recorded calls made. */
export const WITHOUT_TENSORS: readonly string[] = ["configure", "grad", "memory", "noGrad", "runtime"];

/** What functions without a row are tried with; the first that works is used. */
export const GENERIC: readonly Arguments[] = [
  () => [image()],
  () => [image(), image()],
  () => [image(), 1],
  () => [image(), 1, 2],
  () => [image(), 0.5, 2],
  () => [image(), [1]],
  () => [image(), { dim: 1 }],
  () => [[image(), image()]],
  () => [given([4, 4])],
  () => [given([4, 4]), given([4, 4])],
  () => [given([2, 3, 4]), given([2, 4, 5])],
  () => [[2, 3]],
  () => [[2, 3], 5],
  () => [3],
];
