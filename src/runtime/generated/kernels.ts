// Made from assembly/ by tools/kernels.ts. Do not edit.

/** The kernels, in the order in which they stand in the function table. */
export const NAMES = [
  "convDepthwise",
  "convDepthwise1d",
  "convDepthwise3x3",
  "convDirect",
  "convDot",
  "convGemm",
  "convToeplitz",
  "convWeightGradient",
  "convWinograd",
  "copy",
  "fillBias",
  "joinPhases",
  "multiply",
  "packDepthwise",
  "packPanels",
  "packWinograd",
] as const;

/**
 * The argument of every kernel that convolves: a block of 32-bit fields in linear memory, written by the caller and only
 * read here. Pointers are byte offsets.
 *
 * Sizes are per group where groups matter: `channels` and `filters` are those of one group.
 * Row and column tables express strides, dilation and the four padding modes for every kernel:
 * rows[y] is the image row under row y of the padded image, or -1 where that row is zero.
 */
export const Conv = {
  bytes: 128,
  fields: {
    /** (batch, groups * channels, height, width) */
    input: 1,
    /** the weights in the order of the kernel, usually with the biases among them: each kernel says how */
    weights: 5,
    /** (groups * filters), or 0 for none; for kernels whose weights are in torch's order, without biases */
    bias: 9,
    /** (batch, groups * filters, outHeight, outWidth) */
    output: 13,
    /** gradient of the output, in the output's shape; only read by the weight gradient */
    gradient: 17,
    /** i32[(outHeight - 1) * strideHeight + (kernelHeight - 1) * dilationHeight + 1] */
    rows: 21,
    /** i32[(outWidth - 1) * strideWidth + (kernelWidth - 1) * dilationWidth + 1] */
    cols: 25,
    /** further tables that depend on the sizes alone: each kernel says which */
    tables: 29,
    /** added to the output before the activation, in the output's shape, or 0 for none */
    residual: 33,
    /** scratch of this call, 16-byte aligned, sized by the planner; nothing in it outlives the call */
    workspace: 37,
    batch: 40,
    groups: 44,
    channels: 48,
    filters: 52,
    height: 56,
    width: 60,
    kernelHeight: 64,
    kernelWidth: 68,
    strideHeight: 72,
    strideWidth: 76,
    dilationHeight: 80,
    dilationWidth: 84,
    outHeight: 88,
    outWidth: 92,
    /**
     * The image begins at this row and column of the padded image, in every padding mode; negative if a phase of a
     * transposed convolution begins within it
     */
    padTop: 96,
    padLeft: 100,
    /** length of the summed axis, channels or filters at a time: each kernel says which */
    blockDepth: 104,
    /** pixels, output rows or tiles at a time: each kernel says which */
    blockPixels: 108,
    /** filters at a time: in a tile of the direct kernel, in an item of the others that say so */
    tileFilters: 112,
    /** see codes/activation.ts */
    activation: 116,
    alpha: 122,
    beta: 126,
  },
} as const;

/** The argument of {@link copy}. */
export const Copy = {
  bytes: 20,
  fields: {
    /** the first element */
    from: 1,
    to: 5,
    /**
     * An entry for each of `rank` axes, the outermost first:
     *
     *   count i32 | from i32 | to i32        bytes from one element to the next; 0 repeats, negative runs backwards
     *
     * Axes of one element are left out and those that run on are merged; if a matrix is transposed, its two axes are the
     * last.
     */
    axes: 9,
    rank: 12,
    /** bytes of an element: 1, 2, 4 or 8 */
    size: 16,
  },
} as const;

/** The argument of fillBias. */
export const Fill = {
  bytes: 16,
  fields: {
    /** (batch, channels, pixels) */
    output: 1,
    /** (channels), or 0 for zeros */
    bias: 5,
    channels: 8,
    pixels: 12,
  },
} as const;

/** The argument of joinPhases: the phases of one row of phases, which computed every strideHeight-th row of the output. */
export const Join = {
  bytes: 40,
  fields: {
    /** outputs of the phases, each as planes one after another */
    phases: 1,
    /** the first output row of the phases in the first plane */
    output: 5,
    /** for each phase: byte offset of its first plane i32, columns i32, output column of the first i32 */
    table: 9,
    phaseCount: 12,
    /** rows of a plane of a phase, and of a slice of it: a volume has several */
    rows: 16,
    sliceRows: 20,
    stride: 24,
    /** bytes between rows of the phases in the output, between slices, and between planes */
    rowBytes: 28,
    sliceBytes: 32,
    planeBytes: 36,
  },
} as const;

/**
 * The argument of the kernels that put weights into the order of a kernel that convolves. The distances say how the weights
 * lie, so that those of a transposed convolution, or the remaining ones without dead taps, are packed from where they are.
 */
