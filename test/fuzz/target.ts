/** What went wrong, and the files that show it, by the ends of their names. */
export interface Fault {
  readonly message: string;
  readonly files: Readonly<Record<string, Uint8Array | string>>;
}

/** How a round ended: a word that is counted, or a fault. */
export type Round = string | Fault;

/** Something that is tried at random: the same seed tries the same. */
export interface Target {
  round(seed: number): Round | Promise<Round>;
  close?(): Promise<void>;
}

/** @returns the fault that an error is; undefined for one that says clearly what is wrong */
export function faultOf(error: unknown, isClear: (error: Error) => boolean): string | undefined {
  if (!(error instanceof Error)) return String(error);
  return isClear(error) ? undefined : (error.stack ?? error.message);
}

/** Whether an error is one that the library's functions may throw, by the beginning of its message. */
export const begins =
  (beginning: RegExp) =>
  (error: Error): boolean =>
    (error instanceof TypeError || error instanceof RangeError) && beginning.test(error.message);
