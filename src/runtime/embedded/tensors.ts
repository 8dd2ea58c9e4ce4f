import type { Build } from "../features.ts";
import { relaxed } from "../generated/tensors-relaxed.ts";
import { simdDifference } from "../generated/tensors-simd-difference.ts";
import { compiled, type Embedded } from "./decode.ts";

export const EMBEDDED: Embedded = { relaxed, simdDifference };

export const moduleOf = (build: Build): WebAssembly.Module => compiled(EMBEDDED, build);
