import { type Engine, type LayerData, type Prepared, Unsupported } from "./engines/engine.ts";
import type { OurEngine } from "./engines/ours.ts";
import type { Roof } from "./engines/roof.ts";
import { race } from "./harness.ts";
import type { Layer } from "./layers.ts";
import { type LayerResult, layerResult, OURS } from "./results.ts";
import { difference, layerData, plainSumDifference } from "./verify.ts";

/** The participants. */
export interface Field {
  readonly ours: OurEngine;
  readonly peers: readonly Engine[];
  readonly roof: Roof;
  readonly rounds: number;
}

/** Incidents besides the results. */
export interface Incidents {
  /** wrong results: engine, layer and value */
  readonly faults: string[];
  /** why our kernels did not take part in layers */
  readonly refusals: string[];
}

/**
 * Measures all engines on a layer, after comparing our results with plain sums and theirs with ours. A peer that is
 * wrong, or has no such layer, is left out.
 * @returns undefined if our kernels are left out
 */
export async function measureLayer(
  layer: Layer,
  { ours, peers, roof, rounds }: Field,
  incidents: Incidents,
  onRound: () => void,
): Promise<LayerResult | undefined> {
  const data = layerData(layer);
  const prepared = new Map<string, Prepared>();

  /** @returns the fault, if any */
  async function faultOf(name: string, entrant: Prepared, compare: (output: Float32Array) => string | undefined) {
    prepared.set(name, entrant);
    await entrant.run();
    return compare(entrant.output());
  }

  try {
    const own = await prepare(ours, layer, data);
    if (typeof own === "string") {
      incidents.refusals.push(own);
      return undefined;
    }
    const fault = await faultOf(OURS, own, (output) => plainSumDifference(layer, data, output));
    if (fault !== undefined) {
      incidents.faults.push(`${OURS} on ${layer.name}: ${fault}`);
      return undefined;
    }
    for (const peer of peers) {
      const entrant = await prepare(peer, layer, data);
      if (typeof entrant === "string") continue;
      const fault = await faultOf(peer.name, entrant, (output) => difference(output, own.output()));
      if (fault === undefined) continue;
      incidents.faults.push(`${peer.name} on ${layer.name}: ${fault}`);
      prepared.delete(peer.name);
      await entrant.dispose();
    }
    const entrants = [...prepared.values()].map((each) => ({ run: () => each.run(), sink: () => each.output()[0]! }));
    const [alone, ...timings] = await race([{ run: () => roof.run(), sink: () => 0 }, ...entrants], rounds, onRound);
    const { steps, totals } = own.explanation;
    return layerResult(
      layer,
      { algorithm: steps[0]!.algorithm!, reason: steps[0]!.reason!, workspaceBytes: totals.bytes.workspace },
      roof.flops / alone!.ms / 1e6,
      Object.fromEntries([...prepared.keys()].map((name, index) => [name, timings[index]!])),
    );
  } finally {
    for (const each of prepared.values()) await each.dispose();
  }
}

/** @returns the reason if the engine has no such layer */
async function prepare<Entrant extends Prepared>(
  engine: { prepare(layer: Layer, data: LayerData): Entrant | Promise<Entrant> },
  layer: Layer,
  data: LayerData,
): Promise<Entrant | string> {
  try {
    return await engine.prepare(layer, data);
  } catch (error) {
    if (error instanceof Unsupported) return error.message;
    throw error;
  }
}
