import type { memory, RuntimeInfo } from "../../runtime/runtime.ts";
import { size } from "../format.ts";
import type { Finding } from "./diagnosis.ts";
import type { Facts } from "./facts.ts";
import type { Speed } from "./speed.ts";

/** Everything that doctor found: what `--json` prints. */
export interface Report {
  /** version of convwasm */
  readonly convwasm: string;
  readonly facts: Facts;
  /** null if the kernels cannot run, and so is `speed` */
  readonly runtime: RuntimeInfo | null;
  readonly speed: Speed | null;
  /** after the measurement, in bytes */
  readonly memory: ReturnType<typeof memory>;
  /** the header that lets a page with a Content-Security-Policy run the kernels */
  readonly pageHeader: string;
  readonly findings: readonly Finding[];
  readonly exitCode: number;
}

/** For people. */
export function describe(report: Report): string {
  const { facts, runtime, speed, findings } = report;
  const { webassembly } = facts;
  const sections: string[] = [
    `convwasm ${report.convwasm} on ${facts.name} ${facts.version}, ${facts.platform} ${facts.architecture}`,
    section("This machine and runtime", [
      ["processor", `${known(facts.cpu)}, ${known(facts.cores, "cores")}, ${known(facts.machineMemory, size)}`],
      ["WebAssembly", yes(webassembly.present && webassembly.refusal === null)],
      ["SIMD", yes(webassembly.builds.simd)],
      ["relaxed SIMD", yes(webassembly.builds.relaxed)],
      ["threads", threads(facts)],
      ["linear memory", webassembly.present ? `grows to ${size(webassembly.growsTo)}` : "none"],
      ["code from strings", facts.codeFromStrings ? "allowed (not needed)" : "disallowed, which does not matter here"],
    ]),
  ];
  if (runtime !== null && speed !== null) {
    sections.push(
      section("Kernels", [
        ["build", `${runtime.build}: ${runtime.reason}`],
        ["micro-kernel", `${runtime.microkernel}: ${runtime.microkernelReason}`],
        [
          "memory",
          `${size(report.memory.bytes)} held, ${size(report.memory.used)} in use, limit ${size(report.memory.limit)}`,
        ],
      ]),
      section(`Speed: best of ${speed.rounds} rounds, ${speed.build} build, one thread`, [
        ...Object.entries(speed.microkernels).map(([name, gflops]): Row => {
          const used = name === runtime.microkernel ? ", the one in use" : "";
          return [`${name} alone`, `${gigaflops(gflops)}${used}`];
        }),
        ...speed.layers.map(
          ({ name, ms, gflops, algorithm }): Row => [name, `${gigaflops(gflops)}, ${ms.toFixed(2)} ms by ${algorithm}`],
        ),
      ]),
    );
  }
  sections.push(
    `In browsers, a page with a Content-Security-Policy needs 'wasm-unsafe-eval' among its script sources:\n  ${report.pageHeader}`,
    findings.length === 0
      ? "Fine: nothing stands in the way."
      : findings
          .map(
            ({ severity, problem, remedy }) =>
              `${severity === "blocked" ? "Cannot run" : "Slower than it should be"}: ${problem}.\n  To fix it: ${remedy}.`,
          )
          .join("\n"),
  );
  return sections.join("\n\n");
}

type Row = readonly [name: string, value: string];

function section(title: string, rows: readonly Row[]): string {
  const width = Math.max(...rows.map(([name]) => name.length));
  return [title, ...rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`)].join("\n");
}

/** What is there, and what takes it. */
function threads({ oneThread, automaticThreads: most, webassembly }: Facts): string {
  if (oneThread !== null) return `no: ${oneThread}`;
  if (!webassembly.threads) return "no: WebAssembly has no shared memory here";
  return `yes: one, until configure({ threads }) asks for more; "auto" takes ${most} here`;
}

const yes = (value: boolean) => (value ? "yes" : "no");
const gigaflops = (value: number) => `${value.toFixed(1).padStart(6)} GFLOPS`;

/** A fact that a runtime may refuse to report, with its unit. */
function known<T extends string | number>(value: T | null, unit: string | ((value: T) => string) = ""): string {
  if (value === null) return "not known (Deno: --allow-sys)";
  return typeof unit === "string" ? `${value} ${unit}`.trimEnd() : unit(value);
}
