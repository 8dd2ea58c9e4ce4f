/** Filters that are multiplied with the image together. */
export const DOT_FILTERS: i32 = 4;
