/** Calls of the whole public API whose results on the simd build must keep their bits: test/golden/generate_bits.ts. */
import { createHash } from "node:crypto";
import * as convwasm from "convwasm";
import { type Conv2dOptions, type ConvTranspose2dOptions, compile, nn, Tensor, type TensorLike } from "convwasm";
import { loadOnnx } from "convwasm/onnx";
import { MobileNetV2 } from "../../examples/networks/mobilenet.ts";
import { BasicBlock, Bottleneck, ResNet } from "../../examples/networks/resnet.ts";
import { squeezenet1_1 } from "../../examples/networks/squeezenet.ts";
import { UNet } from "../../examples/networks/unet.ts";
import { FAMILIES, type OnnxCase } from "./onnx-cases/index.ts";
import { NETWORKS, networkInput, readNetwork } from "./onnx-networks.ts";
import { tensorOf } from "./onnx-runs.ts";
import { noise, weight } from "./weights.ts";

type Results = Tensor | readonly Tensor[] | Readonly<Record<string, Tensor>>;

/** By the names of cases: what computes the results of one. */
export type Cases = Map<string, () => Results>;

/** The beginning of the SHA-256 of shapes and bits (all NaN count as one); what is refused has none. */
export function bitsOf(call: () => Results): string {
  let results: Results;
  try {
    results = call();
  } catch (error) {
    if (error instanceof RangeError) return "refused";
    throw error;
  }
  const hash = createHash("sha256");
  const tensors = results instanceof Tensor ? [results] : Object.values(results);
  for (const { data, shape } of tensors) {
    hash.update(`${shape};`);
    hash.update(Float32Array.from(data, (value) => (Number.isNaN(value) ? Number.NaN : Number(value))));
  }
  return hash.digest("hex").slice(0, 8);
}

/** In [-1, 1), so that sums cancel and every rounding shows. */
const random = (name: string, shape: readonly number[]): Tensor =>
  new Tensor(
    noise(
      name,
      shape.reduce((product, length) => product * length, 1),
    ),
    shape,
  );

const positive = (name: string, shape: readonly number[]): Tensor => {
  const tensor = random(name, shape);
  for (let i = 0; i < tensor.size; ++i) tensor.data[i] = Math.abs(tensor.data[i]!) + 0.125;
  return tensor;
};

/** Whole numbers below a bound, that a name repeats. */
function dice(name: string): (bound: number) => number {
  const numbers = noise(name, 64);
  let at = 0;
  return (bound) => Math.floor(((numbers[at++]! + 1) / 2) * bound);
}

const pick = <T>(roll: (bound: number) => number, from: readonly T[]): T => from[roll(from.length)]!;

const ALGORITHMS = ["auto", "direct", "im2col", "toeplitz", "winograd"] as const;
const PADDING_MODES = ["zeros", "reflect", "replicate", "circular"] as const;

// ---- convolutions ----

/** Layers of several blocks of every loop: batch, channels, height, width; filters, kernel; options. */
const LAYERS: readonly (readonly [readonly number[], readonly [number, number, number], Conv2dOptions])[] = [
  [[1, 3, 64, 61], [16, 7, 7], { stride: 2, padding: 3 }],
  [[1, 3, 64, 64], [33, 3, 3], { stride: 2, padding: 1 }],
  [[2, 1, 28, 28], [6, 5, 5], {}],
  [[1, 64, 28, 28], [64, 3, 3], { padding: 1 }],
  [[1, 130, 14, 15], [96, 3, 3], { padding: 1 }],
  [[1, 256, 14, 14], [64, 1, 1], {}],
  [[1, 64, 29, 31], [200, 1, 1], {}],
  [[2, 64, 28, 28], [128, 1, 1], { stride: 2 }],
  [[1, 512, 7, 7], [130, 1, 1], {}],
  [[1, 300, 1, 1], [77, 1, 1], {}],
  [[1, 96, 28, 29], [96, 3, 3], { padding: 1, groups: 96 }],
  [[2, 40, 27, 33], [40, 3, 3], { padding: 1, groups: 40, stride: 2 }],
  [[1, 36, 20, 21], [36, 5, 5], { padding: 2, groups: 36 }],
  [[1, 36, 30, 21], [36, 7, 7], { padding: 3, groups: 36, stride: 2 }],
  [[1, 24, 20, 40], [72, 3, 3], { padding: 1, groups: 24 }],
  [[1, 64, 20, 20], [64, 3, 3], { padding: 1, groups: 4 }],
  [[1, 48, 20, 20], [24, 3, 3], { padding: 2, dilation: 2 }],
  [[1, 20, 33, 33], [24, 5, 5], { padding: 2 }],
  [[3, 8, 40, 9], [70, 3, 1], { padding: [1, 0] }],
  [[3, 8, 9, 140], [70, 1, 5], { padding: [0, 2] }],
  [[1, 4, 100, 130], [1, 3, 3], { padding: 1 }],
  [[1, 1, 90, 200], [3, 9, 9], { padding: 4 }],
  [[1, 16, 60, 60], [16, 3, 3], { padding: "same", paddingMode: "circular" }],
  [[1, 12, 31, 47], [40, 4, 4], { stride: 4 }],
  [[1, 3, 96, 96], [96, 16, 16], { stride: 16 }],
  [[8, 16, 12, 12], [24, 3, 3], { padding: 1 }],
  [[1, 600, 9, 10], [50, 3, 3], { padding: 1 }],
  [[1, 32, 112, 112], [16, 1, 1], {}],
  [[5, 70, 6, 5], [9, 6, 5], {}],
  [[1, 2, 5, 700], [4, 3, 11], { padding: [1, 5] }],
];

