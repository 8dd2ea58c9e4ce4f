import { readFileSync, writeFileSync } from "node:fs";
import { Failure } from "./command.ts";

/** @throws Failure, in the system's words */
export function readBytes(path: string): Uint8Array<ArrayBuffer> {
  const bytes = attempt(path, () => readFileSync(path));
  // Node may return a small file within a pool, at any offset
  const isWhole = bytes.byteOffset === 0 && bytes.buffer.byteLength === bytes.length;
  return isWhole ? new Uint8Array(bytes.buffer) : new Uint8Array(bytes);
}

/** @throws Failure, in the system's words */
export function writeBytes(path: string, bytes: Uint8Array): void {
  attempt(path, () => writeFileSync(path, bytes));
}

/** @throws Failure, in the system's words, for what the system refuses */
export function attempt<T>(path: string, access: () => T): T {
  try {
    return access();
  } catch (error) {
    if (!(error instanceof Error && "code" in error)) throw error;
    throw new Failure(`${path}: ${messageOf(error)}`);
  }
}

/** The middle part of "ENOENT: no such file or directory, open 'a.onnx'". */
export const messageOf = ({ message }: Error): string =>
  message.replace(/^[A-Z]+: /, "").replace(/, [a-z]+( '.*')?$/s, "");
