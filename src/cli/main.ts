#!/usr/bin/env node
import process from "node:process";
import { closest, distance } from "fastest-levenshtein";
import { bench } from "./bench/bench.ts";
import { type Command, EXIT, EXIT_FAILED, Failure, UsageError } from "./command.ts";
import { doctor } from "./doctor/doctor.ts";
import { inspect } from "./inspect/inspect.ts";
import { run } from "./run/run.ts";
import { version } from "./version.ts";

const COMMANDS: readonly Command[] = [run, inspect, bench, doctor];

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
  const nearest = closest(name, [...COMMANDS.map((command) => command.name), "help"]);
  const meant = distance(name, nearest) <= Math.ceil(nearest.length / 3) ? ` (did you mean ${nearest}?)` : "";
  throw new UsageError(`unknown command ${JSON.stringify(name)}${meant}`);
}

function help(name: string | undefined): number {
  console.log(name === undefined ? HELP : find(name).help);
  return EXIT.fine;
}

async function main([name, ...args]: readonly string[]): Promise<number> {
  if (name === undefined) {
    console.error(HELP);
    return EXIT.usage;
  }
  if (name === "--version" || name === "-v") {
    console.log(version);
    return EXIT.fine;
  }
  if (name === "--help" || name === "-h") return help(undefined);
  if (name === "help") return help(args[0]);
  if (name.startsWith("-")) throw new UsageError(`unknown option ${name}`);
  return find(name).run(args);
}

const args = process.argv.slice(2);
try {
  process.exitCode = await main(args);
} catch (error) {
  if (error instanceof UsageError) {
    const known = COMMANDS.find(({ name }) => name === args[0]);
    console.error(`convwasm: ${error.message}\nSee convwasm ${known === undefined ? "" : `${known.name} `}--help.`);
    process.exitCode = EXIT.usage;
  } else if (error instanceof Failure) {
    console.error(`convwasm: ${error.message}`);
    process.exitCode = EXIT_FAILED;
  } else {
    // left to the runtime, it would be exit code 1, which is an answer of a command's
    console.error(error);
    process.exitCode = EXIT.defect;
  }
}
