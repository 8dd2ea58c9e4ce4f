import {
  adaptiveAvgPool1d,
  adaptiveAvgPool2d,
  adaptiveMaxPool2d,
  avgPool1d,
  avgPool2d,
  maxPool1d,
  maxPool2d,
  Tensor,
} from "../../src/index.ts";
import { maxPool2dOperator } from "../../src/operators/pool.ts";
import { image, refuses, signal, wrong } from "../support/refusal-lists.ts";

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
      maxPool2dOperator.plan(
        "node",
        [image()],
        {
          kernelSize: [2, 2],
          stride: [1, 1],
          padding: [0, 0, 2, 0],
          dilation: [1, 1],
          ceilMode: false,
        },
        "many",
      ),
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
