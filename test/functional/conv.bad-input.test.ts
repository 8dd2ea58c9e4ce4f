import { describe, expect, it } from "vitest";
import { type Conv2dOptions, configure, conv1d, conv2d, memory, Tensor } from "../../src/index.ts";
import * as reference from "../support/reference.ts";
import { ALGORITHMS } from "../support/reference.ts";
import {
  BAD_SHAPES,
  bias,
  image,
  kernel,
  LARGE,
  OTHER_KINDS,
  refuses,
  signal,
  weight,
  wrong,
} from "../support/refusals.ts";

describe("conv2d", () => {
  describe("input", () => {
    refuses("undefined", TypeError, /^conv2d: .*input.*undefined/, () => conv2d(wrong(undefined), weight()));
    for (const [kind, value] of OTHER_KINDS) {
      refuses(kind, TypeError, /^conv2d: .*input/, () => conv2d(wrong(value), weight()));
    }
    for (const [what, shape] of BAD_SHAPES) {
      const data = new Float32Array(420);
      refuses(what, RangeError, /^conv2d: .*input.*\d/, () => conv2d({ data, shape }, weight()));
      refuses(`${what} (as dims)`, RangeError, /^conv2d: .*input.*\d/, () => conv2d({ data, dims: shape }, weight()));
    }
    refuses("two axes", RangeError, /^conv2d: .*input.*\[30, 14\]/, () => conv2d(image().reshape([30, 14]), weight()));
    refuses("five axes", RangeError, /^conv2d: .*input.*\[1, 2, 6, 5, 7\]/, () =>
      conv2d(image().reshape([1, 2, 6, 5, 7]), weight()),
    );
    for (const shape of [
      [1, 0, 5, 7],
      [1, 6, 0, 7],
      [1, 6, 5, 0],
      [0, 6, 0, 7],
      [6, 5, 0],
    ]) {
      refuses(`shape [${shape}]: only the batch may be empty`, RangeError, /^conv2d: .*input.*0/, () =>
        conv2d(new Tensor([], shape), weight(), null, { padding: 3 }),
      );
    }
  });

  describe("weight", () => {
    refuses("undefined", TypeError, /^conv2d: .*weight.*undefined/, () => conv2d(image(), wrong(undefined)));
    for (const [kind, value] of OTHER_KINDS) {
      refuses(kind, TypeError, /^conv2d: .*weight/, () => conv2d(image(), wrong(value)));
    }
    refuses("fewer values than its shape", RangeError, /^conv2d: .*weight.*216/, () =>
      conv2d(image(), { data: new Float32Array(215), shape: [4, 6, 3, 3] }),
    );
    refuses("three axes", RangeError, /^conv2d: .*weight.*\[4, 6, 9\]/, () =>
      conv2d(image(), weight().reshape([4, 6, 9])),
    );
    refuses("other channels than the input's", RangeError, /^conv2d: .*weight.*5.*input.*6/, () =>
      conv2d(image(), Tensor.zeros([4, 5, 3, 3])),
    );
    it("names the channels that it expected", () => {
      expect(() => conv2d(image(), Tensor.zeros([4, 4, 3, 3]), null, { groups: 2 })).toThrow(
        "conv2d: weight has 4 input channels per group, but input has 6 channels and groups is 2 (expected 3)",
      );
    });
    for (const shape of [
      [0, 6, 3, 3],
      [4, 0, 3, 3],
      [4, 6, 0, 3],
      [4, 6, 3, 0],
    ]) {
      refuses(`shape [${shape}]`, RangeError, /^conv2d: .*weight.*0/, () => conv2d(image(), new Tensor([], shape)));
    }
    refuses("a kernel higher than the image", RangeError, /^conv2d: .*kernel.*6.*height.*5/, () =>
      conv2d(image(), Tensor.zeros([4, 6, 6, 3])),
    );
    refuses("a kernel wider than the padded image", RangeError, /^conv2d: .*kernel.*10.*width.*9/, () =>
      conv2d(image(), Tensor.zeros([4, 6, 3, 10]), null, { padding: [0, 1] }),
    );
    refuses("a kernel that dilation makes larger than the image", RangeError, /^conv2d: .*kernel.*7.*height.*5/, () =>
      conv2d(image(), weight(), null, { dilation: 3 }),
    );
  });

  describe("bias", () => {
    for (const [kind, value] of OTHER_KINDS.filter(([, value]) => value !== null)) {
      refuses(kind, TypeError, /^conv2d: .*bias/, () => conv2d(image(), weight(), wrong(value)));
    }
    refuses("one value too few", RangeError, /^conv2d: .*bias.*4.*3/, () =>
      conv2d(image(), weight(), Tensor.zeros([3])),
    );
    refuses("one value for each group", RangeError, /^conv2d: .*bias.*4.*2/, () =>
      conv2d(image(), Tensor.zeros([4, 3, 3, 3]), Tensor.zeros([2]), { groups: 2 }),
    );
    refuses("two axes", RangeError, /^conv2d: .*bias.*4.*\[4, 1\]/, () =>
      conv2d(image(), weight(), Tensor.zeros([4, 1])),
    );
    refuses("no value at all", RangeError, /^conv2d: .*bias.*4.*0/, () => conv2d(image(), weight(), Tensor.zeros([0])));
    refuses("more data than its shape", RangeError, /^conv2d: .*bias.*5/, () =>
      conv2d(image(), weight(), { data: new Float32Array(5), shape: [4] }),
    );
    it("may be left out, undefined or null", () => {
      const without = conv2d(image(), weight());
      expect(conv2d(image(), weight(), undefined)).toEqual(without);
      expect(conv2d(image(), weight(), null)).toEqual(without);
      expect(conv2d(image(), weight(), Tensor.zeros([4]))).toEqual(without);
    });
  });

  describe("options", () => {
    for (const [kind, value] of [
      ["a number", 2],
      ["a string", "same"],
      ["an array", [1, 1]],
      ["a function", () => 1],
    ] as const) {
      refuses(kind, TypeError, /^conv2d: .*options/, () => conv2d(image(), weight(), null, wrong(value)));
    }
    for (const name of [
      "strides",
      "pad",
      "dilations",
      "group",
      "padding_mode",
      "paddingmode",
      "bias",
      "outputPadding",
    ]) {
      refuses(`the unknown name ${name}`, TypeError, new RegExp(`^conv2d: .*option.*"${name}"`), () =>
        conv2d(image(), weight(), null, wrong({ [name]: 1 })),
      );
    }
    it("names the known options where it refuses another", () => {
      const known = ["stride", "padding", "dilation", "groups", "paddingMode", "algorithm"];
      for (const name of known) {
        expect(() => conv2d(image(), weight(), null, wrong({ typo: 1 }))).toThrow(new RegExp(`\\b${name}\\b`));
      }
    });
    it("may be left out, empty, or undefined each", () => {
      const plain = conv2d(image(), weight(), bias());
      expect(conv2d(image(), weight(), bias(), {})).toEqual(plain);
      expect(conv2d(image(), weight(), bias(), wrong(undefined))).toEqual(plain);
      const none = { stride: undefined, padding: undefined, dilation: undefined, groups: undefined };
      expect(conv2d(image(), weight(), bias(), wrong(none))).toEqual(plain);
    });
  });

  describe("stride, dilation and padding", () => {
    for (const name of ["stride", "dilation", "padding"]) {
      const with_ = (value: unknown) => () => conv2d(image(), weight(), null, wrong({ [name]: value }));
      const named = (got: string) => new RegExp(`^conv2d: .*\\b${name}\\b.*${got}`);
      if (name !== "padding") {
        refuses(`${name} 0`, RangeError, named("0"), with_(0));
        refuses(`${name} [1, 0]`, RangeError, named("0"), with_([1, 0]));
      }
      refuses(`${name} -1`, RangeError, named("-1"), with_(-1));
      refuses(`${name} [-1, 1]`, RangeError, named("-1"), with_([-1, 1]));
      refuses(`${name} 1.5`, RangeError, named("1\\.5"), with_(1.5));
      refuses(`${name} [1, 1.5]`, RangeError, named("1\\.5"), with_([1, 1.5]));
      refuses(`${name} NaN`, RangeError, named("NaN"), with_(Number.NaN));
      refuses(`${name} [NaN, 1]`, RangeError, named("NaN"), with_([Number.NaN, 1]));
      refuses(`${name} infinity`, RangeError, named("Infinity"), with_(Number.POSITIVE_INFINITY));
      refuses(`${name} 2^31`, RangeError, named(String(LARGE)), with_(LARGE));
      refuses(`${name} 2^53`, RangeError, named(String(2 ** 53)), with_(2 ** 53));
      refuses(`no numbers for ${name}`, RangeError, named(""), with_([]));
      refuses(`an empty array for ${name}`, RangeError, named("2.*\\[\\]"), with_([]));
      refuses(`three numbers for ${name}`, RangeError, named("2.*\\[1, 1, 1\\]"), with_([1, 1, 1]));
      refuses(`a string in ${name}`, TypeError, named('"1"'), with_([1, "1"]));
      refuses(`null in ${name}`, TypeError, named("null"), with_([null, 1]));
      refuses(`a typed array as ${name}`, TypeError, named("Int32Array"), with_(new Int32Array([1, 1])));
      refuses(`an object as ${name}`, TypeError, named(""), with_({ h: 1, w: 1 }));
      refuses(`a boolean as ${name}`, TypeError, named("true"), with_(true));
      refuses(`a bigint as ${name}`, TypeError, named("1"), with_(1n));
    }
    refuses("stride '2'", TypeError, /^conv2d: .*stride.*"2"/, () =>
      conv2d(image(), weight(), null, wrong({ stride: "2" })),
    );
    refuses("padding 'full'", RangeError, /^conv2d: .*padding.*same.*valid.*"full"/, () =>
      conv2d(image(), weight(), null, wrong({ padding: "full" })),
    );
    refuses("padding 'same' with a stride", RangeError, /^conv2d: .*padding.*same.*stride.*2/, () =>
      conv2d(image(), weight(), null, { padding: "same", stride: 2 }),
    );
    refuses("padding 'same' with a stride on one axis", RangeError, /^conv2d: .*padding.*same.*stride.*2/, () =>
      conv2d(image(), weight(), null, { padding: "same", stride: [1, 2] }),
    );
  });

  describe("groups", () => {
    const with_ = (groups: unknown) => () => conv2d(image(), Tensor.zeros([4, 3, 3, 3]), null, wrong({ groups }));
    refuses("zero", RangeError, /^conv2d: .*groups.*0/, with_(0));
    refuses("-2", RangeError, /^conv2d: .*groups.*-2/, with_(-2));
    refuses("1.5", RangeError, /^conv2d: .*groups.*1\.5/, with_(1.5));
    refuses("NaN", RangeError, /^conv2d: .*groups.*NaN/, with_(Number.NaN));
    refuses("a string", TypeError, /^conv2d: .*groups.*"2"/, with_("2"));
    refuses("an array", TypeError, /^conv2d: .*groups/, with_([2, 2]));
    refuses("what does not divide the input's channels", RangeError, /^conv2d: .*groups.*6.*4/, with_(4));
    refuses("what does not divide the filters", RangeError, /^conv2d: .*groups.*4.*3/, () =>
      conv2d(image(), Tensor.zeros([4, 2, 3, 3]), null, { groups: 3 }),
    );
    refuses("more than there are channels", RangeError, /^conv2d: .*groups.*6.*12/, with_(12));
  });

  describe("paddingMode and algorithm", () => {
    for (const name of ["paddingMode", "algorithm"]) {
      const with_ = (value: unknown) => () => conv2d(image(), weight(), null, wrong({ [name]: value }));
      refuses(`${name} 'mirror'`, RangeError, new RegExp(`^conv2d: .*${name}.*"mirror"`), with_("mirror"));
      refuses(`an empty ${name}`, RangeError, new RegExp(`^conv2d: .*${name}.*""`), with_(""));
      refuses(`${name} 1`, TypeError, new RegExp(`^conv2d: .*${name}.*1`), with_(1));
      refuses(
        `${name} of an inherited name`,
        RangeError,
        new RegExp(`^conv2d: .*${name}.*"toString"`),
        with_("toString"),
      );
    }
    refuses("paddingMode 'ZEROS'", RangeError, /^conv2d: .*paddingMode.*zeros.*reflect.*replicate.*circular/, () =>
      conv2d(image(), weight(), null, wrong({ paddingMode: "ZEROS" })),
    );
    refuses("reflect padding as large as the height", RangeError, /^conv2d: .*reflect.*padding.*5.*5/, () =>
      conv2d(image(), weight(), null, { padding: [5, 0], paddingMode: "reflect" }),
    );
    refuses("reflect padding as large as the width", RangeError, /^conv2d: .*reflect.*padding.*7.*7/, () =>
      conv2d(image(), weight(), null, { padding: [0, 7], paddingMode: "reflect" }),
    );
    refuses("reflect padding 'same' as large as the image", RangeError, /^conv2d: .*reflect.*padding.*5.*5/, () =>
      conv2d(image(), Tensor.zeros([4, 6, 11, 1]), null, { padding: "same", paddingMode: "reflect" }),
    );
    refuses("circular padding larger than the height", RangeError, /^conv2d: .*circular.*padding.*5.*6/, () =>
      conv2d(image(), weight(), null, { padding: [6, 0], paddingMode: "circular" }),
    );
    refuses("circular padding larger than the width", RangeError, /^conv2d: .*circular.*padding.*7.*8/, () =>
      conv2d(image(), weight(), null, { padding: [0, 8], paddingMode: "circular" }),
    );
  });

  describe("memory", () => {
    for (const algorithm of ALGORITHMS) {
      refuses(`a result that no memory holds, by ${algorithm}`, RangeError, /^conv2d: .*\d/, () =>
        conv2d(image(), weight(), null, { padding: 100_000, algorithm }),
      );
      refuses(`padding that overflows 32 bits, by ${algorithm}`, RangeError, /^conv2d: .*\d/, () =>
        conv2d(image(), weight(), null, { padding: LARGE - 1, algorithm }),
      );
      refuses(
        `padding that overflows 32 bits together with a stride, by ${algorithm}`,
        RangeError,
        /^conv2d: .*\d/,
        () => conv2d(image(), weight(), null, { padding: LARGE - 1, stride: LARGE - 1, algorithm }),
      );
      refuses(`more than maxMemory, by ${algorithm}`, RangeError, /^conv2d: .*maxMemory/, () => {
        const { limit } = memory();
        configure({ maxMemory: 2 ** 20 });
        try {
          conv2d(Tensor.zeros([1, 1, 2048, 2048]), Tensor.ones([1, 1, 3, 3]), null, { algorithm });
        } finally {
          configure({ maxMemory: limit });
        }
      });
      it(`holds no more memory after a failed call than before, by ${algorithm}`, () => {
        conv2d(image(), weight(), null, { algorithm });
        const { used } = memory();
        expect(() => conv2d(image(), weight(), null, { padding: 100_000, algorithm })).toThrow(RangeError);
        expect(() => conv2d(image(), weight(), null, { padding: -1, algorithm })).toThrow(RangeError);
        conv2d(image(), weight(), null, { algorithm });
        expect(memory().used).toBe(used);
      });
    }
  });

  it("checks before it computes: a failed call changes no argument", () => {
    const args = [image(), weight(), Tensor.zeros([3])] as const;
    const before = structuredClone(args.map(({ data }) => data));
    expect(() => conv2d(...args)).toThrow(RangeError);
    expect(args.map(({ data }) => data)).toEqual(before);
  });
});

