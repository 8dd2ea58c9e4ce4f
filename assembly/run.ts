export { activateRow } from "./epilogue";
export { gemm6x8 } from "./gemm/microkernel";
export { gemm6x8paired } from "./gemm/microkernel-paired";
export { gemm6x16 } from "./gemm/microkernel-wide";
export { pairedLoads, wideVectors } from "./gemm/tile";
export { ownWorkspace } from "./workspace";

/** Bytes of an instruction: kernel u32, an index in the function table | parameters, a pointer | items i32 | nanoseconds i32. */
// @ts-ignore: decorator
@inline
const INSTRUCTION_BYTES: usize = 16;

/** Executes instructions [from, to) of a program: each calls its kernel for all items of its parameters. */
export function run(program: usize, from: i32, to: i32): void {
  assert(!(program & 3) && from >= 0 && from <= to);
  const end = program + <usize>to * INSTRUCTION_BYTES;
  for (let at = program + <usize>from * INSTRUCTION_BYTES; at < end; at += INSTRUCTION_BYTES) {
    // asserts that read memory would do so without assertions, too
    if (!ASC_NO_ASSERT) assert(load<i32>(at, 8) >= 0);
    call_indirect<void>(load<u32>(at), load<usize>(at, 4), 0, load<i32>(at, 8));
  }
}
