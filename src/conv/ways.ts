import { depthwise } from "./depthwise.ts";
import { depthwise1d } from "./depthwise1d.ts";
import { depthwise3x3 } from "./depthwise3x3.ts";
import { direct } from "./direct.ts";
import { dot } from "./dot.ts";
import { gemm } from "./gemm.ts";
import { toeplitz } from "./toeplitz.ts";
import type { Way } from "./way.ts";
import { winograd } from "./winograd.ts";

/** Every way of convolving; of an algorithm's ways the more special ones come first. */
export const WAYS: readonly Way[] = [gemm, dot, depthwise1d, depthwise3x3, depthwise, direct, winograd, toeplitz];
