import { memory, type RuntimeInfo, runtime } from "../../runtime/runtime.ts";
import { type Command, EXIT, parseCommand, UsageError } from "../command.ts";
import { chooseBuild } from "../model.ts";
import { print, printJson } from "../output.ts";
import { withProgress } from "../progress.ts";
import { version } from "../version.ts";
import { EXIT_BLOCKED, EXIT_SLOW, exitCode, fasterMicrokernels, findBlocks, findSlowness } from "./diagnosis.ts";
import { gatherFacts } from "./facts.ts";
import { describe, type Report } from "./report.ts";
import { bestOf, measureSpeed, type Speed } from "./speed.ts";

const PAGE_HEADER = "Content-Security-Policy: script-src 'self' 'wasm-unsafe-eval'";

const HELP = `Usage: convwasm doctor [options]

Tells what this runtime offers, which kernels are chosen and why, how fast they are here (about a second of
measurement, on one thread), and what stands in their way.

Options:
      --json  print one JSON object instead
  -h, --help  print this

Exit codes:
  ${EXIT.fine}   all is well
  ${EXIT_SLOW}   works, but slower than it should: no relaxed SIMD, or the micro-kernel in use is clearly not the faster one
  ${EXIT_BLOCKED}   cannot run: no WebAssembly, no SIMD, or it may not be compiled
  ${EXIT.usage}  wrong usage
  ${EXIT.defect}  a defect of this command`;

export const doctor: Command = {
  name: "doctor",
  summary: "print what this runtime offers, which kernels are chosen, how fast they are, and what is in the way",
  help: HELP,
  async run(args) {
    const { values, positionals } = parseCommand(args, { json: { type: "boolean", default: false } });
    if (values.help) {
      await print(HELP);
      return EXIT.fine;
    }
    if (positionals.length > 0) throw new UsageError(`doctor takes no arguments, got ${positionals.join(" ")}`);
    const report = await examine();
    await (values.json ? printJson(report) : print(describe(report)));
    return report.exitCode;
  },
};

async function examine(): Promise<Report> {
  const facts = gatherFacts();
  const blocks = findBlocks(facts);
  if (blocks.length === 0) chooseBuild(undefined);
  const chosen = blocks.length > 0 ? null : runtime();
  const speed = chosen === null ? null : await measureTwiceIfInDoubt(chosen);
  const findings = chosen === null || speed === null ? blocks : findSlowness(facts, chosen, speed);
  return {
    convwasm: version,
    facts,
    runtime: chosen,
    speed,
    memory: memory(),
    pageHeader: PAGE_HEADER,
    findings,
    exitCode: exitCode(findings),
  };
}

/** On a busy machine optimised code may come late and make a fast micro-kernel look slow. */
async function measureTwiceIfInDoubt({ microkernel }: RuntimeInfo): Promise<Speed> {
  const speed = await measureWithProgress();
  if (fasterMicrokernels(microkernel, speed).length === 0) return speed;
  return bestOf(speed, await measureWithProgress());
}

const measureWithProgress = (): Promise<Speed> =>
  withProgress((progress) => measureSpeed((done) => progress.update("measuring", done)));
