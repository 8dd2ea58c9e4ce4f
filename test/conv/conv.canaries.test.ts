import { describe, expect, it } from "vitest";
import { GEMM_MR, GEMM_NR } from "../../assembly/blocking.ts";
import { convCall } from "../../src/conv/call.ts";
import { callConv, keptBytes, plannedConv, writeTables } from "../../src/conv/convolution.ts";
import { ALGORITHMS, type Algorithm, depthOf, pixelsOf } from "../../src/conv/geometry.ts";
import { type ConvPlan, planConv } from "../../src/conv/plan.ts";
import { WAYS } from "../../src/conv/ways.ts";
import { packingBytes, plainWeights, writeWeights } from "../../src/conv/weights.ts";
import { epilogueOf } from "../../src/planning/epilogue.ts";
import { Engine } from "../../src/runtime/engine.ts";
import { Conv, Pack } from "../../src/runtime/generated/kernels.ts";
import { ADDRESS_SPACE, type Block, Heap } from "../../src/runtime/heap.ts";
import type { Microkernel } from "../../src/runtime/host.ts";
import { KERNELS } from "../../src/runtime/modules/kernels.ts";
import { HELD, INSTRUCTION_BYTES, ProgramWriter, STAGED } from "../../src/runtime/program.ts";
import { type ConvCase, convCases } from "../support/conv-cases.ts";
import { EPILOGUES, type EpilogueCase } from "../support/epilogues.ts";
import {
  Arena,
  BUILD,
  columnsOf,
  convolutionKernels,
  GUARD,
  MICROKERNELS,
  multiplyBy,
  type Region,
  rangesOf,
} from "../support/kernels.ts";
import type { ExactSum } from "../support/reference.ts";
import * as reference from "../support/reference.ts";

const SEED = 20240;

const LARGE: readonly ConvCase[] = [
  // several blocks of the product's depth, also such that a block begins within a kernel's taps
  layer([1, 45, 6, 5], [7, 45, 3, 3], { padding: [1, 1] }),
  layer([1, 87, 5, 7], [13, 87, 3, 3], {}),
  layer([1, 400, 4, 3], [8, 400, 1, 1], {}),
  layer([1, 10, 12, 11], [5, 10, 9, 9], { padding: [4, 4], paddingMode: "reflect" }),
  layer([2, 106, 4, 5], [6, 53, 2, 4], { groups: 2, padding: [1, 2], paddingMode: "circular" }),
  // several blocks of pixels
  layer([1, 3, 15, 27], [7, 3, 3, 3], { padding: [1, 1] }),
  layer([2, 2, 29, 23], [4, 1, 3, 3], { groups: 2, stride: [1, 2] }),
  layer([1, 5, 20, 20], [9, 5, 1, 1], {}),
  layer([1, 16, 27, 29], [17, 16, 3, 3], { padding: [1, 1] }),
  // both
  layer([1, 48, 17, 14], [6, 48, 3, 3], { padding: [1, 1], paddingMode: "replicate" }),
  // several bands of rows, of channels, and of both
  layer([1, 2, 60, 590], [2, 1, 3, 3], { groups: 2, padding: [1, 2] }),
  layer([1, 1, 131, 520], [2, 1, 3, 3], { stride: [2, 2] }),
  layer([1, 1, 61, 570], [4, 1, 3, 2], { padding: [0, 1], paddingMode: "replicate" }),
  layer([1, 31, 23, 121], [3, 31, 3, 1], { stride: [1, 2], dilation: [3, 1] }),
  layer([1, 70, 3, 200], [3, 70, 3, 3], { padding: [1, 1] }),
  layer([1, 33, 9, 260], [2, 33, 5, 3], { stride: [2, 2] }),
  layer([2, 20, 15, 130], [2, 10, 7, 3], { groups: 2, dilation: [2, 1], padding: [3, 1] }),
  // several blocks of transformed tiles, also such that a block has tiles of two images
  layer([1, 400, 21, 19], [2, 400, 3, 3], { padding: [1, 1] }),
  layer([2, 400, 13, 11], [1, 400, 3, 3], { padding: [1, 1], paddingMode: "circular" }),
  layer([1, 2, 22, 20], [380, 2, 3, 3], {}),
  layer([2, 300, 9, 13], [2, 300, 5, 5], { padding: [2, 1] }),
  layer([3, 260, 7, 6], [4, 130, 5, 5], { groups: 2, padding: [2, 2] }),
  // the same on the grids of a dilated kernel, some of which have fewer rows or columns than others
  layer([1, 400, 19, 18], [2, 400, 3, 3], { dilation: [2, 2], padding: [2, 2] }),
  layer([2, 260, 13, 17], [3, 260, 3, 3], { dilation: [3, 2], padding: [1, 4], paddingMode: "reflect" }),
  layer([1, 260, 15, 10], [4, 130, 5, 5], { groups: 2, dilation: [1, 2], padding: [0, 3] }),
  // wide enough for several tiles of any kernel, and a rest
  layer([1, 9, 19, 67], [9, 1, 3, 3], { groups: 9, padding: [1, 1] }),
  layer([1, 6, 31, 53], [6, 1, 5, 5], { groups: 6, padding: [2, 2], stride: [2, 2] }),
  layer([1, 6, 61, 93], [12, 1, 5, 5], { groups: 6, padding: [2, 2] }),
  layer([1, 5, 19, 22], [5, 1, 4, 5], { groups: 5, dilation: [2, 1], stride: [3, 2], padding: [1, 3] }),
  layer([2, 7, 14, 14], [7, 1, 5, 5], { groups: 7, padding: [2, 2], paddingMode: "circular" }),
  ...depthwise3x3(),
  ...lines(),
  ...pointwise(),
  layer([1, 24, 26, 26], [24, 24, 3, 3], { padding: [1, 1] }),
  // windows as large as the image: four filters and eight values at a time, and rests of each
  layer([2, 37, 1, 1], [11, 37, 1, 1], {}),
  layer([1, 64, 1, 1], [4, 64, 1, 1], {}),
  layer([2, 6, 3, 5], [7, 6, 3, 5], { bias: false }),
  layer([3, 10, 3, 3], [15, 2, 3, 3], { groups: 5, stride: [2, 2] }),
  layer([1, 5, 7, 7], [5, 1, 7, 7], { groups: 5 }),
];

