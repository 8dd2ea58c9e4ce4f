/** The smallest network that still shows a fault. */
import { type CaseInput, running, typed } from "../../support/onnx-cases/builder.ts";
import { type Drawn, namesRead } from "./drawing.ts";
import { traceOf } from "./noise.ts";
import type { Result } from "./oracle.ts";

/** Without what no output needs. */
function pruned(drawn: Drawn): Drawn {
  const needed = new Set(drawn.outputs.map(({ name }) => name));
  const nodes = drawn.nodes
    .toReversed()
    .filter((node) => {
      if (!(node.outputs ?? []).some((name) => needed.has(name))) return false;
      for (const name of namesRead(node)) needed.add(name);
      return true;
    })
    .toReversed();
  const kept = <T>(record: Readonly<Record<string, T>>) =>
    Object.fromEntries(Object.entries(record).filter(([name]) => needed.has(name)));
  return { ...drawn, nodes, inputs: kept(drawn.inputs), constants: kept(drawn.constants) };
}

/** A value that was computed, as an input. */
function inputOf({ types }: Drawn, { name, shape, data }: Result): CaseInput {
  return running(types.get(name)!, shape, Array.from(data as ArrayLike<number | bigint>));
}

/**
 * @param fails whether a network still shows the fault
 * @returns the network with fewer outputs, fewer nodes, and values that were computed as inputs
 */
export async function shrink(drawn: Drawn, fails: (smaller: Drawn) => Promise<boolean>): Promise<Drawn> {
  let best = drawn;
  const attempt = async (smaller: Drawn): Promise<boolean> => {
    const candidate = pruned(smaller);
    if (candidate.nodes.length === 0 || !(await fails(candidate))) return false;
    best = candidate;
    return true;
  };
  for (const output of drawn.outputs) if (await attempt({ ...drawn, outputs: [output] })) break;
  for (const output of best.outputs) {
    if (best.outputs.length > 1) await attempt({ ...best, outputs: best.outputs.filter((other) => other !== output) });
  }
  for (let changed = true; changed; ) {
    changed = false;
    const trace = await traceOf(best).catch(() => new Map<string, Result>());
    // earlier results in place of the last
    for (const { outputs = [] } of best.nodes.slice(0, -1)) {
      const name = outputs.find((output) => output !== "")!;
      if (await attempt({ ...best, outputs: [typed(name, best.types.get(name)!)] })) {
        changed = true;
        break;
      }
    }
    if (changed) continue;
    // values that were computed, the last first, as inputs
    for (const node of best.nodes.toReversed()) {
      const values = (node.outputs ?? []).filter((name) => name !== "").map((name) => trace.get(name));
      if (values.some((value) => value === undefined)) continue;
      if (best.outputs.some(({ name }) => node.outputs?.includes(name))) continue;
      const inputs = Object.fromEntries(values.map((value) => [value!.name, inputOf(best, value!)]));
      const nodes = best.nodes.filter((other) => other !== node);
      if (await attempt({ ...best, nodes, inputs: { ...best.inputs, ...inputs } })) {
        changed = true;
        break;
      }
    }
  }
  return best;
}
