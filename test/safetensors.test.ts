import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type DType, nn, Tensor } from "../src/index.ts";
import { uniform } from "../src/random.ts";
import { loadSafetensors, saveSafetensors } from "../src/safetensors.ts";

interface Golden {
  name: string;
  shape: number[];
  /** of the float32 values */
  bits: number[];
}

const read = (name: string) => readFileSync(new URL(`golden/${name}`, import.meta.url));
const file = new Uint8Array(read("tensors.safetensors"));
const golden: { tensors: Golden[] } = JSON.parse(read("safetensors.json").toString());

const bitsOf = ({ data }: Tensor) => Array.from(new Int32Array(data.slice().buffer));

/** A file with this header and so many bytes of values. */
function made(header: unknown, size = 0, length?: bigint): Uint8Array {
  const text = typeof header === "string" ? header : JSON.stringify(header);
  const json = new TextEncoder().encode(text);
  const bytes = new Uint8Array(8 + json.length + size);
  new DataView(bytes.buffer).setBigUint64(0, length ?? BigInt(json.length), true);
  bytes.set(json, 8);
  return bytes;
}

const f32 = (begin: number, end: number, shape = [(end - begin) / 4]) => ({
  dtype: "F32",
  shape,
  data_offsets: [begin, end],
});

// biome-ignore lint/suspicious/noExplicitAny: stands for every wrong type
const wrong = (value: unknown): any => value;