/** Any valid convolution, small. */
function randomLayer(name: string): [readonly number[], readonly number[], Conv2dOptions] {
  const roll = dice(name);
  const groups = pick(roll, [1, 1, 1, 2, 3, 8]);
  const channels = pick(roll, [1, 1, 2, 3, 5, 9]);
  const filters = pick(roll, [1, 2, 3, 7, 12, 17]);
  const paddingMode = pick(roll, PADDING_MODES);
  const axis = (most: number) => {
    const kernel = pick(roll, [1, 2, 3, 3, 3, 4, 5, 7]);
    const dilation = pick(roll, [1, 1, 1, 2, 3]);
    const padding = roll(1 + Math.min(4, kernel));
    const span = dilation * (kernel - 1) + 1;
    const length = Math.max(span - 2 * padding, padding + 1) + roll(most);
    return { kernel, dilation, padding, stride: pick(roll, [1, 1, 1, 2, 3]), length };
  };
  const [y, x] = [axis(20), axis(40)];
  // winograd serves these alone
  const plain = roll(3) === 0 ? { stride: 1, dilation: 1 } : undefined;
  const kernel = plain === undefined ? [y.kernel, x.kernel] : [3, 3];
  return [
    [1 + roll(3), groups * channels, y.length + (plain ? 8 : 0), x.length + (plain ? 8 : 0)],
    [groups * filters, channels, ...kernel],
    {
      stride: [y.stride, x.stride],
      dilation: [y.dilation, x.dilation],
      padding: [y.padding, x.padding],
      groups,
      paddingMode,
      ...plain,
    },
  ];
}

const say = (input: readonly number[], kernel: readonly number[], options: object): string =>
  `${input.join("x")} ${kernel.join("x")} ${JSON.stringify(options).replaceAll('"', "")}`;

function* convolutions(): Generator<[string, readonly number[], readonly number[], Conv2dOptions]> {
  for (const [input, [filters, height, width], options] of LAYERS) {
    const shape = [filters, input[1]! / (options.groups ?? 1), height, width];
    yield [say(input, shape, options), input, shape, options];
  }
  for (let i = 0; i < 240; ++i) {
    const layer = randomLayer(`layer ${i}`);
    yield [`${i}: ${say(...layer)}`, ...layer];
  }
}

function conv2d(): Cases {
  const cases: Cases = new Map();
  for (const [name, input, kernel, options] of convolutions()) {
    for (const algorithm of ALGORITHMS) {
      cases.set(`${algorithm} ${name}`, () => {
        const bias = name.length % 3 === 0 ? null : random("bias", [kernel[0]!]);
        return convwasm.conv2d(random("input", input), random("weight", kernel), bias, { ...options, algorithm });
      });
    }
  }
  return cases;
}

/** The same as steps of a network, with weights packed beforehand and what ends a step. */
function sessions(): Cases {
  const cases: Cases = new Map();
  const activations = [undefined, "relu", "relu6", "silu", "hardswish", "sigmoid", "tanh", "gelu"] as const;
  let turn = 0;
  for (const [name, input, kernel, options] of convolutions()) {
    const activation = activations[turn++ % activations.length];
    const residual = turn % 3 === 0;
    const bias = turn % 4 > 0;
    const [filters, , height, width] = kernel as [number, number, number, number];
    const kernelSize = [height, width] as const;
    for (const algorithm of turn % 2 === 0 ? (["auto"] as const) : ALGORITHMS) {
      cases.set(`${algorithm} ${activation ?? "none"} ${residual ? "residual " : ""}${name}`, () => {
        const layer = new nn.Conv2d(input[1]!, filters, kernelSize, { ...options, bias, seed: 1 });
        weigh(layer);
        using session = compile(layer, input, {
          algorithm,
          residual,
          ...(activation === undefined ? {} : { activation }),
        });
        const x = random("input", input);
        if (!residual) return session.run(x);
        return session.run(x, {
          residual: random("residual", convwasm.conv2d(x, layer.weight, null, layer.options).shape),
        });
      });
    }
  }
  return cases;
}

