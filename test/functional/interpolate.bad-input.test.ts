import { interpolate } from "../../src/index.ts";
import { interpolateOperator } from "../../src/operators/resize.ts";
import { image, refuses, signal, wrong } from "../support/refusal-lists.ts";

refuses("interpolate", [
  [
    "no options",
    TypeError,
    /^interpolate: .*size or scaleFactor.*neither/,
    () => interpolate(image(), wrong(undefined)),
  ],
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
    /^interpolate: mode.*"cubic"/,
    () => interpolate(image(), { size: 2, mode: wrong("cubic") }),
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
      interpolateOperator.plan(
        "node",
        [image()],
        {
          size: [2, 2],
          scales: [null, null],
          mode: "bilinear",
          coordinates: "half_pixel",
          nearest: "floor",
        },
        "many",
      ),
  ],
  [
    "as an operator, unknown coordinates",
    RangeError,
    /^node: coordinates.*"tf_crop_and_resize"/,
    () =>
      interpolateOperator.plan(
        "node",
        [image()],
        {
          size: [2, 2],
          scales: [null, null],
          mode: "bilinear",
          coordinates: wrong("tf_crop_and_resize"),
        },
        "many",
      ),
  ],
]);
