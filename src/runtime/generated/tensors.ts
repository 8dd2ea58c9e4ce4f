// Made from assembly/ by tools/kernels.ts. Do not edit.

/** The kernels, in the order in which they stand in the function table. */
export const NAMES = [
  "argmax",
  "cast",
  "collectBoxes",
  "compare",
  "fillBeyond",
  "gather",
  "gatherElements",
  "gatherTuples",
  "lengthsFrom",
  "nonzero",
  "normalizeBatch",
  "normalizeBatchGradient",
  "poolGradient",
  "range",
  "reverseSequence",
  "scatterAdd",
  "scatterElements",
  "scatterTuples",
  "suppress",
  "topk",
  "unique",
] as const;

/** The argument of {@link argmax}. */
export const ArgMax = {
  bytes: 28,
  fields: {
    /** (outer, count, inner) */
    from: 1,
    /** i64 (outer, inner) */
    to: 5,
    /** of the elements: see codes/dtype.ts */
    dtype: 8,
    count: 12,
    inner: 16,
    /** 1 for the least elements in place of the greatest */
    least: 20,
    /** 1 for the last one of equal elements in place of the first */
    last: 24,
  },
} as const;

/** The argument of {@link fillBeyond}. */
export const Beyond = {
  bytes: 28,
  fields: {
    /** (outer, length, inner) */
    from: 1,
    /** may be where the tensor is */
    to: 5,
    /** i32: how many of the `length` exist */
    count: 9,
    /** an element */
    value: 13,
    length: 16,
    /** elements */
    inner: 20,
    /** bytes of an element: 1, 2, 4 or 8 */
    size: 24,
  },
} as const;

/** The argument of {@link cast}. */
export const Cast = {
  bytes: 20,
  fields: {
    from: 1,
    to: 5,
    count: 8,
    /** type of the elements of `from`, see codes/dtype.ts */
    source: 12,
    /** another type, of the elements of `to` */
    target: 16,
  },
} as const;

/** The argument of {@link compare}. */
export const Compare = {
  bytes: 28,
  fields: {
    a: 1,
    b: 5,
    /** bytes, 0 or 1 */
    to: 9,
    /** as those of {@link Broadcast} in ops/binary, for elements of the type */
    axes: 13,
    rank: 16,
    /** see codes/comparison.ts */
    comparison: 20,
    /** of both arguments: see codes/dtype.ts */
    dtype: 24,
  },
} as const;

/** The argument of {@link gatherElements} and {@link scatterElements}. */
export const Elements = {
  bytes: 56,
  fields: {
    /** gathering: the tensor; scattering: the tensor before */
    from: 1,
    /** i64 or i32, as many as rows times columns; negative ones count from the end */
    indices: 5,
    /** scattering: an element for each index; not read by gathering */
    updates: 9,
    /** gathering: an element for each index; scattering: the tensor, which may be where it was before */
    to: 13,
    /** i32 that becomes 1 if an index is out of range */
    fault: 17,
    /**
     * An entry for each axis of the indices, the outermost first:
     *
     *   count i32 | elements of the tensor from one index to the next i32, 0 along the axis that the indices count
     */
    axes: 21,
    rank: 24,
    /** of the tensor's axis that the indices count */
    length: 28,
    /** elements from one of this axis to the next */
    pitch: 32,
    /** bytes of an index: 4 or 8 */
    width: 36,
    /** bytes of an element: 1, 2, 4 or 8 */
    size: 40,
    /** scattering: the type of the elements, of codes/dtype.ts */
    dtype: 44,
    /** scattering: what becomes of the element in place, of codes/scatter.ts */
    reduction: 48,
    /** scattering: bytes of the tensor */
    bytes: 52,
  },
} as const;

/** The argument of {@link gather}. */
export const Gather = {
  bytes: 48,
  fields: {
    /** (outer, length, inner) */
    from: 1,
    /** i64[count] or i32[count]; negative ones count from the end */
    indices: 5,
    /** (outer, count, inner) */
    to: 9,
    /** i32 that becomes 1 if an index is out of range */
    fault: 13,
    length: 16,
    count: 20,
    /** bytes of the part for one index */
    inner: 24,
    /** bytes of an index: 4 or 8 */
    width: 28,
    /** i32, or 0: how many of each `known` parts of a row exist; the others become zeros, and their indices are not read */
    limit: 33,
    known: 36,
    /** indices of such a part */
    row: 40,
    /** i32, or 0: how much of `length` exists */
    existing: 45,
  },
} as const;

