import { describe } from "vitest";
import { pad, Tensor, unfold } from "../../src/index.ts";
import { image, OTHER_KINDS, refuses, signal, wrong } from "../support/refusals.ts";

describe("pad", () => {
  refuses("undefined as input", TypeError, /^pad: .*input.*undefined/, () => pad(wrong(undefined), [1, 1]));
  for (const [kind, value] of OTHER_KINDS) {
    refuses(`${kind} as input`, TypeError, /^pad: .*input/, () => pad(wrong(value), [1, 1]));
  }
  refuses("no padding", TypeError, /^pad: .*padding.*undefined/, () => pad(image(), wrong(undefined)));
  refuses("a string as padding", TypeError, /^pad: .*padding.*"same"/, () => pad(image(), wrong("same")));
  refuses("strings in the padding", TypeError, /^pad: .*padding.*"1"/, () => pad(image(), wrong([1, "1"])));
  refuses("an odd number of pads", RangeError, /^pad: .*padding.*3/, () => pad(image(), [1, 1, 1]));
  refuses("pads for more axes than there are", RangeError, /^pad: .*padding.*4/, () =>
    pad(image(), [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]),
  );
  refuses("fractional padding", RangeError, /^pad: .*padding.*0\.5/, () => pad(image(), [0.5, 1]));
  refuses("NaN as padding", RangeError, /^pad: .*padding.*NaN/, () => pad(image(), [1, Number.NaN]));
  refuses("infinite padding", RangeError, /^pad: .*padding.*Infinity/, () =>
    pad(image(), [1, Number.POSITIVE_INFINITY]),
  );
  refuses("negative pads that take more than the axis has", RangeError, /^pad: .*padding.*-4/, () =>
    pad(image(), [-4, -4]),
  );
  refuses("more than memory holds", RangeError, /^pad: .*\d/, () => pad(image(), [2 ** 40, 0, 2 ** 40, 0]));
  refuses("an unknown mode", RangeError, /^pad: .*mode.*constant.*reflect.*replicate.*circular.*"mirror"/, () =>
    pad(image(), [1, 1], wrong({ mode: "mirror" })),
  );
  refuses("the mode 'zeros' of convolutions", RangeError, /^pad: .*mode.*"zeros"/, () =>
    pad(image(), [1, 1], wrong({ mode: "zeros" })),
  );
  refuses("a number as mode", TypeError, /^pad: .*mode.*1/, () => pad(image(), [1, 1], wrong({ mode: 1 })));
  refuses("a string as value", TypeError, /^pad: .*value.*"0"/, () => pad(image(), [1, 1], wrong({ value: "0" })));
  refuses("an unknown option", TypeError, /^pad: .*option.*"values".*value/, () =>
    pad(image(), [1, 1], wrong({ values: 0 })),
  );
  refuses("a mode in place of the options", TypeError, /^pad: .*options/, () => pad(image(), [1, 1], wrong("reflect")));
  refuses("reflect padding as large as the axis", RangeError, /^pad: .*reflect.*9/, () =>
    pad(signal(), [0, 9], { mode: "reflect" }),
  );
  refuses("reflect padding as large as another axis", RangeError, /^pad: .*reflect.*5/, () =>
    pad(image(), [1, 1, 5, 0], { mode: "reflect" }),
  );
  refuses("circular padding larger than the axis", RangeError, /^pad: .*circular.*9.*10/, () =>
    pad(signal(), [10, 0], { mode: "circular" }),
  );
  for (const mode of ["reflect", "replicate", "circular"] as const) {
    refuses(`${mode} padding of the batch`, RangeError, /^pad: .*\[1, 6, 9\]/, () =>
      pad(signal(), [1, 1, 1, 1, 1, 1], { mode }),
    );
    refuses(`${mode} padding of one axis of an image`, RangeError, /^pad: .*\[2, 6, 5, 7\]/, () =>
      pad(image(), [1, 1], { mode }),
    );
  }
  for (const mode of ["reflect", "replicate", "circular"] as const) {
    refuses(`${mode} padding of an empty axis`, RangeError, /^pad: /, () =>
      pad(Tensor.zeros([1, 2, 0]), [1, 1], { mode }),
    );
  }
});

describe("unfold", () => {
  refuses("undefined as input", TypeError, /^unfold: .*input.*undefined/, () => unfold(wrong(undefined), 2));
  for (const [kind, value] of OTHER_KINDS) {
    refuses(`${kind} as input`, TypeError, /^unfold: .*input/, () => unfold(wrong(value), 2));
  }
  refuses("two axes", RangeError, /^unfold: .*input.*\[30, 14\]/, () => unfold(image().reshape([30, 14]), 2));
  refuses("five axes", RangeError, /^unfold: .*input/, () => unfold(image().reshape([2, 3, 2, 5, 7]), 2));
  refuses("an empty axis", RangeError, /^unfold: .*input.*0/, () => unfold(Tensor.zeros([1, 2, 0, 3]), 1));
  refuses("no kernelSize", TypeError, /^unfold: .*kernelSize.*undefined/, () => unfold(image(), wrong(undefined)));
  refuses("a string as kernelSize", TypeError, /^unfold: .*kernelSize.*"2"/, () => unfold(image(), wrong("2")));
  refuses("kernelSize 0", RangeError, /^unfold: .*kernelSize.*0/, () => unfold(image(), 0));
  refuses("kernelSize [2, -1]", RangeError, /^unfold: .*kernelSize.*-1/, () => unfold(image(), [2, -1]));
  refuses("kernelSize NaN", RangeError, /^unfold: .*kernelSize.*NaN/, () => unfold(image(), Number.NaN));
  refuses("three numbers for kernelSize", RangeError, /^unfold: .*kernelSize.*\[1, 2, 3\]/, () =>
    unfold(image(), wrong([1, 2, 3])),
  );
  refuses("a kernel larger than the padded image", RangeError, /^unfold: .*kernel.*8.*7/, () =>
    unfold(image(), 8, { padding: 1 }),
  );
  for (const name of ["stride", "dilation", "padding"]) {
    const with_ = (value: unknown) => () => unfold(image(), 2, wrong({ [name]: value }));
    if (name !== "padding") refuses(`${name} 0`, RangeError, new RegExp(`^unfold: .*${name}.*0`), with_(0));
    refuses(`${name} -1`, RangeError, new RegExp(`^unfold: .*${name}.*-1`), with_(-1));
    refuses(`${name} 1.5`, RangeError, new RegExp(`^unfold: .*${name}.*1\\.5`), with_(1.5));
    refuses(`${name} NaN`, RangeError, new RegExp(`^unfold: .*${name}.*NaN`), with_([1, Number.NaN]));
    refuses(`${name} 'same'`, TypeError, new RegExp(`^unfold: .*${name}.*"same"`), with_("same"));
  }
  refuses("more than memory holds", RangeError, /^unfold: .*\d/, () => unfold(image(), 2, { padding: 200_000 }));
  refuses("an unknown option", TypeError, /^unfold: .*option.*"strides".*stride/, () =>
    unfold(image(), 2, wrong({ strides: 1 })),
  );
});