describe("conv1d", () => {
  refuses("undefined as input", TypeError, /^conv1d: .*input.*undefined/, () => conv1d(wrong(undefined), kernel()));
  refuses("an image as input", RangeError, /^conv1d: .*input.*\[2, 6, 5, 7\]/, () => conv1d(image(), kernel()));
  refuses("a kernel of two axes", RangeError, /^conv1d: .*weight.*\[4, 6, 3, 3\]/, () => conv1d(signal(), weight()));
  refuses("other channels than the input's", RangeError, /^conv1d: .*weight.*5.*6/, () =>
    conv1d(signal(), Tensor.zeros([4, 5, 3])),
  );
  refuses("a kernel longer than the signal", RangeError, /^conv1d: .*kernel.*10.*9/, () =>
    conv1d(signal(), Tensor.zeros([4, 6, 10])),
  );
  refuses("a bias of the wrong length", RangeError, /^conv1d: .*bias.*4.*6/, () =>
    conv1d(signal(), kernel(), Tensor.zeros([6])),
  );
  refuses("Float64Array data", TypeError, /^conv1d: .*input/, () =>
    conv1d(wrong({ data: new Float64Array(54), shape: [1, 6, 9] }), kernel()),
  );
  refuses("an empty axis", RangeError, /^conv1d: .*input.*0/, () => conv1d(Tensor.zeros([1, 6, 0]), kernel()));
  for (const name of ["stride", "dilation", "padding"]) {
    const with_ = (value: unknown) => () => conv1d(signal(), kernel(), null, wrong({ [name]: value }));
    refuses(`${name} -1`, RangeError, new RegExp(`^conv1d: .*${name}.*-1`), with_(-1));
    refuses(`${name} NaN`, RangeError, new RegExp(`^conv1d: .*${name}.*NaN`), with_(Number.NaN));
    refuses(`two numbers for ${name}`, RangeError, new RegExp(`^conv1d: .*${name}.*\\[1, 1\\]`), with_([1, 1]));
    refuses(`a boolean as ${name}`, TypeError, new RegExp(`^conv1d: .*${name}.*true`), with_(true));
  }
  refuses("padding 'same' with a stride", RangeError, /^conv1d: .*padding.*same.*stride.*2/, () =>
    conv1d(signal(), kernel(), null, { padding: "same", stride: 2 }),
  );
  refuses("padding 'full'", RangeError, /^conv1d: .*padding.*"full"/, () =>
    conv1d(signal(), kernel(), null, wrong({ padding: "full" })),
  );
  refuses("groups that do not divide the channels", RangeError, /^conv1d: .*groups.*6.*4/, () =>
    conv1d(signal(), kernel(), null, { groups: 4 }),
  );
  refuses("reflect padding as long as the signal", RangeError, /^conv1d: .*reflect.*padding.*9.*9/, () =>
    conv1d(signal(), kernel(), null, { padding: 9, paddingMode: "reflect" }),
  );
  refuses("circular padding longer than the signal", RangeError, /^conv1d: .*circular.*padding.*9.*10/, () =>
    conv1d(signal(), kernel(), null, { padding: 10, paddingMode: "circular" }),
  );
  refuses("an unknown paddingMode", RangeError, /^conv1d: .*paddingMode.*"mirror"/, () =>
    conv1d(signal(), kernel(), null, wrong({ paddingMode: "mirror" })),
  );
  refuses("an unknown algorithm", RangeError, /^conv1d: .*algorithm.*"fft"/, () =>
    conv1d(signal(), kernel(), null, wrong({ algorithm: "fft" })),
  );
  refuses("an unknown option", TypeError, /^conv1d: .*option.*"strides".*stride/, () =>
    conv1d(signal(), kernel(), null, wrong({ strides: 1 })),
  );
});

