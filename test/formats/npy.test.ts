import { describe, expect, it } from "vitest";
import { arrayOf, DTYPES } from "../../src/dtype.ts";
import { elementsOf } from "../../src/elements.ts";
import { isNpy, readNpy, writeNpy } from "../../src/formats/npy.ts";

/** As numpy.save writes it; spaces stand for what aligns the elements. */
function file(header: string, elements: readonly number[], version = 1): Uint8Array {
  const begin = version === 1 ? 10 : 12;
  const length = Math.ceil((begin + header.length) / 64) * 64 - begin;
  const sizes = version === 1 ? [length & 255, length >> 8] : [length & 255, length >> 8, 0, 0];
  const text = new TextEncoder().encode(`${header.padEnd(length - 1)}\n`);
  return Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, 0, ...sizes, ...text, ...elements);
}
const header = (descr: string, shape: string, order = "False") =>
  `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': ${shape}, }`;

describe(".npy", () => {
  it.each(DTYPES)("holds %s", (dtype) => {
    const data = elementsOf(dtype, [0, 1, 2, 3, 1, 0], "saturate");
    const bytes = writeNpy({ dtype, shape: [2, 3], data });
    expect(isNpy(bytes)).toBe(true);
    expect((bytes.length - data.byteLength) % 64).toBe(0);
    const read = readNpy("test", bytes);
    expect(read).toEqual({ dtype, shape: [2, 3], data });
    expect(read.data).toBeInstanceOf(arrayOf(dtype));
  });

  // as numpy 2.3 writes them
  it.each([
    ["<f4", [0, 0, 0xc0, 0x3f], "float32", [1.5]],
    ["<f2", [0, 0x3e], "float16", elementsOf("float16", [1.5], "wrap")],
    ["<i8", [0xfe, 255, 255, 255, 255, 255, 255, 255], "int64", [-2n]],
    ["<i4", [0xfe, 255, 255, 255], "int32", [-2]],
    ["|u1", [254], "uint8", [254]],
    ["|i1", [254], "int8", [-2]],
    ["|b1", [2], "bool", [1]],
  ] as const)("of %s is read", (descr, bytes, dtype, values) => {
    const { data, ...type } = readNpy("test", file(header(descr, "(1,)"), bytes));
    expect(type).toEqual({ dtype, shape: [1] });
    expect([...data]).toEqual([...values]);
  });

  it("of a single value has the shape []", () => {
    expect(readNpy("test", file(header("|i1", "()"), [7]))).toEqual({
      dtype: "int8",
      shape: [],
      data: Int8Array.of(7),
    });
  });

  it("of version 2 has a longer header", () => {
    expect(readNpy("test", file(header("|u1", "(2, 1)"), [3, 4], 2)).shape).toEqual([2, 1]);
  });

  it("is read where the bytes are not aligned", () => {
    const bytes = file(header("<f4", "(1,)"), [0, 0, 0xc0, 0x3f]);
    const moved = new Uint8Array(bytes.length + 1);
    moved.set(bytes, 1);
    expect([...readNpy("test", moved.subarray(1)).data]).toEqual([1.5]);
  });

  const version2 = file(header("|u1", "(2,)"), [1, 2], 2);
  const long = version2.with(9, 255);
  it.each([
    ["other bytes", Uint8Array.of(1, 2, 3), RangeError, /^test: the file does not begin as a .npy does$/],
    ["a beginning alone", version2.subarray(0, 8), RangeError, /^test: the file is cut off$/],
    ["half a header", version2.subarray(0, 40), RangeError, /^test: the file is cut off$/],
    ["a header that is too long", long, RangeError, /at most 10000 bytes, the file says/],
    ["no shape", file("{'descr': '<f4', 'fortran_order': False}", []), RangeError, /the header is damaged/],
    [
      "doubles",
      file(header("<f8", "(1,)"), []),
      TypeError,
      /^test: the elements must be one of <f4 \(float32\), .*"<f8"$/,
    ],
    ["another byte order", file(header(">f4", "(1,)"), []), TypeError, /got ">f4"$/],
    ["fields", file("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }", []), TypeError, /"fields"$/],
    ["Fortran's order", file(header("|u1", "(1,)", "True"), [1]), RangeError, /must be in C order/],
    ["too few elements", file(header("<i4", "(2,)"), [1, 0, 0, 0]), RangeError, /needs 8 bytes, but there are 4$/],
    ["too many", file(header("|u1", "(2,)"), [1, 2, 3]), RangeError, /needs 2 bytes, but there are 3$/],
    ["a shape that no array has", file(header("|u1", "(9007199254740991, 9)"), []), RangeError, /too many elements/],
    ["65 axes", file(header("|u1", `(${"1, ".repeat(65)})`), [1]), RangeError, /at most 64 axes/],
  ] as const)("is refused with %s", (_, bytes, kind, message) => {
    expect(() => readNpy("test", bytes)).toThrow(kind);
    expect(() => readNpy("test", bytes)).toThrow(message);
  });
});
