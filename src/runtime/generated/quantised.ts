// Made from assembly/ by tools/kernels.ts. Do not edit.

/** The kernels, in the order in which they stand in the function table. */
export const NAMES = [
  "addBytes",
  "avgPoolBytes",
  "convBytes",
  "convBytesDepthwise",
  "dequantize",
  "globalMeanBytes",
  "lookUp",
  "maxPoolBytes",
  "mulBytes",
  "multiplyBytes",
  "packByteRows",
  "packBytes",
  "quantize",
  "rangeOf",
  "scaleOf",
  "softmaxBytes",
] as const;

/** The argument of the kernels that slide windows over planes of bytes. Sizes are those of one group. */
export const ByteConv = {
  bytes: 132,
  fields: {
    /** (batch, groups * channels, height, width), bytes */
    input: 1,
    /** panels of {@link packBytes}; 0 for a maximum */
    weights: 5,
    /** f32 for each filter of every group, or 0 where sums are the results */
    scales: 9,
    /** the zero point of the input, a byte, or 0 for none */
    zero: 13,
    /** (batch, groups * filters, outHeight, outWidth) */
    output: 17,
    /** i32 for each number along the summed axis, whole fours: where its value is, from that of the pixel */
    offsets: 21,
    workspace: 25,
    groups: 28,
    channels: 32,
    filters: 36,
    height: 40,
    width: 44,
    strideHeight: 48,
    strideWidth: 52,
    /** rows and columns within a stride that the window reaches */
    phasesHeight: 56,
    phasesWidth: 60,
    padTop: 64,
    padLeft: 68,
    outHeight: 72,
    outWidth: 76,
    /** pixels of a row of the band */
    pitch: 80,
    /** rows of the band for each channel and phase */
    bandRows: 84,
    /** rows of a phase that a window reaches beyond the one of its pixel */
    reach: 88,
    /** length of the summed axis */
    depth: 92,
    /** pixels at a time, whole tiles of eight; of planes of their own whole rows */
    blockPixels: 96,
    /** filters of an item, whole tiles of four */
    partFilters: 100,
    bandBytes: 104,
    /** whether the image itself is read: each window is one pixel, and all pixels are read */
    flat: 108,
    /** whether the input has a sign */
    signed: 112,
    /** see codes/quantised.ts */
    kind: 116,
    /** of the results */
    outZero: 120,
    /** limits of a result before the zero point is added */
    least: 126,
    most: 130,
  },
} as const;

/** The argument of {@link avgPoolBytes}. */
export const ByteMeans = {
  bytes: 56,
  fields: {
    /** (planes, height, width), bytes */
    from: 1,
    /** (planes, outHeight, outWidth), bytes */
    to: 5,
    /** f32 for each byte */
    table: 9,
    /** for each row of the output: first row i32, number of rows i32, divisor i32 */
    rows: 13,
    /** for each column of the output, likewise */
    columns: 17,
    height: 20,
    width: 24,
    outHeight: 28,
    outWidth: 32,
    rowStep: 36,
    columnStep: 40,
    /** of the results */
    scale: 46,
    zero: 48,
    signed: 52,
  },
} as const;

/** The argument of {@link addBytes} and {@link mulBytes}. */
export const BytePair = {
  bytes: 56,
  fields: {
    a: 1,
    b: 5,
    /** may be `a` or `b`, if that has the result's shape */
    to: 9,
    /** as those of {@link Broadcast} in ops/binary, for bytes */
    axes: 13,
    rank: 16,
    /** whether the bytes have a sign */
    signed: 20,
    aZero: 24,
    bZero: 28,
    zero: 32,
    /** of a sum: scales divided by that of the result; of a product: all in one */
    aScale: 38,
    bScale: 42,
    /** of a sum: what all zero points add; and the same in other roundings, for a first argument that repeats */
    fixed: 46,
    exchanged: 50,
    /** of a sum: numbers farther than this from a whole one are computed again, as exactly as onnxruntime does */
    doubt: 54,
  },
} as const;

/** The argument of {@link multiplyBytes}. */
export const ByteProduct = {
  bytes: 60,
  fields: {
    /** matrices of rows, packed */
    rows: 1,
    /** matrices of columns: panels of {@link packBytes}, eight columns each */
    weights: 5,
    /** f32 for each column, whole panels, or 0 where sums are the results */
    scales: 9,
    /** the zero point of the rows, a byte, or 0 for none */
    zero: 13,
    /** (products, m, n) */
    to: 17,
    /** for each product: which matrix of rows and which of columns, i32 each */
    products: 21,
    workspace: 25,
    m: 28,
    depth: 32,
    n: 36,
    /** whether the rows have a sign */
    signed: 40,
    /** see codes/quantised.ts */
    kind: 44,
    /** of the results */
    outZero: 48,
    /** limits of a result before the zero point is added */
    least: 54,
    most: 58,
  },
} as const;

/** The argument of {@link packByteRows}. */
export const ByteRows = {
  bytes: 32,
  fields: {
    /** matrices of bytes */
    from: 1,
    to: 5,
    rows: 8,
    depth: 12,
    /** bytes from one matrix, row, and number of a row to the next */
    matrixBytes: 16,
    rowBytes: 20,
    depthBytes: 24,
    /** whether the bytes have a sign */
    signed: 28,
  },
} as const;

/** The argument of {@link softmaxBytes}. */
export const ByteSoftmax = {
  bytes: 28,
  fields: {
    /** (rows, count), bytes */
    from: 1,
    to: 5,
    /** f32[256]: e to the power of each byte, the largest byte's last */
    table: 9,
    count: 12,
    /** the inverse of the result's scale, a whole number */
    scale: 18,
    zero: 20,
    signed: 24,
  },
} as const;

