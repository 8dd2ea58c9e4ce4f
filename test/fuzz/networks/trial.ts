/** One random network in both engines. */
import type { Build } from "../../../src/index.ts";
import { Random } from "../random.ts";
import { begins, faultOf } from "../target.ts";
import { difference, type Leeway } from "./compare.ts";
import type { Drawn } from "./drawing.ts";
import { leewayOf } from "./noise.ts";
import { modelOf, type Result, runOracle } from "./oracle.ts";
import { Damage, Watcher } from "./watched.ts";

/** How a trial ends. */
export interface Outcome {
  /**
   * same: as far apart as rounding allows; unstable: so far apart as rounding within the network can take them;
   * invalid: what onnxruntime does not run, which says nothing of this library. The others are faults
   */
  readonly kind: "same" | "unstable" | "invalid" | "refused" | "damage" | "differs" | "trap";
  /** of all but the first two */
  readonly message?: string;
}

export class Trials {
  readonly #watcher: Watcher;

  constructor(build: Build, optimize: boolean) {
    this.#watcher = new Watcher(build, optimize);
  }

  async run(drawn: Drawn, seed: number): Promise<Outcome> {
    const random = new Random(seed);
    const model = modelOf(drawn);
    let expected: readonly Result[];
    try {
      expected = await runOracle(model, drawn.inputs);
    } catch (error) {
      return { kind: "invalid", message: (error as Error).message };
    }
    let actual: readonly Result[];
    try {
      actual = this.#watcher.run(model, drawn.inputs, random);
    } catch (error) {
      const { message } = error as Error;
      if (error instanceof Damage) return { kind: "damage", message };
      const fault = faultOf(error, begins(/^(loadOnnx|compile|Session)/));
      return fault === undefined ? { kind: "refused", message } : { kind: "trap", message: fault };
    }
    const found = difference(actual, expected);
    if (found === undefined) return { kind: "same" };
    let leeway: Leeway;
    try {
      leeway = await leewayOf(drawn, expected, random);
    } catch (error) {
      // the shapes that onnxruntime infers are not always those that it computes
      return { kind: "differs", message: `${found}; what rounding does is unknown: ${(error as Error).message}` };
    }
    const still = difference(actual, expected, leeway);
    return still === undefined ? { kind: "unstable" } : { kind: "differs", message: still };
  }
}
