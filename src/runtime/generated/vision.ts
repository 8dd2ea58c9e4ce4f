// Made from assembly/ by tools/kernels.ts. Do not edit.

/** The kernels, in the order in which they stand in the function table. */
export const NAMES = [
  "gridSample",
  "maxRoiPool",
  "resampleAxis",
  "roiAlign",
] as const;

/** The argument of {@link gridSample}. */
export const GridSample = {
  bytes: 52,
  fields: {
    /** (batch, channels, depth, height, width) */
    from: 1,
    /** (batch, points, axes): places from -1 to 1, x first */
    grid: 5,
    /** (batch, channels, points) */
    to: 9,
    /**
     * While a block of points is computed:
     *
     *   elements of each axis i32[3][4] | their weights f32[3][4] | entries of each point i32[POINTS] | entries [POINTS][MOST_TAPS]
     */
    workspace: 13,
    channels: 16,
    /** 1 where there are two axes */
    depth: 20,
    height: 24,
    width: 28,
    points: 32,
    /** 2 or 3 */
    axes: 36,
    /** of codes/sampling.ts */
    mode: 40,
    padding: 44,
    /** 1: -1 and 1 are the centres of the first and the last element, 0: their outer edges */
    corners: 48,
  },
} as const;

/** The argument of {@link maxRoiPool}. */
export const MaxRoiPool = {
  bytes: 48,
  fields: {
    /** (batch, channels, height, width) */
    from: 1,
    /** (regions, 5): image, x1, y1, x2, y2 */
    regions: 5,
    /** (regions, channels, outHeight, outWidth) */
    to: 9,
    /** i32 that becomes 1 if there is no such image */
    fault: 13,
    /** i32, or 0: how many of the regions exist; the outputs of others become zeros */
    regionCount: 17,
    batch: 20,
    channels: 24,
    height: 28,
    width: 32,
    outHeight: 36,
    outWidth: 40,
    scale: 46,
  },
} as const;

/** The argument of {@link resampleAxis}. */
export const Resample = {
  bytes: 36,
  fields: {
    /** (outer, length, inner) */
    from: 1,
    /** (outer, count, inner) */
    to: 5,
    /** for each output: first element i32, number of elements i32; of none is `value` */
    spans: 9,
    /** f32[count][taps]: weights of each output's elements; those that are not used are zeros */
    weights: 13,
    length: 16,
    count: 20,
    inner: 24,
    taps: 28,
    /** of outputs outside the input */
    value: 34,
  },
} as const;

/** The argument of {@link roiAlign}. */
export const RoiAlign = {
  bytes: 76,
  fields: {
    /** (batch, channels, height, width) */
    from: 1,
    /** (regions, 4): x1, y1, x2, y2 */
    regions: 5,
    /** i64[regions] or i32[regions]: the image of each region */
    images: 9,
    /** (regions, channels, outHeight, outWidth) */
    to: 13,
    /** i32 that becomes 1 if there is no such image */
    fault: 17,
    /** while an output is computed: places down and across, of 32 bytes each | MOST_TAPS entries of elements and weights */
    workspace: 21,
    /** i32, or 0: how many of the regions, and of their images, exist; the outputs of others become zeros */
    regionCount: 25,
    imageCount: 29,
    batch: 32,
    channels: 36,
    height: 40,
    width: 44,
    outHeight: 48,
    outWidth: 52,
    /** bytes of an index of an image: 4 or 8 */
    indexBytes: 56,
    /** places along each axis of an output; 0 for as many as it has elements */
    samples: 60,
    scale: 66,
    /** what is subtracted from scaled regions: 0.5 where places count from the edge of an element, 0 from its centre */
    shift: 70,
    /** 1 for the mean of the places, 0 for the greatest weighted element around one */
    mean: 72,
  },
} as const;

/** The parameter block of each kernel. */
export interface Blocks {
  /**
   * Values of an image at any places: the nearest element, or weighted sums of those around.
   * Items are blocks of POINTS points of all images.
   */
  readonly gridSample: typeof GridSample;
  /** The greatest element of each part of a region, 0 of a part without any. Items are regions x channels. */
  readonly maxRoiPool: typeof MaxRoiPool;
  /** One axis in another length: each output is a weighted sum of adjacent elements. Items are outer x count. */
  readonly resampleAxis: typeof Resample;
  /**
   * Parts of images, each resized to one shape: an output is the mean of places in its part of a region, at each of which the
   * four elements around are weighted.
   * Items are outputs of a channel, of all regions.
   */
  readonly roiAlign: typeof RoiAlign;
}

/** The module's exports besides kernels. */
export interface Exports {
}
