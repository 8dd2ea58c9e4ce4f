import type { ExplainedStep } from "convwasm";

/** What is known of the time: of a still picture all, of a camera's frames what they took. */
export type Times =
  | { kind: "still"; compile: number; first: number; warm: number; warmRuns: number }
  | { kind: "frames"; median: number; frames: number };

export const shapeText = (shape: readonly number[]) => shape.join("×");

/** Terms and what is said of them, for the list beside the output. */
export function factsOf(step: ExplainedStep, times: Times): [term: string, fact: string][] {
  const { bytes } = step;
  const shown = times.kind === "still" ? times.warm : times.median;
  const time =
    times.kind === "still"
      ? `${milliseconds(times.warm)}, the median of ${count(times.warmRuns, "warm run")}; the first run took ` +
        `${milliseconds(times.first)}, compiling ${milliseconds(times.compile)}`
      : `${milliseconds(times.median)}, the median of the last ${count(times.frames, "frame")}`;
  return [
    ["Time", `${time}. Copies in and out count.`],
    ["Algorithm", `${step.algorithm}, kernel ${step.kernel}`],
    ["Why", step.reason!],
    ["Weight", shapeText(step.weightShape!)],
    ["Work", `${number(step.flops / 1e6)} MFLOP, ${number(step.flops / shown / 1e6)} GFLOPS`],
    [
      "Memory",
      `${size(bytes.input + bytes.output)} images, ${size(bytes.weights)} weights, ${size(bytes.workspace)} workspace`,
    ],
  ];
}

const count = (n: number, what: string) => `${n} ${what}${n === 1 ? "" : "s"}`;
const number = (value: number) => value.toLocaleString("en", { maximumSignificantDigits: 3 });
export const milliseconds = (value: number) => `${number(value)} ms`;
const size = (bytes: number) => (bytes < 1e6 ? `${number(bytes / 1e3)} KB` : `${number(bytes / 1e6)} MB`);