function conv1d(): Cases {
  const cases: Cases = new Map();
  for (let i = 0; i < 60; ++i) {
    const roll = dice(`signal ${i}`);
    const groups = pick(roll, [1, 1, 2, 7]);
    const [channels, filters, kernel] = [1 + roll(9), 1 + roll(20), 1 + roll(9)];
    const options = {
      stride: 1 + roll(3),
      padding: roll(1 + Math.min(kernel, 4)),
      dilation: 1 + roll(2),
      groups,
    } as const;
    const input = [1 + roll(2), groups * channels, options.dilation * (kernel - 1) + 1 + roll(300)];
    const shape = [groups * filters, channels, kernel];
    const paddingMode = pick(roll, PADDING_MODES);
    for (const algorithm of ALGORITHMS) {
      cases.set(`${algorithm} ${i}: ${say(input, shape, { ...options, paddingMode })}`, () =>
        convwasm.conv1d(random("input", input), random("weight", shape), random("bias", [shape[0]!]), {
          ...options,
          paddingMode,
          algorithm,
        }),
      );
    }
  }
  return cases;
}

// ---- transposed convolutions and gradients ----

const UPSCALERS: readonly (readonly [readonly number[], readonly number[], ConvTranspose2dOptions])[] = [
  [[1, 40, 17, 23], [40, 19, 4, 4], { stride: 2, padding: 1 }],
  [[1, 130, 13, 14], [130, 11, 2, 2], { stride: 2 }],
  [[1, 256, 9, 13], [256, 7, 3, 3], { padding: 1 }],
  [[2, 16, 31, 35], [16, 6, 3, 3], { stride: 2, padding: 1, outputPadding: 1 }],
  [[1, 7, 30, 41], [7, 3, 9, 9], { stride: 3, padding: 4, outputPadding: 2 }],
  [[1, 24, 20, 31], [24, 1, 4, 4], { stride: 2, padding: 1, groups: 24 }],
  [[1, 32, 21, 22], [32, 9, 3, 3], { stride: 2, dilation: 2, padding: 2, groups: 2 }],
  [[2, 1, 60, 70], [1, 5, 2, 2], { stride: 2 }],
  [[1, 64, 8, 8], [64, 3, 5, 5], { stride: 4, padding: 1, outputPadding: 1 }],
];

function* transposed(): Generator<[string, readonly number[], readonly number[], ConvTranspose2dOptions]> {
  for (const [input, kernel, options] of UPSCALERS) yield [say(input, kernel, options), input, kernel, options];
  for (let i = 0; i < 120; ++i) {
    const roll = dice(`transposed ${i}`);
    const groups = pick(roll, [1, 1, 1, 2, 5]);
    const axis = () => {
      const [kernel, stride, dilation] = [1 + roll(5), 1 + roll(4), 1 + roll(2)];
      const span = dilation * (kernel - 1) + 1;
      return {
        length: 2 + roll(16),
        kernel,
        stride,
        dilation,
        padding: roll(Math.min(3, Math.ceil(span / 2))),
        spare: roll(Math.max(stride, dilation)),
      };
    };
    const [y, x] = [axis(), axis()];
    const [channels, filters] = [1 + roll(9), 1 + roll(9)];
    const input = [1 + roll(2), groups * channels, y.length, x.length];
    const kernel = [groups * channels, filters, y.kernel, x.kernel];
    const options = {
      stride: [y.stride, x.stride],
      padding: [y.padding, x.padding],
      outputPadding: [y.spare, x.spare],
      dilation: [y.dilation, x.dilation],
      groups,
    } as const;
    yield [`${i}: ${say(input, kernel, options)}`, input, kernel, options];
  }
}

