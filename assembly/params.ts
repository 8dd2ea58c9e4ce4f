import { floats } from "./floats";
import { scratchOf } from "./workspace";

/**
 * The argument of every kernel that convolves: a block of 32-bit fields in linear memory, written by the caller and only
 * read here. Pointers are byte offsets.
 *
 * Sizes are per group where groups matter: `channels` and `filters` are those of one group.
 * Row and column tables express strides, dilation and the four padding modes for every kernel:
 * rows[y] is the image row under row y of the padded image, or -1 where that row is zero.
 */
@unmanaged
export class Conv {
  /** (batch, groups * channels, height, width) */
  input: usize;
  /** the weights in the order of the kernel, usually with the biases among them: each kernel says how */
  weights: usize;
  /** (groups * filters), or 0 for none; for kernels whose weights are in torch's order, without biases */
  bias: usize;
  /** (batch, groups * filters, outHeight, outWidth) */
  output: usize;
  /** gradient of the output, in the output's shape; only read by the weight gradient */
  gradient: usize;
  /** i32[(outHeight - 1) * strideHeight + (kernelHeight - 1) * dilationHeight + 1] */
  rows: usize;
  /** i32[(outWidth - 1) * strideWidth + (kernelWidth - 1) * dilationWidth + 1] */
  cols: usize;
  /** further tables that depend on the sizes alone: each kernel says which */
  tables: usize;
  /** added to the output before the activation, in the output's shape, or 0 for none */
  residual: usize;
  /** scratch of this call, 16-byte aligned, sized by the planner; nothing in it outlives the call */
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
   * The image begins at this row and column of the padded image, in every padding mode; negative if a phase of a
   * transposed convolution begins within it
   */
  padTop: i32;
  padLeft: i32;
  /** length of the summed axis, channels or filters at a time: each kernel says which */
  blockDepth: i32;
  /** pixels, output rows or tiles at a time: each kernel says which */
  blockPixels: i32;
  /** filters at a time: in a tile of the direct kernel, in an item of the others that say so */
  tileFilters: i32;
  /** see codes/activation.ts */
  activation: i32;
  alpha: f32;
  beta: f32;

  /** the workspace of this thread */
  @inline get scratch(): usize {
    return scratchOf(this.workspace);
  }

  /** positions of the kernel */
  @inline get taps(): i32 {
    return this.kernelHeight * this.kernelWidth;
  }

  /** length of the sum of each output */
  @inline get depth(): i32 {
    return this.channels * this.taps;
  }

  /** outputs of a plane */
  @inline get pixels(): i32 {
    return this.outHeight * this.outWidth;
  }

  /** bytes of a plane of the input */
  @inline get planeBytes(): usize {
    return floats(this.height * this.width);
  }

  /** bytes of a plane of the output */
  @inline get outPlaneBytes(): usize {
    return floats(this.pixels);
  }

  /** the channels of a group of an image, numbered through all images */
  @inline inputOf(image: i32, group: i32): usize {
    return this.input + <usize>((image * this.groups + group) * this.channels) * this.planeBytes;
  }

  /** the filters of a group of an image */
  @inline outputOf(image: i32, group: i32): usize {
    return this.output + <usize>((image * this.groups + group) * this.filters) * this.outPlaneBytes;
  }
}

/**
 * The argument of the kernels that put weights into the order of a kernel that convolves. The distances say how the weights
 * lie, so that those of a transposed convolution, or the remaining ones without dead taps, are packed from where they are.
 */
@unmanaged
export class Pack {
  /** the first weight of the first filter */
  weight: usize;
  /** the bias of the first filter, or 0 for none */
  bias: usize;
  /** i32[phases][taps]: byte offset of each tap within its kernel, in the order in which they are packed */
  taps: usize;
  packed: usize;
  /** scratch of this call, 16-byte aligned */
  workspace: usize;
  groups: i32;
  channels: i32;
  /** of a group, all phases together */
  filters: i32;
  /** taps of a kernel as packed */
  tapCount: i32;
  /**
   * Phases of a transposed convolution that are computed as one: the filters are those of each, one phase after the other,
   * from the same weights by other taps. Otherwise 1.
   */
  phases: i32;
  /** filters in a panel */
  tile: i32;
  /** bytes from one group, filter and channel of the weights to the next */
  groupBytes: i32;
  filterBytes: i32;
  channelBytes: i32;

  /** the workspace of this thread */
  @inline get scratch(): usize {
    return scratchOf(this.workspace);
  }

  /** filters of a group in one phase */
  @inline get phaseFilters(): i32 {
    return this.filters / this.phases;
  }

  /** the first weight of a filter of a group */
  @inline weightOf(group: i32, filter: i32): usize {
    const own = filter % this.phaseFilters;
    return this.weight + <usize>group * <usize>this.groupBytes + <usize>own * <usize>this.filterBytes;
  }

  /** the tap offsets of a filter */
  @inline tapsOf(filter: i32): usize {
    return this.taps + floats((filter / this.phaseFilters) * this.tapCount);
  }

  /** the bias of a filter of a group, which all phases share */
  @inline biasOf(group: i32, filter: i32): f32 {
    if (!this.bias) return 0;
    return load<f32>(this.bias + floats(group * this.phaseFilters + (filter % this.phaseFilters)));
  }
}
