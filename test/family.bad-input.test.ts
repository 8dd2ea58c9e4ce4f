import { describe, expect, it } from "vitest";
import {
  configure,
  conv2d,
  conv2dBackward,
  conv2dInput,
  conv2dWeight,
  convTranspose1d,
  convTranspose2d,
  convTranspose2dBackward,
  memory,
  nn,
  Tensor,
} from "../src/index.ts";
import * as family from "./family-reference.ts";
import * as reference from "./reference.ts";

const LARGE = 2 ** 31;

const tensor = (seed: number, shape: readonly number[]) =>
  new Tensor(reference.values(seed, reference.sizeOf(shape)), shape);

const image = () => tensor(1, [2, 6, 5, 7]);
/** of convTranspose2d, for three channels of output */
const turned = () => tensor(2, [6, 3, 3, 3]);
/** of conv2d, for four filters */
const filters = () => tensor(3, [4, 6, 3, 3]);
/** of conv2d(image, filters) */
const gradient = () => tensor(4, [2, 4, 3, 5]);
/** of convTranspose2d(image, turned) */
const turnedGradient = () => tensor(5, [2, 3, 7, 9]);
const signal = () => tensor(6, [1, 6, 9]);
const kernel = () => tensor(7, [6, 4, 3]);

/** What TypeScript would not allow. */
// biome-ignore lint/suspicious/noExplicitAny: stands for every wrong type
const wrong = (value: unknown): any => value;

