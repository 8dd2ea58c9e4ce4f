import type { Ort } from "../../src/cli/bench/onnxruntime.ts";
import { load } from "../peers/load.ts";
import type { Engine } from "./engine.ts";
import { ortEngine } from "./onnx.ts";

/** onnxruntime-web on its WebAssembly backend, without worker threads. */
export async function ortWebEngine(): Promise<Engine> {
  const ort = (await load("onnxruntime-web")) as Ort;
  ort.env.wasm.numThreads = 1;
  return ortEngine("ort-web", "onnxruntime-web", ort, { executionProviders: ["wasm"] });
}
