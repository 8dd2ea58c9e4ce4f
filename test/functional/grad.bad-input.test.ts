import { describe, expect, it } from "vitest";
import {
  configure,
  conv2d,
  conv2dBackward,
  conv2dInput,
  conv2dWeight,
  convTranspose2dBackward,
  memory,
  Tensor,
} from "../../src/index.ts";
import * as reference from "../support/reference.ts";
import { wrong } from "../support/refusals.ts";
import * as family from "../support/transposed-reference.ts";
import {
  BAD_SIZES,
  filters,
  gradient,
  image,
  OTHER_KINDS,
  refuses,
  refusesNumbers,
  refusesOptions,
  refusesTransposed,
  tensor,
  turned,
  turnedGradient,
} from "../support/transposed-refusals.ts";

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

describe("NaN and infinity spread as in PyTorch", () => {
  const fewFilters = () => tensor(10, [4, 6, 2, 2]);
  for (const special of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
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