export const Pack = {
  bytes: 56,
  fields: {
    /** the first weight of the first filter */
    weight: 1,
    /** the bias of the first filter, or 0 for none */
    bias: 5,
    /** i32[phases][taps]: byte offset of each tap within its kernel, in the order in which they are packed */
    taps: 9,
    packed: 13,
    /** scratch of this call, 16-byte aligned */
    workspace: 17,
    groups: 20,
    channels: 24,
    /** of a group, all phases together */
    filters: 28,
    /** taps of a kernel as packed */
    tapCount: 32,
    /**
     * Phases of a transposed convolution that are computed as one: the filters are those of each, one phase after the other,
     * from the same weights by other taps. Otherwise 1.
     */
    phases: 36,
    /** filters in a panel */
    tile: 40,
    /** bytes from one group, filter and channel of the weights to the next */
    groupBytes: 44,
    filterBytes: 48,
    channelBytes: 52,
  },
} as const;

/** The argument of multiply. */
export const Product = {
  bytes: 40,
  fields: {
    a: 1,
    b: 5,
    c: 9,
    /** for each product: floats from a, b and c to its matrices, i32 each */
    offsets: 13,
    /** scratch of the product as a convolution | its parameter blocks | its first matrix in panels */
    workspace: 17,
    m: 20,
    k: 24,
    n: 28,
    /** how much of k is multiplied at a time */
    blockDepth: 32,
    /** how many columns are multiplied at a time */
    blockPixels: 36,
  },
} as const;

/** The parameter block of each kernel. */
export interface Blocks {
  /**
   * One channel per group, four channels to a vector: a band of the padded image is stored with the four channels of a pixel
   * side by side, so that any stride and dilation reads whole vectors; then the outputs are spread over their planes.
   *
   * tables: tap offsets u32[taps]     workspace: band f32[rows][columns][4]
   *
   * blockPixels counts output rows here. Items are images x fours of groups x bands.
   */
  readonly convDepthwise: typeof Conv;
  /**
   * One channel per group, images and kernels of one row, stride 1: each tap is a weight times a run of the line.
   *
   *   the line             . . a b c d e f g h i j k l m n o p . .      two values of padding on each side
   *   windows               copied |    read where they are   | copied
   *
   *   weights: bias | taps, for each filter     workspace: the padded line under a block
   *
   * Items are images x groups x blocks of blockPixels outputs x filters: the last block of a line takes the rest of it, so
   * that every block has at least a tile of outputs.
   */
  readonly convDepthwise1d: typeof Conv;
  /**
   * One channel per group, 3x3, stride 1 or 2, at most one column of zeros on each side: a plane at a time, read straight from
   * the image, with the nine weights in registers. The rows may be padded in any way.
   *
   *   weights: bias | nine weights, for each filter     workspace: a row of zeros
   *
   * Items are images x groups x filters x blocks of blockPixels output rows, which are finished while they are in the cache;
   * the last block takes the rest of its plane.
   */
  readonly convDepthwise3x3: typeof Conv;
  /**
   * Windows times kernel, summed in the order (channel, row, column): no matrix, only a band of the padded image.
   * The weights are panels of tileFilters filters.
   *
   * tables: those of the band     workspace: tile f32[6][16] | six zeros | band of blockDepth channels and blockPixels output rows
   *
   * blockDepth counts channels here, blockPixels output rows. Later blocks of channels add to the output.
   * Items are images x groups x bands.
   */
  readonly convDirect: typeof Conv;
  /**
   * Outputs of one pixel whose window is the whole image: each is one dot product of two runs of floats, a filter and the
   * input, read once and not packed: `weights` are in torch's order.
   *
   * Items are images x groups x fours of filters. Those of a group are computed in a row and all outputs finished at once: an
   * item of a short sum takes only 20 ns.
   */
  readonly convDot: typeof Conv;
  /**
   * Convolution as a matrix product: (filters x depth) weights times (depth x pixels) image regions.
   * Only a block of blockDepth x blockPixels of the regions is ever in memory. The weights are panels of six filters.
   *
   * workspace: edge tile | six zeros | tap table | packed block f32[blockPixels / 8][blockDepth][8]
   *
   * Items are images x groups x blocks of blockPixels pixels x parts of tileFilters filters, a multiple of twelve.
   */
  readonly convGemm: typeof Conv;
  /**
   * The kernel expanded to a sparse (pixels x height * width) matrix, times the flattened image.
   *
   * The places of the weights in the matrix are the same for every filter and channel, so only the pattern is
   * stored, by rows, and the product reads the weights, which are in torch's order, through it:
   *
   *   tables: entries { column byte offset i32, tap byte offset i32 }[pixels][taps]
   *
   * A column of -1 stands for a zero of the padding: its product still counts, since a weight may be infinite.
   * Items are images x groups x filters.
   */
  readonly convToeplitz: typeof Conv;
  /**
   * Gradient of the weights: filters x (channels x taps), each a sum over all output pixels, as a matrix product whose
   * summed axis is the pixels of a band. Neither the regions nor the gradient are ever transposed as a whole: only
   * eight columns of the regions and one band of the gradient are in memory at a time.
   *
   * tables: those of the band
   * workspace: tile f32[6][8] | band of eight channels | gradient f32[filters / 6][pixels][6] | regions f32[pixels][8]
   *
   * `gradient` is the output's gradient, `output` receives that of the weights. A band has blockPixels output rows; its
   * pixels continue past the ends of rows, where gradient and regions are zero. Items are groups x blocks of blockDepth
   * channels, a multiple of eight, over all images: the gradient is packed again for each block of them.
   */
  readonly convWeightGradient: typeof Conv;
  /**
   * Winograd convolution F(4x4, 3x3) or F(2x2, 5x5), both over tiles of 6 x 6: transform, multiply, transform back, for a
   * block of tiles at a time. A dilated kernel is an undilated one on each of the grids of every dilation-th row and column.
   *
   * workspace: scratch | V f32[36][channels][pitch] | M f32[36][blockDepth][pitch]
   *
   * blockPixels counts tiles here, blockDepth filters, a multiple of six: the products of a few filters at a time are
   * transformed back before they leave the cache. Tiles run on over tile rows, grids and images, so that small maps fill
   * vectors too; up to four of one tile row are transformed at a time. Lanes past the last of them are overwritten by the
   * next; a row's pitch has three spare columns for them.
   *
   * Items are groups x blocks of tiles x parts of tileFilters filters, a multiple of twelve.
   */
  readonly convWinograd: typeof Conv;
  /**
   * Copies elements between places at regular distances. Items are positions of all axes but the last two; where there are no
   * others, blocks of the outermost, as layout.ts says.
   */
  readonly copy: typeof Copy;
  /** Fills planes with their bias. Items are images x channels. */
  readonly fillBias: typeof Fill;
  /** Writes the phases' outputs to their places in the rows of the whole. Items are planes x rows of the phases. */
  readonly joinPhases: typeof Join;
  /**
   * Products of matrices (m, k) and (k, n), neither of which needs to be constant: each is a 1x1 convolution of an image of
   * k channels and n pixels by m filters, whose weights are packed when it runs. Sums without terms are zeros.
   *
   * Items are products.
   */
  readonly multiply: typeof Product;
  /**
   * Weights of four channels side by side, for each filter of a channel:
   *
   *   channels 0..3, filter 0: bias x4 | tap 0 x4 | tap 1 x4 | ...
   *                  filter 1: ...
   *
   * Missing channels have zeros. Items are fours of groups.
   */
  readonly packDepthwise: typeof Pack;
  /**
   * Weights of every group as panels of `tile` filters:
   *
   *   panel 0                                  panel 1 ...
   *   +-----------+-----------+-----+---------+
   *   | tile bias | tile of k0| ... | of kD-1 |
   *   +-----------+-----------+-----+---------+
   *
   * A group's last panel is padded with zeros, so that tiles are always whole and hold no stray subnormals.
   * Items are groups x panels.
   */
  readonly packPanels: typeof Pack;
  /** Transforms filters: see filter.ts. Items are groups x panels of six filters. */
  readonly packWinograd: typeof Pack;
}

