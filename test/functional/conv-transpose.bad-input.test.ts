import { describe, expect, it } from "vitest";
import { configure, convTranspose1d, convTranspose2d, memory, nn, Tensor } from "../../src/index.ts";
import * as reference from "../support/reference.ts";
import { LARGE, wrong } from "../support/refusals.ts";
import * as family from "../support/transposed-reference.ts";
import {
  BAD_SHAPES,
  engineStillWorks,
  image,
  kernel,
  OTHER_KINDS,
  refuses,
  refusesTransposed,
  signal,
  TRANSPOSED_NUMBERS,
  TRANSPOSED_OPTIONS,
  tensor,
  turned,
} from "../support/transposed-refusals.ts";

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
  }
});