function convTranspose(): Cases {
  const cases: Cases = new Map();
  for (const [name, input, kernel, options] of transposed()) {
    const [x, w] = [random("input", input), random("weight", kernel)];
    const filters = kernel[1]! * (options.groups ?? 1);
    const call = () =>
      convwasm.convTranspose2d(x, w, name.length % 3 === 0 ? null : random("bias", [filters]), options);
    cases.set(`convTranspose2d ${name}`, call);
    cases.set(`convTranspose2dBackward ${name}`, () => ({
      ...convwasm.convTranspose2dBackward(x, w, random("gradient", call().shape), options),
    }));
    cases.set(`compiled ${name}`, () => {
      const kernelSize = kernel.slice(2) as [number, number];
      const layer = new nn.ConvTranspose2d(input[1]!, filters, kernelSize, { ...options, seed: 1 });
      weigh(layer);
      using session = compile(layer, input, { activation: "relu" });
      return session.run(x);
    });
  }
  for (let i = 0; i < 30; ++i) {
    const roll = dice(`transposed signal ${i}`);
    const [kernel, stride] = [1 + roll(6), 1 + roll(4)];
    const input = [1 + roll(2), 1 + roll(9), 2 + roll(90)];
    const shape = [input[1]!, 1 + roll(9), kernel];
    cases.set(`convTranspose1d ${i}: ${say(input, shape, { stride })}`, () =>
      convwasm.convTranspose1d(random("input", input), random("weight", shape), random("bias", [shape[1]!]), {
        stride,
      }),
    );
  }
  return cases;
}

function gradients(): Cases {
  const cases: Cases = new Map();
  for (const [name, input, kernel, options] of convolutions()) {
    const small = input.reduce((a, b) => a * b, 1) < 60_000;
    if (!small || options.padding === "same") continue;
    const [x, w] = [random("input", input), random("weight", kernel)];
    const gradient = () => random("gradient", convwasm.conv2d(x, w, null, options).shape);
    cases.set(`conv2dInput ${name}`, () => convwasm.conv2dInput(input, w, gradient(), options));
    cases.set(`conv2dWeight ${name}`, () => convwasm.conv2dWeight(x, kernel, gradient(), options));
    cases.set(`conv2dBackward ${name}`, () => ({ ...convwasm.conv2dBackward(x, w, gradient(), options) }));
  }
  return cases;
}

// ---- all other functions ----

/** Numbers where functions bend, besides random ones. */
function range(): Tensor {
  const numbers = [
    0,
    -0,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    Number.NaN,
    3.4e38,
    -3.4e38,
    1e-30,
    -1e-30,
  ];
  for (let i = -256; i <= 256; ++i) numbers.push(i / 2.0625);
  for (const each of noise("range", 777)) numbers.push(each * 4);
  return new Tensor(numbers, [numbers.length]);
}

const SHAPES = [[7], [3, 5], [1], [2, 3, 5, 7], [1, 40, 33], [4, 1, 129], [2, 16, 8, 8], [1, 3, 1, 1]] as const;
const PAIRS = [
  [[7], [7]],
  [[3, 5], [5]],
  [
    [3, 5],
    [3, 1],
  ],
  [
    [2, 3, 5, 7],
    [3, 1, 1],
  ],
  [[2, 3, 5, 7], []],
  [
    [1, 7],
    [5, 1],
  ],
  [
    [2, 1, 40, 33],
    [1, 9, 1, 33],
  ],
  [
    [4, 6, 1, 129],
    [4, 1, 5, 129],
  ],
  [
    [3, 100],
    [2, 1, 1, 100],
  ],
] as const;

const UNARY = {
  relu: convwasm.relu,
  relu6: convwasm.relu6,
  sigmoid: convwasm.sigmoid,
  tanh: convwasm.tanh,
  silu: convwasm.silu,
  mish: convwasm.mish,
  softplus: convwasm.softplus,
  hardswish: convwasm.hardswish,
  hardsigmoid: convwasm.hardsigmoid,
  gelu: (x: Tensor) => convwasm.gelu(x),
  "gelu tanh": (x: Tensor) => convwasm.gelu(x, { approximate: "tanh" }),
  leakyRelu: (x: Tensor) => convwasm.leakyRelu(x, 0.2),
  elu: (x: Tensor) => convwasm.elu(x, 1.5),
} satisfies Record<string, (x: Tensor) => Tensor>;

