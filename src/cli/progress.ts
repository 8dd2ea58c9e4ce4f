import process from "node:process";
import { nameText } from "./format.ts";

/** Longer waits are explained. */
const PATIENCE_MS = 500;

/** One line on a terminal's stderr, out of the way of what is printed, that is gone in the end. */
export class Progress {
  readonly #begin = performance.now();
  #shown = false;

  /** @param done from 0 to 1, of work whose progress is known */
  update(what: string, done: number): void {
    if (performance.now() - this.#begin >= PATIENCE_MS) this.#show(`${what}, ${Math.round(100 * done)} %`);
  }

  /** Before work whose progress is unknown. */
  stage(what: string): void {
    this.#show(`${what} ...`);
  }

  end(): void {
    if (this.#shown) process.stderr.write("\r\u001b[K");
    this.#shown = false;
  }

  #show(line: string): void {
    if (!process.stderr.isTTY) return;
    process.stderr.write(`\r${nameText(line)}\u001b[K`);
    this.#shown = true;
  }
}

/** Work that shows its progress, however it ends. */
export async function withProgress<T>(work: (progress: Progress) => T | Promise<T>): Promise<T> {
  const progress = new Progress();
  try {
    return await work(progress);
  } finally {
    progress.end();
  }
}
