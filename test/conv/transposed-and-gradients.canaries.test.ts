import { describe, expect, it } from "vitest";
import { convCall, transposeCall } from "../../src/conv/call.ts";
import { planTransposed } from "../../src/conv/transposed.ts";
import { planWeightGradient } from "../../src/conv/weight-gradient.ts";
import { float32 } from "../../src/dtype.ts";
import { convTranspose2d } from "../../src/index.ts";
import type { Planned } from "../../src/planning/planned.ts";
import { KERNELS } from "../../src/runtime/modules/kernels.ts";
import { HELD, INSTRUCTION_BYTES, ProgramWriter, STAGED } from "../../src/runtime/program.ts";
import { type ConvCase, convCases } from "../support/conv-cases.ts";
import { Arena, BUILD, GUARD, MICROKERNELS, type Region, rangesOf } from "../support/kernels.ts";
import * as reference from "../support/reference.ts";
import * as family from "../support/transposed-reference.ts";

const SEED = 20251;

const LARGE = [
  // several bands of rows, and filters and columns past whole tiles
  { input: [1, 9, 40, 61], weight: [200, 9, 3, 3], padding: [1, 1] },
  { input: [2, 17, 25, 33], weight: [13, 17, 2, 3], stride: [2, 1] },
  { input: [1, 3, 64, 90], weight: [64, 3, 7, 7], stride: [2, 2], padding: [3, 3], paddingMode: "reflect" },
] as const;

const region = (name: string, bytes: number, alignment = 4): Region => ({ name, bytes, alignment });

interface Operands {
  readonly inputs: readonly (Float32Array | null)[];
  readonly parameters: readonly (reference.Values | null)[];
}

/**
 * Prepares a call among guards and runs it twice as a whole, then each instruction in random ranges of items.
 * @returns the result
 * @throws Error for what is written elsewhere, not written or different
 */
function runGuarded(call: Planned, { inputs, parameters }: Operands, turn: number): Float32Array {
  const count = reference.sizeOf(call.types[0]!.shape);
  const regions = [
    region("held", call.heldBytes, 64),
    region("program", call.calls * INSTRUCTION_BYTES, 16),
    region("staged", call.stagedBytes, 64),
    ...inputs.map((data, i) => region(`input ${i}`, data?.byteLength ?? 0)),
    region("output", count * 4),
    region("workspace", call.workspaceBytes, 16),
    region("own workspace", call.workspaceBytes, 16),
  ].filter(({ bytes }) => bytes > 0);
  const arena = new Arena(BUILD, Arena.pagesFor(regions), MICROKERNELS[turn % MICROKERNELS.length]!);
  const { engine, heap } = arena;
  const at = arena.place(regions, regions[turn % regions.length]!.name, (turn % 16) * 4);
  const program = new ProgramWriter(engine, { held: 0, arena: 0, staged: 0 }, at.program!);
  const place = (name: string) => (at[name] === undefined ? 0 : HELD + at[name]);
  for (const [i, data] of inputs.entries()) if (data !== null) heap.f32.set(data, at[`input ${i}`]! / 4);
  call.prepare(program, {
    inputs: inputs.map((_, i) => place(`input ${i}`)),
    parameters: parameters.map((each) => each && { ...float32(each.shape), data: each.data as Float32Array }),
    outputs: [HELD + at.output!],
    residual: 0,
    activation: undefined,
    held: HELD + at.held!,
    staged: STAGED + (at.staged ?? 0),
    workspace: place("workspace"),
  });
  if (at.staged !== undefined) arena.poison("staged");
  const fixed = regions.map(({ name }) => name).filter((name) => !/output|workspace/.test(name));
  const before = fixed.map((name) => arena.words(name));
  const instructions = arena.words("program");
  const results = [false, false, true, true].map((ranges, round) => {
    arena.poison("output");
    engine.exports.ownWorkspace.value = round === 3 ? (at["own workspace"] ?? 0) : 0;
    if (!ranges) engine.exports.run(at.program!, 0, call.calls);
    for (let i = 0; ranges && i < call.calls; ++i) {
      const [kernel, params, items] = instructions.subarray((i * INSTRUCTION_BYTES) / 4);
      const name = KERNELS.kernels[kernel! - KERNELS.base]!;
      for (const [begin, end] of rangesOf(items!, turn + i)) engine.kernel(KERNELS, name)(params!, begin, end);
    }
    const damage = arena.damage();
    if (damage !== undefined) throw new Error(damage);
    expect(fixed.filter((name, i) => !sameBits(arena.words(name), before[i]!))).toEqual([]);
    return arena.words("output");
  });
  expect(results[0]!.indexOf(GUARD)).toBe(-1);
  expect(sameBits(results[1]!, results[0]!), "again").toBe(true);
  expect(sameBits(results[2]!, results[0]!), "in ranges").toBe(true);
  expect(sameBits(results[3]!, results[0]!), "in a thread's own workspace").toBe(true);
  return new Float32Array(results[0]!.buffer);
}

