import { type ParseArgsOptionsConfig, parseArgs } from "node:util";
import { closest, distance } from "fastest-levenshtein";

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
/** Of the commands that read files: see {@link Failure}. */
export const EXIT_FAILED = 1;

/** A mistake in what was asked for: reported in one line, without a stack. */
export class UsageError extends Error {}

/** A request that cannot be met, such as a missing or damaged file: reported in one line, without a stack. */
export class Failure extends Error {}

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
    const code = error instanceof TypeError ? String((error as { code?: unknown }).code) : "";
    if (!code.startsWith("ERR_PARSE_ARGS")) throw error;
    const { message } = error as Error;
    const unknown = code === "ERR_PARSE_ARGS_UNKNOWN_OPTION" ? /'--([^']*)'/.exec(message)?.[1] : undefined;
    const meant = unknown === undefined ? "" : suggestion(unknown, [...Object.keys(options), "help"], "--");
    // what follows the first sentence is about arguments that begin with a dash
    throw new UsageError(`${message.split(". ")[0]!}${meant}`);
  }
}

/** The name that was perhaps meant, in parentheses; nothing where none is similar. */
export function suggestion(name: string, known: readonly string[], before = ""): string {
  const nearest = closest(name, known);
  // a word that is only begun is likely meant, however much is missing
  const isBegun = name.length > 1 && nearest.startsWith(name);
  const isNear = distance(name, nearest) <= Math.ceil(nearest.length / 3);
  return isBegun || isNear ? ` (did you mean ${before}${nearest}?)` : "";
}

/** The lines of a command's help on exit codes. */
export function exitCodes(own: Readonly<Record<number, string>>): string {
  const all = {
    [EXIT.fine]: "all is well",
    ...own,
    [EXIT.usage]: "wrong usage",
    [EXIT.defect]: "a defect of this command",
  };
  return ["Exit codes:", ...Object.entries(all).map(([code, meaning]) => `  ${code.padEnd(2)}  ${meaning}`)].join("\n");
}

/** The whole number of an option. @throws UsageError */
export function wholeNumber(option: string, text: string, least: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(Number.isSafeInteger(value) && value >= least)) {
    throw new UsageError(`${option} must be a whole number from ${least}, got ${JSON.stringify(text)}`);
  }
  return value;
}
