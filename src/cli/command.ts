import { type ParseArgsOptionsConfig, parseArgs } from "node:util";

/** One command of the command line. */
export interface Command {
  readonly name: string;
  /** one line for the list of commands */
  readonly summary: string;
  /** what `--help` prints */
  readonly help: string;
  /** @returns the exit code */
  run(args: readonly string[]): number | Promise<number>;
}

/** Exit codes that every command shares, as in sysexits.h; 0 to 63 are the command's own. */
export const EXIT = { fine: 0, usage: 64, defect: 70 } as const;

/** A mistake in what was asked for: told in one line, without a stack. */
export class UsageError extends Error {}

/**
 * node:util's parseArgs, whose complaints become a {@link UsageError}.
 * @param options with `--help`, which every command has, added to them
 */
export function parseCommand<const Options extends ParseArgsOptionsConfig>(args: readonly string[], options: Options) {
  try {
    return parseArgs({
      args: [...args],
      options: { ...options, help: { type: "boolean", short: "h", default: false } } as const,
      allowPositionals: true,
    });
  } catch (error) {
    if (!(error instanceof TypeError && String((error as { code?: unknown }).code).startsWith("ERR_PARSE_ARGS"))) {
      throw error;
    }
    // what follows the first sentence is about arguments that begin with a dash
    throw new UsageError(error.message.split(". ")[0]!);
  }
}
