/** The first module has it: see assembly/workspace.ts. */
// @ts-ignore: decorator
@external("kernels", "ownWorkspace")
declare let ownWorkspace: usize;

/** Scratch of a call, where its parameter block has it, or where this thread has its own. */
// @ts-ignore: decorator
@inline
export function scratchOf(workspace: usize): usize {
  assert(!((ownWorkspace ? ownWorkspace : workspace) & 3));
  return ownWorkspace ? ownWorkspace : workspace;
}