function elementwise(): Cases {
  const cases: Cases = new Map();
  for (const [name, call] of Object.entries(UNARY)) {
    cases.set(`${name} of a range`, () => call(range()));
    for (const shape of SHAPES) cases.set(`${name} ${shape}`, () => call(random(name, shape)));
  }
  const { add, sub, mul, div, maximum, minimum, pow } = convwasm;
  for (const [name, call] of Object.entries({ add, sub, mul, div, maximum, minimum, pow })) {
    for (const [a, b] of PAIRS) {
      const make = name === "pow" ? positive : random;
      cases.set(`${name} ${a} | ${b}`, () => call(make("a", a), random("b", b)));
      cases.set(`${name} ${b} | ${a}`, () => call(make("b", b), random("a", a)));
    }
    for (const number of [2, -0.5, 0, 3, 0.5, 1e30]) {
      cases.set(`${name} range | ${number}`, () => call(range(), number));
      cases.set(`${name} ${number} | range`, () => call(number, range()));
    }
  }
  for (const [shape, slopes] of [
    [[2, 3, 5, 7], [3]],
    [[2, 40, 33], [40]],
    [[9, 9], [1]],
  ] as const) {
    cases.set(`prelu ${shape} | ${slopes}`, () => convwasm.prelu(random("a", shape), random("slopes", slopes)));
  }
  return cases;
}

function normalised(): Cases {
  const cases: Cases = new Map();
  for (const shape of SHAPES) {
    for (let dim = -shape.length; dim < 0; ++dim) {
      cases.set(`softmax ${shape} dim ${dim}`, () => convwasm.softmax(random("x", shape), { dim }));
      cases.set(`logSoftmax ${shape} dim ${dim}`, () => convwasm.logSoftmax(random("x", shape), { dim }));
    }
    for (let axes = 1; axes <= shape.length; ++axes) {
      const last = shape.slice(-axes);
      const affine = () => ({ weight: random("weight", last), bias: random("bias", last) });
      cases.set(`layerNorm ${shape} | ${last}`, () => convwasm.layerNorm(random("x", shape), last));
      cases.set(`layerNorm ${shape} | ${last}, affine`, () => convwasm.layerNorm(random("x", shape), last, affine()));
    }
  }
  for (const shape of [
    [2, 6, 5, 7],
    [1, 40, 33, 9],
    [3, 16, 64, 65],
    [2, 12, 100],
  ]) {
    const affine = () => ({ weight: random("weight", [shape[1]!]), bias: random("bias", [shape[1]!]) });
    cases.set(`instanceNorm ${shape}`, () => convwasm.instanceNorm(random("x", shape)));
    cases.set(`instanceNorm ${shape}, affine`, () => convwasm.instanceNorm(random("x", shape), affine()));
    for (const groups of [1, 2, shape[1]!]) {
      cases.set(`groupNorm ${shape} | ${groups}`, () => convwasm.groupNorm(random("x", shape), groups, affine()));
    }
    if (shape.length === 4) {
      cases.set(`batchNorm ${shape}`, () =>
        convwasm.batchNorm(random("x", shape), {
          mean: random("mean", [shape[1]!]),
          variance: positive("variance", [shape[1]!]),
          ...affine(),
        }),
      );
    }
  }
  return cases;
}

function products(): Cases {
  const cases: Cases = new Map();
  for (const [rows, from, to] of [
    [1, 5, 3],
    [1, 512, 1000],
    [7, 33, 50],
    [64, 300, 77],
    [2, 2048, 10],
    [130, 64, 64],
  ] as const) {
    const call = (bias: boolean) => () =>
      convwasm.linear(random("x", [rows, from]), random("w", [to, from]), bias ? random("b", [to]) : null);
    cases.set(`linear ${rows}x${from} ${to}`, call(false));
    cases.set(`linear ${rows}x${from} ${to}, bias`, call(true));
    cases.set(`matmul ${rows}x${from} ${to}`, () =>
      convwasm.matmul(random("x", [rows, from]), random("w", [from, to])),
    );
  }
  for (const [a, b] of [
    [[5], [5]],
    [
      [2, 3, 5, 7],
      [7, 4],
    ],
    [
      [4, 9, 20],
      [4, 20, 31],
    ],
    [
      [2, 1, 6, 8],
      [3, 8, 5],
    ],
    [[3, 8], [8]],
    [[8], [2, 8, 3]],
  ] as const) {
    cases.set(`matmul ${a} | ${b}`, () => convwasm.matmul(random("a", a), random("b", b)));
  }
  return cases;
}

