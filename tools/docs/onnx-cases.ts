/** What the golden cases show of the operators that are supported. */
import { dataTypeName, type GraphProto, graphOf, readModel } from "../../src/onnx/model.ts";
import { TRANSLATORS } from "../../src/onnx/operators/index.ts";
import { operatorOf } from "../../src/onnx/read.ts";
import { FAMILIES } from "../../test/support/onnx-cases/index.ts";

/** What the cases show of an operator. */
interface Shown {
  readonly opsets: Set<number>;
  readonly types: Set<string>;
  cases: number;
}

/** By the names of operators, those of other domains with their domain before them. */
export function shownOperators(): ReadonlyMap<string, Shown> {
  const all = new Map<string, Shown>([...TRANSLATORS.keys()].map((name) => [name, newShown()]));
  for (const { model } of Object.values(FAMILIES).flat()) {
    const { graph, opsetImport } = readModel("docs", model);
    const opset = opsetImport.find(({ domain }) => domain === "")!.version;
    const seen = new Set<string>();
    const waiting: { graph: GraphProto; types: ReadonlyMap<string, number> }[] = [{ graph: graph!, types: new Map() }];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const types = new Map([
        ...next.types,
        ...next.graph.input.map(({ name, elemType }) => [name, elemType] as const),
        ...next.graph.initializer.map(({ name, dataType }) => [name, dataType] as const),
      ]);
      for (const node of next.graph.node) {
        const name = operatorOf(node);
        const shown = all.get(name);
        if (shown === undefined) continue;
        if (!seen.has(name)) ++shown.cases;
        seen.add(name);
        shown.opsets.add(opset);
        const type = types.get(node.input[0] ?? "");
        if (type !== undefined) shown.types.add(dataTypeName(type).toLowerCase());
        for (const attribute of node.attribute) {
          if (attribute.g !== undefined) waiting.push({ graph: graphOf("docs", attribute), types });
        }
      }
    }
  }
  return all;
}

const newShown = (): Shown => ({ opsets: new Set(), types: new Set(), cases: 0 });