const SPECIALS = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];

/** Each spoils numbers of the arguments, in a way that every algorithm serves. */
const SPOILED: readonly {
  where: string;
  options: Conv2dOptions;
  spoil: (input: Tensor, weight: Tensor, bias: Tensor, special: number) => void;
}[] = [
  ...(["zeros", "reflect", "replicate", "circular"] as const).map((paddingMode) => ({
    where: `the input, paddingMode ${paddingMode}`,
    options: { padding: 2, paddingMode },
    spoil: (input: Tensor, weight: Tensor, _: Tensor, special: number) => {
      // a corner, which padding repeats, and a pixel of the second image whose channel has a weight of zero
      input.data[0] = special;
      input.data[210 + 2 * 35 + 17] = special;
      weight.data[2 * 9 + 4] = 0;
    },
  })),
  {
    where: "a weight",
    options: {},
    spoil: (_, weight, __, special) => {
      weight.data[54 + 13] = special;
    },
  },
  {
    where: "a weight over zero padding",
    options: { padding: 1 },
    spoil: (_, weight, __, special) => {
      weight.data[54 + 9] = special;
    },
  },
  {
    where: "the bias",
    options: { padding: 1 },
    spoil: (_, __, bias, special) => {
      bias.data[1] = special;
    },
  },
];