/** The module's exports besides kernels. */
export interface Exports {
  /** The function with the given code over a row, which may be computed in place. */
  activateRow(from: number, to: number, count: number, activation: number, alpha: number, beta: number): void;
  /**
   * C[6][16] = A[6][depth] * B[depth][16], which needs twelve accumulators of 256 bits. Every sum has its terms in the order
   * of gemm6x8.
   *
   *   bias      six numbers with which the sums begin
   *   a         depth x 6 floats, one column of six filters after another
   *   b         depth rows of eight pixels, bRowBytes apart; those of the next eight pixels `next` bytes further
   *   c         six rows of sixteen floats, rowBytes apart, to which the sums are added unless they are the `first`
   */
  gemm6x16(depth: number, bias: number, a: number, b: number, next: number, bRowBytes: number, c: number, rowBytes: number, first: number): void;
  /**
   * C[6][8] = A[6][depth] * B[depth][8], accumulators held in registers.
   *
   *   a   depth x 6 floats, one column of six filters after another; before the first block, their six biases
   *   b   depth rows of eight pixels, bRowBytes apart
   *   c   six rows of eight floats, rowBytes apart
   *
   * With `first` the sums start from the six biases at a, otherwise from what c holds.
   * A separate function, called once per tile: engines without on-stack replacement then optimise it during
   * the first convolution instead of leaving the whole nest in baseline code.
   */
  gemm6x8(depth: number, a: number, b: number, bRowBytes: number, c: number, rowBytes: number, first: number): void;
  /**
   * The same product for engines that check each address: two steps at a time, the twelve values of A in three vectors whose
   * lanes are spread by shuffles, so that 24 products need 7 loads instead of 16.
   */
  gemm6x8paired(depth: number, a: number, b: number, bRowBytes: number, c: number, rowBytes: number, first: number): void;
  /** Executes instructions [from, to) of a program: each calls its kernel for all items of its parameters. */
  run(program: number, from: number, to: number): void;
  readonly ownWorkspace: WebAssembly.Global<"i32">;
  readonly pairedLoads: WebAssembly.Global<"i32">;
  readonly wideVectors: WebAssembly.Global<"i32">;
}
