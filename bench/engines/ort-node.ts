import type { Ort } from "../../src/cli/bench/onnxruntime.ts";
import { load } from "../peers/load.ts";
import type { Engine } from "./engine.ts";
import { ortEngine } from "./onnx.ts";

/** Native onnxruntime with whatever instructions the processor has, on one thread. */
export async function ortNodeEngine(): Promise<Engine> {
  const ort = (await load("onnxruntime-node")) as Ort;
  return ortEngine("ort-node", "onnxruntime-node", ort, {
    executionProviders: ["cpu"],
    executionMode: "sequential",
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
  });
}