function images(): Cases {
  const cases: Cases = new Map();
  const shapes = [
    [2, 3, 13, 17],
    [5, 30, 41],
    [1, 16, 64, 65],
    [1, 8, 7, 7],
  ] as const;
  const windows = [
    [2, {}],
    [3, { stride: 2, padding: 1 }],
    [3, { stride: 1, padding: 1 }],
    [[2, 5], { stride: [2, 1], padding: [1, 2], ceilMode: true }],
    [[5, 3], { stride: 3, padding: [2, 0] }],
    [7, {}],
  ] as const;
  for (const shape of shapes) {
    const x = random("x", shape);
    for (const [window, options] of windows) {
      const name = say(shape, [window].flat(), options);
      cases.set(`maxPool2d ${name}`, () => convwasm.maxPool2d(x, window, options));
      cases.set(`avgPool2d ${name}`, () => convwasm.avgPool2d(x, window, options));
      cases.set(`avgPool2d, own pixels ${name}`, () =>
        convwasm.avgPool2d(x, window, { ...options, countIncludePad: false }),
      );
    }
    cases.set(`maxPool2d, dilated ${shape}`, () => convwasm.maxPool2d(x, 3, { stride: 2, dilation: 2, padding: 1 }));
    cases.set(`avgPool2d, divisor ${shape}`, () => convwasm.avgPool2d(x, 2, { divisorOverride: 3 }));
    for (const size of [1, [2, 3], [7, 5], [null, 4]] as const) {
      cases.set(`adaptiveAvgPool2d ${shape} | ${size}`, () => convwasm.adaptiveAvgPool2d(x, size));
      cases.set(`adaptiveMaxPool2d ${shape} | ${size}`, () => convwasm.adaptiveMaxPool2d(x, size));
    }
    const resized = (options: Parameters<typeof convwasm.interpolate>[1]) => {
      if (shape.length === 4) return convwasm.interpolate(x, options);
      const one = convwasm.interpolate(x.reshape([1, ...shape]), options);
      return one.reshape(one.shape.slice(1));
    };
    for (const mode of ["nearest", "bilinear"] as const) {
      for (const alignCorners of mode === "bilinear" ? [false, true] : [false]) {
        const name = `interpolate ${mode}${alignCorners ? " corners" : ""} ${shape}`;
        const options = alignCorners ? { mode, alignCorners } : { mode };
        cases.set(`${name} | twice`, () => resized({ scaleFactor: 2, ...options }));
        cases.set(`${name} | 4 times`, () => resized({ scaleFactor: 4, ...options }));
        cases.set(`${name} | 9, 50`, () => resized({ size: [9, 50], ...options }));
        cases.set(`${name} | 0.7, 1.3`, () => resized({ scaleFactor: [0.7, 1.3], ...options }));
      }
    }
    for (const mode of ["constant", "reflect", "replicate", "circular"] as const) {
      cases.set(`pad ${mode} ${shape}`, () => convwasm.pad(x, [3, 2, 1, 4], { mode }));
      cases.set(`pad ${mode} ${shape}, one axis`, () => convwasm.pad(x, [3, 2], { mode }));
    }
    cases.set(`pad with 1.5 ${shape}, cropped`, () => convwasm.pad(x, [-1, 2, 3, -2], { value: 1.5 }));
    cases.set(`unfold ${shape}`, () => convwasm.unfold(x, 3, { padding: 1, stride: 2 }));
    cases.set(`unfold ${shape}, dilated`, () => convwasm.unfold(x, [2, 3], { dilation: 2 }));
    cases.set(`fold ${shape}`, () =>
      convwasm.fold(
        convwasm.unfold(x, 3, { padding: 1, stride: 2 }),
        shape.slice(-2) as unknown as [number, number],
        3,
        { padding: 1, stride: 2 },
      ),
    );
  }
  for (const shape of [
    [2, 3, 17],
    [5, 130],
  ]) {
    const x = random("x", shape);
    cases.set(`maxPool1d ${shape}`, () => convwasm.maxPool1d(x, 3, { stride: 2, padding: 1 }));
    cases.set(`avgPool1d ${shape}`, () => convwasm.avgPool1d(x, 4, { stride: 3, ceilMode: true }));
    cases.set(`adaptiveAvgPool1d ${shape}`, () => convwasm.adaptiveAvgPool1d(x, 5));
  }
  return cases;
}

function movement(): Cases {
  const cases: Cases = new Map();
  const x = random("x", [2, 16, 9, 10]);
  for (const dims of [
    [0, 2, 3, 1],
    [3, 2, 1, 0],
    [1, 0, 2, 3],
    [0, 1, 3, 2],
  ]) {
    cases.set(`permute ${dims}`, () => convwasm.permute(x, dims));
  }
  cases.set("flatten", () => convwasm.flatten(x, 1, 2));
  cases.set("pixelShuffle 2", () => convwasm.pixelShuffle(x, 2));
  cases.set("pixelShuffle 4", () => convwasm.pixelShuffle(x, 4));
  cases.set("pixelUnshuffle", () => convwasm.pixelUnshuffle(random("x", [2, 3, 12, 30]), 3));
  for (const dim of [0, 1, 2, 3]) {
    const other = [2, 16, 9, 10].with(dim, 5);
    cases.set(`cat ${dim}`, () => convwasm.cat([x, random("other", other), x], dim));
  }
  for (const dimension of [0, 1, 3]) cases.set(`Tensor.unfold ${dimension}`, () => x.unfold(dimension, 2, 1));
  return cases;
}

