export const VERSION = "0.1.0";
export const KERNELS_HASH = "88114265df8423af";
