export * from "./activation.ts";
export { BatchNorm1d, BatchNorm2d, BatchNorm3d, type BatchNormModuleOptions } from "./batch-norm.ts";
export { Concat, ModuleDict, ModuleList, type NamedModules, Residual, Sequential } from "./containers.ts";
export {
  Conv1d,
  type Conv1dModuleOptions,
  Conv2d,
  type Conv2dModuleOptions,
  Conv3d,
  type Conv3dModuleOptions,
} from "./conv.ts";
export {
  ConvTranspose1d,
  type ConvTranspose1dModuleOptions,
  ConvTranspose2d,
  type ConvTranspose2dModuleOptions,
  ConvTranspose3d,
  type ConvTranspose3dModuleOptions,
} from "./conv-transpose.ts";
export { Dropout, Dropout2d } from "./dropout.ts";
export { Embedding, type EmbeddingModuleOptions } from "./embedding.ts";
export * as init from "./init.ts";
export { Linear, type LinearModuleOptions } from "./linear.ts";
export * from "./loss.ts";
export { Module, type Output, type StateDict, type StateField } from "./module.ts";
export * from "./normalize.ts";
export * from "./pool.ts";
export { RepVGGBlock, type RepVGGBlockOptions } from "./repvgg.ts";
export * from "./shape.ts";
