import simd from "convwasm/tensors.wasm";
import relaxed from "convwasm/tensors-relaxed.wasm";
import type { Build } from "../features.ts";

const IMPORTED: Record<Build, WebAssembly.Module> = { simd, relaxed };

/** The module as the runtime compiled it itself: ../embedded/tensors.ts of the builds for workerd and edge-light. */
export const moduleOf = (build: Build): WebAssembly.Module => IMPORTED[build];
