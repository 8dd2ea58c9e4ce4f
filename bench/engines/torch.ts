import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Timing } from "../harness.ts";
import { TOLERANCE } from "../verify.ts";
import { type FamilyData, type FamilyItem, outputPadding } from "./family.ts";

/** The python in PATH may not have the distribution's packages. */
const PYTHONS = ["python3", "/usr/bin/python3"];
const MAX_OUTPUT = 64 << 20;

export interface Torch {
  readonly version: string;
  /** the command that runs it */
  readonly python: string;
  /** PyTorch's time for each, or the fault in its result. */
  measure(
    items: readonly (FamilyItem & { readonly data: FamilyData; readonly expected: Float32Array })[],
    rounds: number,
  ): readonly (Timing | { readonly fault: string })[];
}

/** PyTorch in a process of its own, one thread. @returns undefined if it is not installed */
export function openTorch(): Torch | undefined {
  for (const python of PYTHONS) {
    const { status, stdout } = spawnSync(python, ["-c", "import torch; print(torch.__version__)"], {
      encoding: "utf8",
    });
    if (status === 0)
      return { version: stdout.trim(), python, measure: (items, rounds) => measure(python, items, rounds) };
  }
  return undefined;
}

const measure = (python: string, ...[items, rounds]: Parameters<Torch["measure"]>) => {
  const header = {
    rounds,
    tolerance: TOLERANCE,
    items: items.map(({ operation, layer }) => {
      const { batch, channels, height, width, filters, kernel, stride, padding, dilation, groups } = layer.shape;
      return {
        operation,
        input: [batch, channels, height, width],
        weight: [filters, channels / groups, ...kernel],
        gradient: layer.outputShape,
        options: { stride, padding, dilation, groups },
        outputPadding: outputPadding(layer),
      };
    }),
  };
  const bytes = ({ buffer, byteOffset, byteLength }: Float32Array) => new Uint8Array(buffer, byteOffset, byteLength);
  const operands = items.flatMap(({ data, expected }) => [data.input, data.weight, data.gradient, expected].map(bytes));
  const script = fileURLToPath(new URL("../peers-python/family.py", import.meta.url));
  const { status, stdout, stderr } = spawnSync(python, [script], {
    input: Buffer.concat([Buffer.from(`${JSON.stringify(header)}\n`), ...operands]),
    // set_num_threads does not reach every BLAS
    env: { ...process.env, OMP_NUM_THREADS: "1", OPENBLAS_NUM_THREADS: "1", MKL_NUM_THREADS: "1" },
    maxBuffer: MAX_OUTPUT,
  });
  if (status !== 0) throw new Error(`torch: ${python} failed: ${stderr}`);
  return JSON.parse(stdout.toString()) as ReturnType<Torch["measure"]>;
};
