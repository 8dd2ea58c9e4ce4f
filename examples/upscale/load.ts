import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Model, parseModel, type TfjsModel } from "./model.ts";

const packaged = new URL("../../node_modules/@upscalerjs/default-model/models/model.json", import.meta.url);

/** Reads a tfjs layers-model and the weight files beside it. */
export function loadModel(path: string = fileURLToPath(packaged)): Model {
  const model: TfjsModel = JSON.parse(readFileSync(path, "utf8"));
  const shards = model.weightsManifest.flatMap(({ paths }) => paths);
  return parseModel(model, Buffer.concat(shards.map((shard) => readFileSync(join(dirname(path), shard)))));
}
