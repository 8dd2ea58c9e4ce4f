import type { Binary } from "../features.ts";
import { relaxed } from "../generated/pixels-relaxed.ts";
import { simdDifference } from "../generated/pixels-simd-difference.ts";
import type { Share } from "../heap.ts";
import { compiled, type Embedded } from "./decode.ts";

export const EMBEDDED: Embedded = { relaxed, simdDifference };

export const moduleOf = (binary: Binary, share?: Share): WebAssembly.Module => compiled(EMBEDDED, binary, share);
