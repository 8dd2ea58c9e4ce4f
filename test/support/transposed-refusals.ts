/** What transposed convolutions and gradients refuse alike. */

import { expect, it } from "vitest";
import { conv2dBackward, convTranspose2d, Tensor } from "../../src/index.ts";
import * as reference from "./reference.ts";
import { LARGE, refusing } from "./refusals.ts";
import * as family from "./transposed-reference.ts";

export const tensor = (seed: number, shape: readonly number[]) =>
  new Tensor(reference.values(seed, reference.sizeOf(shape)), shape);

export const image = () => tensor(1, [2, 6, 5, 7]);
/** of convTranspose2d, for three channels of output */
export const turned = () => tensor(2, [6, 3, 3, 3]);
/** of conv2d, for four filters */
export const filters = () => tensor(3, [4, 6, 3, 3]);
/** of conv2d(image, filters) */
export const gradient = () => tensor(4, [2, 4, 3, 5]);
/** of convTranspose2d(image, turned) */
export const turnedGradient = () => tensor(5, [2, 3, 7, 9]);
export const signal = () => tensor(6, [1, 6, 9]);
export const kernel = () => tensor(7, [6, 4, 3]);

/** A failed call must leave nothing that the next one trips over. */
export function engineStillWorks() {
  const options = { padding: 1, stride: 2 };
  const turnedBack = convTranspose2d(image(), turned(), null, options);
  const expected = family.convTranspose2d(image(), turned(), null, options);
  expect(reference.exactDifference(turnedBack, expected)).toBeUndefined();
  const gradOutput = tensor(8, [2, 4, 3, 4]);
  const actual = conv2dBackward(image(), filters(), gradOutput, options);
  const exact = family.conv2dBackward(image(), filters(), gradOutput, options);
  for (const name of ["input", "weight", "bias"] as const) {
    expect(reference.exactDifference(actual[name], exact[name]), name).toBeUndefined();
  }
}

export const refuses = refusing(engineStillWorks);

export const OTHER_KINDS: readonly [string, unknown][] = [
  ["undefined", undefined],
  ["null", null],
  ["a string", "image"],
  ["a number", 5],
  ["a nested array", [[[[1]]]]],
  ["a bare Float32Array", new Float32Array(420)],
  ["an object without data", { shape: [2, 6, 5, 7] }],
  ["an object without a shape", { data: new Float32Array(420) }],
  ["Float64Array data", { data: new Float64Array(420), shape: [2, 6, 5, 7] }],
  ["a plain array as data", { data: new Array(420).fill(0), shape: [2, 6, 5, 7] }],
  ["a string as shape", { data: new Float32Array(420), shape: "2x6x5x7" }],
];

export const BAD_SHAPES: readonly [string, readonly number[]][] = [
  ["fewer values than its shape", [2, 6, 5, 8]],
  ["a negative length in its shape", [-2, -6, 5, 7]],
  ["a fractional length in its shape", [2, 6, 5, 7.5]],
  ["NaN in its shape", [2, 6, 5, Number.NaN]],
  ["a shape whose product overflows", [LARGE, LARGE, LARGE, LARGE]],
];

/** Wrong kinds of sizes, where a function takes a shape in place of a tensor. */
export const BAD_SIZES: readonly [string, unknown, typeof TypeError | typeof RangeError][] = [
  ["undefined", undefined, TypeError],
  ["null", null, TypeError],
  ["a number", 5, TypeError],
  ["a string", "2x6x5x7", TypeError],
  ["a tensor", image(), TypeError],
  ["strings", ["2", 6, 5, 7], TypeError],
  ["two lengths", [5, 7], RangeError],
  ["five lengths", [1, 2, 6, 5, 7], RangeError],
  ["a negative length", [2, 6, 5, -7], RangeError],
  ["a fraction", [2, 6, 5, 7.5], RangeError],
  ["NaN", [2, 6, 5, Number.NaN], RangeError],
];

type Call = (options: unknown) => unknown;