// ---- networks ----

/** Gives every tensor of a module values that its name makes, and puts it into evaluation mode. */
function weigh<M extends nn.Module>(module: M): M {
  const state = Object.entries(module.stateDict()).map(([name, { shape }]) => [name, weight(name, shape)] as const);
  module.loadStateDict(Object.fromEntries(state));
  return module.eval();
}

const block = (channels: number, options = {}) =>
  new nn.Conv2d(channels, channels, 3, { padding: 1, seed: 1, ...options });

/** What passes over a network change: each in a network of a few layers. */
const SMALL: Readonly<
  Record<string, readonly [shape: readonly number[], forward: () => { forward(x: TensorLike): Tensor }]>
> = {
  "batch norm and relu": [[2, 8, 15, 14], () => new nn.Sequential(block(8), new nn.BatchNorm2d(8), new nn.ReLU())],
  "residual of two": [
    [1, 8, 15, 14],
    () => new nn.Sequential(new nn.Residual(new nn.Sequential(block(8), new nn.SiLU(), block(8))), new nn.ReLU()),
  ],
  concat: [
    [1, 8, 12, 12],
    () =>
      new nn.Sequential(
        new nn.Concat(block(8), new nn.Sequential(block(8), new nn.Mish())),
        new nn.Conv2d(16, 4, 1, { seed: 2 }),
      ),
  ],
  depthwise: [
    [1, 24, 30, 30],
    () =>
      new nn.Sequential(
        block(24, { groups: 24 }),
        new nn.ReLU6(),
        new nn.Conv2d(24, 40, 1, { seed: 2 }),
        new nn.Hardswish(),
        block(40, { groups: 40, stride: 2 }),
      ),
  ],
  "squeeze and excite": [
    [2, 16, 20, 20],
    () => {
      const body = weigh(
        new nn.Sequential(
          new nn.AdaptiveAvgPool2d(1),
          new nn.Conv2d(16, 4, 1),
          new nn.ReLU(),
          new nn.Conv2d(4, 16, 1),
          new nn.Hardsigmoid(),
        ),
      );
      return { forward: (x) => convwasm.mul(x, body.forward(x)) };
    },
  ],
  gate: [
    [1, 8, 20, 21],
    () => {
      const conv = weigh(block(8));
      return {
        forward(x) {
          const y = conv.forward(x);
          return convwasm.mul(y, convwasm.sigmoid(y));
        },
      };
    },
  ],
  padded: [
    [1, 4, 20, 21],
    () => {
      const conv = weigh(new nn.Conv2d(4, 6, 5));
      return { forward: (x) => conv.forward(convwasm.pad(x, [2, 2, 2, 2])) };
    },
  ],
  "reflected at the borders": [
    [1, 4, 20, 21],
    () => {
      const conv = weigh(new nn.Conv2d(4, 6, 5));
      return { forward: (x) => conv.forward(convwasm.pad(x, [2, 2, 2, 2], { mode: "reflect" })) };
    },
  ],
  "scaled and shifted": [
    [1, 8, 9, 9],
    () => {
      const [conv, scale, shift] = [weigh(block(8)), random("scale", [8, 1, 1]), random("shift", [1, 8, 1, 1])];
      return { forward: (x) => convwasm.add(convwasm.mul(conv.forward(x), scale), shift) };
    },
  ],
  classifier: [
    [3, 8, 16, 16],
    () =>
      new nn.Sequential(
        block(8),
        new nn.ReLU(),
        new nn.MaxPool2d(2),
        new nn.Flatten(),
        new nn.Linear(512, 30),
        new nn.GELU(),
        new nn.Linear(30, 10),
        new nn.Softmax({ dim: 1 }),
      ),
  ],
  upscaler: [
    [1, 3, 20, 22],
    () =>
      new nn.Sequential(
        new nn.Conv2d(3, 16, 3, { padding: 1 }),
        new nn.PReLU(16),
        new nn.Conv2d(16, 12, 3, { padding: 1 }),
        new nn.PixelShuffle(2),
      ),
  ],
  "transposed and resized": [
    [1, 8, 10, 11],
    () =>
      new nn.Sequential(
        new nn.ConvTranspose2d(8, 6, 4, { stride: 2, padding: 1 }),
        new nn.BatchNorm2d(6),
        new nn.LeakyReLU(0.1),
        new nn.Upsample({ scaleFactor: 2, mode: "bilinear" }),
        new nn.Conv2d(6, 3, 3),
      ),
  ],
  normalisations: [
    [2, 8, 12, 13],
    () =>
      new nn.Sequential(
        block(8),
        new nn.InstanceNorm2d(8, { affine: true }),
        new nn.ELU(),
        new nn.GroupNorm(2, 8),
        new nn.LayerNorm([12, 13]),
        new nn.Tanh(),
      ),
  ],
  RepVGG: [
    [1, 12, 16, 16],
    () => new nn.Sequential(new nn.RepVGGBlock(12, 12), new nn.RepVGGBlock(12, 20, { stride: 2 })),
  ],
  attention: [
    [2, 20, 16],
    () => {
      const [q, k, v] = [weigh(new nn.Linear(16, 16)), weigh(new nn.Linear(16, 16)), weigh(new nn.Linear(16, 16))];
      return {
        forward(x) {
          const scores = convwasm.matmul(q.forward(x), convwasm.permute(k.forward(x), [0, 2, 1]));
          return convwasm.matmul(convwasm.softmax(convwasm.div(scores, 4), { dim: -1 }), v.forward(x));
        },
      };
    },
  ],
};