/** 1x1 layers: every rest of a tile's filters and pixels, multiplied in place and packed, in one block and in several. */
function pointwise(): ConvCase[] {
  const small = Array.from({ length: 26 }, (_, i) =>
    layer([1 + (i % 2), 2 + i, 1, 9 + i], [1 + i, 2 + i, 1, 1], { bias: i % 3 > 0 }),
  );
  const several = [49, 50, 51, 52, 53].map((pixels, i) =>
    layer([1, 390 + i, 1, pixels], [12 + i, 390 + i, 1, 1], { bias: i % 2 > 0 }),
  );
  const packed = [257, 258, 260, 261, 264].map((pixels, i) =>
    layer([1, 9, 1, pixels], [65 + i, 9, 1, 1], { bias: i % 2 > 0 }),
  );
  return [
    ...small,
    ...several,
    ...packed,
    layer([1, 385, 1, 260], [68, 385, 1, 1], {}),
    layer([2, 26, 7, 7], [32, 13, 1, 1], { groups: 2 }),
    layer([1, 20, 1, 201], [10, 20, 1, 1], {}),
  ];
}

/** Depthwise 3x3 layers: every rest of a tile's width and height, with and without edges, and several blocks of rows. */
function depthwise3x3(): ConvCase[] {
  const sizes = [5, 6, 7, 8, 9, 10, 11, 12, 13, 16, 17];
  const small = sizes.flatMap((size, i) => {
    const groups = 1 + (i % 3);
    const common = { groups, padding: [i % 2, (i + 1) % 2], bias: i % 4 < 2 } as const;
    return [
      layer([1, groups, size, size + 3], [groups * (1 + (i % 2)), 1, 3, 3], common),
      layer([1, groups, 2 * size, 2 * size + 5 - (i % 4)], [groups, 1, 3, 3], { ...common, stride: [2, 2] }),
      layer([2, groups, size, 29 - size], [groups, 1, 3, 3], { ...common, padding: [1, 1] }),
      layer([1, groups, size, 35 - size], [groups, 1, 3, 3], { ...common, padding: [1, 1], stride: [2, 2] }),
      layer([1, groups, size, 9], [groups, 1, 3, 3], { ...common, padding: [4, 0], paddingMode: "reflect" }),
    ];
  });
  return [
    ...small,
    layer([1, 1, 22, 420], [1, 1, 3, 3], { padding: [1, 1] }),
    layer([1, 1, 23, 411], [2, 1, 3, 3], { padding: [1, 1] }),
    layer([1, 1, 39, 822], [1, 1, 3, 3], { stride: [2, 2], padding: [1, 1] }),
  ];
}