/** What every function of the family says of `stride` and its like. */
export function refusesNumbers(
  where: string,
  call: Call,
  names: readonly ("stride" | "dilation" | "padding" | "outputPadding")[],
) {
  for (const name of names) {
    const with_ = (value: unknown) => () => call({ [name]: value });
    const named = (got: string) => new RegExp(`^${where}: .*\\b${name}\\b.*${got}`);
    if (name === "stride" || name === "dilation") {
      refuses(`${name} 0`, RangeError, named("0"), with_(0));
      refuses(`${name} [1, 0]`, RangeError, named("0"), with_([1, 0]));
    }
    refuses(`${name} -1`, RangeError, named("-1"), with_(-1));
    refuses(`${name} [0, -1]`, RangeError, named("-1|0"), with_([0, -1]));
    refuses(`${name} 1.5`, RangeError, named("1\\.5"), with_(1.5));
    refuses(`${name} NaN`, RangeError, named("NaN"), with_([1, Number.NaN]));
    refuses(`${name} infinity`, RangeError, named("Infinity"), with_(Number.POSITIVE_INFINITY));
    refuses(`${name} 2^31`, RangeError, named(String(LARGE)), with_(LARGE));
    refuses(`an empty array for ${name}`, RangeError, named("2.*\\[\\]"), with_([]));
    refuses(`three numbers for ${name}`, RangeError, named("2.*\\[1, 1, 1\\]"), with_([1, 1, 1]));
    refuses(`a string in ${name}`, TypeError, named('"1"'), with_([1, "1"]));
    refuses(`null as ${name}`, TypeError, named("null"), with_(null));
    refuses(`a typed array as ${name}`, TypeError, named("Int32Array"), with_(new Int32Array([1, 1])));
    refuses(`an object as ${name}`, TypeError, named(""), with_({ h: 1, w: 1 }));
  }
}

export function refusesOptions(where: string, call: Call, unknown: readonly string[], known: readonly string[]) {
  for (const [kind, value] of [
    ["a number", 2],
    ["a string", "same"],
    ["an array", [1, 1]],
    ["null", null],
  ] as const) {
    refuses(`${kind} as options`, TypeError, new RegExp(`^${where}: .*options`), () => call(value));
  }
  for (const name of unknown) {
    const message = new RegExp(`^${where}: .*option.*"${name}"`);
    refuses(`the unknown option ${name}`, TypeError, message, () => call({ [name]: 1 }));
  }
  it("names the known options where it refuses another", () => {
    for (const name of known) expect(() => call({ typo: 1 })).toThrow(new RegExp(`\\b${name}\\b`));
  });
}

export const TRANSPOSED_OPTIONS = ["stride", "padding", "outputPadding", "groups", "dilation"] as const;
export const TRANSPOSED_NUMBERS = ["stride", "dilation", "padding", "outputPadding"] as const;
const UNKNOWN_TRANSPOSED = ["strides", "output_padding", "outputpadding", "paddingMode", "outputSize", "bias"];

