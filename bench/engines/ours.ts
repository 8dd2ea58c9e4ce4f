import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Algorithm, compile, type Explanation, nn, Tensor } from "convwasm";
import type { Layer } from "../layers.ts";
import { type Engine, type LayerData, type Prepared, Unsupported } from "./engine.ts";

export interface PreparedByUs extends Prepared {
  readonly explanation: Explanation;
}

export interface OurEngine extends Engine {
  prepare(layer: Layer, data: LayerData): PreparedByUs;
}

/** Our kernels through a Session. `run` copies the input in and the result out, into an existing Tensor. */
export function ourEngine(algorithm: Algorithm): OurEngine {
  const manifest = JSON.parse(readFileSync(fileURLToPath(import.meta.resolve("convwasm/package.json")), "utf8"));
  return {
    name: "convwasm",
    version: manifest.version,
    prepare({ shape }, data) {
      const { batch, channels, height, width, filters, kernel, ...options } = shape;
      const layer = new nn.Conv2d(channels, filters, kernel, options);
      layer.loadStateDict({
        weight: new Tensor(data.weight, layer.weight.shape),
        bias: new Tensor(data.bias, [filters]),
      });
      const input = new Tensor(data.input, [batch, channels, height, width]);
      const session = compileFor(layer, input.shape, algorithm);
      const output = Tensor.zeros(session.outputShape);
      return {
        explanation: session.explain(),
        run() {
          session.run(input, { output });
        },
        output: () => output.data,
        dispose: () => session.dispose(),
      };
    },
  };
}

function compileFor(layer: nn.Conv2d, inputShape: readonly number[], algorithm: Algorithm) {
  try {
    return compile(layer, inputShape, { algorithm });
  } catch (error) {
    // an algorithm asked for by name may not serve every layer
    if (algorithm !== "auto" && error instanceof RangeError) throw new Unsupported(error.message);
    throw error;
  }
}
