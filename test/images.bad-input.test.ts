import { describe, expect, it } from "vitest";
import {
  adaptiveAvgPool1d,
  adaptiveAvgPool2d,
  adaptiveMaxPool2d,
  avgPool1d,
  avgPool2d,
  cat,
  flatten,
  interpolate,
  maxPool1d,
  maxPool2d,
  memory,
  permute,
  pixelShuffle,
  pixelUnshuffle,
  Tensor,
} from "../src/index.ts";
import * as movement from "../src/operators/movement.ts";
import { maxPool2dOperator } from "../src/operators/pool.ts";
import { interpolateOperator } from "../src/operators/resize.ts";

const image = () => Tensor.arange(2 * 3 * 5 * 7).reshape([2, 3, 5, 7]);
const signal = () => Tensor.arange(2 * 9).reshape([2, 9]);
/** What TypeScript would not let pass. */
// biome-ignore lint/suspicious/noExplicitAny: that is the point
const wrong = (value: unknown): any => value;

type Refusal = readonly [string, typeof TypeError | typeof RangeError, RegExp, () => unknown];

function refuses(group: string, refusals: readonly Refusal[]): void {
  describe(`${group} refuses`, () => {
    it.each(refusals)("%s", (_, kind, message, call) => {
      const { used } = memory();
      let thrown: unknown;
      try {
        call();
      } catch (error) {
        thrown = error;
      }
      expect(thrown).toBeInstanceOf(kind);
      expect((thrown as Error).message).toMatch(message);
      expect(memory().used).toBe(used);
      // what comes next is not disturbed
      expect(maxPool2d(image(), [5, 7]).data).toEqual(Float32Array.from([34, 69, 104, 139, 174, 209]));
    });
  });
}

for (const [name, pool] of Object.entries({ maxPool2d, avgPool2d })) {
  const starts = (rest: string) => new RegExp(`^${name}: ${rest}`);
  refuses(name, [
    ["no input", TypeError, starts("input.*undefined"), () => pool(wrong(undefined), 2)],
    ["two axes", RangeError, starts("input.*\\(N, C, H, W\\).*\\[2, 9\\]"), () => pool(signal(), 2)],
    ["five axes", RangeError, starts("input.*\\[1, 2, 3, 5, 7\\]"), () => pool(image().reshape([1, 2, 3, 5, 7]), 2)],
    [
      "an empty image",
      RangeError,
      starts("input.*length 0.*\\[2, 3, 0, 7\\]"),
      () => pool(Tensor.zeros([2, 3, 0, 7]), 1),
    ],
    ["no kernel", TypeError, starts("kernelSize.*undefined"), () => pool(image(), wrong(undefined))],
    ["a kernel of 0", RangeError, starts("kernelSize.*1.*0"), () => pool(image(), 0)],
    ["three kernel lengths", RangeError, starts("kernelSize.*2 numbers"), () => pool(image(), wrong([1, 2, 3]))],
    ["a kernel beyond the image", RangeError, starts("kernel spans 6.*height.*5"), () => pool(image(), [6, 2])],
    [
      "a kernel beyond the padded image",
      RangeError,
      starts("kernel.*10.*width.*9"),
      () => pool(image(), [2, 10], { padding: [0, 1] }),
    ],
    ["a stride of 0", RangeError, starts("stride.*1.*0"), () => pool(image(), 2, { stride: 0 })],
    ["half a stride", RangeError, starts("stride.*0\\.5"), () => pool(image(), 2, { stride: 0.5 })],
    ["negative padding", RangeError, starts("padding.*-1"), () => pool(image(), 2, { padding: -1 })],
    [
      "padding of more than half the kernel",
      RangeError,
      starts("padding.*half.*\\[2, 2\\].*\\[3, 3\\]"),
      () => pool(image(), 3, { padding: 2 }),
    ],
    ["a number as ceilMode", TypeError, starts("ceilMode.*1"), () => pool(image(), 2, { ceilMode: wrong(1) })],
    ["null as ceilMode", TypeError, starts("ceilMode.*null"), () => pool(image(), 2, { ceilMode: wrong(null) })],
    [
      "torch's spelling",
      TypeError,
      starts('.*option.*"ceil_mode"'),
      () => pool(image(), 2, wrong({ ceil_mode: true })),
    ],
    ["a stride in place of the options", TypeError, starts("options"), () => pool(image(), 2, wrong(2))],
  ]);
}

