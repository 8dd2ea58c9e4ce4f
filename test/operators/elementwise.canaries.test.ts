import { describe, expect, it } from "vitest";
import { broadcastAxes, broadcastShape } from "../../src/operators/binary.ts";
import { ACTIVATION, BINARY, REDUCTION } from "../../src/runtime/generated/abi.ts";
import type { Kernels } from "../../src/runtime/loader.ts";
import { Arena, BUILD, type Places, type Region } from "../support/kernels.ts";
import * as reference from "../support/reference.ts";

const { sizeOf } = reference;

/** A kernel on buffers: `reads` with what is in them, `writes` with their lengths. */
interface Call {
  readonly reads: Readonly<Record<string, Float32Array | Int32Array | Float64Array>>;
  readonly to: number;
  /** scratch, in numbers */
  readonly scratch?: number;
  run(kernels: Kernels, at: Places): void;
  /** the buffer that may be the result's too */
  readonly inPlace?: string;
}

const bytesOf = (values: { readonly byteLength: number }) => values.byteLength;

/**
 * Runs it among guards, with each buffer at the end of the memory once and at any distance from a cache line, and in place
 * where it may; every time the result must be the same, and nothing but the result may have changed.
 */
function fault({ reads, to, scratch = 0, run, inPlace }: Call, turn: number): string | undefined {
  let first: Int32Array | undefined;
  for (const together of inPlace === undefined ? [false] : [false, true]) {
    const regions: Region[] = Object.entries(reads).map(([name, values]) => ({
      name,
      bytes: bytesOf(values),
      alignment: values.BYTES_PER_ELEMENT,
    }));
    if (!together) regions.push({ name: "to", bytes: to * 4, alignment: 4 });
    if (scratch > 0) regions.push({ name: "scratch", bytes: scratch * 4, alignment: 4 });
    const arena = new Arena(BUILD, Arena.pagesFor(regions), "gemm6x8");
    for (const [index, last] of regions.entries()) {
      const places = arena.place(regions, last.name, ((turn + index) % 16) * 4);
      const at = together ? { ...places, to: places[inPlace!]! } : places;
      for (const [name, values] of Object.entries(reads)) {
        const words = new Int32Array(values.buffer, values.byteOffset, values.byteLength / 4);
        arena.heap.i32.set(words, at[name]! / 4);
      }
      run(arena.kernels, at);
      const damage = arena.damage();
      if (damage !== undefined) return `${last.name} last: ${damage}`;
      for (const [name, values] of Object.entries(reads)) {
        if (together && name === inPlace) continue;
        const words = new Int32Array(values.buffer, values.byteOffset, values.byteLength / 4);
        if (!arena.words(name).every((word, i) => word === words[i])) return `${name} has changed`;
      }
      const result = arena.heap.i32.slice(at.to! / 4, at.to! / 4 + to);
      if (new Float32Array(result.buffer).some(Number.isNaN)) return `${last.name} last: a guard was read`;
      first ??= result;
      if (!first.every((word, i) => word === result[i])) return `${last.name} last: another result`;
    }
  }
  return undefined;
}

const LENGTHS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 33];
/** Above zero, so that no function gives NaN. */
const numbers = (seed: number, count: number) => reference.randoms(seed, count).map((value) => 1.25 + value);

