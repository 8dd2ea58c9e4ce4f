/** Random networks against onnxruntime. */
import type { Build } from "../../src/index.ts";
import { drawNetwork } from "./networks/draw.ts";
import type { Drawn } from "./networks/drawing.ts";
import { modelOf } from "./networks/oracle.ts";
import { shrink } from "./networks/shrink.ts";
import { Trials } from "./networks/trial.ts";
import type { Round, Target } from "./target.ts";

/** How many networks come to one that is compiled without fusing anything. */
const UNFUSED = 8;

export function networks(build: Build): Target {
  const fused = new Trials(build, true);
  const plain = new Trials(build, false);
  return {
    async round(seed): Promise<Round> {
      const trials = seed % UNFUSED === 0 ? plain : fused;
      const drawn = drawNetwork(seed);
      const outcome = await trials.run(drawn, seed);
      if (outcome.kind === "same" || outcome.kind === "unstable" || outcome.kind === "invalid") return outcome.kind;
      const smallest = await shrink(drawn, async (smaller) => (await trials.run(smaller, seed)).kind === outcome.kind);
      const end = await trials.run(smallest, seed);
      const message = `${outcome.kind}: ${end.message}`;
      return {
        message: `${message}\n${described(smallest)}`,
        files: { ".onnx": modelOf(smallest), ".json": described(smallest) },
      };
    },
  };
}

/** Everything that is needed to see it again; of weights and inputs the values. */
function described({ opset, nodes, constants, inputs, outputs }: Drawn): string {
  const values = Object.entries(inputs).map(([name, { type, shape, data }]) => [
    name,
    { type, shape, values: Array.from(data as ArrayLike<number | bigint>, (value) => Number(value)) },
  ]);
  const names = outputs.map(({ name }) => name);
  return JSON.stringify({ opset, nodes, outputs: names, inputs: Object.fromEntries(values), constants });
}