function spoiled({ options, spoil }: (typeof SPOILED)[number], special: number) {
  const args = [image(), weight(), bias()] as const;
  spoil(...args, special);
  const expected = reference.conv2d(...args, options);
  expect(expected.data.some((value) => !Number.isFinite(value))).toBe(true);
  expect(expected.data.some((value) => Number.isFinite(value))).toBe(true);
  return { args, expected };
}

/** Sums of 3e38 over and over. */
const overflowing = (algorithm: reference.Algorithm) =>
  conv2d(new Tensor(new Float32Array(20).fill(3e38), [1, 1, 4, 5]), Tensor.ones([1, 1, 3, 3]), null, { algorithm });

describe("NaN and infinity spread as in PyTorch", () => {
  for (const algorithm of reference.PLAIN_SUMS) {
    for (const each of SPOILED) {
      it.each(SPECIALS)(`%d in ${each.where}, by ${algorithm}`, (special) => {
        const { args, expected } = spoiled(each, special);
        const actual = conv2d(...args, { ...each.options, algorithm });
        expect(reference.difference(actual, expected)).toBeUndefined();
      });
    }
    it(`sums that leave the range of float32 are infinite, by ${algorithm}`, () => {
      expect(overflowing(algorithm)).toEqual(Tensor.full([1, 1, 2, 3], Number.POSITIVE_INFINITY));
    });
  }
});