/** The argument of {@link lengthsFrom}. */
export const Lengths = {
  bytes: 20,
  fields: {
    /** i32 */
    count: 1,
    /** i64 or i32 for each entry of the table */
    to: 5,
    /** i64 (entries, 4): factor, summand, least and most of each */
    table: 9,
    entries: 12,
    /** bytes of a number of the result: 4 or 8 */
    width: 16,
  },
} as const;

/** The argument of {@link nonzero}. */
export const NonZero = {
  bytes: 32,
  fields: {
    from: 1,
    /** i64 (rank, count) */
    to: 5,
    /** i32: how many are not zero */
    found: 9,
    /** length i32 of each axis of the tensor */
    lengths: 13,
    rank: 16,
    /** elements of the tensor, up to as many are not zero */
    count: 20,
    /** of the elements: see codes/dtype.ts */
    dtype: 24,
    /** bytes of an element: 1, 2, 4 or 8 */
    size: 28,
  },
} as const;

/** The argument of {@link normalizeBatch}. */
export const NormalizeBatch = {
  bytes: 48,
  fields: {
    /** (batch, channels, pixels) */
    from: 1,
    to: 5,
    /** (channels), or 0 for none */
    weight: 9,
    /** (channels), or 0 for none */
    bias: 13,
    /** result (channels) */
    mean: 17,
    /** result (channels), of sums divided by the number of values */
    variance: 21,
    batch: 24,
    channels: 28,
    pixels: 32,
    eps: 43,
  },
} as const;

/** The argument of {@link normalizeBatchGradient}. */
export const NormalizeBatchGradient = {
  bytes: 48,
  fields: {
    /** (batch, channels, pixels): gradient of the result */
    gradient: 1,
    /** (batch, channels, pixels): what was normalised */
    input: 5,
    /** (channels), or 0 for none */
    weight: 9,
    /** result (batch, channels, pixels) */
    to: 13,
    /** result (channels) */
    ofWeight: 17,
    /** result (channels) */
    ofBias: 21,
    batch: 24,
    channels: 28,
    pixels: 32,
    eps: 43,
  },
} as const;

/** The argument of {@link poolGradient}. */
export const PoolGradient = {
  bytes: 64,
  fields: {
    /** (planes, outDepth, outHeight, outWidth): gradient of the result */
    gradient: 1,
    /** (planes, depth, height, width): what was pooled; read for maxima only */
    input: 5,
    /** result (planes, depth, height, width) */
    to: 9,
    /** for each slice of the output: the window's first slice, slices, divisor, each f64; an image is one slice */
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
    /** 1: the gradient goes to the first maximum of a window, or its first NaN; 0: all values of a window share it */
    maxima: 60,
  },
} as const;

/** The argument of {@link range}. */
export const Range = {
  bytes: 32,
  fields: {
    /** of the type of the result, one element each */
    start: 1,
    limit: 5,
    step: 9,
    /** (room) */
    to: 13,
    /** i32: how many there are */
    found: 17,
    /** i32 that becomes 1 if there are more than there is room for, or no end */
    fault: 21,
    room: 24,
    /** of codes/dtype.ts: float32, int64 or int32 */
    dtype: 28,
  },
} as const;

/** The argument of {@link reverseSequence}. */
export const Reverse = {
  bytes: 32,
  fields: {
    /** (rows, columns, inner) */
    from: 1,
    /** i64, for each sequence: how many of its first elements are reversed */
    lengths: 5,
    to: 9,
    /** i32 that becomes 1 if a length is out of range */
    fault: 13,
    rows: 16,
    columns: 20,
    /** bytes of an element of a sequence */
    inner: 24,
    /** 1 if sequences are columns, 0 if they are rows */
    down: 28,
  },
} as const;

/** The argument of {@link scatterAdd}. */
export const ScatterAdd = {
  bytes: 16,
  fields: {
    /** the first element */
    from: 1,
    to: 5,
    /**
     * An entry for each of `rank` axes, the outermost first, which are at least two:
     *
     *   count i32 | from i32 | to i32        bytes from one element to the next; 0 repeats, negative runs backwards
     */
    axes: 9,
    rank: 12,
  },
} as const;