/** Depthwise layers over signals: every rest of a tile, padding short and long, and several blocks of a line. */
function lines(): ConvCase[] {
  const modes = ["zeros", "reflect", "zeros", "replicate", "circular"] as const;
  const any = Array.from({ length: 60 }, (_, i) => {
    const kernel = [1, 2, 3, 4, 5, 7, 9, 16, 31][i % 9]!;
    const dilation = [1, 1, 2, 3, 1, 7][i % 6]!;
    const reach = (kernel - 1) * dilation;
    const length = 128 + reach + ((i * 37) % 50);
    const groups = 1 + (i % 4);
    const padding = [
      [0, 0],
      [0, reach >> 1],
      [0, reach],
    ][i % 3] as [number, number];
    return layer([1 + (i % 2), groups, 1, length], [groups * (1 + ((i >> 2) % 3)), 1, 1, kernel], {
      groups,
      padding,
      dilation: [1, dilation],
      paddingMode: modes[i % 5]!,
      bias: i % 3 > 0,
    });
  });
  return [
    ...any,
    layer([1, 1, 1, 4095], [1, 1, 1, 3], { padding: [0, 1] }),
    layer([1, 2, 1, 4127], [2, 1, 1, 5], { groups: 2, padding: [0, 2], paddingMode: "circular" }),
    layer([1, 1, 1, 4096], [2, 1, 1, 3], { padding: [0, 1200], dilation: [1, 1200], paddingMode: "reflect" }),
    // more padding than image
    layer([1, 1, 1, 30], [1, 1, 1, 5], { padding: [0, 2100], dilation: [1, 500] }),
  ];
}

function layer(input: ConvCase["input"], weight: ConvCase["weight"], rest: Partial<ConvCase>): ConvCase {
  const plain = { stride: [1, 1], padding: [0, 0], dilation: [1, 1], groups: 1, paddingMode: "zeros" } as const;
  return { input, weight, bias: true, ...plain, ...rest };
}

const CASES: readonly ConvCase[] = [...convCases(SEED, 480, 320), ...LARGE];

/** Data and reference of a case, shared by the algorithms. */
const prepared = CASES.map((each, i) => {
  const { input, weight, bias, ...options } = each;
  const tensor = (seed: number, shape: readonly number[]) => ({
    dtype: "float32" as const,
    data: reference.randoms(SEED + seed, reference.sizeOf(shape)),
    shape,
  });
  const x = tensor(3 * i, input);
  const w = tensor(3 * i + 1, weight);
  const b = bias ? tensor(3 * i + 2, [weight[0]]) : undefined;
  const expected = reference.conv2d(x, w, b, options);
  return { name: reference.nameOf({ ...each }), x, w, b, options, expected };
});

type Prepared = (typeof prepared)[number];

// an arena of each size is enough: instantiating costs more than a small case
const arenas = new Map<string, Arena>();
function arenaFor(regions: readonly Region[], microkernel: Microkernel): Arena {
  const pages = 2 ** Math.ceil(Math.log2(Arena.pagesFor(regions)));
  const key = `${pages} ${microkernel}`;
  let arena = arenas.get(key);
  if (arena === undefined) {
    arena = new Arena(BUILD, pages, microkernel);
    arenas.set(key, arena);
  }
  return arena;
}

