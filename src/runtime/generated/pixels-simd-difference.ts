// Made from assembly/ by tools/kernels.ts. Do not edit.
export const simdDifference: string =
  "f12c0000f12c";
