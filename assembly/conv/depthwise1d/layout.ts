/** Outputs that are computed together. */
export const TILE_OUTPUTS: i32 = 32;

/** Floats of a line that windows reach past their beginning. */
export function reachOf(kernelWidth: u32, dilation: u32): u32 {
  return (kernelWidth - 1) * dilation;
}

/** Bytes of the bias and the taps of a filter. */
export function filterBytes(taps: u32): u32 {
  return (taps + 1) * 4;
}

/** Bytes of the workspace: the padded line under a block of outputs. */
export function workspaceBytes(outputs: u32, reach: u32): u32 {
  return (outputs + reach) * 4;
}
