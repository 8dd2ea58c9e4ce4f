// Made from assembly/ by tools/kernels.ts. Do not edit.

/** The kernels, in the order in which they stand in the function table. */
export const NAMES = [
  "pixelsToPlanes",
  "planesToPixels",
  "resizeAcross",
  "resizeDown",
] as const;

/** The argument of {@link pixelsToPlanes}. */
export const PixelsToPlanes = {
  bytes: 24,
  fields: {
    /** u8 (pixels, channels) */
    from: 1,
    /** (planes, pixels): f32 from 0 to 1, or u8 */
    to: 5,
    pixels: 8,
    /** 1, 3 or 4: grey; red, green and blue; alpha besides */
    channels: 12,
    /** 1, 3 or 4 */
    planes: 16,
    /** 1: results are u8 */
    bytes: 20,
  },
} as const;

/** The argument of {@link planesToPixels}. */
export const PlanesToPixels = {
  bytes: 24,
  fields: {
    /** (planes, pixels): f32, of which 0 to 1 become 0 to 255, or u8 */
    from: 1,
    /** u8 (pixels, channels) */
    to: 5,
    pixels: 8,
    /** 1, 3 or 4 */
    planes: 12,
    /** 1, 3 or 4 */
    channels: 16,
    /** 1: planes are u8 */
    bytes: 20,
  },
} as const;

/** The argument of {@link resizeAcross}. */
export const ResizeAcross = {
  bytes: 44,
  fields: {
    /** u8 (rows, length, channels) */
    from: 1,
    /** u8 (rows, count, channels) */
    to: 5,
    /** i32[count]: first pixel of each output */
    firsts: 9,
    /** i16[count][taps]: upper parts of the weights */
    high: 13,
    /** i16[count][taps]: lower bits of the weights */
    low: 17,
    rows: 20,
    length: 24,
    count: 28,
    /** 1, 3 or 4 */
    channels: 32,
    taps: 36,
    /** 1: rows are long enough for reading whole vectors */
    vectors: 40,
  },
} as const;

/** The argument of {@link resizeDown}. */
export const ResizeDown = {
  bytes: 28,
  fields: {
    /** u8 (rows, width) */
    from: 1,
    /** u8 (count, width) */
    to: 5,
    /** for each output: first row i32, number of rows i32 */
    spans: 9,
    /** i16[count][taps], taps even: upper parts of the weights */
    high: 13,
    /** i16[count][taps]: lower bits of the weights */
    low: 17,
    /** bytes of a row */
    width: 20,
    taps: 24,
  },
} as const;

/** The parameter block of each kernel. */
export interface Blocks {
  /**
   * Interleaved bytes as planes: torchvision's ToTensor or PILToTensor. A grey picture has three equal colours, colours have
   * luma where one plane is wanted, and no alpha is full alpha. Items are blocks of 4096 pixels.
   */
  readonly pixelsToPlanes: typeof PixelsToPlanes;
  /** Planes as interleaved bytes: torchvision.utils.save_image's rounding, by halves up. Items are blocks of 4096 pixels. */
  readonly planesToPixels: typeof PlanesToPixels;
  /** Rows of pixels in another length, as PIL resizes them. Items are blocks of four rows; the last may be fewer. */
  readonly resizeAcross: typeof ResizeAcross;
  /** Columns of bytes in another length, as PIL resizes them. Items are rows of the result. */
  readonly resizeDown: typeof ResizeDown;
}

/** The module's exports besides kernels. */
export interface Exports {
}
