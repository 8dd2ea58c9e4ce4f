import { all as attention } from "./attention.ts";
import type { OnnxCase } from "./builder.ts";
import { all as computedWeights } from "./computed-weights.ts";
import { all as control } from "./control.ts";
import { all as detectors } from "./detectors.ts";
import { all as elementwise } from "./elementwise.ts";
import { all as found } from "./found.ts";
import { all as functions } from "./functions.ts";
import { all as indexing } from "./indexing.ts";
import { all as integers } from "./integers.ts";
import { all as linear } from "./linear.ts";
import { all as logic } from "./logic.ts";
import { all as microsoft } from "./microsoft.ts";
import { all as movement } from "./movement.ts";
import { all as networks } from "./networks.ts";
import { all as normalization } from "./normalization.ts";
import { all as quantised } from "./quantised.ts";
import { all as recurrent } from "./recurrent.ts";
import { all as reduce } from "./reduce.ts";
import { all as reported } from "./reported.ts";
import { all as resize } from "./resize.ts";
import { all as sampling } from "./sampling.ts";
import { all as sequences } from "./sequences.ts";
import { all as types } from "./types.ts";
import { all as volumes } from "./volumes.ts";
import { all as windows } from "./windows.ts";

export * from "./builder.ts";

/** The cases by family; golden/onnx/NAME.json has what onnxruntime gives for each. */
export const FAMILIES: Readonly<Record<string, readonly OnnxCase[]>> = {
  computedWeights,
  attention,
  control,
  detectors,
  elementwise,
  found,
  functions,
  indexing,
  integers,
  linear,
  logic,
  microsoft,
  movement,
  networks,
  normalization,
  quantised,
  recurrent,
  reduce,
  reported,
  resize,
  sampling,
  sequences,
  types,
  volumes,
  windows,
};

export const ONNX_CASES: readonly OnnxCase[] = Object.values(FAMILIES).flat();
