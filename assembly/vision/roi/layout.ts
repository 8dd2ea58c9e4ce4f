/** Entries of a list that serves all channels: the elements of 32 places. */
export const MOST_TAPS: i32 = 128;

/** Bytes for the places along an axis. */
export const PLACES_BYTES: i32 = 32;

/** Where the list begins in the workspace. */
export const LIST: i32 = 2 * PLACES_BYTES;

export const WORKSPACE_BYTES: i32 = LIST + MOST_TAPS * 8;
