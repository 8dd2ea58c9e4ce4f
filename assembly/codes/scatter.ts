/** Codes of what scattered elements do to those in their place. */

export const REPLACE: i32 = 0;
export const ADD: i32 = 1;
export const MULTIPLY: i32 = 2;
export const LEAST: i32 = 3;
export const GREATEST: i32 = 4;