describe("kernels of one argument keep to their buffers", () => {
  it.each(Object.entries(ACTIVATION))("activate, %s", (_, code) => {
    for (const count of LENGTHS) {
      const call: Call = {
        reads: { from: numbers(count, count) },
        to: count,
        run: (kernels, at) => kernels.activate(at.from!, at.to!, count, code, 0.5, 2),
        inPlace: "from",
      };
      expect(fault(call, count), `${count}`).toBeUndefined();
    }
  });

  it.each([ACTIVATION.NONE, ACTIVATION.RELU])("scaleChannels, activation %i", (activation) => {
    for (const pixels of [...LENGTHS, 2047, 2050]) {
      const count = 2 * 3 * pixels;
      const call: Call = {
        reads: { from: numbers(pixels, count), table: Float64Array.of(1, 2, 3, 4, 5, 6) },
        to: count,
        run: (kernels, at) => kernels.scaleChannels(at.from!, at.to!, 2, 3, pixels, at.table!, activation, 0, 0),
        inPlace: "from",
      };
      expect(fault(call, pixels), `${pixels}`).toBeUndefined();
    }
  });

  it.each([true, false])("normalizeGroups and normalizeRows, weight and bias: %s", (affine) => {
    const parameters = (count: number) => (affine ? { weight: numbers(3, count), bias: numbers(4, count) } : {});
    for (const length of LENGTHS) {
      const count = 2 * 3 * 2 * length;
      const groups: Call = {
        reads: { from: numbers(length, count), ...parameters(6) },
        to: count,
        run: (kernels, { from, to, weight = 0, bias = 0 }) =>
          kernels.normalizeGroups(from!, to!, 2, 3, 2, length, weight, bias, 1e-5),
        inPlace: "from",
      };
      const rows: Call = {
        reads: { from: numbers(length, 3 * length), ...parameters(length) },
        to: 3 * length,
        run: (kernels, { from, to, weight = 0, bias = 0 }) =>
          kernels.normalizeRows(from!, to!, 3, length, weight, bias, 1e-5),
        inPlace: "from",
      };
      expect(fault(groups, length), `groups of ${length}`).toBeUndefined();
      expect(fault(rows, length), `rows of ${length}`).toBeUndefined();
    }
  });

  it.each(Object.entries(REDUCTION))("reduce, %s", (_, code) => {
    for (const count of LENGTHS) {
      for (const inner of [1, 2, 3, 4, 5, 9]) {
        const call: Call = {
          reads: { from: numbers(count, 2 * count * inner) },
          to: 2 * inner,
          run: (kernels, at) => kernels.reduce(code, at.from!, at.to!, 2, count, inner, count),
          ...(count > 1 && { inPlace: "from" }),
        };
        expect(fault(call, count + inner), `${count} of ${inner}`).toBeUndefined();
      }
    }
  });

  it.each([0, 1])("softmax, logarithm %i", (logarithm) => {
    for (const count of LENGTHS) {
      for (const inner of [1, 2, 3, 4, 5, 9]) {
        const call: Call = {
          reads: { from: numbers(count, 2 * count * inner) },
          to: 2 * count * inner,
          run: (kernels, at) => kernels.softmax(at.from!, at.to!, 2, count, inner, logarithm),
          inPlace: "from",
        };
        expect(fault(call, count + inner), `${count} of ${inner}`).toBeUndefined();
      }
    }
  });
});

describe("broadcast keeps to its buffers", () => {
  const PATTERNS = (n: number): [readonly number[], readonly number[], string?][] => [
    [[2, n], [2, n], "a"],
    [[2, n], [1, 1], "a"],
    [[1], [2, n], "b"],
    [[2, 3, n], [1, 3, 1], "a"],
    [[2, 3, 1], [2, 3, n], "b"],
    [[3, n], [1, n], "a"],
    [
      [n, 1],
      [1, 3],
    ],
    [
      [2, 1, n, 1],
      [1, 3, 1, 2],
    ],
  ];
  it.each(Object.entries(BINARY))("%s", (_, code) => {
    for (const length of LENGTHS) {
      for (const [a, b, inPlace] of PATTERNS(length)) {
        const shape = broadcastShape("test", a, b);
        const axes = broadcastAxes(shape, a, b);
        for (const activation of [ACTIVATION.NONE, ACTIVATION.RELU]) {
          const call: Call = {
            reads: {
              a: numbers(length, sizeOf(a)),
              b: numbers(length + 1, sizeOf(b)),
              axes: Int32Array.from(axes.flatMap((axis) => [axis.count, axis.a * 4, axis.b * 4])),
            },
            to: sizeOf(shape),
            scratch: 4,
            run: (kernels, at) =>
              kernels.broadcast(code, at.a!, at.b!, at.to!, at.axes!, axes.length, at.scratch!, activation, 0, 0),
            ...(inPlace && { inPlace }),
          };
          expect(fault(call, length), `${JSON.stringify([a, b])}, activation ${activation}`).toBeUndefined();
        }
      }
    }
  });
});
