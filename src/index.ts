export { type GradOptions, grad } from "./autograd/grad.ts";
export { type BackwardOptions, noGrad } from "./autograd/variable.ts";
export type { Pair, TensorLike, Triple } from "./check.ts";
export type { Algorithm } from "./conv/geometry.ts";
export type { PaddingMode } from "./conv/padding.ts";
export type { DType, Float16Data } from "./dtype.ts";
export {
  celu,
  elu,
  type GeluOptions,
  gelu,
  hardshrink,
  hardsigmoid,
  hardswish,
  hardtanh,
  leakyRelu,
  logSoftmax,
  mish,
  prelu,
  relu,
  relu6,
  type SoftmaxOptions,
  selu,
  sigmoid,
  sign,
  silu,
  softmax,
  softplus,
  softshrink,
  softsign,
  tanh,
} from "./functional/activation.ts";
export { type Arithmetic, add, div, maximum, minimum, mul, pow, sub } from "./functional/arithmetic.ts";
export { type BatchNormOptions, type BatchNormStatistics, batchNorm } from "./functional/batch-norm.ts";
export { eq, ge, gt, le, logicalNot, lt, ne } from "./functional/comparison.ts";
export {
  type Conv1dOptions,
  type Conv2dOptions,
  type Conv3dOptions,
  conv1d,
  conv2d,
  conv3d,
} from "./functional/conv.ts";
export {
  type ConvTranspose1dOptions,
  type ConvTranspose2dOptions,
  type ConvTranspose3dOptions,
  convTranspose1d,
  convTranspose2d,
  convTranspose3d,
} from "./functional/conv-transpose.ts";
export { einsum } from "./functional/einsum.ts";
export { type FoldOptions, fold } from "./functional/fold.ts";
export { at, gather, type Index, indexSelect, maskedFill, type Slice, where } from "./functional/indexing.ts";
export { type InterpolateOptions, interpolate } from "./functional/interpolate.ts";
export { bmm, linear, matmul } from "./functional/linear.ts";
export {
  type BceOptions,
  type BinaryOptions,
  bceWithLogits,
  binaryCrossEntropy,
  type CrossEntropyOptions,
  crossEntropy,
  type HuberOptions,
  huberLoss,
  type LossOptions,
  l1Loss,
  mseLoss,
  type NllOptions,
  nllLoss,
  type Reduction,
  type SmoothL1Options,
  smoothL1Loss,
} from "./functional/loss.ts";
export {
  abs,
  acos,
  acosh,
  asin,
  asinh,
  atan,
  atanh,
  type ClampOptions,
  ceil,
  clamp,
  cos,
  cosh,
  erf,
  exp,
  floor,
  log,
  neg,
  reciprocal,
  round,
  rsqrt,
  sin,
  sinh,
  sqrt,
  square,
  tan,
} from "./functional/math.ts";
export {
  cat,
  chunk,
  expand,
  flatten,
  flip,
  narrow,
  permute,
  pixelShuffle,
  pixelUnshuffle,
  repeat,
  reshape,
  select,
  split,
  squeeze,
  stack,
  t,
  transpose,
  unsqueeze,
} from "./functional/movement.ts";
export { groupNorm, instanceNorm, layerNorm, type NormOptions } from "./functional/normalize.ts";
export { type PadOptions, pad } from "./functional/pad.ts";
export {
  type AdaptiveSize,
  type AdaptiveSize3d,
  type AvgPool2dOptions,
  type AvgPoolOptions,
  adaptiveAvgPool1d,
  adaptiveAvgPool2d,
  adaptiveAvgPool3d,
  adaptiveMaxPool2d,
  avgPool1d,
  avgPool2d,
  avgPool3d,
  type MaxPoolOptions,
  maxPool1d,
  maxPool2d,
  maxPool3d,
  type Single,
  type ValuesAndPlaces,
  type WithIndices,
} from "./functional/pool.ts";
export type { AnyTensor, Scalar } from "./functional/promotion.ts";
export {
  type Along,
  all,
  amax,
  amin,
  any,
  argmax,
  argmin,
  cumsum,
  max,
  mean,
  min,
  norm,
  type Reduced,
  type ReduceOptions,
  std,
  sum,
  type ValuesAndIndices,
  type VarianceOptions,
  type VectorNormOptions,
  variance as var,
} from "./functional/reduce.ts";
export { type UnfoldOptions, unfold } from "./functional/unfold.ts";
export { type MaxUnpoolOptions, maxUnpool1d, maxUnpool2d, maxUnpool3d } from "./functional/unpool.ts";
export {
  type ConvParameters,
  type FusedParameters,
  foldBatchNorm,
  fuseParallel,
  identityKernel,
  padKernel,
} from "./fusion.ts";
export { type ConvGradients, conv2dBackward, conv2dInput, conv2dWeight, convTranspose2dBackward } from "./grad.ts";
export { type CompileOptions, compile, type InputShapes } from "./graph/compile.ts";
export type { ExplainedBytes, ExplainedStep, ExplainedTotals, Explanation } from "./graph/explain.ts";
export type { Graph } from "./graph/graph.ts";
export type { Result, RunAsyncOptions, RunOptions, Session, SessionInput, SessionPort } from "./graph/session.ts";
export type { Forward } from "./graph/trace.ts";
export { type KernelMatrixOptions, kernelMatrix } from "./kernel-matrix.ts";
export * as nn from "./nn/index.ts";
export type { Activation } from "./planning/epilogue.ts";
export { manualSeed } from "./random.ts";
export { type Build, configure, memory, type RuntimeInfo, type RuntimeOptions, runtime } from "./runtime/runtime.ts";
export type { TensorMethods } from "./tensor/methods.ts";
export { Tensor } from "./tensor/public.js";
export { type AllcloseOptions, allclose, type DataOf, type Nested } from "./tensor.ts";
