import simd from "convwasm/kernels.wasm";
import relaxed from "convwasm/kernels-relaxed.wasm";
import type { Build } from "../features.ts";

const IMPORTED: Record<Build, WebAssembly.Module> = { simd, relaxed };

/** The module as the runtime compiled it itself: ../embedded/kernels.ts of the builds for workerd and edge-light. */
export const moduleOf = (build: Build): WebAssembly.Module => IMPORTED[build];