/** The sum with a residual and an activation after it. */
function ended({ expected }: Prepared, residual: ArrayLike<number> | undefined, { apply }: EpilogueCase): ExactSum {
  const { data, magnitude, terms } = expected;
  const results = data.map((value, i) => apply(value + (residual?.[i] ?? 0)));
  return {
    ...expected,
    data: results,
    // a small sum may become a large result, as a sigmoid's 0.5, which is rounded too
    magnitude: magnitude.map((value, i) => value + Math.abs(residual?.[i] ?? 0) + Math.abs(results[i]!)),
    terms: terms + 1,
  };
}

/** The first wrong number, in words. Not a measure of accuracy: what a guard spoils is NaN, or far off. */
function wrongNumber({ algorithm }: ConvPlan, actual: reference.Values, expected: ExactSum): string | undefined {
  // activations make a difference up to 1.5 times as large, and have their own roundings
  return reference.differenceBy(algorithm, actual, expected, 4);
}

const sameWords = (a: Int32Array, b: Int32Array) =>
  Buffer.compare(new Uint8Array(a.buffer), new Uint8Array(b.buffer)) === 0;

/** Segments that begin at address 0: places are addresses. */
const ABSOLUTE = { held: 0, arena: 0, staged: 0 };

const region = (name: string, bytes: number, alignment = 4): Region => ({ name, bytes, alignment });

/** What a convolution needs of memory. */
function regionsOf(plan: ConvPlan, { x, w, b, expected }: Prepared, residual: number): Region[] {
  const kept = keptBytes(plan);
  const packing = packingBytes(plan);
  const packs = plan.pack !== null;
  return [
    region("params", Conv.bytes, 16),
    region("rows", kept.rows),
    region("cols", kept.cols),
    region("tables", kept.tables),
    region("weights", kept.weights),
    region("bias", kept.bias),
    region("pack", packs ? Pack.bytes : 0, 16),
    region("taps", packs ? packing.taps : 0),
    region("scratch", packing.scratch, 16),
    region("weight", packs ? w.data.byteLength : 0),
    region("biases", packs ? (b?.data.byteLength ?? 0) : 0),
    region("input", x.data.byteLength),
    region("residual", residual),
    region("output", expected.data.length * 4),
    region("workspace", plan.workspaceBytes, 16),
    region("own workspace", plan.workspaceBytes, 16),
    region("instruction", INSTRUCTION_BYTES, 16),
  ].filter(({ bytes }) => bytes > 0);
}

