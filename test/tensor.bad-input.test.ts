import { describe, expect, it } from "vitest";
import { Tensor } from "../src/index.ts";
import { image, LARGE, refuses, wrong } from "./support/refusals.ts";

describe("Tensor", () => {
  for (const [kind, data] of [
    ["undefined", undefined],
    ["null", null],
    ["a string", "1, 2"],
    ["a number", 2],
    ["a Float64Array", new Float64Array(2)],
    ["an ArrayBuffer", new ArrayBuffer(8)],
    ["strings in an array", ["1", "2"]],
    ["nested arrays", [[1], [2]]],
    ["an object", { length: 2 }],
  ] as const) {
    refuses(`${kind} as data`, TypeError, /^Tensor: .*data/, () => new Tensor(wrong(data), [2]));
  }
  for (const [kind, shape] of [
    ["undefined", undefined],
    ["null", null],
    ["a number", 2],
    ["a string", "2"],
    ["strings", ["2"]],
    ["a typed array", new Int32Array([2])],
  ] as const) {
    refuses(`${kind} as shape`, TypeError, /^Tensor: .*shape/, () => new Tensor([1, 2], wrong(shape)));
  }
  refuses(
    "fewer values than the shape",
    RangeError,
    /^Tensor: .*shape.*\[2, 3\].*6.*5/,
    () => new Tensor(new Float32Array(5), [2, 3]),
  );
  refuses("more values than the shape", RangeError, /^Tensor: .*shape.*\[2\].*2.*3/, () => new Tensor([1, 2, 3], [2]));
  refuses("more than one value without axes", RangeError, /^Tensor: .*shape.*\[\].*1.*2/, () => new Tensor([1, 2], []));
  refuses("a negative length", RangeError, /^Tensor: .*shape.*-2/, () => new Tensor([1, 2], [-2]));
  refuses("two negative lengths", RangeError, /^Tensor: .*shape.*-1/, () => new Tensor([1, 2], [-1, -2]));
  refuses("a fractional length", RangeError, /^Tensor: .*shape.*1\.5/, () => new Tensor([1, 2, 3], [1.5, 2]));
  refuses("NaN as a length", RangeError, /^Tensor: .*shape.*NaN/, () => new Tensor([1], [Number.NaN]));
  refuses("a product that overflows", RangeError, /^Tensor: .*shape/, () => new Tensor([1], [LARGE, LARGE, LARGE]));
  it("keeps its own shape when the caller's array changes", () => {
    const shape = [2, 3];
    const tensor = new Tensor(new Float32Array(6), shape);
    shape[0] = 5;
    expect(tensor.shape).toEqual([2, 3]);
  });

  const makers = { zeros: Tensor.zeros, ones: Tensor.ones, rand: Tensor.rand, randn: Tensor.randn };
  for (const [name, make] of Object.entries(makers)) {
    refuses(`a number as shape of ${name}`, TypeError, new RegExp(`${name}: .*shape.*3`), () => make(wrong(3)));
    refuses(`a negative length of ${name}`, RangeError, new RegExp(`${name}: .*shape.*-3`), () => make([-3]));
    refuses(`more ${name} than memory holds`, RangeError, new RegExp(`${name}: .*\\d`), () => make([2 ** 30, 2 ** 20]));
  }
  refuses("a string to fill with", TypeError, /full: .*value.*"1"/, () => Tensor.full([2], wrong("1")));
  refuses("a negative arange", RangeError, /arange: .*-1/, () => Tensor.arange(-1));
  refuses("a string for arange", TypeError, /arange: .*"5"/, () => Tensor.arange(wrong("5")));
  refuses("ragged rows", RangeError, /from: .*2/, () => Tensor.from([[1, 2], [3]]));
  refuses("rows beside numbers", RangeError, /from: /, () => Tensor.from(wrong([[1, 2], 3])));
  refuses("numbers beside rows", Error as never, /from: /, () => Tensor.from(wrong([1, [2]])));
  refuses("strings in rows", TypeError, /from: .*"2"/, () => Tensor.from(wrong([1, "2"])));
  refuses("item of several elements", RangeError, /item: .*1.*4/, () => Tensor.zeros([4]).item());

  describe("reshape", () => {
    const tensor = Tensor.arange(12);
    refuses("another number of elements", RangeError, /reshape: .*shape.*\[5, 2\].*12/, () => tensor.reshape([5, 2]));
    refuses("a -1 that does not come out even", RangeError, /reshape: .*shape.*\[5, -1\].*12/, () =>
      tensor.reshape([5, -1]),
    );
    refuses("two lengths of -1", RangeError, /reshape: .*shape.*-1/, () => tensor.reshape([-1, 3, -1]));
    refuses("-2", RangeError, /reshape: .*shape.*-2/, () => tensor.reshape([-2, 6]));
    refuses("a fraction", RangeError, /reshape: .*shape.*1\.5/, () => tensor.reshape([1.5, 8]));
    refuses("a -1 beside 0", RangeError, /reshape: .*shape/, () => Tensor.zeros([0, 3]).reshape([0, -1]));
    refuses("a number", TypeError, /reshape: .*shape.*12/, () => tensor.reshape(wrong(12)));
    refuses("strings", TypeError, /reshape: .*shape.*"12"/, () => tensor.reshape(wrong(["12"])));
    refuses("nothing", TypeError, /reshape: .*shape.*undefined/, () => tensor.reshape(wrong(undefined)));
  });

  describe("unfold", () => {
    const call = (dimension: unknown, size: unknown, step: unknown) => () =>
      image().unfold(wrong(dimension), wrong(size), wrong(step));
    refuses("an axis that is not there", RangeError, /unfold: .*dimension.*4/, call(4, 2, 1));
    refuses("a negative axis that is not there", RangeError, /unfold: .*dimension.*-5/, call(-5, 2, 1));
    refuses("half an axis", RangeError, /unfold: .*dimension.*0\.5/, call(0.5, 2, 1));
    refuses("NaN as dimension", RangeError, /unfold: .*dimension.*NaN/, call(Number.NaN, 2, 1));
    refuses("a string as dimension", TypeError, /unfold: .*dimension.*"0"/, call("0", 2, 1));
    refuses("no dimension", TypeError, /unfold: .*dimension.*undefined/, call(undefined, 2, 1));
    refuses("a size over the axis", RangeError, /unfold: .*size.*5.*6/, call(2, 6, 1));
    refuses("a negative size", RangeError, /unfold: .*size.*-1/, call(2, -1, 1));
    refuses("a fractional size", RangeError, /unfold: .*size.*1\.5/, call(2, 1.5, 1));
    refuses("a string as size", TypeError, /unfold: .*size.*"2"/, call(2, "2", 1));
    refuses("step 0", RangeError, /unfold: .*step.*0/, call(2, 2, 0));
    refuses("step -1", RangeError, /unfold: .*step.*-1/, call(2, 2, -1));
    refuses("a fractional step", RangeError, /unfold: .*step.*1\.5/, call(2, 2, 1.5));
    refuses("no step", TypeError, /unfold: .*step.*undefined/, call(2, 2, undefined));
  });
});