refuses("maxPool2d", [
  ["a dilation of 0", RangeError, /^maxPool2d: dilation.*0/, () => maxPool2d(image(), 2, { dilation: 0 })],
  [
    "a dilated kernel beyond the image",
    RangeError,
    /^maxPool2d: kernel spans 7/,
    () => maxPool2d(image(), 3, { dilation: 3 }),
  ],
  [
    "countIncludePad",
    TypeError,
    /^maxPool2d: .*"countIncludePad"/,
    () => maxPool2d(image(), 2, wrong({ countIncludePad: true })),
  ],
  [
    "as an operator, padding as large as the kernel",
    RangeError,
    /^node: padding.*2.*height.*2/,
    () =>
      maxPool2dOperator.infer("node", [image()], {
        kernelSize: [2, 2],
        stride: [1, 1],
        padding: [0, 0, 2, 0],
        dilation: [1, 1],
        ceilMode: false,
      }),
  ],
]);

refuses("avgPool2d", [
  ["a divisor of 0", RangeError, /^avgPool2d: divisorOverride.*0/, () => avgPool2d(image(), 2, { divisorOverride: 0 })],
  [
    "a string as countIncludePad",
    TypeError,
    /^avgPool2d: countIncludePad.*"no"/,
    () => avgPool2d(image(), 2, { countIncludePad: wrong("no") }),
  ],
  ["a dilation", TypeError, /^avgPool2d: .*"dilation"/, () => avgPool2d(image(), 2, wrong({ dilation: 2 }))],
]);

refuses("pools of one axis", [
  ["images", RangeError, /^maxPool1d: input.*\(N, C, L\).*\[2, 3, 5, 7\]/, () => maxPool1d(image(), 2)],
  ["two kernel lengths", RangeError, /^avgPool1d: kernelSize.*1 number/, () => avgPool1d(signal(), wrong([2, 2]))],
  ["a kernel beyond the signal", RangeError, /^maxPool1d: .*10.*length.*9/, () => maxPool1d(signal(), 10)],
  ["a size of 0", RangeError, /^adaptiveAvgPool1d: outputSize.*0/, () => adaptiveAvgPool1d(signal(), 0)],
]);

for (const [name, pool] of Object.entries({ adaptiveAvgPool2d, adaptiveMaxPool2d })) {
  const starts = (rest: string) => new RegExp(`^${name}: ${rest}`);
  refuses(name, [
    ["no size", TypeError, starts("outputSize.*undefined"), () => pool(image(), wrong(undefined))],
    ["a size of 0", RangeError, starts("outputSize.*0"), () => pool(image(), [1, 0])],
    ["undefined in a size", TypeError, starts("outputSize.*undefined"), () => pool(image(), wrong([undefined, 1]))],
    ["three lengths", RangeError, starts("outputSize.*2 numbers"), () => pool(image(), wrong([1, null, 1]))],
    ["a size that memory does not hold", RangeError, starts(".*bytes"), () => pool(image(), 2 ** 31 - 1)],
    ["a signal", RangeError, starts("input.*\\[2, 9\\]"), () => pool(signal(), 1)],
  ]);
}