/** The argument of {@link globalMeanBytes}. */
export const ByteTotals = {
  bytes: 36,
  fields: {
    /** (planes, count), bytes */
    from: 1,
    to: 5,
    count: 8,
    signed: 12,
    /** what is added to each sum */
    added: 16,
    scale: 22,
    zero: 24,
    least: 30,
    most: 34,
  },
} as const;

/** The argument of {@link lookUp}. */
export const LookUp = {
  bytes: 16,
  fields: {
    from: 1,
    /** may be `from` */
    to: 5,
    /** a byte for each byte */
    table: 9,
    count: 12,
  },
} as const;

/** The argument of {@link packBytes}. */
export const PackBytes = {
  bytes: 48,
  fields: {
    /** weights, bytes */
    from: 1,
    /** zero points of the weights, bytes, or 0 for none */
    zeros: 5,
    /** i32 for each filter, or 0 for none */
    bias: 9,
    to: 13,
    /** of a group */
    filters: 16,
    depth: 20,
    /** filters in a panel: 1, 4 or 8 */
    tile: 24,
    /** bytes from one group, filter, and number along the summed axis to the next */
    groupBytes: 28,
    filterBytes: 32,
    depthBytes: 36,
    /** bytes from the zero point of one filter to that of the next: 0 or 1 */
    zeroStep: 40,
    /** whether the weights have a sign */
    signed: 44,
  },
} as const;

/** The argument of {@link rangeOf} and {@link scaleOf}. */
export const Range = {
  bytes: 20,
  fields: {
    from: 1,
    /** least and most of each block, f32 each */
    ranges: 5,
    /** f32 */
    scale: 9,
    /** u8 */
    zero: 13,
    count: 16,
  },
} as const;

/** The argument of {@link quantize} and {@link dequantize}. */
export const Scaling = {
  bytes: 36,
  fields: {
    /** (outer, length, inner) */
    from: 1,
    to: 5,
    /** f32: one for each place of the axis; with blocks (outer, blocks, inner) */
    scales: 9,
    /** as many, of the quantised type, or 0 for none */
    zeros: 13,
    length: 16,
    inner: 20,
    /** places of the axis that have a scale together, each element across them its own; 0 where all across a place have one */
    block: 24,
    /** of the axis */
    blocks: 28,
    /** the quantised type: see codes/dtype.ts */
    dtype: 32,
  },
} as const;

/** The parameter block of each kernel. */
export interface Blocks {
  /** A sum of bytes, scaled. Items are those of broadcast in ops/binary. */
  readonly addBytes: typeof BytePair;
  /** The mean of each window, summed as float32 row by row, as onnxruntime does. Items are planes x outHeight. */
  readonly avgPoolBytes: typeof ByteMeans;
  /**
   * Convolution of bytes as a matrix product, whose sums are exact: panels of four filters times panels of eight pixels, which
   * are packed from a band of rows. Pixels of all rows are computed in a row, with those between the rows, which are dropped.
   *
   *   panel of pixels: for each four along the summed axis, four bytes of each of eight pixels
   *
   * Items are images x groups x blocks of blockPixels pixels x parts of partFilters filters.
   */
  readonly convBytes: typeof ByteConv;
  /**
   * Convolution of planes of bytes, each by one filter: sixteen pixels at a time, of which the values under four taps are put
   * side by side. Items are images x groups.
   */
  readonly convBytesDepthwise: typeof ByteConv;
  /** Bytes or i32 to float32. Items are rows x blocks of rows. */
  readonly dequantize: typeof Scaling;
  /** The mean of each plane, by an exact sum. Items are planes. */
  readonly globalMeanBytes: typeof ByteTotals;
  /** Bytes by a table. Items are blocks. */
  readonly lookUp: typeof LookUp;
  /** The largest byte of each window: sixteen pixels at a time. Items are images x groups. */
  readonly maxPoolBytes: typeof ByteConv;
  /** A product of bytes, scaled. Items are those of broadcast in ops/binary. */
  readonly mulBytes: typeof BytePair;
  /** Products of matrices of bytes (m, depth) and (depth, n), whose sums are exact. Items are products x panels of columns. */
  readonly multiplyBytes: typeof ByteProduct;
  /**
   * Puts rows of activations into blocks of four: for each four along the summed axis, four bytes of each row. Items are
   * matrices x blocks.
   */
  readonly packByteRows: typeof ByteRows;
  /**
   * Weights as panels of `tile` filters, one byte each, with signs:
   *
   *   biases i32[tile] | sums of the weights without zero points i32[tile] | zero points i32[tile] | flags |
   *   for each four along the summed axis: four bytes of each filter
   *
   * What is missing of a panel are zero points. Items are groups x panels.
   */
  readonly packBytes: typeof PackBytes;
  /** float32 to bytes: divided by the scale, rounded half to even, limited. Items are rows x blocks of rows. */
  readonly quantize: typeof Scaling;
  /** The least and the most of each block and 0. Items are blocks. */
  readonly rangeOf: typeof Range;
  /** Scale and zero point of the range of all blocks. The one item. */
  readonly scaleOf: typeof Range;
  /** Softmax of rows by a table, which is moved so that the largest byte of a row is the last one. Items are rows. */
  readonly softmaxBytes: typeof ByteSoftmax;
}

/** The module's exports besides kernels. */
export interface Exports {
  readonly dots: WebAssembly.Global<"i32">;
}
