import { expect, test } from "vitest";
import type { Graph } from "../../src/graph/graph.ts";
import { compile, memory } from "../../src/index.ts";
import { loadOnnx } from "../../src/onnx/index.ts";
import { uniform } from "../../src/random.ts";
import { ONNX_CASES } from "../support/onnx-cases/index.ts";
import { changeField, MUTATIONS } from "../support/onnx-mutations.ts";
import { readNetwork } from "../support/onnx-networks.ts";

/*
 * Damaged files end in a graph or in an error that says what is wrong, whatever was done to them: no other exception, no
 * endless loop, no memory out of proportion to the file, nothing kept.
 */

const SEED = process.env.CONVWASM_BUILD === "simd" ? 1 : 2;
const FILES = 10_000;
const LARGE_FILES = 100;

const next = uniform("fuzz", SEED);
const below = (count: number) => Math.floor(next() * count);
const mutations = Object.entries(MUTATIONS);

/** `open` for the open sizes of a graph, and a shape where it knows none. */
function shapesOf(graph: Graph, open: number): Record<string, readonly number[]> {
  return Object.fromEntries(
    graph.inputs.map(({ name, shape }) => [
      name,
      (shape ?? [1, 3, 5, 6]).map((n) => (typeof n === "number" ? n : open)),
    ]),
  );
}

function expectClear(error: unknown, beginning: RegExp, mutation: string, index: number): void {
  const isClear = (error instanceof TypeError || error instanceof RangeError) && beginning.test(error.message);
  if (!isClear) throw new Error(`file ${index} of seed ${SEED} (${mutation}) ends in another error`, { cause: error });
}

/** @returns whether a graph came out, and whether it could be compiled */
function tryFile(bytes: Uint8Array, open: number, mutation: string, index: number): "refused" | "loaded" | "compiled" {
  let graph: Graph;
  try {
    graph = loadOnnx(bytes);
  } catch (error) {
    expectClear(error, /^loadOnnx: /, mutation, index);
    return "refused";
  }
  const held = [...graph.constants.values()].reduce((sum, { data }) => sum + data.byteLength, 0);
  // int8 becomes float64
  expect(held, `bytes of file ${index} of seed ${SEED}`).toBeLessThanOrEqual(8 * bytes.length);
  try {
    compile(graph, shapesOf(graph, open)).dispose();
    return "compiled";
  } catch (error) {
    expectClear(error, /^compile(: |\.)/, mutation, index);
    return "loaded";
  }
}

function fuzz(files: readonly Uint8Array[], count: number, open: number): Record<string, number> {
  const ends: Record<string, number> = { refused: 0, loaded: 0, compiled: 0 };
  for (let index = 0; index < count; ++index) {
    const pick = () => files[below(files.length)]!;
    let bytes = pick();
    const names: string[] = [];
    // fields first: what does not read as messages any more has none
    for (let i = below(5); i > 0; --i) {
      names.push("changeField");
      bytes = changeField(bytes, pick(), below);
    }
    if (names.length === 0 || below(4) === 0) {
      const [name, mutation] = mutations[below(mutations.length)]!;
      names.push(name);
      bytes = mutation(bytes, pick(), below);
    }
    ends[tryFile(bytes, open, names.join(", "), index)]! += 1;
  }
  return ends;
}

test(`${FILES} damaged models by seed ${SEED}`, { timeout: 120_000 }, () => {
  const before = memory().used;
  const ends = fuzz(
    ONNX_CASES.map(({ model }) => model),
    FILES,
    2,
  );
  console.log(`seed ${SEED}:`, ends);
  // the mutations reach all stages
  expect(Math.min(...Object.values(ends))).toBeGreaterThan(FILES / 500);
  expect(memory().used).toBe(before);
});

test(`${LARGE_FILES} damaged copies of a published network by seed ${SEED}`, { timeout: 120_000 }, () => {
  const ends = fuzz([readNetwork("ch_ppocr_mobile_v2.0_cls_infer.onnx")], LARGE_FILES, 64);
  console.log(`seed ${SEED}:`, ends);
  expect(Math.min(ends.refused!, ends.compiled!)).toBeGreaterThan(LARGE_FILES / 10);
});