/** A failed call must leave nothing behind that the next one trips over. */
function engineStillWorks() {
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

/** `call` throws an error of that class, whose message starts with the function and tells the rest. */
function refuses(what: string, error: typeof TypeError | typeof RangeError, message: RegExp, call: () => unknown) {
  it(`refuses ${what}`, () => {
    let thrown: unknown;
    try {
      call();
    } catch (caught) {
      thrown = caught;
    }
    expect(thrown, "nothing thrown").toBeDefined();
    expect(thrown).toBeInstanceOf(error);
    expect((thrown as Error).message).toMatch(message);
    engineStillWorks();
  });
}

const OTHER_KINDS: readonly [string, unknown][] = [
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

const BAD_SHAPES: readonly [string, readonly number[]][] = [
  ["fewer values than its shape", [2, 6, 5, 8]],
  ["a negative length in its shape", [-2, -6, 5, 7]],
  ["a fractional length in its shape", [2, 6, 5, 7.5]],
  ["NaN in its shape", [2, 6, 5, Number.NaN]],
  ["a shape whose product overflows", [LARGE, LARGE, LARGE, LARGE]],
];

/** Wrong kinds of sizes, where a function takes a shape in place of a tensor. */
const BAD_SIZES: readonly [string, unknown, typeof TypeError | typeof RangeError][] = [
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
function refusesNumbers(
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
    refuses(`one number in an array for ${name}`, RangeError, named("2.*\\[1\\]"), with_([1]));
    refuses(`three numbers for ${name}`, RangeError, named("2.*\\[1, 1, 1\\]"), with_([1, 1, 1]));
    refuses(`a string in ${name}`, TypeError, named('"1"'), with_([1, "1"]));
    refuses(`null as ${name}`, TypeError, named("null"), with_(null));
    refuses(`a typed array as ${name}`, TypeError, named("Int32Array"), with_(new Int32Array([1, 1])));
    refuses(`an object as ${name}`, TypeError, named(""), with_({ h: 1, w: 1 }));
  }
}

function refusesOptions(where: string, call: Call, unknown: readonly string[], known: readonly string[]) {
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

const TRANSPOSED_OPTIONS = ["stride", "padding", "outputPadding", "groups", "dilation"] as const;
const TRANSPOSED_NUMBERS = ["stride", "dilation", "padding", "outputPadding"] as const;
const UNKNOWN_TRANSPOSED = ["strides", "output_padding", "outputpadding", "paddingMode", "outputSize", "bias"];

/** What convTranspose2d and its gradients say of the options and of what does not fit together. */
function refusesTransposed(where: string, call: (input: unknown, weight: unknown, options?: unknown) => unknown) {
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

describe("convTranspose2d", () => {
  for (const [kind, value] of OTHER_KINDS) {
    refuses(`${kind} as input`, TypeError, /^convTranspose2d: .*input/, () => convTranspose2d(wrong(value), turned()));
    refuses(`${kind} as weight`, TypeError, /^convTranspose2d: .*weight/, () => convTranspose2d(image(), wrong(value)));
    if (value != null) {
      refuses(`${kind} as bias`, TypeError, /^convTranspose2d: .*bias/, () =>
        convTranspose2d(image(), turned(), wrong(value)),
      );
    }
  }
  for (const [what, shape] of BAD_SHAPES) {
    const data = new Float32Array(420);
    refuses(`an input of ${what}`, RangeError, /^convTranspose2d: .*input.*\d/, () =>
      convTranspose2d({ data, shape }, turned()),
    );
    refuses(`an input of ${what} (as dims)`, RangeError, /^convTranspose2d: .*input.*\d/, () =>
      convTranspose2d({ data, dims: shape }, turned()),
    );
  }
  refusesTransposed("convTranspose2d", (input, weight, options) =>
    convTranspose2d(wrong(input), wrong(weight), null, wrong(options)),
  );

  refuses("one value of bias too few", RangeError, /^convTranspose2d: .*bias.*3.*2/, () =>
    convTranspose2d(image(), turned(), Tensor.zeros([2])),
  );
  refuses("a bias for the filters of one group", RangeError, /^convTranspose2d: .*bias.*6.*3/, () =>
    convTranspose2d(image(), turned(), Tensor.zeros([3]), { groups: 2 }),
  );
  refuses("a bias for the input's channels", RangeError, /^convTranspose2d: .*bias.*3.*6/, () =>
    convTranspose2d(image(), turned(), Tensor.zeros([6])),
  );
  refuses("a bias of two axes", RangeError, /^convTranspose2d: .*bias.*3.*\[3, 1\]/, () =>
    convTranspose2d(image(), turned(), Tensor.zeros([3, 1])),
  );

  it("takes a bias left out, undefined or null, and options left out, empty, or undefined each", () => {
    const plain = convTranspose2d(image(), turned());
    expect(convTranspose2d(image(), turned(), undefined)).toEqual(plain);
    expect(convTranspose2d(image(), turned(), null, {})).toEqual(plain);
    const none = Object.fromEntries(TRANSPOSED_OPTIONS.map((name) => [name, undefined]));
    expect(convTranspose2d(image(), turned(), null, wrong(none))).toEqual(plain);
  });

  describe("memory", () => {
    refuses("a result that no memory holds", RangeError, /^convTranspose2d: .*\d/, () =>
      convTranspose2d(image(), turned(), null, { stride: 100_000 }),
    );
    refuses("strides that overflow 32 bits", RangeError, /^convTranspose2d: .*\d/, () =>
      convTranspose2d(image(), turned(), null, { stride: LARGE - 1 }),
    );
    refuses("taps so far apart that no memory holds the result", RangeError, /^convTranspose2d: .*\d/, () =>
      convTranspose2d(image(), turned(), null, { dilation: LARGE - 1 }),
    );
    refuses("more than maxMemory", RangeError, /^convTranspose2d: .*maxMemory/, () => {
      const { limit } = memory();
      configure({ maxMemory: 2 ** 20 });
      try {
        convTranspose2d(Tensor.zeros([1, 1, 1024, 512]), Tensor.ones([1, 1, 2, 2]), null, { stride: 2 });
      } finally {
        configure({ maxMemory: limit });
      }
    });
    it("holds no more after a failed call than before", () => {
      convTranspose2d(image(), turned());
      const { used, limit } = memory();
      expect(() => convTranspose2d(image(), turned(), null, { stride: 100_000 })).toThrow(RangeError);
      expect(() => convTranspose2d(image(), turned(), null, { padding: 1000 })).toThrow(RangeError);
      // each limit stops the call at another of its allocations
      for (let room = 64; room <= 8192; room *= 1.5) {
        configure({ maxMemory: Math.floor(room) * 1024 });
        try {
          convTranspose2d(Tensor.zeros([1, 8, 128, 128]), Tensor.ones([8, 8, 3, 3]), null, { stride: 2 });
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
          expect((error as Error).message).toMatch(/^convTranspose2d: .*maxMemory/);
        } finally {
          configure({ maxMemory: limit });
        }
      }
      expect(memory().used).toBe(used);
      engineStillWorks();
    });
  });
});

describe("convTranspose1d", () => {
  for (const [kind, value] of OTHER_KINDS) {
    refuses(`${kind} as input`, TypeError, /^convTranspose1d: .*input/, () => convTranspose1d(wrong(value), kernel()));
    refuses(`${kind} as weight`, TypeError, /^convTranspose1d: .*weight/, () =>
      convTranspose1d(signal(), wrong(value)),
    );
  }
  const with_ = (options: unknown) => () => convTranspose1d(signal(), kernel(), null, wrong(options));
  refuses("an image as input", RangeError, /^convTranspose1d: .*input.*\[2, 6, 5, 7\]/, () =>
    convTranspose1d(image(), kernel()),
  );
  refuses("a kernel of two axes", RangeError, /^convTranspose1d: .*weight.*\[6, 3, 3, 3\]/, () =>
    convTranspose1d(signal(), turned()),
  );
  refuses("other channels than the input's", RangeError, /^convTranspose1d: .*weight.*5.*6/, () =>
    convTranspose1d(signal(), Tensor.zeros([5, 4, 3])),
  );
  refuses("a bias of another length", RangeError, /^convTranspose1d: .*bias.*4.*6/, () =>
    convTranspose1d(signal(), kernel(), Tensor.zeros([6])),
  );
  refuses("groups that do not divide", RangeError, /^convTranspose1d: .*groups.*6.*4/, with_({ groups: 4 }));
  refuses(
    "outputPadding 1 with stride 1",
    RangeError,
    /^convTranspose1d: .*outputPadding.*1/,
    with_({ outputPadding: 1 }),
  );
  refuses(
    "outputPadding as large as the stride",
    RangeError,
    /^convTranspose1d: .*outputPadding.*smaller.*3/,
    with_({ outputPadding: [3], stride: 3, dilation: 2 }),
  );
  refuses("padding that leaves nothing", RangeError, /^convTranspose1d: .*padding.*6.*11/, with_({ padding: 6 }));
  refuses("an unknown option", TypeError, /^convTranspose1d: .*option.*"paddingMode"/, with_({ paddingMode: "zeros" }));
  for (const name of TRANSPOSED_NUMBERS) {
    const named = (got: string) => new RegExp(`^convTranspose1d: .*\\b${name}\\b.*${got}`);
    refuses(`${name} -1`, RangeError, named("-1"), with_({ [name]: -1 }));
    refuses(`two numbers for ${name}`, RangeError, named("\\[1, 1\\]"), with_({ [name]: [1, 1] }));
    refuses(`${name} "1"`, TypeError, named('"1"'), with_({ [name]: "1" }));
  }
});

const CONV_OPTIONS = ["stride", "padding", "dilation", "groups", "paddingMode"];

/** What the gradients of conv2d say of the options and of what does not fit together. */
function refusesGradients(
  where: string,
  names: { readonly input: string; readonly weight: string },
  call: (input: Tensor, weight: Tensor, gradOutput: unknown, options?: unknown) => unknown,
) {
  const starts = (rest: string) => new RegExp(`^${where}: ${rest}`);
  const { input, weight } = names;
  const with_ = (options: unknown) => () => call(image(), filters(), gradient(), options);
  refusesNumbers(where, (options) => call(image(), filters(), gradient(), options), ["stride", "dilation", "padding"]);
  refusesOptions(
    where,
    (options) => call(image(), filters(), gradient(), options),
    ["strides", "padding_mode", "outputPadding", "bias"],
    CONV_OPTIONS,
  );

  for (const [kind, value] of OTHER_KINDS) {
    refuses(`${kind} as gradOutput`, TypeError, starts(".*gradOutput"), () => call(image(), filters(), value));
  }
  refuses("more values of gradOutput than its shape", RangeError, starts(".*gradOutput.*120.*121"), () =>
    call(image(), filters(), { data: new Float32Array(121), shape: [2, 4, 3, 5] }),
  );
  for (const [what, shape, options, expected] of [
    ["of another height", [2, 4, 4, 5], {}, [2, 4, 3, 5]],
    ["of another width", [2, 4, 3, 6], {}, [2, 4, 3, 5]],
    ["of other filters", [2, 6, 3, 5], {}, [2, 4, 3, 5]],
    ["of another batch", [1, 4, 3, 5], {}, [2, 4, 3, 5]],
    ["without a batch", [4, 3, 5], {}, [2, 4, 3, 5]],
    ["with its axes exchanged", [2, 4, 5, 3], {}, [2, 4, 3, 5]],
    ["of the padded shape without padding", [2, 4, 3, 5], { padding: 1 }, [2, 4, 5, 7]],
    ["of another stride", [2, 4, 3, 5], { stride: 2 }, [2, 4, 2, 3]],
    ["of 'same' without it", [2, 4, 3, 5], { padding: "same", paddingMode: "circular" }, [2, 4, 5, 7]],
    ["of another dilation", [2, 4, 3, 5], { dilation: [1, 3] }, [2, 4, 3, 1]],
    ["of no values", [0, 4, 3, 5], {}, [2, 4, 3, 5]],
  ] as const) {
    const message = starts(`.*gradOutput.*\\[${expected.join(", ")}\\].*\\[${shape.join(", ")}\\]`);
    refuses(`a gradOutput ${what}`, RangeError, message, () => call(image(), filters(), Tensor.zeros(shape), options));
  }
  refuses("a gradOutput with a batch for an image without", RangeError, starts(".*gradOutput.*\\[4, 3, 5\\]"), () =>
    call(
      image().reshape([12, 5, 7]).reshape([2, 6, 5, 7]).reshape([12, 5, 7]),
      Tensor.zeros([4, 12, 3, 3]),
      Tensor.zeros([1, 4, 3, 5]),
    ),
  );

  refuses("other channels than the input's", RangeError, starts(`.*${weight}.*5.*${input}.*6`), () =>
    call(image(), Tensor.zeros([4, 5, 3, 3]), gradient()),
  );
  refuses(
    "other channels a group",
    RangeError,
    starts(`.*${weight}.*6.*${input}.*6.*2.*expected 3`),
    with_({ groups: 2 }),
  );
  refuses("three axes of weight", RangeError, starts(`.*${weight}.*\\[4, 6, 9\\]`), () =>
    call(image(), filters().reshape([4, 6, 9]), gradient()),
  );
  for (const shape of [
    [0, 6, 3, 3],
    [4, 6, 0, 3],
  ]) {
    refuses(`a weight of shape [${shape}]`, RangeError, starts(`.*${weight}.*0`), () =>
      call(image(), Tensor.zeros(shape), gradient()),
    );
  }
  for (const shape of [
    [2, 0, 5, 7],
    [2, 6, 0, 7],
    [6, 5, 0],
  ]) {
    const message = starts(`.*${input}.*\\[${shape.join(", ")}\\]`);
    refuses(`an input of shape [${shape}]`, RangeError, message, () =>
      call(Tensor.zeros(shape), filters(), gradient()),
    );
  }
  refuses("a kernel larger than the image", RangeError, starts(".*kernel.*6.*height.*5"), () =>
    call(image(), Tensor.zeros([4, 6, 6, 3]), gradient()),
  );
  refuses("groups that do not divide the channels", RangeError, starts(".*groups.*6.*4"), with_({ groups: 4 }));
  refuses("groups that do not divide the filters", RangeError, starts(".*groups.*4.*3"), () =>
    call(image(), Tensor.zeros([4, 2, 3, 3]), gradient(), { groups: 3 }),
  );
  refuses("zero groups", RangeError, starts(".*groups.*0"), with_({ groups: 0 }));
  refuses("a string as groups", TypeError, starts('.*groups.*"2"'), with_({ groups: "2" }));
  refuses("padding 'full'", RangeError, starts('.*padding.*same.*valid.*"full"'), with_({ padding: "full" }));
  refuses(
    "padding 'same' with a stride",
    RangeError,
    starts(".*padding.*same.*stride.*2"),
    with_({ padding: "same", stride: 2 }),
  );
  refuses(
    "an unknown padding mode",
    RangeError,
    starts('.*paddingMode.*reflect.*"mirror"'),
    with_({ paddingMode: "mirror" }),
  );
  refuses("a number as padding mode", TypeError, starts(".*paddingMode.*1"), with_({ paddingMode: 1 }));
  refuses(
    "reflect padding as large as the height",
    RangeError,
    starts(".*reflect.*padding.*5.*5"),
    with_({ padding: [5, 0], paddingMode: "reflect" }),
  );
  refuses(
    "circular padding larger than the width",
    RangeError,
    starts(".*circular.*padding.*7.*8"),
    with_({ padding: [0, 8], paddingMode: "circular" }),
  );

  it("changes no argument and holds no memory where it fails", () => {
    const args = [image(), filters(), Tensor.ones([2, 4, 3, 4])] as const;
    const before = structuredClone(args.map(({ data }) => data));
    call(image(), filters(), gradient());
    const { used } = memory();
    expect(() => call(...args)).toThrow(RangeError);
    expect(args.map(({ data }) => data)).toEqual(before);
    expect(memory().used).toBe(used);
  });
  refuses("more than maxMemory", RangeError, starts(".*maxMemory"), () => {
    const { limit, used } = memory();
    const [x, w, g] = [Tensor.zeros([1, 1, 1024, 1024]), Tensor.ones([1, 1, 1, 1]), Tensor.zeros([1, 1, 1024, 1024])];
    configure({ maxMemory: 2 ** 20 });
    try {
      call(x, w, g);
    } finally {
      configure({ maxMemory: limit });
      expect(memory().used).toBe(used);
    }
  });
}

describe("conv2dInput", () => {
  for (const [what, size, error] of BAD_SIZES) {
    refuses(`${what} as inputSize`, error, /^conv2dInput: .*inputSize/, () =>
      conv2dInput(wrong(size), filters(), gradient()),
    );
  }
  for (const [kind, value] of OTHER_KINDS) {
    refuses(`${kind} as weight`, TypeError, /^conv2dInput: .*weight/, () =>
      conv2dInput([2, 6, 5, 7], wrong(value), gradient()),
    );
  }
  for (const size of [
    [2, 6, 5, 8],
    [2, 6, 6, 7],
    [3, 6, 5, 7],
    [6, 5, 7],
  ]) {
    const { shape } = conv2d(Tensor.zeros(size), filters());
    const message = new RegExp(`^conv2dInput: .*gradOutput.*\\[${shape.join(", ")}\\].*\\[2, 4, 3, 5\\]`);
    refuses(`an inputSize [${size}] that has another gradOutput`, RangeError, message, () =>
      conv2dInput(size, filters(), gradient()),
    );
  }
  it("does not keep the inputSize that it was given", () => {
    const size = [2, 6, 5, 7];
    const result = conv2dInput(size, filters(), gradient());
    size[0] = 9;
    expect(result.shape).toEqual([2, 6, 5, 7]);
  });
  refuses("an inputSize that no memory holds", RangeError, /^conv2dInput: .*\d/, () =>
    conv2dInput(
      [1, 2 ** 20, 2 ** 10, 2 ** 10],
      Tensor.zeros([1, 2 ** 20, 1, 1]),
      Tensor.zeros([1, 1, 2 ** 10, 2 ** 10]),
    ),
  );
  refusesGradients("conv2dInput", { input: "inputSize", weight: "weight" }, (input, weight, gradOutput, options) =>
    conv2dInput(input.shape, weight, wrong(gradOutput), wrong(options)),
  );
});

describe("conv2dWeight", () => {
  for (const [what, size, error] of BAD_SIZES) {
    refuses(`${what} as weightSize`, error, /^conv2dWeight: .*weightSize/, () =>
      conv2dWeight(image(), wrong(size), gradient()),
    );
  }
  for (const [kind, value] of OTHER_KINDS) {
    refuses(`${kind} as input`, TypeError, /^conv2dWeight: .*input/, () =>
      conv2dWeight(wrong(value), [4, 6, 3, 3], gradient()),
    );
  }
  for (const size of [
    [4, 6, 2, 3],
    [4, 6, 3, 1],
    [5, 6, 3, 3],
  ]) {
    const { shape } = conv2d(image(), Tensor.zeros(size));
    const message = new RegExp(`^conv2dWeight: .*gradOutput.*\\[${shape.join(", ")}\\].*\\[2, 4, 3, 5\\]`);
    refuses(`a weightSize [${size}] that has another gradOutput`, RangeError, message, () =>
      conv2dWeight(image(), size, gradient()),
    );
  }
  it("does not keep the weightSize that it was given", () => {
    const size = [4, 6, 3, 3];
    const result = conv2dWeight(image(), size, gradient());
    size[0] = 9;
    expect(result.shape).toEqual([4, 6, 3, 3]);
  });
  refusesGradients("conv2dWeight", { input: "input", weight: "weightSize" }, (input, weight, gradOutput, options) =>
    conv2dWeight(input, weight.shape, wrong(gradOutput), wrong(options)),
  );
});

describe("conv2dBackward", () => {
  for (const [kind, value] of OTHER_KINDS) {
    refuses(`${kind} as input`, TypeError, /^conv2dBackward: .*input/, () =>
      conv2dBackward(wrong(value), filters(), gradient()),
    );
    refuses(`${kind} as weight`, TypeError, /^conv2dBackward: .*weight/, () =>
      conv2dBackward(image(), wrong(value), gradient()),
    );
  }
  refusesGradients("conv2dBackward", { input: "input", weight: "weight" }, (input, weight, gradOutput, options) =>
    conv2dBackward(input, weight, wrong(gradOutput), wrong(options)),
  );
});

describe("convTranspose2dBackward", () => {
  for (const [kind, value] of OTHER_KINDS) {
    refuses(`${kind} as input`, TypeError, /^convTranspose2dBackward: .*input/, () =>
      convTranspose2dBackward(wrong(value), turned(), turnedGradient()),
    );
    refuses(`${kind} as weight`, TypeError, /^convTranspose2dBackward: .*weight/, () =>
      convTranspose2dBackward(image(), wrong(value), turnedGradient()),
    );
    refuses(`${kind} as gradOutput`, TypeError, /^convTranspose2dBackward: .*gradOutput/, () =>
      convTranspose2dBackward(image(), turned(), wrong(value)),
    );
  }
  for (const [what, shape, options, expected] of [
    ["of another height", [2, 3, 6, 9], {}, [2, 3, 7, 9]],
    ["of another width", [2, 3, 7, 10], {}, [2, 3, 7, 9]],
    ["of the input's channels", [2, 6, 7, 9], {}, [2, 3, 7, 9]],
    ["of one group's channels", [2, 3, 7, 9], { groups: 2 }, [2, 6, 7, 9]],
    ["of another batch", [1, 3, 7, 9], {}, [2, 3, 7, 9]],
    ["without a batch", [3, 7, 9], {}, [2, 3, 7, 9]],
    ["of another stride", [2, 3, 7, 9], { stride: 2 }, [2, 3, 11, 15]],
    ["without the outputPadding", [2, 3, 11, 15], { stride: 2, outputPadding: [0, 1] }, [2, 3, 11, 16]],
    ["of the shape without padding", [2, 3, 7, 9], { padding: [1, 2] }, [2, 3, 5, 5]],
    ["of conv2d", [2, 3, 3, 5], {}, [2, 3, 7, 9]],
  ] as const) {
    const message = new RegExp(
      `^convTranspose2dBackward: .*gradOutput.*\\[${expected.join(", ")}\\].*\\[${shape.join(", ")}\\]`,
    );
    refuses(`a gradOutput ${what}`, RangeError, message, () =>
      convTranspose2dBackward(image(), turned(), Tensor.zeros(shape), options),
    );
  }
  refusesTransposed("convTranspose2dBackward", (input, weight, options) =>
    convTranspose2dBackward(wrong(input), wrong(weight), turnedGradient(), wrong(options)),
  );
});

describe("nn.ConvTranspose2d", () => {
  const make = (...args: unknown[]) => Reflect.construct(nn.ConvTranspose2d, args);
  for (const [what, args, error, message] of [
    ["no channels", [0, 1, 1], RangeError, /inChannels.*1.*0/],
    ["a string for channels", ["3", 1, 1], TypeError, /inChannels.*"3"/],
    ["no filters", [1, 0, 1], RangeError, /outChannels.*1.*0/],
    ["missing filters", [1], TypeError, /outChannels.*undefined/],
    ["no kernel", [1, 1, 0], RangeError, /kernelSize.*1.*0/],
    ["a missing kernel", [1, 1], TypeError, /kernelSize.*undefined/],
    ["a kernel of three axes", [1, 1, [3, 3, 3]], RangeError, /kernelSize.*2.*\[3, 3, 3\]/],
    ["stride 0", [1, 1, 3, { stride: 0 }], RangeError, /stride.*1.*0/],
    ["dilation 0", [1, 1, 3, { dilation: [1, 0] }], RangeError, /dilation.*1.*0/],
    ["negative padding", [1, 1, 3, { padding: -1 }], RangeError, /padding.*0.*-1/],
    ["padding 'same'", [1, 1, 3, { padding: "same" }], TypeError, /padding.*"same"/],
    ["negative outputPadding", [1, 1, 3, { outputPadding: -1 }], RangeError, /outputPadding.*0.*-1/],
    ["a string as outputPadding", [1, 1, 3, { outputPadding: "1" }], TypeError, /outputPadding.*"1"/],
    ["groups that do not divide the channels", [3, 4, 1, { groups: 2 }], RangeError, /groups.*inChannels.*3.*2/],
    ["groups that do not divide the filters", [4, 3, 1, { groups: 2 }], RangeError, /groups.*outChannels.*3.*2/],
    ["a number for bias", [1, 1, 1, { bias: 1 }], TypeError, /bias.*1/],
    ["a negative seed", [1, 1, 1, { seed: -1 }], RangeError, /seed/],
    ["torch's spelling of an option", [1, 1, 1, { output_padding: 1 }], TypeError, /option.*"output_padding"/],
    ["a padding mode", [1, 1, 1, { paddingMode: "zeros" }], TypeError, /option.*"paddingMode"/],
    ["a number for the options", [1, 1, 3, 2], TypeError, /options.*2/],
  ] as const) {
    refuses(what, error, new RegExp(`^nn\\.ConvTranspose2d: .*${message.source}`), () => make(...args));
  }
  refuses(
    "outputPadding as large as the stride, at the latest when it runs",
    RangeError,
    /outputPadding.*smaller.*2/,
    () => make(6, 3, 3, { stride: 2, outputPadding: 2 }).forward(image()),
  );

  const layer = () => new nn.ConvTranspose2d(6, 3, 3, { stride: [2, 3], padding: 1, dilation: [1, 2] });
  // rows 9 to 10, columns 21 to 23
  for (const [what, size] of [
    ["one row too few", [8, 22]],
    ["one row too many", [11, 22]],
    ["one column too few", [9, 20]],
    ["one column too many", [9, 24]],
    ["far more than there can be", [1000, 1000]],
    ["rows for columns", [22, 9]],
  ] as const) {
    const rows = size[0] < 9 || size[0] > 10;
    const range = rows ? "\\b9\\b.*\\b10\\b" : "\\b21\\b.*\\b23\\b";
    const message = new RegExp(`^nn\\.ConvTranspose2d.*outputSize.*${range}.*\\[${size.join(", ")}\\]`);
    refuses(`an outputSize of ${what}`, RangeError, message, () => layer().forward(image(), size));
  }
  for (const [what, size, error] of [
    ["a string", "9x22", TypeError],
    ["strings", ["9", "22"], TypeError],
    ["null", null, TypeError],
    ["a fraction", [9.5, 22], RangeError],
    ["NaN", [9, Number.NaN], RangeError],
    ["a negative number", [-9, 22], RangeError],
    ["one number in an array", [9], RangeError],
    ["three numbers", [3, 9, 22], RangeError],
  ] as const) {
    refuses(`${what} as outputSize`, error, /^nn\.ConvTranspose2d.*outputSize/, () =>
      layer().forward(image(), wrong(size)),
    );
  }
  for (const [kind, value] of OTHER_KINDS) {
    refuses(`${kind} as input`, TypeError, /^(nn\.ConvTranspose2d|convTranspose2d).*input/, () =>
      layer().forward(wrong(value)),
    );
    refuses(`${kind} as input beside an outputSize`, TypeError, /^(nn\.ConvTranspose2d|convTranspose2d).*input/, () =>
      layer().forward(wrong(value), [9, 22]),
    );
  }
  for (const outputSize of [undefined, [9, 22]] as const) {
    const what = outputSize === undefined ? "" : " beside an outputSize";
    refuses(`an input of other channels${what}`, RangeError, /onvTranspose2d.*weight.*6.*input.*5/, () =>
      layer().forward(Tensor.zeros([1, 5, 5, 7]), outputSize),
    );
    refuses(`an input of two axes${what}`, RangeError, /onvTranspose2d.*input.*\[5, 7\]/, () =>
      layer().forward(Tensor.zeros([5, 7]), outputSize),
    );
    refuses(`an input of one axis${what}`, RangeError, /onvTranspose2d.*input.*\[7\]/, () =>
      layer().forward(Tensor.zeros([7]), outputSize),
    );
  }

  it("refuses parameters of other shapes, and stays as it is", () => {
    const own = layer();
    const before = { weight: own.weight, bias: own.bias };
    for (const [name, value, error, message] of [
      ["weight", Tensor.zeros([3, 6, 3, 3]), RangeError, "nn.ConvTranspose2d: weight must have shape [6, 3, 3, 3]"],
      ["weight", null, TypeError, "nn.ConvTranspose2d: weight must be a Tensor"],
      ["bias", Tensor.zeros([6]), RangeError, "nn.ConvTranspose2d: bias must have shape [3], got [6]"],
      ["bias", 0, TypeError, "nn.ConvTranspose2d: bias must be a Tensor"],
    ] as const) {
      let thrown: unknown;
      try {
        own[name] = wrong(value);
      } catch (caught) {
        thrown = caught;
      }
      expect(thrown).toBeInstanceOf(error);
      expect((thrown as Error).message).toContain(message);
    }
    for (const state of [{}, { weight: own.weight }, { weight: own.weight, bias: Tensor.zeros([6]) }, null]) {
      expect(() => own.loadStateDict(wrong(state))).toThrow(/^nn\.ConvTranspose2d/);
    }
    expect({ weight: own.weight, bias: own.bias }).toEqual(before);
  });
});

describe("NaN and infinity spread as in PyTorch", () => {
  // windows of two taps, which no algorithm transforms
  const few = () => tensor(9, [6, 3, 2, 2]);
  const fewFilters = () => tensor(10, [4, 6, 2, 2]);
  for (const special of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
    for (const options of [{}, { stride: 2 }, { stride: 3, outputPadding: 1 }, { padding: 1 }, { dilation: 2 }]) {
      it(`${special} in the input of convTranspose2d, ${JSON.stringify(options)}`, () => {
        const x = image();
        x.data[0] = special;
        x.data[210 + 2 * 35 + 17] = special;
        const expected = family.convTranspose2d(x, few(), null, options);
        expect(expected.data.some((value) => Number.isFinite(value))).toBe(true);
        expect(reference.difference(convTranspose2d(x, few(), null, options), expected)).toBeUndefined();
      });
    }
    for (const options of [{}, { stride: 2 }, { dilation: 2 }, { padding: 1, paddingMode: "circular" }] as const) {
      it(`${special} in gradOutput, in the gradients of conv2d's input and bias, ${JSON.stringify(options)}`, () => {
        const g = tensor(11, conv2d(image(), fewFilters(), null, options).shape);
        g.data[3] = special;
        const expected = family.conv2dBackward(image(), fewFilters(), g, options);
        const actual = conv2dBackward(image(), fewFilters(), g, options);
        expect(expected.input.data.some((value) => Number.isFinite(value))).toBe(true);
        expect(reference.difference(actual.input, expected.input)).toBeUndefined();
        expect(reference.difference(actual.bias, expected.bias)).toBeUndefined();
      });
    }
  }
});
