import simd from "convwasm/quantised.wasm";
import relaxed from "convwasm/quantised-relaxed.wasm";
import type { Binary } from "../features.ts";

const IMPORTED: Record<Binary, WebAssembly.Module> = { simd, relaxed };

/** The module as the runtime compiled it itself: ../embedded/quantised.ts of the builds for workerd and edge-light. */
export const moduleOf = (binary: Binary): WebAssembly.Module => IMPORTED[binary];
