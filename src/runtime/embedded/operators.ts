import type { Build } from "../features.ts";
import { relaxed } from "../generated/operators-relaxed.ts";
import { simdDifference } from "../generated/operators-simd-difference.ts";
import { compiled, type Embedded } from "./decode.ts";

export const EMBEDDED: Embedded = { relaxed, simdDifference };

export const moduleOf = (build: Build): WebAssembly.Module => compiled(EMBEDDED, build);
