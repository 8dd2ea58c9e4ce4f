import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { ROOT } from "../support/node.ts";

/** What a command that serves prints up to the first URL in it, and the running command. */
export async function startServing(...args: string[]): Promise<{ url: string; process: ChildProcess }> {
  const process = spawn(globalThis.process.execPath, args, { cwd: ROOT, stdio: ["ignore", "pipe", "inherit"] });
  let printed = "";
  for await (const part of process.stdout) {
    printed += part;
    const url = printed.match(/http:\S+/)?.[0];
    if (url !== undefined) return { url, process };
  }
  throw new Error(`${args.join(" ")} ended without a URL: ${printed}`);
}

/** Ends it as Ctrl-C does. */
export async function interrupt(process: ChildProcess): Promise<void> {
  const ended = once(process, "exit");
  process.kill("SIGINT");
  await ended;
}