describe("NaN and infinity spread over the tiles that they reach, by winograd", () => {
  /** Outputs of a tile share a number: all filters of an image, in squares of 4 x 4. */
  const tileOf = (index: number, [, filters, height, width]: readonly number[]) => {
    const [y, x] = [Math.floor(index / width!) % height!, index % width!];
    const image = Math.floor(index / (filters! * height! * width!));
    return [image, y >> 2, x >> 2].join();
  };

  for (const each of SPOILED) {
    it.each(SPECIALS)(`%d in ${each.where}`, (special) => {
      const { args, expected } = spoiled(each, special);
      const actual = conv2d(...args, { ...each.options, algorithm: "winograd" });
      const reached = new Set<string>();
      // what a filter or its bias spoils stays in that filter
      if (each.where.startsWith("the input")) {
        for (const [i, value] of expected.data.entries()) {
          if (!Number.isFinite(value)) reached.add(tileOf(i, expected.shape));
        }
      }
      const magnitude = expected.magnitude.map((value) => (Number.isFinite(value) ? value : 0));
      const largest = Math.max(...magnitude);
      for (const [i, value] of expected.data.entries()) {
        if (!Number.isFinite(value)) expect(actual.data[i]).not.toSatisfy(Number.isFinite);
        else if (Number.isFinite(actual.data[i]))
          expect(Math.abs(actual.data[i]! - value)).toBeLessThan(1e-5 * largest);
        else expect(reached).toContain(tileOf(i, expected.shape));
      }
    });
  }

  it("never gives a finite number for a sum that leaves the range of float32", () => {
    expect([...overflowing("winograd").data].some(Number.isFinite)).toBe(false);
  });
});
