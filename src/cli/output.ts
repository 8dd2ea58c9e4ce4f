import process from "node:process";
import { Failure } from "./command.ts";
import { messageOf } from "./files.ts";
import { escaped } from "./format.ts";

/**
 * Prints lines to standard output. Whatever else in them would command a terminal is shown escaped.
 * @throws Failure where standard output takes no more, as on a full disk
 */
export function print(text: string): Promise<void> {
  return write(escaped(text, { lines: true }));
}

/** Prints a value for programs. */
export function printJson(value: unknown): Promise<void> {
  // JSON escapes the first 32 characters itself; the others of a terminal's commands are in strings too
  return write(escaped(JSON.stringify(value, null, 2), { lines: true, unicode: true }));
}

// console.log would swallow the errors
function write(text: string): Promise<void> {
  const { stdout } = process;
  return new Promise((resolve, reject) => {
    const fail = (error: Error & { code?: string }): void => {
      // whoever reads has seen enough, as head does
      if (error.code === "EPIPE") resolve();
      else reject(new Failure(`standard output: ${messageOf(error)}`));
    };
    // the stream emits the error besides handing it to the callback
    stdout.once("error", fail);
    stdout.write(`${text}\n`, (error) => {
      if (error) return fail(error);
      stdout.removeListener("error", fail);
      resolve();
    });
  });
}
