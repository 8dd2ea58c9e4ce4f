export const VERSION = "0.1.0";
export const KERNELS_HASH = "d37b6d5a84f1fc7f";
