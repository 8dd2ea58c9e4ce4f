/**
 * The one argument of every convolution kernel: a block of 32-bit fields in linear memory, written by the caller.
 * Pointers are byte offsets. The build copies the field order to TypeScript, so this class is the ABI.
 *
 * Sizes are per group where groups matter: `channels` and `filters` are one group's.
 * Row and column tables settle strides, dilation and the four padding modes for every kernel alike:
 * rows[y] is the image row under row y of the padded image, or -1 where that row is zero.
 */
@unmanaged
export class Conv {
  /** (batch, groups * channels, height, width) */
  input: usize;
  /** (groups * filters, channels, kernelHeight, kernelWidth), torch's order; read by the pack functions */
  weight: usize;
  /** (groups * filters), or 0 for none; read by the pack functions */
  bias: usize;
  /** (batch, groups * filters, outHeight, outWidth) */
  output: usize;
  /** gradient of the output, in the output's shape; read by the weight gradient */
  gradient: usize;
  /** weights in the order of the algorithm, bias included */
  packed: usize;
  /** i32[(outHeight - 1) * strideHeight + (kernelHeight - 1) * dilationHeight + 1] */
  rows: usize;
  /** i32[(outWidth - 1) * strideWidth + (kernelWidth - 1) * dilationWidth + 1] */
  cols: usize;
  /** added to the output before the activation, in the output's shape, or 0 for none */
  residual: usize;
  /** scratch, 16-byte aligned, sized by the planner */
  workspace: usize;
  batch: i32;
  groups: i32;
  channels: i32;
  filters: i32;
  height: i32;
  width: i32;
  kernelHeight: i32;
  kernelWidth: i32;
  strideHeight: i32;
  strideWidth: i32;
  dilationHeight: i32;
  dilationWidth: i32;
  outHeight: i32;
  outWidth: i32;
  /**
   * The image begins at this row and column of the padded image, in every padding mode; negative where a phase of a
   * transposed convolution begins within it
   */
  padTop: i32;
  padLeft: i32;
  /** how much of the summed axis, how many channels or filters a kernel takes at a time: each kernel says which */
  blockDepth: i32;
  /** how many pixels, output rows or tiles a kernel takes at a time: each kernel says which */
  blockPixels: i32;
  /** filters in a tile of the direct kernel */
  tileFilters: i32;
  /** see Activation in epilogue.ts */
  activation: i32;
  alpha: f32;
  beta: f32;

  /** positions of the kernel */
  @inline get taps(): i32 {
    return this.kernelHeight * this.kernelWidth;
  }

  /** length of the sum behind each output */
  @inline get depth(): i32 {
    return this.channels * this.taps;
  }

  /** outputs of a plane */
  @inline get pixels(): i32 {
    return this.outHeight * this.outWidth;
  }
}
