/** Codes of how numbers between the elements of a grid are found, and what lies outside of it. */

export const NEAREST: i32 = 0;
export const LINEAR: i32 = 1;
export const CUBIC: i32 = 2;

export const ZEROS: i32 = 0;
export const BORDER: i32 = 1;
export const REFLECTION: i32 = 2;
