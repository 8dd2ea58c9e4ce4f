import { readFileSync } from "node:fs";
import { deflateSync, zipSync } from "fflate";
import { describe, expect, it } from "vitest";
import type { DType, TensorData } from "../../src/dtype.ts";
import { writeNpy } from "../../src/formats/npy.ts";
import { loadNpz } from "../../src/formats/npz.ts";
import { nn, Tensor } from "../../src/index.ts";
import { uniform } from "../../src/random.ts";

/** Written by NumPy: see golden/generate_npz.py. */
const golden = (name: string) => readFileSync(new URL(`../golden/${name}.npz`, import.meta.url));

const npy = (data: TensorData, shape: readonly number[] = [data.length], dtype: DType = "float32") =>
  writeNpy({ dtype, shape, data });
const zip = (files: Record<string, Uint8Array>, level: 0 | 9 = 9): Uint8Array<ArrayBuffer> =>
  new Uint8Array(zipSync(files, { level }));

/** Where the end of the directory and its first entry are. */
function places(file: Uint8Array) {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const end = file.length - 22;
  return { view, end, entry: view.getUint32(end + 16, true) };
}

/** An archive of one array with a field of its directory, or of the directory's end, changed. */
function changed(at: "entry" | "end", offset: number, value: number, bits: 16 | 32 = 32, level: 0 | 9 = 9): Uint8Array {
  const file = zip({ "a.npy": npy(new Float32Array(100)) }, level);
  const found = places(file);
  found.view[`setUint${bits}`](found[at] + offset, value, true);
  return file;
}

// biome-ignore lint/suspicious/noExplicitAny: stands for every wrong type
const wrong = (value: unknown): any => value;

