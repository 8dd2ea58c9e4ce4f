export { BatchNorm2d, type BatchNorm2dModuleOptions } from "./batch-norm.ts";
export { Conv2d, type Conv2dModuleOptions } from "./conv.ts";
export { ConvTranspose2d, type ConvTranspose2dModuleOptions } from "./conv-transpose.ts";
export { RepVGGBlock, type RepVGGBlockOptions } from "./repvgg.ts";
