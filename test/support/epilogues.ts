/** The activations that a session can end with, and what each computes. */
import type { Activation } from "../../src/index.ts";

export interface EpilogueCase {
  readonly activation: Activation | undefined;
  /** in float64 */
  readonly apply: (x: number) => number;
}

const clamp = (x: number, low: number, high: number) => Math.min(Math.max(x, low), high);

export const EPILOGUES: readonly EpilogueCase[] = [
  { activation: undefined, apply: (x) => x },
  { activation: "relu", apply: (x) => Math.max(x, 0) },
  { activation: "relu6", apply: (x) => clamp(x, 0, 6) },
  { activation: "silu", apply: (x) => x / (1 + Math.exp(-x)) },
  { activation: "hardswish", apply: (x) => (x * clamp(x + 3, 0, 6)) / 6 },
  { activation: { leakyRelu: 0.1 }, apply: (x) => (x < 0 ? Math.fround(0.1) * x : x) },
  { activation: { clamp: [-0.5, 0.25] }, apply: (x) => clamp(x, -0.5, 0.25) },
];