describe("loadNpz", () => {
  it.each(["stored", "deflated"])("reads what NumPy has written, %s", (name) => {
    const tensors = loadNpz(golden(name));
    const got = Object.entries(tensors).map(([key, { dtype, shape, data }]) => [key, dtype, shape, [...data]]);
    expect(Object.fromEntries(got.map(([key, ...rest]) => [key, rest]))).toEqual({
      arr_0: ["float32", [2, 2], [1, 2, 3, 4]],
      weight: ["float32", [2, 3, 4], Array.from({ length: 24 }, (_, i) => i / 8 - 1)],
      half: ["float32", [3], [1.5, -2, 65504]],
      steps: ["float32", [], [7]],
      ids: ["float32", [3], [1, -2, 3]],
      mask: ["float32", [2], [1, 0]],
      bytes: ["float32", [1, 2], [0, 255]],
      small: ["float32", [2], [-128, 127]],
      empty: ["float32", [2, 0], []],
      "layer.0.weight": ["float32", [3], [1, 1, 1]],
      größe: ["float32", [2], [2, 2]],
    });
    expect(Object.values(tensors).every((tensor) => tensor instanceof Tensor)).toBe(true);
  });

  it("gives what loadStateDict takes", () => {
    const from = new nn.BatchNorm2d(3);
    from.runningMean = Tensor.from([1, 2, 3]);
    from.numBatchesTracked = new Tensor<"int64">(BigInt64Array.of(5n), []);
    const arrays = Object.entries(from.stateDict()).map(([name, value]) => {
      const { data, shape } = value as Tensor;
      return [`${name}.npy`, npy(data, shape, name === "num_batches_tracked" ? "int64" : undefined)] as const;
    });
    const to = new nn.BatchNorm2d(3);
    to.loadStateDict(loadNpz(zip(Object.fromEntries(arrays))));
    expect(to.stateDict()).toEqual(from.stateDict());
  });

  it("takes an ArrayBuffer, a part of a larger one, and shared memory", () => {
    const file = zip({ "a.npy": npy(Float32Array.of(1.5)) });
    const larger = new Uint8Array(new SharedArrayBuffer(file.length + 5));
    larger.set(file, 3);
    for (const bytes of [file.buffer, larger.subarray(3, -2)]) {
      expect([...loadNpz(wrong(bytes)).a!.data]).toEqual([1.5]);
    }
  });

  it("takes a comment after the archive, no members, and names that objects have", () => {
    const file = zip({ "__proto__.npy": npy(Float32Array.of(1)), "toString.npy": npy(Float32Array.of(2)) });
    const commented = new Uint8Array(file.length + 7);
    commented.set(file);
    commented[file.length - 2] = 7;
    expect(Object.entries(loadNpz(commented)).map(([name, { data }]) => [name, data[0]])).toEqual([
      ["__proto__", 1],
      ["toString", 2],
    ]);
    expect(loadNpz(zip({}))).toEqual({});
  });

  const double = new TextEncoder().encode("{'descr': '<f8', 'fortran_order': False, 'shape': (), }");
  const doubles = Uint8Array.of(0x93, 78, 85, 77, 80, 89, 1, 0, double.length, 0, ...double, ...new Uint8Array(8));
  const order = npy(new Float32Array(4), [2, 2]);
  order.set(new TextEncoder().encode("True, "), new TextDecoder("latin1").decode(order).indexOf("False,"));
  it.each<[string, () => unknown, typeof TypeError | typeof RangeError, string]>([
    ["no bytes", () => undefined, TypeError, "bytes must be a Uint8Array or an ArrayBuffer, got undefined"],
    ["other numbers", () => new Float32Array(4), TypeError, "got Float32Array(4)"],
    ["an empty file", () => new Uint8Array(0), RangeError, "the file must be a ZIP archive"],
    ["a .npy file", () => npy(new Float32Array(4)), RangeError, "the file must be a ZIP archive"],
    ["half a file", () => golden("stored").subarray(0, 1000), RangeError, "or is cut off"],
    ["another file", () => zip({ "a.txt": new Uint8Array(3) }), RangeError, 'must be a .npy file, got "a.txt"'],
    [
      "what only looks like .npy",
      () => zip({ "a.npy": new Uint8Array(30) }),
      RangeError,
      '"a": the file does not begin',
    ],
    ["float64", () => zip({ "a.npy": doubles }), TypeError, '"a": the elements must be one of <f4 (float32)'],
    ["Fortran's order", () => zip({ "a.npy": order }), RangeError, '"a": the array must be in C order'],
    [
      "an integer that float32 cannot hold",
      () => zip({ "a.npy": npy(BigInt64Array.of(1n, 2n ** 24n + 1n), [2], "int64") }),
      RangeError,
      '"a": float32 cannot hold the integer 16777217',
    ],
    [
      "a name twice",
      () => {
        const file = zip({ "a.npy": npy(new Float32Array(1)), "b.npy": npy(new Float32Array(1)) });
        const text = new TextDecoder("latin1").decode(file);
        file[text.lastIndexOf("b.npy")] = 97;
        return file;
      },
      RangeError,
      '"a": is in the file twice',
    ],
    ["another checksum", () => changed("entry", 16, 1), RangeError, "its checksum differs"],
    ["another checksum, stored", () => changed("entry", 16, 1, 32, 0), RangeError, "its checksum differs"],
    ["less than is inflated", () => changed("entry", 24, 300), RangeError, "the archive is damaged"],
    ["more than is inflated", () => changed("entry", 24, 600), RangeError, "inflates to 528 bytes instead of 600"],
    ["a size that no deflating reaches", () => changed("entry", 24, 2 ** 31), RangeError, "cannot be 2147483648 bytes"],
    [
      "a stored size that differs",
      () => changed("entry", 24, 4, 32, 0),
      RangeError,
      "528 bytes stored cannot be 4 bytes",
    ],
    ["a member past the directory", () => changed("entry", 20, 9999), RangeError, "do not end before the directory"],
    ["a member that is not there", () => changed("entry", 42, 1), RangeError, "no member begins at byte 1"],
    ["a member outside", () => changed("entry", 42, 2 ** 31), RangeError, "no member begins at byte 2147483648"],
    ["encryption", () => changed("entry", 8, 1, 16), RangeError, "is encrypted"],
    ["another method", () => changed("entry", 10, 12, 16), RangeError, "(methods 0, 8), got method 12"],
    ["ZIP64", () => changed("entry", 24, 0xffffffff), RangeError, "ZIP64"],
    ["a directory of ZIP64", () => changed("end", 16, 0xffffffff), RangeError, "ZIP64"],
    ["a long name", () => changed("entry", 28, 60000, 16), RangeError, "its directory is cut off"],
    ["more entries", () => changed("end", 10, 2, 16), RangeError, "one file, not a part"],
    ["a directory elsewhere", () => changed("end", 16, 3), RangeError, "must have 1 entries, but has 0"],
    ["a directory past the end", () => changed("end", 12, 9999), RangeError, "does not end before the end"],
  ])("refuses %s", (_, bytes, kind, message) => {
    const call = () => loadNpz(wrong(bytes()));
    expect(call).toThrow(kind);
    expect(call).toThrow(/^loadNpz: /);
    expect(call).toThrow(message);
  });

  it("refuses members that share bytes, and what inflates to too much, before inflating", () => {
    const zeros = zip({ "a.npy": npy(new Float32Array(2 ** 20)), "b.npy": npy(new Float32Array(2 ** 20)) });
    const { view, entry } = places(zeros);
    const second = entry + 46 + 5;
    const shared = zeros.slice();
    new DataView(shared.buffer).setUint32(second + 42, view.getUint32(entry + 42, true), true);
    expect(() => loadNpz(shared)).toThrow('"b.npy" begins at byte 0, inside another member');

    // a gigabyte and a half in some 1.6 MB, of which no member could be read
    const deflated = deflateSync(new Uint8Array(2 ** 26), { level: 9 });
    const names = Array.from({ length: 24 }, (_, i) => `${i}.npy`);
    const bomb = zip(Object.fromEntries(names.map((name) => [name, deflated])), 0);
    const directory = places(bomb);
    let at = directory.entry;
    for (const name of names) {
      directory.view.setUint16(at + 10, 8, true);
      directory.view.setUint32(at + 24, 2 ** 26, true);
      at += 46 + name.length;
    }
    expect(() => loadNpz(bomb)).toThrow("may inflate to 1073741824 bytes, but have 1610612736");
  });

  it("gives tensors or one clear error, whatever was changed in a file", { timeout: 60_000 }, () => {
    const next = uniform("test", 1);
    const below = (end: number) => Math.floor(next() * end);
    let loaded = 0;
    let refused = 0;
    for (const name of ["stored", "deflated"]) {
      const file = new Uint8Array(golden(name));
      const { entry } = places(file);
      const mutations: ((bytes: Uint8Array) => Uint8Array)[] = [
        ...[0, entry].map((begin) => (bytes: Uint8Array) => {
          const other = bytes.slice();
          other[begin + below(Math.max(1, bytes.length - begin))] = below(256);
          return other;
        }),
        (bytes) => {
          // a bit of the directory
          const other = bytes.slice();
          const at = entry + below(Math.max(1, bytes.length - entry));
          if (at < other.length) other[at]! ^= 1 << below(8);
          return other;
        },
        (bytes) => (below(4) > 0 ? bytes : bytes.slice(0, below(bytes.length + 1))),
        (bytes) => (below(4) > 0 ? bytes : bytes.slice(below(bytes.length + 1))),
        (bytes) => bytes.slice().copyWithin(below(bytes.length), below(bytes.length), below(bytes.length)),
      ];
      for (let run = 0; run < 4000; ++run) {
        let bytes: Uint8Array = file;
        for (let count = 1 + below(2); count > 0; --count) bytes = mutations[below(mutations.length)]!(bytes);
        try {
          const tensors = loadNpz(bytes);
          for (const tensor of Object.values(tensors)) if (!(tensor instanceof Tensor)) throw new Error("no tensor");
          ++loaded;
        } catch (error) {
          const isClear = error instanceof RangeError || error instanceof TypeError;
          const { message } = error as Error;
          if (!isClear || !message.startsWith("loadNpz: ") || message.length > 400) {
            throw new Error(`run ${run} gave ${error}`, { cause: error });
          }
          ++refused;
        }
      }
    }
    // both ways out are taken: times, attributes and the names of members' own headers may change, most may not
    expect(loaded).toBeGreaterThan(500);
    expect(refused).toBeGreaterThan(3000);
  });
});
