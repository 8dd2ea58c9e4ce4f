type Threads = typeof import("../threads/threads.ts");

/** Loads what starts threads: a file of its own, which only those load who ask for them. */
export const loadThreads: (() => Promise<Threads>) | undefined = () => import("../threads/threads.ts");