function networks(): Cases {
  const cases: Cases = new Map();
  const run =
    (make: () => { forward(x: TensorLike): Tensor }, shape: readonly number[], options: convwasm.CompileOptions) =>
    () => {
      const model = make();
      if (model instanceof nn.Module) weigh(model);
      using session = compile(model, shape, options);
      const x = random("input", shape);
      session.run(random("before", shape));
      return session.run(x);
    };
  for (const [name, [shape, make]] of Object.entries(SMALL)) {
    for (const algorithm of ["auto", "im2col", "direct"] as const)
      cases.set(`${name} by ${algorithm}`, run(make, shape, { algorithm }));
    cases.set(`${name}, ended by silu`, run(make, shape, { activation: "silu" }));
    cases.set(`${name} at once`, () => {
      const model = make();
      if (model instanceof nn.Module) weigh(model);
      return model.forward(random("input", shape));
    });
  }
  const large = {
    "residual network of basic blocks": [() => new ResNet(BasicBlock, [1, 1, 1, 1], 10), [2, 3, 64, 64]],
    "residual network of bottlenecks": [() => new ResNet(Bottleneck, [1, 1, 1, 1], 10), [1, 3, 64, 64]],
    MobileNetV2: [() => new MobileNetV2(20), [1, 3, 64, 64]],
    SqueezeNet: [() => squeezenet1_1(20), [1, 3, 64, 65]],
    "U-Net": [() => new UNet(3, 2, [8, 16, 32]), [1, 3, 40, 48]],
  } as const;
  for (const [name, [make, shape]] of Object.entries(large)) {
    cases.set(name, run(make, shape, {}));
    cases.set(`${name} at once`, () => weigh(make() as nn.Module).forward(random("input", shape)) as Tensor);
  }
  return cases;
}

/** Models, whose hashes are kept by name: there are new ones with every operator. */
export function onnx(): Cases {
  const cases: Cases = new Map();
  const run = (model: Uint8Array, inputs: OnnxCase["inputs"]) => {
    const named = Object.entries(inputs);
    const shapes = Object.fromEntries(named.map(([name, { shape }]) => [name, shape]));
    const tensors = Object.fromEntries(named.map(([name, given]) => [name, tensorOf(given)]));
    using session = compile<Tensor | Readonly<Record<string, Tensor>>>(loadOnnx(model), shapes);
    return session.run(named.length === 1 ? tensors[named[0]![0]]! : tensors);
  };
  for (const [family, members] of Object.entries(FAMILIES)) {
    for (const { name, model, inputs } of members) cases.set(`${family}: ${name}`, () => run(model, inputs));
  }
  for (const [file, shape] of NETWORKS) {
    cases.set(`published: ${file}`, () => run(readNetwork(file), { x: { type: "FLOAT", ...networkInput(shape) } }));
  }
  return cases;
}

export const GROUPS: Readonly<Record<string, () => Cases>> = {
  conv2d,
  sessions,
  conv1d,
  convTranspose,
  gradients,
  elementwise,
  normalised,
  products,
  images,
  movement,
  networks,
};