// arrays of a million numbers: compared as bytes, for toEqual would take seconds
const sameBits = (a: Int32Array | Float32Array, b: Int32Array | Float32Array) =>
  Buffer.compare(
    new Uint8Array(a.buffer, a.byteOffset, a.byteLength),
    new Uint8Array(b.buffer, b.byteOffset, b.byteLength),
  ) === 0;

const tensor = (seed: number, shape: readonly number[]) => ({
  data: reference.randoms(SEED + seed, reference.sizeOf(shape)),
  shape,
});

/** Computes a weight gradient among guards and says what is wrong, or nothing. */
function weightGradientFault(each: Partial<ConvCase> & Pick<ConvCase, "input" | "weight">, turn: number) {
  const { input, weight, bias: _bias, ...options } = each as ConvCase;
  const { geometry, outputShape } = convCall({ where: "test", axes: 2, input, weight, options });
  const x = tensor(3 * turn, input);
  const w = tensor(3 * turn + 1, weight);
  const gradient = tensor(3 * turn + 2, outputShape);
  const call = planWeightGradient(geometry, float32(weight));
  const data = runGuarded(call, { inputs: [x.data, gradient.data], parameters: [] }, turn);
  return reference.difference({ data, shape: weight }, family.conv2dBackward(x, w, gradient, options).weight, 4);
}

describe(`the weight gradient keeps to its buffers, seed ${SEED}`, () => {
  it("over strides, dilations, groups, padding modes and all tails", () => {
    for (const [turn, each] of convCases(SEED, 120, 60).entries()) {
      expect(weightGradientFault(each, turn), reference.nameOf({ ...each })).toBeUndefined();
    }
  });

  it.each(LARGE.map((each, turn) => [reference.nameOf({ ...each }), each, turn] as const))(
    "%s",
    (_name, each, turn) => {
      expect(weightGradientFault(each, turn)).toBeUndefined();
    },
  );
});

describe("transposed convolutions keep to their buffers", () => {
  const sizes = [
    { input: [1, 3, 5, 6], weight: [3, 2, 4, 4], stride: 2, padding: 1 },
    { input: [2, 4, 7, 5], weight: [4, 3, 3, 3], stride: 2, outputPadding: 1 },
    { input: [1, 6, 4, 9], weight: [6, 2, 2, 2], stride: 2, groups: 2 },
    { input: [2, 3, 5, 5], weight: [3, 5, 3, 3], stride: 3, outputPadding: 2 },
    { input: [1, 2, 3, 4], weight: [2, 3, 1, 2], stride: [3, 4] },
    { input: [1, 8, 6, 7], weight: [8, 7, 3, 3], padding: 1 },
    { input: [1, 5, 3, 3], weight: [5, 4, 3, 3], dilation: 2, stride: [1, 2], padding: 2 },
    { input: [1, 2, 300, 260], weight: [2, 9, 3, 3], stride: 2 },
    { input: [1, 4, 9, 9], weight: [4, 1, 5, 5], groups: 4, stride: 2, padding: 2 },
  ] as const;

  it.each(sizes.flatMap((each, i) => [[reference.nameOf({ ...each }), each, i] as const]))("%s", (_name, each, i) => {
    const { input, weight, ...options } = each;
    const { geometry, outputShape } = transposeCall({ where: "test", axes: 2, input, weight, options });
    const x = tensor(i, input);
    const w = tensor(i + 50, weight);
    const b = tensor(i + 100, [outputShape[1]!]);
    for (const turn of [i, i + 3]) {
      const call = planTransposed("test", geometry, float32(outputShape), undefined, "once");
      const bias = turn % 3 === 0 ? null : b;
      const data = runGuarded(call, { inputs: [x.data, null, null], parameters: [null, w, bias] }, turn);
      const expected = convTranspose2d(x, w, bias, options);
      expect(sameBits(data, expected.data)).toBe(true);
    }
  });
});
