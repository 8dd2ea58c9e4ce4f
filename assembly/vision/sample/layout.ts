/** Points that are sampled together: the lists of their elements serve all channels. */
export const POINTS: i32 = 32;

/** The most elements of a point: 4 x 4, or 2 x 2 x 2. */
export const MOST_TAPS: i32 = 16;

/** Where the entries begin in the workspace: behind elements and weights of three axes, and the points' numbers of entries. */
export const ENTRIES: i32 = 96 + POINTS * 4;

export const WORKSPACE_BYTES: i32 = ENTRIES + POINTS * MOST_TAPS * 8;