refuses("interpolate", [
  ["no options", TypeError, /^interpolate: .*size or scaleFactor.*none/, () => interpolate(image(), wrong(undefined))],
  [
    "both",
    TypeError,
    /^interpolate: .*size or scaleFactor.*both/,
    () => interpolate(image(), { size: 2, scaleFactor: 2 }),
  ],
  ["two axes", RangeError, /^interpolate: input.*\[2, 9\]/, () => interpolate(signal(), { size: 2 })],
  ["a size of 0", RangeError, /^interpolate: size.*0/, () => interpolate(image(), { size: [0, 2] })],
  ["a factor of 0", RangeError, /^interpolate: scaleFactor.*0/, () => interpolate(image(), { scaleFactor: 0 })],
  [
    "a negative factor",
    RangeError,
    /^interpolate: scaleFactor.*-2/,
    () => interpolate(image(), { scaleFactor: [1, -2] }),
  ],
  [
    "NaN as factor",
    RangeError,
    /^interpolate: scaleFactor.*NaN/,
    () => interpolate(image(), { scaleFactor: Number.NaN }),
  ],
  [
    "three factors",
    RangeError,
    /^interpolate: scaleFactor.*2 numbers/,
    () => interpolate(image(), { scaleFactor: wrong([1, 1, 1]) }),
  ],
  [
    "a string as factor",
    TypeError,
    /^interpolate: scaleFactor.*"2"/,
    () => interpolate(image(), { scaleFactor: wrong("2") }),
  ],
  [
    "a factor that leaves nothing",
    RangeError,
    /^interpolate: .*0\.1.*5 x 7/,
    () => interpolate(image(), { scaleFactor: 0.1 }),
  ],
  [
    "a factor that memory does not hold",
    RangeError,
    /^interpolate: /,
    () => interpolate(image(), { scaleFactor: 1e300 }),
  ],
  [
    "an unknown mode",
    RangeError,
    /^interpolate: mode.*"bicubic"/,
    () => interpolate(image(), { size: 2, mode: wrong("bicubic") }),
  ],
  [
    "alignCorners with 'nearest'",
    TypeError,
    /^interpolate: alignCorners.*nearest/,
    () => interpolate(image(), { size: 2, alignCorners: false }),
  ],
  [
    "a number as alignCorners",
    TypeError,
    /^interpolate: alignCorners.*1/,
    () => interpolate(image(), { size: 2, mode: "bilinear", alignCorners: wrong(1) }),
  ],
  [
    "torch's spelling",
    TypeError,
    /^interpolate: .*"scale_factor"/,
    () => interpolate(image(), wrong({ scale_factor: 2 })),
  ],
  [
    "as an operator, a nearest rule with 'bilinear'",
    TypeError,
    /^node: nearest.*"floor"/,
    () =>
      interpolateOperator.infer("node", [image()], {
        size: [2, 2],
        scales: [null, null],
        mode: "bilinear",
        coordinates: "half_pixel",
        nearest: "floor",
      }),
  ],
  [
    "as an operator, unknown coordinates",
    RangeError,
    /^node: coordinates.*"tf_crop_and_resize"/,
    () =>
      interpolateOperator.infer("node", [image()], {
        size: [2, 2],
        scales: [null, null],
        mode: "bilinear",
        coordinates: wrong("tf_crop_and_resize"),
      }),
  ],
]);

const infer = (operator: { infer: unknown }, attributes: object, ...shapes: readonly (readonly number[])[]) =>
  wrong(operator).infer(
    "node",
    shapes.map((shape) => ({ shape })),
    attributes,
  );

