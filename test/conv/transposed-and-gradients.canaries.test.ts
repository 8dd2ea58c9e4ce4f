import { describe, expect, it } from "vitest";
import { NO_EPILOGUE } from "../../src/conv/epilogue.ts";
import { convCall } from "../../src/conv/geometry.ts";
import { writeParams } from "../../src/conv/step.ts";
import { columnCount, rowCount, writeColumns, writeRows } from "../../src/conv/tables.ts";
import { planWeightGradient } from "../../src/conv/weight-gradient.ts";
import { CONV_BYTES } from "../../src/runtime/generated/abi.ts";
import { type ConvCase, convCases } from "../support/conv-cases.ts";
import { Arena, BUILD, MICROKERNELS, type Region } from "../support/kernels.ts";
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

function arenaOf(regions: readonly Region[], turn: number): Arena {
  return new Arena(BUILD, Arena.pagesFor(regions), MICROKERNELS[turn % MICROKERNELS.length]!);
}

/** Computes a weight gradient among guards and says what is wrong, or nothing. */
function weightGradientFault(each: Partial<ConvCase> & Pick<ConvCase, "input" | "weight">, turn: number) {
  const { input, weight, bias: _bias, ...options } = each as ConvCase;
  const g = convCall("test", 2, input, { shape: weight }, undefined, options).geometry;
  const outputShape = [input[0], weight[0], g.outHeight, g.outWidth] as const;
  const tensor = (seed: number, shape: readonly number[]) => ({
    data: reference.randoms(SEED + seed, reference.sizeOf(shape)),
    shape,
  });
  const [x, w, gradient] = [tensor(3 * turn, input), tensor(3 * turn + 1, weight), tensor(3 * turn + 2, outputShape)];
  const { rows, workspaceBytes } = planWeightGradient(g);
  const regions = [
    region("params", CONV_BYTES, 16),
    region("rows", rowCount(g) * 4),
    region("cols", columnCount(g) * 4),
    region("workspace", workspaceBytes, 16),
    region("input", x.data.byteLength),
    region("gradient", gradient.data.byteLength),
    region("output", w.data.byteLength),
  ];
  const arena = arenaOf(regions, turn);
  const at = arena.place(regions, regions[turn % regions.length]!.name, (turn % 16) * 4);
  const { f32, i32 } = arena.heap;
  f32.set(x.data, at.input! / 4);
  f32.set(gradient.data, at.gradient! / 4);
  writeRows(g, i32.subarray(at.rows! / 4, at.rows! / 4 + rowCount(g)));
  writeColumns(g, i32.subarray(at.cols! / 4, at.cols! / 4 + columnCount(g)));
  const { params, ...pointers } = at;
  writeParams(arena.heap, params!, g, NO_EPILOGUE, { ...pointers, blockPixels: rows });
  // the second time the workspace is dirty
  for (let run = 0; run < 2; ++run) arena.kernels.convWeightGradient(params!);
  const damage = arena.damage();
  if (damage !== undefined) return damage;
  const actual = { data: new Float32Array(arena.words("output").buffer), shape: weight };
  return reference.difference(actual, family.conv2dBackward(x, w, gradient, options).weight, 4);
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

describe("the kernels that put phases together keep to their buffers", () => {
  it.each([1, 2, 3, 7, 8, 9, 15, 16, 17, 31])("zipRows, rows of %i", (width) => {
    const rows = 3;
    const [evens, odds] = [Math.ceil(width / 2), Math.floor(width / 2)];
    const pitch = width + 5;
    const regions = [
      region("even", rows * evens * 4),
      region("odd", Math.max(rows * odds, 1) * 4),
      region("to", ((rows - 1) * pitch + width) * 4),
    ];
    const arena = arenaOf(regions, width);
    const at = arena.place(regions, regions[width % 3]!.name, (width % 16) * 4);
    const { f32 } = arena.heap;
    for (let i = 0; i < rows * evens; ++i) f32[at.even! / 4 + i] = 2 * i;
    for (let i = 0; i < rows * odds; ++i) f32[at.odd! / 4 + i] = 2 * i + 1;
    arena.kernels.zipRows(at.even!, at.odd!, rows, width, at.to!, pitch * 4);
    expect(arena.damage()).toBeUndefined();
    for (let row = 0; row < rows; ++row) {
      const actual = f32.slice(at.to! / 4 + row * pitch, at.to! / 4 + row * pitch + width);
      const expected = Array.from({ length: width }, (_, x) =>
        x % 2 === 0 ? 2 * (row * evens + x / 2) : 2 * (row * odds + (x - 1) / 2) + 1,
      );
      expect([...actual]).toEqual(expected);
    }
  });

  it.each([1, 2, 5, 9])("spreadRows, rows of %i", (width) => {
    const [rows, step] = [4, 3];
    const pitch = width * step + 2;
    const regions = [region("from", rows * width * 4), region("to", ((rows - 1) * pitch + (width - 1) * step + 1) * 4)];
    const arena = arenaOf(regions, width);
    const at = arena.place(regions, regions[width % 2]!.name, 4);
    const { f32 } = arena.heap;
    for (let i = 0; i < rows * width; ++i) f32[at.from! / 4 + i] = i;
    arena.kernels.spreadRows(at.from!, rows, width, at.to!, step * 4, pitch * 4);
    expect(arena.damage()).toBeUndefined();
    for (let i = 0; i < rows * width; ++i) {
      expect(f32[at.to! / 4 + Math.floor(i / width) * pitch + (i % width) * step]).toBe(i);
    }
  });

  it.each([
    [1, 1],
    [15, 4],
    [16, 3],
    [33, 7],
  ])("turnWeights of %i filters and %i channels", (filters, channels) => {
    const kernel = 6;
    const taps = [5, 2, 0];
    const regions = [
      region("from", filters * channels * kernel * 4),
      region("taps", taps.length * 4),
      region("to", filters * channels * taps.length * 4),
    ];
    const arena = arenaOf(regions, filters);
    const at = arena.place(regions, regions[filters % 3]!.name, 8);
    const { f32, i32 } = arena.heap;
    for (let i = 0; i < filters * channels * kernel; ++i) f32[at.from! / 4 + i] = i;
    i32.set(
      taps.map((tap) => tap * 4),
      at.taps! / 4,
    );
    const channelBytes = kernel * 4;
    const { turnWeights } = arena.kernels;
    turnWeights(at.from!, channels * channelBytes, channelBytes, filters, channels, at.taps!, taps.length, at.to!);
    expect(arena.damage()).toBeUndefined();
    const actual = [...new Float32Array(arena.words("to").buffer)];
    const expected = Array.from({ length: channels }, (_, c) =>
      Array.from({ length: filters }, (_, f) => taps.map((tap) => (f * channels + c) * kernel + tap)),
    ).flat(2);
    expect(actual).toEqual(expected);
  });
});
