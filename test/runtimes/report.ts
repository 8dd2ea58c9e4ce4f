/** What a runtime reports about itself. */
export interface Report {
  /** what the smoke suite checked */
  readonly checks: readonly string[];
  readonly build?: string;
  readonly microkernel?: string;
  /** how many threads computed after a second one was asked for, and why so many */
  readonly threads?: number;
  readonly threadsReason?: string;
  /** how many workers of a pool there were, and why there was none */
  readonly workers?: number;
  readonly workersReason?: string;
  /** milliseconds from import to the first result, the fastest of several starts */
  readonly coldStart?: number;
  /** GFLOPS */
  readonly rates?: Rates;
}

/** The layer by the matrix product, and both micro-kernels alone. */
export interface Rates {
  readonly layer: number;
  readonly gemm6x8: number;
  readonly gemm6x8paired: number;
}

/** A place to run the package in. */
export interface Target {
  readonly name: string;
  /** what the runtime says where there is no second thread; left out where there is one, or nothing is computed */
  readonly oneThread?: RegExp;
  /** and where no pool has workers */
  readonly noWorkers?: RegExp;
  /** known once what it needs is installed */
  version(): string | Promise<string>;
  /** @param project folder of a project of its own, in which the package is installed and the agent lies */
  run(project: string): Promise<Report>;
}

/** @throws if there are not as many threads and workers as a target has, or if it says something else of them */
export function checkThreads({ oneThread, noWorkers }: Target, report: Report): void {
  const { threads, threadsReason, workers, workersReason } = report;
  if (threads === undefined) return;
  const helped = oneThread === undefined ? threads === 2 : threads === 1 && oneThread.test(threadsReason!);
  if (!helped) throw new Error(`threads: ${threads}, because ${threadsReason}`);
  const pooled = noWorkers === undefined ? workers === 2 : workers === 0 && noWorkers.test(workersReason!);
  if (!pooled) throw new Error(`workers: ${workers}, because ${workersReason}`);
}

/** Starts of which the fastest counts: others may share the machine. */
export const STARTS = 7;

/**
 * Reads what an agent printed.
 *
 * @throws what went wrong in the runtime, or that nothing was reported
 */
export function parseReport<T extends object = Report>(printed: string): T {
  const line = printed.split("\n").find((each) => each.startsWith("REPORT"));
  if (line === undefined) throw new Error(`reported nothing, but printed: ${printed.trim() || "nothing"}`);
  return withoutError<T>(JSON.parse(line.slice("REPORT".length)));
}

export function withoutError<T extends object>(report: T | { readonly error: string }): T {
  if ("error" in report) throw new Error(report.error);
  return report;
}