/** Packs and runs one case among guards: twice as a whole, then in random ranges of items. Throws what it finds. */
function runAmongGuards(plan: ConvPlan, each: Prepared, turn: number): void {
  const { x, w, b } = each;
  const epilogue = EPILOGUES[turn % EPILOGUES.length]!;
  const residual = turn % 4 < 2 ? undefined : reference.randoms(turn, each.expected.data.length);
  const expected = ended(each, residual, epilogue);
  const regions = regionsOf(plan, each, residual?.byteLength ?? 0);
  const arena = arenaFor(regions, MICROKERNELS[turn % MICROKERNELS.length]!);
  const { heap, engine } = arena;
  const last = regions[turn % regions.length]!.name;
  const at = arena.place(regions, last, (turn % 16) * 4);
  const snapshot = new Map<string, Int32Array>();
  const unchanged = (when: string) => {
    const damage = arena.damage();
    if (damage !== undefined) throw new Error(`${when}: ${damage}`);
    for (const [name, words] of snapshot) {
      if (!sameWords(arena.words(name), words)) throw new Error(`${when}: ${name} has changed`);
    }
  };
  // a region of no bytes has no place, and nobody may follow the pointer
  const held = (name: string) => HELD + (at[name] ?? 0);
  const program = new ProgramWriter(engine, ABSOLUTE, at.instruction!);
  const kept = {
    rows: held("rows"),
    cols: held("cols"),
    tables: held("tables"),
    weights: held("weights"),
    bias: held("bias"),
  };
  if (plan.pack !== null) {
    heap.f32.set(w.data, at.weight! / 4);
    if (b !== undefined) heap.f32.set(b.data, at.biases! / 4);
  }
  heap.f32.set(x.data, at.input! / 4);
  if (residual !== undefined) heap.f32.set(residual, at.residual! / 4);
  writeTables(program, plan, kept);
  const staged = { weight: held("weight"), bias: b === undefined ? 0 : held("biases") };
  const places = { pack: held("pack"), taps: held("taps"), scratch: held("scratch") };
  writeWeights(program, plan, { ...plainWeights(plan, staged), weight: w, bias: b }, kept, places);
  unchanged("packing");
  if (plan.pack !== null) {
    const packed = arena.words("weights");
    arena.poison("weights");
    for (const [begin, end] of rangesOf(plan.packItems, turn)) {
      if (at.scratch !== undefined) arena.poison("scratch");
      engine.kernel(KERNELS, plan.pack)(at.pack!, begin, end);
    }
    unchanged(`${plan.pack} in ranges`);
    if (!sameWords(arena.words("weights"), packed)) throw new Error(`${plan.pack}: differs in ranges`);
    // what is packed is not read again: the memory is given to others
    for (const name of ["pack", "taps", "scratch", "weight", "biases"]) if (name in at) arena.poison(name);
  }
  callConv(program, plan, held("params"), kept, b !== undefined, {
    input: held("input"),
    output: held("output"),
    residual: residual === undefined ? 0 : held("residual"),
    workspace: held("workspace"),
    activation: epilogueOf("test", epilogue.activation),
  });
  for (const { name } of regions) if (!/workspace|output/.test(name)) snapshot.set(name, arena.words(name));

  const results: Int32Array[] = [];
  const check = (when: string, run: () => void) => {
    arena.poison("output");
    run();
    unchanged(when);
    const words = arena.words("output");
    const unwritten = words.indexOf(GUARD);
    if (unwritten >= 0) throw new Error(`${when}: output ${unwritten} is not written`);
    results.push(words);
    if (!sameWords(results[0]!, words)) throw new Error(`${when}: differs`);
  };
  const run = () => engine.exports.run(at.instruction!, 0, 1);
  check(plan.kernel, run);
  const data = new Float32Array(results[0]!.buffer);
  const wrong = wrongNumber(plan, { data, shape: expected.shape }, expected);
  if (wrong !== undefined) throw new Error(`${plan.kernel}: ${wrong}`);
  // the second run finds the workspace as the first one left it
  check(`${plan.kernel} again`, run);
  check(`${plan.kernel} in ranges`, () => {
    for (const [begin, end] of rangesOf(plan.items, turn + 1)) {
      if (at.workspace !== undefined) arena.poison("workspace");
      engine.kernel(KERNELS, plan.kernel)(at.params!, begin, end);
    }
  });
  if (at["own workspace"] === undefined) return;
  check(`${plan.kernel} in a thread's own workspace`, () => {
    for (const name of ["workspace", "own workspace"]) arena.poison(name);
    snapshot.set("workspace", arena.words("workspace"));
    engine.exports.ownWorkspace.value = at["own workspace"]!;
    run();
    engine.exports.ownWorkspace.value = 0;
  });
}

/** Undefined where the algorithm cannot serve the geometry. */
function planFor(algorithm: Algorithm, { x, w, b, options }: Prepared, i: number): ConvPlan | undefined {
  const { geometry } = convCall({ where: "test", axes: 2, input: x.shape, weight: w.shape, bias: b?.shape, options });
  try {
    return planConv("test", geometry, algorithm, i % 2 === 0 ? "once" : "many");
  } catch (error) {
    if (error instanceof RangeError && algorithm !== "auto") return undefined;
    throw error;
  }
}

const planned = ALGORITHMS.map((algorithm) => ({
  algorithm,
  served: prepared.flatMap((each, i) => {
    const plan = planFor(algorithm, each, i);
    return plan === undefined ? [] : [{ each, i, plan }];
  }),
}));
const allPlans = planned.flatMap(({ served }) => served.map(({ plan }) => plan));

