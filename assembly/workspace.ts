/**
 * Where this instance has its scratch, for a thread that shares memory with others and helps with their calls; 0 for the thread
 * whose workspaces the parameter blocks name. The host sets it.
 */
export let ownWorkspace: usize = 0;

/** Scratch of a call, where its parameter block has it, or where this thread has its own. */
// @ts-ignore: decorator
@inline
export function scratchOf(workspace: usize): usize {
  assert(!((ownWorkspace ? ownWorkspace : workspace) & 3));
  return ownWorkspace ? ownWorkspace : workspace;
}
