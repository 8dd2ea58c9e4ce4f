/** What rounding does to the results of a network: onnxruntime's own answer when every operator's result is a little off. */
import { countOf } from "../../../src/check.ts";
import { numbersOf } from "../../../src/elements.ts";
import type { TestNode } from "../../support/onnx.ts";
import { typed } from "../../support/onnx-cases/builder.ts";
import type { Random } from "../random.ts";
import { type Leeway, largest } from "./compare.ts";
import type { Drawn } from "./drawing.ts";
import { modelOf, type Result, runOracle } from "./oracle.ts";

/** Operators that compute nothing that is rounded. */
const EXACT = new Set(
  "Abs Cast Ceil Clip Compress Concat ConstantOfShape DepthToSpace Dropout Expand EyeLike Flatten Floor Gather GatherElements GatherND GlobalMaxPool Hardmax Identity Max MaxPool Min Neg OneHot Pad ReduceMax ReduceMin Relu Reshape ReverseSequence Round ScatterND Sign Slice SpaceToDepth Split Squeeze Tile TopK Transpose Trilu Unique Unsqueeze Where".split(
    " ",
  ),
);

/** How far apart two results of one operator may be, as part of the largest of them. */
const ROUNDING = 2e-6;
const HALF_ROUNDING = 5e-4;

const RUNS = 3;
/** The largest that was seen in so few runs is not the largest that there is. */
const MARGIN = 10;

/** All values of the network by name, as onnxruntime computes them. */
export async function traceOf(drawn: Drawn): Promise<ReadonlyMap<string, Result>> {
  const names = drawn.nodes.flatMap(({ outputs = [] }) => outputs.filter((name) => name !== ""));
  const outputs = names.map((name) => typed(name, drawn.types.get(name)!));
  const results = await runOracle(modelOf({ ...drawn, outputs }), drawn.inputs);
  return new Map(results.map((result) => [result.name, result]));
}

/** How far the results of a network move with the rounding of its operators. */
export async function leewayOf(drawn: Drawn, expected: readonly Result[], random: Random): Promise<Leeway> {
  const trace = await traceOf(drawn);
  const leeway = new Map<string, number>();
  for (let run = 0; run < RUNS; ++run) {
    const results = await runOracle(modelOf(disturbed(drawn, trace, random)), drawn.inputs);
    for (const [index, { name, dtype, data, shape }] of results.entries()) {
      const other = expected[index]!;
      let moved = `${shape}` === `${other.shape}` ? 0 : Infinity;
      if (moved === 0) {
        const [a, b] = [numbersOf(dtype as "float32", data), numbersOf(dtype as "float32", other.data)];
        for (let i = 0; i < a.length; ++i) {
          if (Object.is(a[i], b[i])) continue;
          const distance = Math.abs(a[i]! - b[i]!);
          moved = Math.max(moved, dtype.startsWith("float") && !Number.isNaN(distance) ? MARGIN * distance : Infinity);
        }
      }
      leeway.set(name, Math.max(leeway.get(name) ?? 0, moved));
    }
  }
  return leeway;
}

/** The network with something small added to each result that is rounded. */
function disturbed(drawn: Drawn, trace: ReadonlyMap<string, Result>, random: Random): Drawn {
  const constants = { ...drawn.constants };
  const nodes = drawn.nodes.flatMap((node): readonly TestNode[] => {
    const fromHalf = node.op === "Cast" && trace.get(node.inputs[0]!)?.dtype === "float16";
    if (EXACT.has(node.op) && !fromHalf) return [node];
    const added: TestNode[] = [];
    const outputs = (node.outputs ?? []).map((name) => {
      const value = trace.get(name);
      if (value?.dtype !== "float32" || value.data.length === 0 || value.data.length !== countOf(value.shape))
        return name;
      const size = (fromHalf ? HALF_ROUNDING : ROUNDING) * largest(numbersOf("float32", value.data));
      const noise = `${name}:noise`;
      constants[noise] = {
        dims: value.shape,
        values: Array.from({ length: value.data.length }, () => random.real(-size, size)),
      };
      added.push({ op: "Add", inputs: [`${name}:exact`, noise], outputs: [name] });
      return `${name}:exact`;
    });
    return [{ ...node, outputs }, ...added];
  });
  return { ...drawn, constants, nodes };
}
