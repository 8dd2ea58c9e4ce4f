import type { DType } from "../../dtype.ts";
import type { ExplainedStep, Explanation } from "../../index.ts";
import { nameText, size, typeText } from "../format.ts";
import { type Column, fittedTable } from "./fit.ts";

/** Everything that inspect found: what `--json` prints. */
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

/**
 * For people.
 * @param width of the terminal, which the table is to fit; undefined where there is none
 */
export function describe(inspection: Inspection, width?: number): string {
  const { model, inputs, outputs, build, steps, totals, times } = inspection;
  const { flops, bytes } = totals;
  const total = times?.reduce((sum, ms) => sum + ms, 0);
  const { text, leftOut } = fittedTable(columnsOf(inspection), width);
  return [
    `${nameText(model)}: ${steps.length} steps, ${megaflops(flops)} MFLOP, ${build} build`,
    ...inputs.map(({ name, dtype, declared, shape }) => {
      const open = declared === null || declared.some((length, axis) => length !== shape[axis]);
      const declaredText =
        declared === null ? "without a shape" : `[${declared.map((each) => nameText(`${each}`)).join(", ")}]`;
      return `input ${nameText(name)}: ${typeText(dtype, shape)}${open ? ` (declared ${declaredText})` : ""}`;
    }),
    ...outputs.map(({ name, dtype, shape }) => `output ${nameText(name)}: ${typeText(dtype, shape)}`),
    ...(steps.length === 0 ? [] : [text]),
    ...(leftOut.length === 0
      ? []
      : [`There is no room for ${leftOut.join(", ")}: a wider terminal or --json has them.`]),
    ...(total === undefined ? [] : [`time: ${total.toFixed(2)} ms, ${rate(flops, total)} GFLOPS (sum of the steps)`]),
    `linear memory: ${size(bytes.held)} in all`,
    `  weights, packed         ${size(bytes.weights)}`,
    `  tensors and workspaces  ${size(bytes.arena)}, of which ${size(bytes.alive)} of tensors are needed at one time at most`,
    `  largest workspace       ${size(bytes.workspace)}`,
  ].join("\n");
}

function columnsOf({ steps, times }: Inspection): readonly Column[] {
  const column = (head: string, cell: (step: ExplainedStep, index: number) => string) => ({
    head,
    cells: steps.map(cell),
  });
  const computed = ({ kernel }: ExplainedStep) => kernel !== "none";
  return [
    { ...column("step", ({ name }) => name), least: 16 },
    { ...column("operator", ({ op }) => op), least: 8 },
    { ...column("kernel", kernelOf), least: 12 },
    { ...column("fused", fusedInto), least: 8, leaveOut: 4 },
    {
      ...column("input", ({ inputType, inputShape }) => typeText(inputType, inputShape)),
      least: Infinity,
      leaveOut: 1,
    },
    { ...column("output", ({ outputType, outputShape }) => typeText(outputType, outputShape)), least: Infinity },
    column("MFLOP", ({ flops }) => (flops === 0 ? "" : megaflops(flops))),
    { ...column("weights", ({ bytes }) => (bytes.weights === 0 ? "" : size(bytes.weights))), leaveOut: 2 },
    { ...column("workspace", ({ bytes }) => (bytes.workspace === 0 ? "" : size(bytes.workspace))), leaveOut: 0 },
    ...(times === null
      ? []
      : [
          column("ms", (step, index) => (computed(step) ? times[index]!.toFixed(3) : "")),
          {
            ...column("GFLOPS", (step, index) =>
              computed(step) && step.flops > 0 ? rate(step.flops, times[index]!) : "",
            ),
            leaveOut: 3,
          },
        ]),
  ];
}

const kernelOf = ({ algorithm, kernel }: ExplainedStep): string => {
  if (algorithm !== undefined) return `${algorithm}: ${kernel}`;
  return kernel === "none" ? "-" : kernel;
};

const fusedInto = ({ residual, activation }: ExplainedStep): string =>
  [...(residual ? ["add"] : []), ...(activation === undefined ? [] : [activation])].join(", ");

const megaflops = (flops: number) => (flops / 1e6).toFixed(flops < 1e7 ? 2 : 0);

/** A clock that did not move gives no rate. */
const rate = (flops: number, ms: number) => (ms > 0 ? (flops / ms / 1e6).toFixed(1) : "");
