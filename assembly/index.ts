export { convDepthwise, packDepthwise } from "./conv/depthwise";
export { convDirect, packDirect } from "./conv/direct";
export { convDot } from "./conv/dot";
export { convGemm, packGemm } from "./conv/gemm";
export { convToeplitz } from "./conv/toeplitz";
export { gemm6x8 } from "./gemm/microkernel";
export { convWinograd } from "./winograd/conv";
export { packWinograd } from "./winograd/filter";