refuses("what only moves values", [
  ["cat of no array", TypeError, /^cat: tensors.*object/, () => cat(wrong(image()))],
  ["cat of nothing", RangeError, /^cat: tensors.*none/, () => cat([])],
  ["cat with what is no tensor", TypeError, /^cat: tensors\[1\].*5/, () => cat([image(), wrong(5)])],
  ["cat of different ranks", RangeError, /^cat: .*\[2, 3, 5, 7\].*\[2, 9\]/, () => cat([image(), signal()])],
  ["cat of other heights", RangeError, /^cat: .*\[1, 2\].*\[2, 9\]/, () => cat([Tensor.zeros([1, 2]), signal()], 1)],
  ["cat along no axis", RangeError, /^cat: dim.*-2.*1.*2/, () => cat([signal()], 2)],
  ["cat along a string", TypeError, /^cat: dim.*"1"/, () => cat([signal()], wrong("1"))],
  ["permute without dims", TypeError, /^permute: dims.*undefined/, () => permute(signal(), wrong(undefined))],
  ["permute of too few", RangeError, /^permute: dims.*2 axes.*\[0\]/, () => permute(signal(), [0])],
  ["permute of one twice", RangeError, /^permute: dims.*once.*\[1, -1\]/, () => permute(signal(), [1, -1])],
  ["permute of none that is there", RangeError, /^permute: dims.*2/, () => permute(signal(), [0, 2])],
  ["flatten backwards", RangeError, /^flatten: startDim.*2.*1/, () => flatten(image(), 2, 1)],
  ["flatten beyond", RangeError, /^flatten: endDim.*4/, () => flatten(image(), 0, 4)],
  ["pixelShuffle by 0", RangeError, /^pixelShuffle: upscaleFactor.*0/, () => pixelShuffle(image(), 0)],
  ["pixelShuffle of 3 channels by 2", RangeError, /^pixelShuffle: .*2 \* 2.*3/, () => pixelShuffle(image(), 2)],
  ["pixelShuffle of two axes", RangeError, /^pixelShuffle: input.*\[2, 9\]/, () => pixelShuffle(signal(), 1)],
  ["pixelUnshuffle of 5 rows by 2", RangeError, /^pixelUnshuffle: .*2.*5.*7/, () => pixelUnshuffle(image(), 2)],
  [
    "reshape to another size",
    RangeError,
    /^node: shape \[4\].*6/,
    () => infer(movement.reshapeOperator, { shape: [4] }, [2, 3]),
  ],
  [
    "reshape that does not divide",
    RangeError,
    /^node: shape \[4, -1\]/,
    () => infer(movement.reshapeOperator, { shape: [4, -1] }, [2, 3]),
  ],
  [
    "reshape with two -1",
    RangeError,
    /^node: shape/,
    () => infer(movement.reshapeOperator, { shape: [-1, -1] }, [2, 3]),
  ],
  [
    "reshape of nothing to -1",
    RangeError,
    /^node: shape/,
    () => infer(movement.reshapeOperator, { shape: [0, -1] }, [0, 3]),
  ],
  [
    "slice by 0",
    RangeError,
    /^node: steps.*0/,
    () => infer(movement.sliceOperator, { starts: [0], ends: [1], dims: [0], steps: [0] }, [3]),
  ],
  [
    "slice without an end",
    RangeError,
    /^node: ends/,
    () => infer(movement.sliceOperator, { starts: [0], ends: [], dims: [0], steps: [1] }, [3]),
  ],
  [
    "split into too much",
    RangeError,
    /^node: sizes.*3.*\[2, 2\]/,
    () => infer(movement.splitOperator, { sizes: [2, 2], dim: 0 }, [3]),
  ],
  [
    "split into less than nothing",
    RangeError,
    /^node: sizes/,
    () => infer(movement.splitOperator, { sizes: [4, -1], dim: 0 }, [3]),
  ],
  [
    "expand of 2 to 3",
    RangeError,
    /^node: shape \[3\].*\[2\]/,
    () => infer(movement.expandOperator, { shape: [3] }, [2]),
  ],
  [
    "expand of a new axis by -1",
    RangeError,
    /^node: shape/,
    () => infer(movement.expandOperator, { shape: [-1, 2] }, [2]),
  ],
  ["tile by -1", RangeError, /^node: repeats/, () => infer(movement.tileOperator, { repeats: [-1] }, [2])],
  [
    "unsqueeze of one axis twice",
    RangeError,
    /^node: dims/,
    () => infer(movement.unsqueezeOperator, { dims: [0, 0] }, [2]),
  ],
  ["squeeze of no axis", RangeError, /^node: dims/, () => infer(movement.squeezeOperator, { dims: [1] }, [2])],
]);

describe("squeeze and expand as torch and ONNX have them", () => {
  it("squeeze leaves axes that are longer", () => {
    expect(infer(movement.squeezeOperator, { dims: [0, 1] }, [1, 2])).toEqual([[2]]);
    expect(infer(movement.squeezeOperator, {}, [1, 2, 1])).toEqual([[2]]);
  });

  it("expand to 1 keeps the input's length", () => {
    expect(infer(movement.expandOperator, { shape: [1, 3, 1] }, [2, 1, 4])).toEqual([[2, 3, 4]]);
  });
});