/** The argument of {@link suppress} and {@link collectBoxes}. */
export const Suppress = {
  bytes: 68,
  fields: {
    /** (batch, spatial, 4) */
    boxes: 1,
    /** (batch, classes, spatial) */
    scores: 5,
    /** i64 (most rows, 3): batch, class and box of each row */
    to: 9,
    /** i32: how many rows there are */
    found: 13,
    /** u64 (batch, classes, spatial): for each class the boxes that are left, and from the end those that are chosen */
    boxesLeft: 17,
    /** i32 (batch, classes): how many are chosen */
    chosen: 21,
    /** i64: the most boxes of a class */
    most: 25,
    /** f32, or 0 for 0: how much of their union two boxes may share */
    overlap: 29,
    /** f32, or 0 for none: a score must be greater */
    threshold: 33,
    /** i32, or 0: how many of the boxes, and of the scores, exist */
    boxCount: 37,
    scoreCount: 41,
    batch: 44,
    classes: 48,
    spatial: 52,
    /** 1 if boxes are centre, width and height, 0 if they are two corners */
    center: 56,
    /** rows of the result */
    rows: 60,
    /** chosen boxes of a class that have room in the result */
    room: 64,
  },
} as const;

/** The argument of {@link topk}. */
export const TopK = {
  bytes: 36,
  fields: {
    /** (outer, count, inner) */
    from: 1,
    /** (outer, k, inner) */
    values: 5,
    /** i64 (outer, k, inner) */
    indices: 9,
    /** of the elements: see codes/dtype.ts */
    dtype: 12,
    /** bytes of an element: 1, 2, 4 or 8 */
    size: 16,
    count: 20,
    inner: 24,
    k: 28,
    /** 1 for the least elements in place of the greatest */
    least: 32,
  },
} as const;

/** The argument of {@link gatherTuples} and {@link scatterTuples}. */
export const Tuples = {
  bytes: 68,
  fields: {
    /** gathering: (batch, lengths of the indexed axes, inner); scattering: the tensor before */
    from: 1,
    /** i64 or i32 (batch, count, depth); negative ones count from the end */
    indices: 5,
    /** scattering: (count, inner); not read by gathering */
    updates: 9,
    /** gathering: (batch, count, inner); scattering: the tensor, which may be where it was before */
    to: 13,
    /** i32 that becomes 1 if an index is out of range */
    fault: 17,
    /** length i32 of each of the `depth` axes that a tuple names */
    lengths: 21,
    /** tuples of a batch */
    count: 24,
    depth: 28,
    /** bytes of the part for a tuple */
    inner: 32,
    /** bytes of an index: 4 or 8 */
    width: 36,
    /** bytes of an element */
    size: 40,
    /** scattering: the type of the elements, of codes/dtype.ts */
    dtype: 44,
    /** scattering: what becomes of the elements in place, of codes/scatter.ts */
    reduction: 48,
    /** bytes of the tensor; gathering: of a batch of it */
    bytes: 52,
    /** i32, or 0: how many of each `known` rows of tuples exist; the other rows' parts become zeros, and their indices are not read */
    limit: 57,
    known: 60,
    /** tuples of such a row */
    row: 64,
  },
} as const;

/** The argument of {@link unique}. */
export const Unique = {
  bytes: 56,
  fields: {
    /** (outer, count, inner) */
    from: 1,
    /** (outer, count, inner): the parts that differ, then zeros */
    to: 5,
    /** i64[count]: where each of them is found first */
    first: 9,
    /** i64[count]: which of them each part of the tensor is */
    inverse: 13,
    /** i64[count]: how often each of them is found */
    counts: 17,
    /** i32: how many there are */
    found: 21,
    /** u64[count]: the parts in order */
    sorted: 25,
    /** i32[count]: for each part the first one that is equal */
    leaders: 29,
    outer: 32,
    count: 36,
    inner: 40,
    /** of the elements: see codes/dtype.ts */
    dtype: 44,
    /** bytes of an element */
    size: 48,
    /** 1 for the parts in their order, 0 as they are found */
    inOrder: 52,
  },
} as const;