// what 'auto' chooses runs by its own name
const forced = planned.filter(({ algorithm }) => algorithm !== "auto");

describe(`kernels keep to their buffers, seed ${SEED}`, () => {
  for (const { algorithm, served } of forced) {
    it(`by ${algorithm}`, { timeout: 60_000 }, () => {
      for (const { each, i, plan } of served) {
        // two turns: another region is at the end of memory, all lie at another distance from a cache line, and the
        // other micro-kernel multiplies
        for (const turn of [i, i + 5]) {
          try {
            runAmongGuards(plan, each, turn);
          } catch (error) {
            throw new Error(`${each.name} (${plan.algorithm}): ${(error as Error).message}`, { cause: error });
          }
        }
      }
    });
  }
});

/** A planned convolution in blocks of its own, which `allocate` gives; runs it and gives the results. */
function runApart(engine: Engine, plan: ConvPlan, each: Prepared, allocate: (name: string, bytes: number) => number) {
  const { heap } = engine;
  const { x, w, b, expected } = each;
  const call = plannedConv(plan, { dtype: "float32", shape: expected.shape });
  const staged = heap.allocate("test", call.stagedBytes);
  const at = {
    held: allocate("held", call.heldBytes + INSTRUCTION_BYTES),
    input: allocate("input", x.data.byteLength),
    output: allocate("output", expected.data.length * 4),
    workspace: allocate("workspace", call.workspaceBytes),
  };
  const program = new ProgramWriter(engine, { held: 0, arena: 0, staged: staged.offset }, at.held + call.heldBytes);
  const constant = ({ data, shape }: { data: Float32Array; shape: readonly number[] }) => ({
    dtype: "float32" as const,
    data,
    shape,
  });
  call.prepare(program, {
    inputs: [HELD + at.input, 0, 0],
    parameters: [null, constant(w), b === undefined ? null : constant(b)],
    outputs: [HELD + at.output],
    residual: 0,
    activation: undefined,
    held: HELD + at.held,
    staged: STAGED,
    workspace: HELD + at.workspace,
  });
  heap.free(staged);
  heap.f32.set(x.data, at.input / 4);
  engine.exports.run(at.held + call.heldBytes, 0, call.calls);
  return heap.f32.slice(at.output / 4, at.output / 4 + expected.data.length);
}

describe("kernels reach all of a memory beyond 2 GiB", () => {
  // pages that nobody touches cost nothing
  const heap = new Heap();
  const held = heap.allocate("test", 2 ** 31 - 2 * 65536);
  const engine = new Engine(BUILD, heap, "gemm6x8");

  it.each(forced)("by $algorithm", ({ served }) => {
    // blocks begin before the boundary and lie across it, then after it
    for (const bytes of [0, 65536, 2 * 65536]) {
      const filler = heap.allocate("test", bytes);
      for (const { each, plan } of served.filter((_, i) => i % 12 === 0)) {
        const blocks: Block[] = [];
        const data = runApart(engine, plan, each, (_name, bytes) => {
          const block = heap.allocate("test", bytes);
          blocks.push(block);
          return block.offset;
        });
        const wrong = wrongNumber(plan, { data, shape: each.expected.shape }, each.expected);
        expect(wrong, each.name).toBeUndefined();
        for (const block of blocks) heap.free(block);
      }
      heap.free(filler);
    }
    expect(heap.used).toBe(held.bytes);
    expect(heap.bytes).toBeGreaterThan(2 ** 31);
  });
});

