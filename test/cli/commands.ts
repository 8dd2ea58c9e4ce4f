/** Runs commands in this process, which saves its start. */
import { expect, vi } from "vitest";
import type { Command, Failure, UsageError } from "../../src/cli/command.ts";
import { BUILD } from "../support/build.ts";

/** What is printed by a command that finds all well. */
export async function printed(command: Command, ...args: string[]): Promise<string> {
  const [code, text] = await exitOf(command, ...args);
  expect(code).toBe(0);
  return text;
}

/** The exit code of a command, and what it prints. */
export async function exitOf(command: Command, ...args: string[]): Promise<readonly [code: number, text: string]> {
  const written: string[] = [];
  const write = vi.spyOn(process.stdout, "write").mockImplementation(((text: string, done: () => void) => {
    written.push(text);
    done();
    return true;
  }) as typeof process.stdout.write);
  try {
    const code = await command.run([...args, "--build", BUILD]);
    return [code, written.join("")];
  } finally {
    write.mockRestore();
  }
}

export const report = async (command: Command, ...args: string[]) =>
  JSON.parse(await printed(command, ...args, "--json"));

/** What is wrong; main.ts makes exit code 1 of a Failure and 64 of a UsageError. */
export async function complaint(kind: typeof Failure | typeof UsageError, command: Command, ...args: string[]) {
  const error = await Promise.resolve()
    .then(() => command.run(args))
    .catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(kind);
  const { message } = error as Error;
  expect(message).not.toContain("\n");
  return message;
}