/** The parameter block of each kernel. */
export interface Blocks {
  /**
   * Where along an axis the greatest or the least element is. A NaN beats nothing, and nothing beats it: it counts only where it
   * comes first, as in onnxruntime.
   * Items are as {@link foursOf} says.
   */
  readonly argmax: typeof ArgMax;
  /**
   * Elements as another type. A float becomes an integer by its whole part, limited to the integer's range, and 0 for NaN; an
   * integer becomes another by its lowest bits. Floats are rounded to the nearest; booleans are 1 for anything but 0. Items are
   * blocks of BLOCK elements.
   */
  readonly cast: typeof Cast;
  /**
   * The chosen boxes of all classes in a row, zeros after the last, and their number.
   * The only item is everything.
   */
  readonly collectBoxes: typeof Suppress;
  /** A comparison of two tensors whose shapes broadcast. Items are those of broadcast in ops/binary. */
  readonly compare: typeof Compare;
  /**
   * A tensor with a number in all places that do not exist.
   * Items are positions of the axes before.
   */
  readonly fillBeyond: typeof Beyond;
  /**
   * The parts of an axis that indices name. An index out of range takes the first or the last part, so that nothing outside is
   * read.
   * Items are the parts of the result.
   */
  readonly gather: typeof Gather;
  /**
   * The elements of a tensor that indices name along one axis.
   * Items are rows of the last axis of the indices.
   */
  readonly gatherElements: typeof Elements;
  /**
   * The parts of a tensor that tuples of indices name.
   * Items are the tuples.
   */
  readonly gatherTuples: typeof Tuples;
  /**
   * Lengths that follow from the true length of an axis: so many times it, and some more, within limits.
   * Items are the lengths.
   */
  readonly lengthsFrom: typeof Lengths;
  /**
   * Where a tensor is not zero: a row of places along each axis, in the order of the elements, and zeros after the last.
   * The only item is everything.
   */
  readonly nonzero: typeof NonZero;
  /** The numbers of a channel, of all images, are scaled to mean 0 and variance 1, then weighted and shifted. Items are channels. */
  readonly normalizeBatch: typeof NormalizeBatch;
  /**
   * With x̂ = (x - mean) r and r = 1 / sqrt(variance + eps), the gradient of x is w r (g - mean(g) - x̂ mean(g x̂)), of the weight
   * sum(g x̂), of the bias sum(g). Items are channels.
   */
  readonly normalizeBatchGradient: typeof NormalizeBatchGradient;
  /** Each gradient is added where its window has it from. Items are planes. */
  readonly poolGradient: typeof PoolGradient;
  /** Numbers from a start on, at equal distances, that lie before a limit. Those beyond are zeros. The only item is everything. */
  readonly range: typeof Range;
  /**
   * Sequences whose first elements are in reverse order.
   * Items are the elements of all sequences.
   */
  readonly reverseSequence: typeof Reverse;
  /**
   * Adds elements at regular distances to those at other regular distances, where several may meet. Items are positions of the
   * outermost axis; if those of different positions could meet, it has only one.
   */
  readonly scatterAdd: typeof ScatterAdd;
  /**
   * The tensor with elements replaced, or reduced with others, where indices name them along one axis: in their order, so that the
   * last of several for one place counts.
   * The only item is everything.
   */
  readonly scatterElements: typeof Elements;
  /**
   * The tensor with parts replaced, or reduced with others, where tuples of indices name them: in their order, so that the last of
   * several for one place counts.
   * The only item is everything.
   */
  readonly scatterTuples: typeof Tuples;
  /**
   * Chooses boxes: for each class of an image, from the highest score on, those that do not share too much with one that is
   * chosen already. Of equal scores the first counts.
   * Items are the classes of all images.
   */
  readonly suppress: typeof Suppress;
  /**
   * The k greatest or least elements along an axis, in their order, and where they are. Of equal ones the first comes first; NaN
   * counts as the greatest of all. The k indices are a heap until they are found.
   * Items are the positions of all other axes.
   */
  readonly topk: typeof TopK;
  /**
   * The parts of a tensor along an axis that differ from each other.
   * The only item is everything.
   */
  readonly unique: typeof Unique;
}

/** The module's exports besides kernels. */
export interface Exports {
}
