// Made from assembly/ by tools/kernels.ts. Do not edit.

/** The kernels, in the order in which they stand in the function table. */
export const NAMES = [
  "activate",
  "avgPool",
  "broadcast",
  "channelScales",
  "maxPool",
  "maxPoolIndices",
  "normalizeGroups",
  "normalizeRows",
  "reduce",
  "resizeBilinear",
  "resizeNearest",
  "scaleChannels",
  "softmax",
] as const;

/** The argument of {@link activate}. */
export const Activate = {
  bytes: 24,
  fields: {
    from: 1,
    /** may be `from` */
    to: 5,
    count: 8,
    /** see codes/activation.ts */
    activation: 12,
    alpha: 18,
    beta: 22,
  },
} as const;

/** The argument of {@link broadcast}. */
export const Broadcast = {
  bytes: 36,
  fields: {
    a: 1,
    b: 5,
    /** may be `a` or `b`, if that has the result's shape */
    to: 9,
    /**
     * An entry for each axis of the result, the outermost first:
     *
     *   count i32 | a i32 | b i32        bytes between elements; 0 repeats
     *
     * Axes that run on are merged, so the last entry has 4 and 4, 4 and 0, or 0 and 4.
     */
    axes: 13,
    rank: 16,
    /** see codes/binary.ts */
    operation: 20,
    /** see codes/activation.ts */
    activation: 24,
    alpha: 30,
    beta: 34,
  },
} as const;

/** The argument of {@link channelScales}. */
export const ChannelScales = {
  bytes: 32,
  fields: {
    /** f32[channels] */
    mean: 1,
    /** f32[channels] */
    variance: 5,
    /** f32[channels], or 0 for ones */
    weight: 9,
    /** f32[channels], or 0 for zeros */
    bias: 13,
    /** for {@link scaleChannels}: scale f64 and shift f64 for each channel */
    table: 17,
    /** added to the variance */
    eps: 27,
  },
} as const;

/** The argument of {@link maxPoolIndices}. */
export const MaxPoolIndices = {
  bytes: 76,
  fields: {
    /** (planes, depth, height, width) */
    from: 1,
    /** (planes, outDepth, outHeight, outWidth) */
    values: 5,
    /** i64, of the shape of the values */
    indices: 9,
    /** for each slice of the output: the window's first slice i32, number of slices i32; an image is one slice */
    slices: 13,
    /** for each row of the output, likewise */
    rows: 17,
    /** for each column of the output, likewise */
    columns: 21,
    depth: 24,
    height: 28,
    width: 32,
    outDepth: 36,
    outHeight: 40,
    outWidth: 44,
    /** slices from one of a window to the next */
    sliceStep: 48,
    /** rows from one of a window to the next */
    rowStep: 52,
    /** columns from one of a window to the next */
    columnStep: 56,
    /** what an index grows by from one slice, row and column to the next */
    sliceIndex: 60,
    rowIndex: 64,
    columnIndex: 68,
    /** what it grows by from plane to plane */
    planeIndex: 72,
  },
} as const;

/** The argument of {@link normalizeGroups}. */
export const NormalizeGroups = {
  bytes: 40,
  fields: {
    /** (batch, groups, channels, pixels) */
    from: 1,
    /** may be `from` */
    to: 5,
    /** (groups * channels), or 0 for none */
    weight: 9,
    /** (groups * channels), or 0 for none */
    bias: 13,
    groups: 16,
    /** of a group */
    channels: 20,
    pixels: 24,
    eps: 35,
  },
} as const;

/** The argument of {@link normalizeRows}. */
export const NormalizeRows = {
  bytes: 40,
  fields: {
    /** (rows, columns) */
    from: 1,
    /** may be `from` */
    to: 5,
    /** (columns), or 0 for none */
    weight: 9,
    /** (columns), or 0 for none */
    bias: 13,
    /** (rows), for the mean of each row and 1 / its deviation; 0 for neither */
    means: 17,
    inverses: 21,
    columns: 24,
    /** 1 to scale to variance 1 around the mean, 0 to scale to mean square 1 */
    centred: 28,
    eps: 35,
  },
} as const;

/** The argument of the pools: each output is that of a window, whose rows and columns tables give. */
export const Pool = {
  bytes: 64,
  fields: {
    /** (planes, height, width) */
    input: 1,
    /** (planes, outHeight, outWidth) */
    output: 5,
    /** workspace f32[bufferWidth]: a row of windows, reduced to one row; before and after its `width` floats is padding */
    buffer: 9,
    /** for each row of the output: byte offset of the window's first row in a plane, rows i32, divisor f32 */
    rows: 13,
    /** f32[max(outWidth, 4)] */
    divisors: 17,
    /** for each column of the output: byte offset of the window's first column in a row, columns i32; or 0 for equal steps */
    spans: 21,
    planeBytes: 24,
    width: 28,
    /** bytes from one row of a window to the next */
    rowStep: 32,
    outHeight: 36,
    outWidth: 40,
    /** columns of a window */
    taps: 44,
    /** bytes from one column of a window to the next */
    tapStep: 48,
    /** floats from one window to the next */
    stride: 52,
    /** floats of padding before the row */
    left: 56,
    bufferWidth: 60,
  },
} as const;

