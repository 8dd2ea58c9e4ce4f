import type { DType } from "../../dtype.ts";
import type { ExplainedStep, Explanation } from "../../index.ts";
import { nameText, shapeText, size, table, typeText } from "../format.ts";

/** All that inspect found out: what `--json` prints. */
export interface Inspection extends Explanation {
  /** path of the file */
  readonly model: string;
  readonly inputs: readonly {
    readonly name: string;
    /** as the file has it: lengths, and names of those that it leaves open; null where it says nothing */
    readonly declared: readonly (number | string)[] | null;
    readonly dtype: DType;
    readonly shape: readonly number[];
  }[];
  readonly outputs: readonly { readonly name: string; readonly dtype: DType; readonly shape: readonly number[] }[];
  /** with --time, milliseconds of each step */
  readonly times: readonly number[] | null;
}

/** For people. */
export function describe({ model, inputs, outputs, build, steps, totals, times }: Inspection): string {
  const { flops, bytes } = totals;
  const total = times?.reduce((sum, ms) => sum + ms, 0);
  const head = ["step", "operator", "kernel", "fused", "input", "output", "MFLOP", "weights", "workspace"];
  return [
    `${nameText(model)}: ${steps.length} steps, ${megaflops(flops)} MFLOP, ${build} build`,
    ...inputs.map(({ name, dtype, declared, shape }) => {
      const open = declared === null || declared.some((length, axis) => length !== shape[axis]);
      return `input ${nameText(name)}: ${typeText(dtype, shape)}${open ? ` (declared ${declared === null ? "without a shape" : shapeText(declared)})` : ""}`;
    }),
    ...outputs.map(({ name, dtype, shape }) => `output ${nameText(name)}: ${typeText(dtype, shape)}`),
    table(
      [...head, ...(times === null ? [] : ["ms", "GFLOPS"])],
      6,
      steps.map((step, index) => row(step, times?.[index])),
    ),
    ...(total === undefined ? [] : [`time: ${total.toFixed(2)} ms, ${rate(flops, total)} GFLOPS (sum of the steps)`]),
    `linear memory: ${size(bytes.held)} in all`,
    `  weights, packed         ${size(bytes.weights)}`,
    `  tensors and workspaces  ${size(bytes.arena)}, of which ${size(bytes.alive)} of tensors are needed at one time at most`,
    `  largest workspace       ${size(bytes.workspace)}`,
  ].join("\n");
}

function row(step: ExplainedStep, ms: number | undefined): string[] {
  const { name, op, algorithm, kernel, activation, residual, flops, bytes } = step;
  const fused = [...(residual ? ["add"] : []), ...(activation === undefined ? [] : [activation])].join(", ");
  const computed = kernel !== "none";
  return [
    name,
    op,
    algorithm === undefined ? (computed ? kernel : "-") : `${algorithm}: ${kernel}`,
    fused,
    typeText(step.inputType, step.inputShape),
    typeText(step.outputType, step.outputShape),
    flops === 0 ? "" : megaflops(flops),
    bytes.weights === 0 ? "" : size(bytes.weights),
    bytes.workspace === 0 ? "" : size(bytes.workspace),
    ...(ms === undefined ? [] : computed ? [ms.toFixed(3), flops === 0 ? "" : rate(flops, ms)] : ["", ""]),
  ];
}

const megaflops = (flops: number) => (flops / 1e6).toFixed(flops < 1e7 ? 2 : 0);

/** A clock that did not move gives no rate. */
const rate = (flops: number, ms: number) => (ms > 0 ? (flops / ms / 1e6).toFixed(1) : "");
