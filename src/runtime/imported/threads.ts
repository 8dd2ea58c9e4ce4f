/** Runtimes that compile modules only themselves start no threads: ../embedded/threads.ts of the builds for workerd and edge-light. */
export const loadThreads = undefined;
