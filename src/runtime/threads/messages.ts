/** The first message to a thread: where it finds everything. */
export interface Start {
  readonly memory: WebAssembly.Memory;
  /** addresses of what all threads share, and of this one's line: see assembly/threads/layout.ts */
  readonly control: number;
  readonly line: number;
  readonly together: WebAssembly.Module;
  /** modules that are loaded already */
  readonly parts: readonly Part[];
}

/** A module of an engine, for every thread to make an instance of. */
export interface Part {
  /** number of the engine */
  readonly engine: number;
  readonly name: string;
  readonly base: number;
  readonly kernels: readonly string[];
  readonly module: WebAssembly.Module;
  /** globals that the engine has set in the module */
  readonly globals: Readonly<Record<string, number>>;
}

export type ToThread = Start | Part;

/** A thread that cannot go on says why. */
export interface FromThread {
  readonly fault: string;
}
