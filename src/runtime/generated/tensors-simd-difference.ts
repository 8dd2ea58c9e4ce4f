// Made from assembly/ by tools/kernels.ts. Do not edit.
export const simdDifference: string =
  "fdd9010000ae0401cc02aaac0101a302a30208fde6012012fde4010a3508fde6012012fde4010abb26";