/** The argument of {@link reduce}. */
export const Reduce = {
  bytes: 32,
  fields: {
    /** (outer, count, inner) */
    from: 1,
    /** (outer, inner) */
    to: 5,
    /** see codes/reduction.ts */
    reduction: 8,
    count: 12,
    inner: 16,
    /** divisor of sums */
    divisor: 27,
  },
} as const;

/** The argument of {@link resizeBilinear}. */
export const ResizeBilinear = {
  bytes: 36,
  fields: {
    /** (planes, height, width) */
    input: 1,
    /** (planes, outHeight, outWidth) */
    output: 5,
    /** for each row of the output: byte offsets in a plane of the two rows around it, and the weight f32 of the second */
    rows: 9,
    /** first i32[outWidth], second i32[outWidth], weight f32[outWidth], likewise; not read if there are quads */
    columns: 13,
    /**
     * If four adjacent outputs always lie between four adjacent columns, as in images that grow enough, an entry for each four
     * outputs, the last of which end the row; otherwise 0:
     *
     *   byte offset of the columns i32 | output i32 | 0 | 0 | bytes of the first i8[16] | of the second i8[16] | weight f32[4]
     */
    quads: 17,
    /** workspace f32[2][outWidth] */
    lines: 21,
    planeBytes: 24,
    outHeight: 28,
    outWidth: 32,
  },
} as const;

/** The argument of {@link resizeNearest}. */
export const ResizeNearest = {
  bytes: 28,
  fields: {
    /** (planes, height, width) */
    input: 1,
    /** (planes, outHeight, outWidth) */
    output: 5,
    /** i32[outHeight]: byte offset in a plane of the row that is taken */
    rows: 9,
    /** i32[outWidth]: byte offset in a row of the column that is taken; or 0 if each column is taken twice */
    columns: 13,
    planeBytes: 16,
    outHeight: 20,
    outWidth: 24,
  },
} as const;

/** The argument of {@link scaleChannels}. */
export const ScaleChannels = {
  bytes: 32,
  fields: {
    /** (batch, channels, pixels) */
    from: 1,
    /** may be `from` */
    to: 5,
    /** scale f64 and shift f64 for each channel */
    table: 9,
    channels: 12,
    pixels: 16,
    /** see codes/activation.ts */
    activation: 20,
    alpha: 26,
    beta: 30,
  },
} as const;

/** The argument of {@link softmax}. */
export const Softmax = {
  bytes: 20,
  fields: {
    /** (outer, count, inner) */
    from: 1,
    /** may be `from` */
    to: 5,
    count: 8,
    inner: 12,
    /** 1 for the logarithm of softmax */
    logarithm: 16,
  },
} as const;

/** The parameter block of each kernel. */
export interface Blocks {
  /** A function of each number. Items are blocks of BLOCK numbers. */
  readonly activate: typeof Activate;
  /** The sum of each window divided by its two divisors. Items are planes. */
  readonly avgPool: typeof Pool;
  /**
   * An operation on two tensors whose shapes broadcast, and a function of its results. Items are the rows of the innermost
   * axis or, if these are longer, their blocks of BLOCK elements.
   */
  readonly broadcast: typeof Broadcast;
  /** The scales and shifts of a normalisation whose statistics or parameters are computed. Items are channels. */
  readonly channelScales: typeof ChannelScales;
  /** The largest value of each window, NaN if it has one. Items are planes. */
  readonly maxPool: typeof Pool;
  /**
   * The largest value of each window, or its first NaN, and where it is: the first of equal ones. A window without elements has
   * -Infinity and -1. Items are planes x outDepth x outHeight.
   */
  readonly maxPoolIndices: typeof MaxPoolIndices;
  /**
   * The numbers of a group are scaled to mean 0 and variance 1, then each channel is multiplied by its weight and its bias
   * is added. Items are images x groups.
   */
  readonly normalizeGroups: typeof NormalizeGroups;
  /** As {@link normalizeGroups} for each row, with a weight and a bias for each column. Items are the rows. */
  readonly normalizeRows: typeof NormalizeRows;
  /** The sum or an extreme along an axis. Items are as {@link foursOf} says. */
  readonly reduce: typeof Reduce;
  /**
   * Each output is interpolated between four values of the input. Rows of the input are brought to the output's width in one
   * of two lines, where they stay while rows of the output lie between them. Items are planes.
   */
  readonly resizeBilinear: typeof ResizeBilinear;
  /** Each output is one value of the input. Items are planes. */
  readonly resizeNearest: typeof ResizeNearest;
  /** x * scale + shift, rounded once, then a function. Items are images x channels. */
  readonly scaleChannels: typeof ScaleChannels;
  /** Softmax along the middle axis. Items are as {@link foursOf} says. */
  readonly softmax: typeof Softmax;
}

/** The module's exports besides kernels. */
export interface Exports {
}