describe("loadSafetensors", () => {
  it("gives what PyTorch's float() gives, for every type and at any address", () => {
    for (const shift of [0, 1, 2, 3, 4]) {
      const moved = new Uint8Array(file.length + shift);
      moved.set(file, shift);
      const tensors = loadSafetensors(moved.subarray(shift));
      expect(Object.keys(tensors)).toEqual(golden.tensors.map(({ name }) => name));
      for (const { name, shape, bits } of golden.tensors) {
        expect(tensors[name]).toBeInstanceOf(Tensor);
        expect(tensors[name]!.shape).toEqual(shape);
        expect(bitsOf(tensors[name]!)).toEqual(bits);
      }
    }
  });

  it("takes an ArrayBuffer, and Node's Buffer", () => {
    const expected = loadSafetensors(file);
    expect(loadSafetensors(file.buffer)).toEqual(expected);
    expect(loadSafetensors(Buffer.from(file))).toEqual(expected);
  });

  it("views the values of float32 where they are aligned", () => {
    const tensors = loadSafetensors(file);
    expect(tensors["conv.weight"]!.data.buffer).toBe(file.buffer);
    expect(tensors["odd.float32"]!.data.buffer).not.toBe(file.buffer);
  });

  it("reads NaNs, infinities and the smallest numbers of half precision", () => {
    const header = {
      a: { dtype: "F16", shape: [4], data_offsets: [0, 8] },
      b: { dtype: "BF16", shape: [1], data_offsets: [8, 10] },
    };
    const bytes = made(header, 10);
    const view = new DataView(bytes.buffer, bytes.length - 10);
    for (const [i, half] of [0x7e00, 0xfc00, 0x0001, 0x83ff, 0x7fc0].entries()) view.setUint16(i * 2, half, true);
    const { a, b } = loadSafetensors(bytes);
    expect([...a!.data]).toEqual([NaN, -Infinity, 2 ** -24, -1023 * 2 ** -24]);
    expect([...b!.data]).toEqual([NaN]);
  });

  it("gives a tensor called __proto__ as any other", () => {
    const tensors = loadSafetensors(file);
    expect(Object.getPrototypeOf(tensors)).toBe(Object.prototype);
    expect(Object.getOwnPropertyDescriptor(tensors, "__proto__")!.value.toArray()).toEqual([7]);
    expect(Object.hasOwn(Object.prototype, "dtype")).toBe(false);
    const named = loadSafetensors(made({ constructor: f32(0, 4), toString: f32(4, 8) }, 8));
    expect(Object.keys(named)).toEqual(["constructor", "toString"]);
  });

  it("reads a file without tensors, and empty tensors between others", () => {
    expect(loadSafetensors(made({}))).toEqual({});
    expect(loadSafetensors(made({ __metadata__: { a: "b" } }))).toEqual({});
    const tensors = loadSafetensors(made({ b: f32(4, 8), empty: f32(4, 4, [2, 0]), a: f32(0, 4), last: f32(8, 8) }, 8));
    expect(Object.keys(tensors)).toEqual(["b", "empty", "a", "last"]);
    expect(tensors.empty!.shape).toEqual([2, 0]);
  });

  it.each<DType>(["float32", "float16", "int64", "int32", "uint8", "int8", "bool"])(
    "reads what was saved as %s",
    (dtype) => {
      const saved = Tensor.from([
        [0, 1],
        [1, 0],
      ]).to(dtype);
      expect(loadSafetensors(saveSafetensors({ before: Tensor.ones([1]), saved })).saved).toEqual(saved.to("float32"));
    },
  );

  it("gives what loadStateDict takes", () => {
    const from = new nn.BatchNorm2d(3);
    from.runningMean = Tensor.from([1, 2, 3]);
    from.numBatchesTracked = new Tensor<"int64">(BigInt64Array.of(5n), []);
    const to = new nn.BatchNorm2d(3);
    to.loadStateDict(loadSafetensors(saveSafetensors(from.stateDict())));
    expect(to.stateDict()).toEqual(from.stateDict());
  });

  it.each<[string, () => unknown, typeof TypeError | typeof RangeError, string]>([
    ["no bytes", () => undefined, TypeError, "bytes must be a Uint8Array or an ArrayBuffer, got undefined"],
    ["text", () => "file", TypeError, 'got "file"'],
    ["other numbers", () => new Float32Array(4), TypeError, "got Float32Array(4)"],
    [
      "an empty file",
      () => new Uint8Array(0),
      RangeError,
      "must begin with 8 bytes for the header's length, but has 0",
    ],
    ["a file of seven bytes", () => new Uint8Array(7), RangeError, "but has 7"],
    ["an empty header", () => new Uint8Array(8), RangeError, "the header must be JSON in UTF-8"],
    [
      "a header past the end",
      () => made({}, 0, 3n),
      RangeError,
      "the header's 3 bytes end past the file, which has 10",
    ],
    ["an absurd length", () => made({}, 0, 2n ** 64n - 1n), RangeError, "must have at most 100000000 bytes"],
    ["a length over the limit", () => made({}, 0, 100000001n), RangeError, "the file says 100000001"],
    ["half a header", () => made("{"), RangeError, "the header must be JSON in UTF-8"],
    ["another encoding", () => made(' {"a": 1}').fill(0xff, 8, 9), RangeError, "the header must be JSON in UTF-8"],
    ["an array for a header", () => made([]), RangeError, "the header must be a JSON object, got []"],
    ["null for a header", () => made("null"), RangeError, "the header must be a JSON object, got null"],
    ["a number for a tensor", () => made({ a: 1 }), RangeError, '"a" must be a JSON object, got 1'],
    ["a name twice", () => made('{"a":{},"a":{}}'), RangeError, "must not repeat a name"],
    [
      "a name twice, once escaped",
      () => made(`{"a":${JSON.stringify(f32(0, 0))},"\\u0061":${JSON.stringify(f32(0, 0))}}`),
      RangeError,
      "must not repeat a name",
    ],
    [
      "a shape twice",
      () => made('{"a":{"dtype":"F32","shape":[1],"shape":[2],"data_offsets":[0,8]}}', 8),
      RangeError,
      "must not repeat a name",
    ],
    ["a number in the metadata", () => made({ __metadata__: { a: 1 } }), RangeError, "__metadata__ must hold strings"],
    [
      "no dtype",
      () => made({ a: { shape: [], data_offsets: [0, 4] } }, 4),
      RangeError,
      '"a" must have dtype, shape and',
    ],
    ["an unknown member", () => made({ a: { ...f32(0, 4), x: 1 } }, 4), RangeError, "data_offsets only, got"],
    [
      "an unknown dtype",
      () => made({ a: { ...f32(0, 4), dtype: "F8_E4M3" } }, 4),
      RangeError,
      'the dtype "F8_E4M3" (known: F32',
    ],
    [
      "a dtype of Object's",
      () => made({ a: { ...f32(0, 4), dtype: "toString" } }, 4),
      RangeError,
      'the dtype "toString"',
    ],
    [
      "a number for a dtype",
      () => made({ a: { ...f32(0, 4), dtype: 1 } }, 4),
      RangeError,
      '"a" has the dtype 1 (known',
    ],
    ["a negative length", () => made({ a: f32(0, 4, [-1]) }, 4), RangeError, "whole numbers from 0, got [-1]"],
    ["half a length", () => made({ a: f32(0, 4, [0.5, 2]) }, 4), RangeError, "whole numbers from 0, got [0.5, 2]"],
    ["a huge length", () => made({ a: f32(0, 4, [1e300]) }, 4), RangeError, "whole numbers from 0, got [1e+300]"],
    ["a huge product", () => made({ a: f32(0, 0, Array(30).fill(2 ** 50)) }), RangeError, "has 0 bytes, but shape"],
    [
      "a huge product with a zero",
      () => made({ a: f32(0, 0, [...Array(30).fill(2 ** 50), 0]) }),
      RangeError,
      "needs NaN",
    ],
    ["a string for a shape", () => made({ a: f32(0, 4, wrong("1")) }, 4), RangeError, 'whole numbers from 0, got "1"'],
    ["one offset", () => made({ a: { ...f32(0, 4), data_offsets: [4] } }, 4), RangeError, "[begin, end], got [4]"],
    ["offsets the wrong way", () => made({ a: { ...f32(0, 4), data_offsets: [4, 0] } }, 4), RangeError, "got [4, 0]"],
    ["a negative offset", () => made({ a: { ...f32(0, 4), data_offsets: [-4, 0] } }, 4), RangeError, "got [-4, 0]"],
    [
      "offsets past 2^53",
      () => made({ a: { ...f32(0, 4), data_offsets: [2 ** 60, 2 ** 60 + 4] } }),
      RangeError,
      "[begin, end]",
    ],
    [
      "another size than the shape's",
      () => made({ a: f32(0, 8, [1]) }, 8),
      RangeError,
      '"a" has 8 bytes, but shape [1] in F32 needs 4',
    ],
    ["values past the end", () => made({ a: f32(0, 8) }, 4), RangeError, '"a" ends at byte 8, but only 4 bytes follow'],
    [
      "overlapping tensors",
      () => made({ a: f32(0, 8), b: f32(4, 12) }, 12),
      RangeError,
      '"b" begins at byte 4 and overlaps',
    ],
    [
      "the same bytes twice",
      () => made({ a: f32(0, 4), b: f32(0, 4) }, 4),
      RangeError,
      '"b" begins at byte 0 and overlaps',
    ],
    [
      "a gap",
      () => made({ a: f32(0, 4), b: f32(8, 12) }, 12),
      RangeError,
      '"b" begins at byte 8 and leaves a gap, expected 4',
    ],
    ["a gap at the start", () => made({ a: f32(4, 8) }, 8), RangeError, '"a" begins at byte 4 and leaves a gap'],
    ["bytes after the last tensor", () => made({ a: f32(0, 4) }, 5), RangeError, "have 4 bytes, but 5 bytes follow"],
    [
      "an integer that float32 cannot hold",
      () => {
        const bytes = made({ ids: { dtype: "I64", shape: [1], data_offsets: [0, 8] } }, 8);
        new DataView(bytes.buffer).setBigInt64(bytes.length - 8, 2n ** 24n + 1n, true);
        return bytes;
      },
      RangeError,
      '"ids": float32 cannot hold the integer 16777217',
    ],
    [
      "an unsigned integer that float32 cannot hold",
      () => made({ ids: { dtype: "U32", shape: [1], data_offsets: [0, 4] } }, 4).fill(255, -4),
      RangeError,
      '"ids": float32 cannot hold the integer 4294967295',
    ],
  ])("refuses %s", (_, bytes, kind, message) => {
    const call = () => loadSafetensors(wrong(bytes()));
    expect(call).toThrow(kind);
    expect(call).toThrow(/^loadSafetensors: /);
    expect(call).toThrow(message);
  });

  it("reports a long name, and nesting as deep as the file, in a short message", () => {
    const messageOf = (bytes: Uint8Array) => {
      try {
        loadSafetensors(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
        return (error as Error).message;
      }
      throw new Error("was not refused");
    };
    const long = "a".repeat(1e6);
    for (const header of [
      { [long]: 1 },
      { a: long },
      { a: { ...f32(0, 4), dtype: long } },
      { a: { ...f32(0, 4), [long]: 1 } },
      { a: f32(0, 4, wrong([long])) },
      "[".repeat(1e6),
      `{"a":${"[".repeat(1e5)}${"]".repeat(1e5)}}`,
    ]) {
      const message = messageOf(made(header, 4));
      expect(message.length).toBeLessThan(400);
      expect(message).toMatch(/^loadSafetensors: /);
    }
  });

  it("gives tensors or one clear error, whatever was changed in a file", { timeout: 60_000 }, () => {
    const next = uniform("test", 1);
    const below = (end: number) => Math.floor(next() * end);
    const headerEnd = 8 + Number(new DataView(file.buffer).getBigUint64(0, true));
    const inserted = [
      '"',
      "{",
      "}",
      "[",
      "]",
      ",",
      ":",
      "-",
      "0",
      "9",
      "1e9",
      "null",
      "\\",
      "\u0000",
      '"F32"',
      "[0,4]",
    ].map((text) => new TextEncoder().encode(text));
    const mutations: ((bytes: Uint8Array) => Uint8Array)[] = [
      ...[8, headerEnd, file.length].map((end) => (bytes: Uint8Array) => {
        const changed = bytes.slice();
        changed[below(end)] = below(256);
        return changed;
      }),
      (bytes) => bytes.slice(0, below(bytes.length + 1)),
      (bytes) => bytes.slice(below(bytes.length + 1)),
      (bytes) => {
        const at = 8 + below(headerEnd - 8);
        const text = inserted[below(inserted.length)]!;
        // over what stands there, or between
        const rest = at + below(2) * text.length;
        const changed = new Uint8Array(at + text.length + Math.max(0, bytes.length - rest));
        changed.set(bytes.subarray(0, at));
        changed.set(text, at);
        changed.set(bytes.subarray(rest), at + text.length);
        return changed;
      },
      (bytes) => {
        // one part of the file over another
        const from = below(bytes.length);
        return bytes.slice().copyWithin(below(headerEnd), from, from + below(64));
      },
    ];
    let loaded = 0;
    let refused = 0;
    for (let run = 0; run < 12000; ++run) {
      let bytes: Uint8Array = file;
      for (let count = 1 + below(3); count > 0; --count) bytes = mutations[below(mutations.length)]!(bytes);
      try {
        const tensors = loadSafetensors(bytes);
        for (const tensor of Object.values(tensors)) if (!(tensor instanceof Tensor)) throw new Error("no tensor");
        ++loaded;
      } catch (error) {
        if (!(error instanceof RangeError) || !error.message.startsWith("loadSafetensors: ")) {
          throw new Error(`run ${run} gave ${error}`, { cause: error });
        }
        ++refused;
      }
    }
    // both ways out are taken: bytes among the values may change, most of the header may not
    expect(loaded).toBeGreaterThan(300);
    expect(refused).toBeGreaterThan(5000);
  });
});

describe("saveSafetensors", () => {
  it("writes what loadSafetensors reads, to the bit, views of larger buffers and odd names too", () => {
    const shapes = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 });
    const tensors = fc.dictionary(fc.string({ unit: "grapheme" }), fc.tuple(shapes, fc.nat()));
    fc.assert(
      fc.property(tensors, (record) => {
        const given = Object.fromEntries(
          Object.entries(record).map(([name, [shape, seed]]) => {
            const { data } = Tensor.randn([1 + shape.reduce((a, b) => a * b, 1)], seed);
            return [name, new Tensor(data.subarray(1), shape)];
          }),
        );
        const bytes = saveSafetensors(given);
        const tensors = loadSafetensors(bytes);
        expect(Object.keys(tensors)).toEqual(Object.keys(given));
        for (const [name, { data, shape }] of Object.entries(given)) {
          expect(tensors[name]!.shape).toEqual(shape);
          expect(tensors[name]!.data).toEqual(data);
          expect(tensors[name]!.data.buffer).toBe(bytes.buffer);
        }
      }),
      { numRuns: 100 },
    );
  });

  it("follows the format's description", () => {
    const bytes = saveSafetensors({ a: Tensor.from([[1, 2]]), b: wrong({ data: Float32Array.of(3), dims: [] }) });
    const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    expect(length % 8).toBe(0);
    const header = new TextDecoder().decode(bytes.subarray(8, 8 + length));
    expect(header.trimEnd()).toBe(
      '{"a":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[],"data_offsets":[8,12]}}',
    );
    expect([...new Float32Array(bytes.buffer, 8 + length)]).toEqual([1, 2, 3]);
  });

  it.each<[string, unknown, typeof TypeError | typeof RangeError, string]>([
    ["no record", null, TypeError, "tensors must be a record of tensors, got null"],
    ["what is not a tensor", { a: 1 }, TypeError, '"a" must be a Tensor'],
    ["the reserved name", { __metadata__: Tensor.ones([1]) }, RangeError, "no tensor can be called __metadata__"],
  ])("refuses %s", (_, tensors, kind, message) => {
    const call = () => saveSafetensors(wrong(tensors));
    expect(call).toThrow(kind);
    expect(call).toThrow(/^saveSafetensors: /);
    expect(call).toThrow(message);
  });
});