describe("kernels reach the end of the address space", () => {
  const heap = new Heap();
  // enough for any of the cases, twice: what is staged needs room below
  const room = heap.allocate("test", 8 * 1024 * 1024);
  const held = heap.allocate("test", ADDRESS_SPACE - 64 - 12 * 1024 * 1024);
  // memory grows to its end, and what is allocated lies below
  heap.free(heap.allocate("test", ADDRESS_SPACE - 64 - heap.used));
  heap.free(room);
  const engine = new Engine(BUILD, heap, "gemm6x8");

  it.each(forced)("by $algorithm", ({ served }) => {
    for (const { each, plan } of served.filter((_, i) => i % 24 === 0)) {
      for (const last of ["held", "input", "output", "workspace"]) {
        const blocks: Block[] = [];
        const data = runApart(engine, plan, each, (name, bytes) => {
          if (name === last) return ADDRESS_SPACE - Math.max(Math.ceil(bytes / 64), 1) * 64;
          const block = heap.allocate("test", bytes);
          blocks.push(block);
          return block.offset;
        });
        const wrong = wrongNumber(plan, { data, shape: each.expected.shape }, each.expected);
        expect(wrong, `${each.name}, ${last} last`).toBeUndefined();
        for (const block of blocks) heap.free(block);
      }
    }
    expect(heap.used).toBe(held.bytes);
  });
});

describe("the cases", () => {
  const meets = (what: string, values: readonly number[], of: (each: ConvCase) => number) =>
    it(`meet ${what}`, () => expect([...new Set(CASES.map(of))]).toEqual(expect.arrayContaining([...values])));
  const upTo = (most: number) => Array.from({ length: most }, (_, i) => i + 1);
  meets("1 to 13 filters a group", upTo(13), ({ weight, groups }) => weight[0] / groups);
  meets("1 to 9 channels a group", upTo(9), ({ weight }) => weight[1]);
  meets("widths 1 to 27", upTo(27), ({ input }) => input[3]);
  meets("batches of 1 and 2", upTo(2), ({ input }) => input[0]);

  it.each(planned)("meet $algorithm often enough", ({ served }) => {
    expect(served.length).toBeGreaterThanOrEqual(40);
  });

  it("meet every convolution kernel that is exported, and every way", () => {
    const met = new Set<string>(allPlans.flatMap(({ kernel, pack }) => (pack === null ? [kernel] : [kernel, pack])));
    expect([...met].sort()).toEqual(convolutionKernels());
    const ways = new Set(allPlans.map(({ way }) => way.name));
    expect([...ways].sort()).toEqual(WAYS.map(({ name }) => name).sort());
  });

  it.each(forced)(
    "meet kernels of which $algorithm computes a part, unless it is winograd",
    ({ algorithm, served }) => {
      const cropped = served.filter(({ plan }) => plan.live !== null).length;
      if (algorithm === "winograd") expect(cropped).toBe(0);
      else expect(cropped).toBeGreaterThan(20);
    },
  );

  it("meet several blocks, of the sum as of the pixels", () => {
    const count = (kernel: string, holds: (plan: ConvPlan) => boolean) =>
      allPlans.filter((plan) => plan.kernel === kernel && holds(plan)).length;
    expect(count("convGemm", (plan) => depthOf(plan.geometry) > plan.blockDepth)).toBeGreaterThan(4);
    expect(count("convGemm", ({ geometry: g, blockPixels }) => pixelsOf(g) > blockPixels)).toBeGreaterThan(4);
    const dilated = ({ geometry: { y, x } }: ConvPlan) => y.dilation * x.dilation > 1;
    const tileBlocks = ({ items, geometry: g }: ConvPlan) => items > g.groups;
    expect(count("convWinograd", (plan) => tileBlocks(plan) && !dilated(plan))).toBeGreaterThan(3);
    expect(count("convWinograd", (plan) => tileBlocks(plan) && dilated(plan))).toBeGreaterThan(1);
    const channelBlocks = ({ geometry: g, blockDepth }: ConvPlan) => g.channels > blockDepth;
    const bands = ({ geometry: g, blockPixels }: ConvPlan) => g.y.out > blockPixels;
    expect(count("convDirect", channelBlocks)).toBeGreaterThan(2);
    expect(count("convDirect", bands)).toBeGreaterThan(2);
    expect(count("convDirect", (plan) => channelBlocks(plan) && bands(plan))).toBeGreaterThan(0);
    expect(count("convDepthwise", bands)).toBeGreaterThan(0);
    expect(count("convDepthwise3x3", bands)).toBeGreaterThan(2);
    expect(count("convDepthwise1d", ({ geometry: { x }, blockPixels }) => x.out > blockPixels)).toBeGreaterThan(2);
  });
});

