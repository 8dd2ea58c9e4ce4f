/** The functions of one number are part of the first module, whose kernels end with them: see functions.ts. */
// @ts-ignore: decorator
@external("kernels", "activateRow")
export declare function activateRow(from: usize, to: usize, count: i32, activation: i32, alpha: f32, beta: f32): void;
