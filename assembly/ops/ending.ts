/** The functions of one number are in the first module, whose kernels apply them to their results: see functions.ts. */
// @ts-ignore: decorator
@external("kernels", "activateRow")
export declare function activateRow(from: usize, to: usize, count: i32, activation: i32, alpha: f32, beta: f32): void;
