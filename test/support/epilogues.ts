/** The activations that a session can end with, and what each computes. */
import type { Activation } from "../../src/index.ts";
import { clamp, gelu, hardsigmoid, hardswish, relu, relu6, sigmoid, silu } from "./functions.ts";

export interface EpilogueCase {
  readonly activation: Activation | undefined;
  /** in float64 */
  readonly apply: (x: number) => number;
}

export const EPILOGUES: readonly EpilogueCase[] = [
  { activation: undefined, apply: (x) => x },
  { activation: "relu", apply: relu },
  { activation: "relu6", apply: relu6 },
  { activation: "silu", apply: silu },
  { activation: "hardswish", apply: hardswish },
  { activation: "sigmoid", apply: sigmoid },
  { activation: "tanh", apply: Math.tanh },
  { activation: "hardsigmoid", apply: hardsigmoid },
  { activation: "gelu", apply: gelu },
  { activation: { leakyRelu: 0.1 }, apply: (x) => (x < 0 ? Math.fround(0.1) * x : x) },
  { activation: { clamp: [-0.5, 0.25] }, apply: (x) => clamp(x, -0.5, 0.25) },
];