/** What convTranspose2d and its gradients say of the options and of what does not fit together. */
export function refusesTransposed(
  where: string,
  call: (input: unknown, weight: unknown, options?: unknown) => unknown,
) {
  const starts = (rest: string) => new RegExp(`^${where}: ${rest}`);
  refusesNumbers(where, (options) => call(image(), turned(), options), TRANSPOSED_NUMBERS);
  refusesOptions(where, (options) => call(image(), turned(), options), UNKNOWN_TRANSPOSED, TRANSPOSED_OPTIONS);
  refuses("padding 'same'", TypeError, starts('.*padding.*"same"'), () => call(image(), turned(), { padding: "same" }));

  for (const [what, options] of [
    ["1 with stride 1", { outputPadding: 1 }],
    ["the stride", { outputPadding: 2, stride: 2 }],
    ["more than the stride", { outputPadding: 5, stride: 4, dilation: 3 }],
    ["the dilation", { outputPadding: 3, dilation: 3 }],
    ["the stride of the height alone", { outputPadding: [2, 0], stride: [2, 3] }],
    ["the stride of the width alone", { outputPadding: [0, 2], stride: [3, 2] }],
    ["both of the width, though not of the height", { outputPadding: [1, 1], stride: [2, 1], dilation: [2, 1] }],
  ] as const) {
    const got = [options.outputPadding].flat().find((value) => value !== 0);
    const message = starts(`.*outputPadding.*smaller.*stride.*dilation.*${got}`);
    refuses(`outputPadding of ${what}`, RangeError, message, () => call(image(), turned(), options));
  }

  refuses("two axes of input", RangeError, starts(".*input.*\\[30, 14\\]"), () =>
    call(image().reshape([30, 14]), turned()),
  );
  refuses("five axes of input", RangeError, starts(".*input.*\\[1, 2, 6, 5, 7\\]"), () =>
    call(image().reshape([1, 2, 6, 5, 7]), turned()),
  );
  for (const shape of [
    [1, 0, 5, 7],
    [1, 6, 0, 7],
    [1, 6, 5, 0],
    [6, 5, 0],
  ]) {
    const message = starts(`.*input.*\\[${shape.join(", ")}\\]`);
    refuses(`an input of shape [${shape}]: only the batch may be empty`, RangeError, message, () =>
      call(Tensor.zeros(shape), turned(), { stride: 2 }),
    );
  }
  refuses("three axes of weight", RangeError, starts(".*weight.*\\[6, 3, 9\\]"), () =>
    call(image(), turned().reshape([6, 3, 9])),
  );
  for (const shape of [
    [0, 3, 3, 3],
    [6, 0, 3, 3],
    [6, 3, 0, 3],
    [6, 3, 3, 0],
  ]) {
    refuses(`a weight of shape [${shape}]`, RangeError, starts(".*weight.*0"), () =>
      call(image(), Tensor.zeros(shape)),
    );
  }
  refuses("other channels than the input's", RangeError, starts(".*weight.*5.*input.*6"), () =>
    call(image(), Tensor.zeros([5, 3, 3, 3])),
  );
  refuses("a weight of conv2d, with the filters first", RangeError, starts(".*weight.*4.*input.*6"), () =>
    call(image(), filters()),
  );
  refuses("channels a group in place of channels", RangeError, starts(".*weight.*3.*input.*6"), () =>
    call(image(), Tensor.zeros([3, 3, 3, 3]), { groups: 2 }),
  );
  for (const [what, groups, error, got] of [
    ["zero groups", 0, RangeError, "0"],
    ["-2 groups", -2, RangeError, "-2"],
    ["1.5 groups", 1.5, RangeError, "1\\.5"],
    ["a string as groups", "2", TypeError, '"2"'],
    ["an array as groups", [2, 2], TypeError, "\\[2, 2\\]"],
    ["groups that do not divide the channels", 4, RangeError, "6.*4"],
    ["more groups than channels", 12, RangeError, "6.*12"],
  ] as const) {
    refuses(what, error, starts(`.*groups.*${got}`), () => call(image(), turned(), { groups }));
  }
  refuses("padding that leaves no rows", RangeError, starts(".*padding.*4.*7"), () =>
    call(image(), turned(), { padding: [4, 0] }),
  );
  refuses("padding that leaves no columns", RangeError, starts(".*padding.*5.*9"), () =>
    call(image(), turned(), { padding: [0, 5] }),
  );
  refuses("padding that takes exactly what there is", RangeError, starts(".*padding.*3.*6"), () =>
    call(image(), Tensor.zeros([6, 3, 2, 2]), { padding: [3, 0] }),
  );
  refuses("padding that takes more than there is", RangeError, starts(".*padding.*1000"), () =>
    call(image(), turned(), { padding: 1000, stride: 2 }),
  );
  refuses("padding that overflows 32 bits", RangeError, starts(`.*padding.*${LARGE - 1}`), () =>
    call(image(), turned(), { padding: LARGE - 1 }),
  );
}
