#!/usr/bin/env node
import process from "node:process";
import { isMainThread } from "node:worker_threads";
import { bench } from "./bench/bench.ts";
import { build } from "./build/build.ts";
import { type Command, EXIT, EXIT_FAILED, Failure, suggestion, UsageError } from "./command.ts";
import { compare } from "./compare/compare.ts";
import { doctor } from "./doctor/doctor.ts";
import { nameText } from "./format.ts";
import { inspect } from "./inspect/inspect.ts";
import { print } from "./output.ts";
import { quantise } from "./quantise/quantise.ts";
import { run } from "./run/run.ts";
import { serve } from "./serve/serve.ts";
import { work } from "./serve/worker.ts";
import { version } from "./version.ts";

const COMMANDS: readonly Command[] = [run, inspect, compare, quantise, bench, build, serve, doctor];

const widest = Math.max(...COMMANDS.map(({ name }) => name.length), "help".length);
const HELP = `convwasm ${version}: PyTorch's convolutions, and networks of them, fast in every JavaScript runtime

Usage: convwasm <command> [options]

Commands:
${[...COMMANDS, { name: "help", summary: "explain a command: convwasm help <command>" }]
  .map(({ name, summary }) => `  ${name.padEnd(widest)}  ${summary}`)
  .join("\n")}

Options:
  -h, --help     print this, or what a command does: convwasm <command> --help
  -v, --version  print the version

Every command exits with ${EXIT.usage} for wrong usage and ${EXIT.defect} for a defect of its own; see its --help for the others.`;

/** @throws UsageError, with a suggestion if a command is similar */
function find(name: string): Command {
  const found = COMMANDS.find((command) => command.name === name);
  if (found !== undefined) return found;
  const meant = suggestion(name, [...COMMANDS.map((command) => command.name), "help"]);
  throw new UsageError(`unknown command ${JSON.stringify(name)}${meant}`);
}

async function help(name: string | undefined): Promise<number> {
  await print(name === undefined ? HELP : find(name).help);
  return EXIT.fine;
}

async function main([name, ...args]: readonly string[]): Promise<number> {
  if (name === undefined) {
    console.error(HELP);
    return EXIT.usage;
  }
  if (name === "--version" || name === "-v") {
    await print(version);
    return EXIT.fine;
  }
  if (name === "--help" || name === "-h") return help(undefined);
  if (name === "help") return help(args[0]);
  if (name.startsWith("-")) {
    const meant = suggestion(name.replace(/^-+/, ""), ["help", "version"], "--");
    throw new UsageError(`unknown option ${name}${meant}`);
  }
  return find(name).run(args);
}

/** In a line of their own: what a message names may be a stranger's. */
const complain = (message: string, ...lines: readonly string[]) =>
  console.error([`convwasm: ${nameText(message)}`, ...lines].join("\n"));

/** What the runtime says where there is no memory for an array of a size that was asked for. */
const isOutOfMemory = (error: unknown): boolean =>
  error instanceof RangeError &&
  /^(Array buffer allocation failed|Invalid (typed )?array (buffer )?length)/.test(error.message);

/** In the process itself, not in a thread of it. */
async function command(args: readonly string[]): Promise<void> {
  try {
    process.exitCode = await main(args);
  } catch (error) {
    if (error instanceof UsageError) {
      const known = COMMANDS.find(({ name }) => name === args[0]);
      complain(error.message, `See convwasm ${known === undefined ? "" : `${known.name} `}--help.`);
      process.exitCode = EXIT.usage;
    } else if (error instanceof Failure) {
      complain(error.message);
      process.exitCode = EXIT_FAILED;
    } else if (isOutOfMemory(error)) {
      complain("there is not enough memory for these shapes");
      process.exitCode = EXIT_FAILED;
    } else {
      // left to the runtime, it would be exit code 1, which is an answer of a command's
      console.error(error);
      process.exitCode = EXIT.defect;
    }
  }
}

// threads of serve begin here, too: in the package all of this is one file
if (isMainThread) await command(process.argv.slice(2));
else work();
