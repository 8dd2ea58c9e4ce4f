/*
 * What threads share besides tensors, in linear memory: lines of 64 bytes, so that those who write one do not slow down those who
 * read another.
 *
 *   ticket: items that nobody has taken u32 | number of the step u32        read and changed as one i64
 *   done: items of the step that are computed i32
 *   step: what the caller has published: see the offsets below
 *   flags: whether a helper may be parked i32 | items that a helper has lost i32
 *   a line for each helper: state i32 | address and bytes of its workspace | items that it works on i32
 */

/** The step's number, in the ticket. */
export const NUMBER_AT: i32 = 4;
export const DONE_AT: i32 = 64;

export const KERNEL_AT: i32 = 128;
export const PARAMS_AT: i32 = 132;
/** item after the last */
export const END_AT: i32 = 136;
/** fewer items than these are not taken at once, but for the last */
export const LEAST_AT: i32 = 140;
/** threads that may take part, the caller among them */
export const THREADS_AT: i32 = 144;
/** which engine's kernels, and how many modules of all engines are loaded */
export const ENGINE_AT: i32 = 148;
export const VERSION_AT: i32 = 152;
/** bytes of workspace that the kernel may need */
export const SCRATCH_AT: i32 = 156;

export const PARKED_AT: i32 = 192;
export const LOST_AT: i32 = 196;

export const HELPERS_AT: i32 = 256;
export const LINE_BYTES: i32 = 64;
/** in a helper's line: 1 if it takes part */
export const STATE: i32 = 0;
export const WORKSPACE: i32 = 4;
export const WORKSPACE_BYTES: i32 = 8;
export const TAKEN: i32 = 12;
