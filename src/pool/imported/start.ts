import type { Starter } from "../embedded/start.ts";

/** Runtimes that compile modules only themselves start no workers: ../embedded/start.ts of the builds for workerd and edge-light. */
export const starter: (() => Promise<Starter>) | undefined = undefined;
