import { readFileSync, writeFileSync } from "node:fs";
import { Failure } from "./command.ts";

/** @throws Failure, in the system's words */
export function readBytes(path: string): Uint8Array<ArrayBuffer> {
  // a copy of its own: what Node gives may lie in a pool, at any offset
  return attempt(path, () => new Uint8Array(readFileSync(path)));
}

/** @throws Failure, in the system's words */
export function writeBytes(path: string, bytes: Uint8Array): void {
  attempt(path, () => writeFileSync(path, bytes));
}

function attempt<T>(path: string, access: () => T): T {
  try {
    return access();
  } catch (error) {
    if (!(error instanceof Error && "code" in error)) throw error;
    // "ENOENT: no such file or directory, open 'a.onnx'"
    throw new Failure(`${path}: ${error.message.replace(/^[A-Z]+: /, "").replace(/, [a-z]+( '.*')?$/s, "")}`);
  }
}