describe.each(MICROKERNELS)("%s keeps to its buffers", (microkernel) => {
  const rows = (seed: number, count: number, gap: number, width: number) => {
    // no gap after the last row
    const data = reference.randoms(SEED + seed, count * (width + gap) - gap);
    return { data, at: (row: number, column: number) => data[row * (width + gap) + column]!, bytes: data.byteLength };
  };

  const columns = columnsOf(microkernel);
  for (const first of [true, false]) {
    it.each([0, 1, 5])(`${first ? "starting from biases" : "adding to what is there"}, gap %i`, (gap) => {
      for (let depth = 1; depth <= 17; ++depth) {
        const a = rows(depth, depth + (first ? 1 : 0), 0, GEMM_MR);
        const b = rows(depth + 100, depth, gap, columns);
        const c = rows(depth + 200, GEMM_MR, gap, columns);
        const zeros = { bytes: GEMM_MR * 4 };
        const regions = Object.entries({ a, b, c, zeros }).map(([name, { bytes }]) => ({ name, bytes, alignment: 4 }));
        const arena = arenaFor(regions, microkernel);
        const { heap, engine } = arena;
        const at = arena.place(regions, regions[depth % 3]!.name, (depth % 16) * 4);
        heap.f32.fill(0, at.zeros! / 4, at.zeros! / 4 + GEMM_MR);
        heap.f32.set(a.data, at.a! / 4);
        heap.f32.set(b.data, at.b! / 4);
        if (!first) heap.f32.set(c.data, at.c! / 4);
        const before = { a: arena.words("a"), b: arena.words("b"), c: arena.words("c") };

        const rowBytes = (columns + gap) * 4;
        multiplyBy(engine, microkernel, depth, at.a!, at.b!, rowBytes, at.c!, first ? 1 : 0, at.zeros!);

        expect(arena.damage()).toBeUndefined();
        expect(arena.words("a")).toEqual(before.a);
        expect(arena.words("b")).toEqual(before.b);
        const after = arena.words("c");
        const result = new Float32Array(after.buffer);
        const start = first ? 1 : 0;
        for (let i = 0; i < result.length; ++i) {
          const [m, n] = [Math.floor(i / (columns + gap)), i % (columns + gap)];
          if (n >= columns) {
            expect(after[i]).toBe(before.c[i]);
            continue;
          }
          const head = first ? a.at(0, m) : c.at(m, n);
          let [sum, magnitude] = [head, Math.abs(head)];
          for (let k = 0; k < depth; ++k) {
            const term = a.at(start + k, m) * b.at(k, n);
            sum += term;
            magnitude += Math.abs(term);
          }
          expect(Math.abs(result[i]! - sum)).toBeLessThanOrEqual(reference.tolerance(depth + 1) * magnitude);
        }
      }
    });
  }
});

it("all micro-kernels give the same bits", () => {
  const columns = 2 * GEMM_NR;
  const results = MICROKERNELS.map((microkernel) => {
    const engine = new Engine(BUILD, new Heap(), microkernel);
    const { heap } = engine;
    const [a, b] = [reference.randoms(SEED, 18 * GEMM_MR), reference.randoms(SEED + 1, 17 * columns)];
    const [atA, atB, to, zeros] = [a.length, b.length, GEMM_MR * columns, GEMM_MR].map(
      (count) => heap.allocate("test", count * 4).offset,
    );
    heap.f32.set(a, atA! / 4);
    heap.f32.set(b, atB! / 4);
    const sums: number[] = [];
    for (let depth = 1; depth <= 17; ++depth) {
      for (const first of [1, 0]) {
        for (let column = 0; column < columns; column += columnsOf(microkernel)) {
          multiplyBy(engine, microkernel, depth, atA!, atB! + column * 4, columns * 4, to! + column * 4, first, zeros!);
        }
        sums.push(...heap.f32.subarray(to! / 4, to! / 4 + GEMM_MR * columns));
      }
    }
    return sums;
  });
  for (const result of results) expect(result).toEqual(results[0]);
});
