import { describe, expect, it } from "vitest";
import {
  compile,
  conv2d,
  foldBatchNorm,
  fuseParallel,
  manualSeed,
  nn,
  relu,
  Tensor,
  type TensorLike,
} from "../../src/index.ts";
import { SGD } from "../../src/optim/index.ts";
import { Tensor as WithMethods } from "../../src/tensor/public.js";

const all = (tensor: Tensor, holds: (value: number) => boolean) => [...tensor.data].every(holds);
// biome-ignore lint/suspicious/noExplicitAny: stands for every wrong type
const wrong = (value: unknown): any => value;

describe("train and eval", () => {
  it("begin with training, as torch, and reach every module inside", () => {
    const model = new nn.Sequential(new nn.Linear(2, 2), new nn.Sequential(new nn.Dropout()));
    expect(model.modules().map(({ training }) => training)).toEqual([true, true, true, true]);
    expect(model.eval()).toBe(model);
    expect(model.modules().map(({ training }) => training)).toEqual([false, false, false, false]);
    expect((model.train()[1] as nn.Sequential)[0]!.training).toBe(true);
    expect(() => model.train(wrong("yes"))).toThrow(/^nn.Sequential.train: mode must be true or false, got "yes"/);
  });

  it("modules, children and apply see each module once, and apply those inside first", () => {
    const shared = new nn.ReLU();
    const model = new nn.Sequential(new nn.Sequential(shared, new nn.Linear(1, 1)), shared);
    const names: string[] = [];
    model.apply((module) => names.push(module.constructor.name));
    expect(names).toEqual(["ReLU", "Linear", "Sequential", "Sequential"]);
    expect(model.modules().map((module) => module.constructor.name)).toEqual([
      "Sequential",
      "Sequential",
      "ReLU",
      "Linear",
    ]);
    expect(model.children()).toEqual([model[0], shared]);
  });
});

describe("batch normalisation while training", () => {
  it("refuses a batch of one value for each channel, and stays as it is", () => {
    const norm = new nn.BatchNorm1d(2);
    const before = norm.stateDict();
    expect(() => norm.forward(Tensor.ones([1, 2]))).toThrow(
      /^nn.BatchNorm1d: needs more than 1 value for each channel/,
    );
    expect(() => norm.forward(Tensor.ones([2, 3]))).toThrow(/^nn.BatchNorm1d: input must be \(N, 2\) or \(N, 2, L\)/);
    expect(norm.stateDict()).toEqual(before);
  });

  it("takes an image without a batch", () => {
    const [one, other] = [new nn.BatchNorm2d(2), new nn.BatchNorm2d(2)];
    const x = Tensor.randn([2, 4, 5], 1);
    expect(one.forward(x)).toEqual(other.forward(x.reshape([1, 2, 4, 5])).reshape([2, 4, 5]));
    expect(one.stateDict()).toEqual(other.stateDict());
  });

  it("leaves states that were taken or given as they are", () => {
    const norm = new nn.BatchNorm2d(1);
    const state = norm.stateDict();
    const given = { ...state, running_mean: Tensor.from([5]) };
    norm.loadStateDict(given);
    norm.forward(Tensor.randn([2, 1, 3, 3], 1));
    expect(given.running_mean.toArray()).toEqual([5]);
    expect(state.num_batches_tracked).toEqual(new Tensor<"int64">(BigInt64Array.of(0n), []));
    expect(norm.numBatchesTracked!.item()).toBe(1);
  });

  it("has no statistics where it tracks none", () => {
    const norm = new nn.BatchNorm2d(2, { trackRunningStats: false });
    expect([norm.runningMean, norm.runningVar, norm.numBatchesTracked, norm.trackRunningStats]).toEqual([
      null,
      null,
      null,
      false,
    ]);
    expect(() => norm.statistics).toThrow(/^nn.BatchNorm2d: has no running statistics/);
    expect(Object.keys(norm.stateDict())).toEqual(["weight", "bias"]);
  });
});

describe("dropout", () => {
  it("drops a share of the values while training, and scales the others", () => {
    manualSeed(1);
    const y = new nn.Dropout(0.25).forward(Tensor.ones([10000]));
    expect(all(y, (value) => value === 0 || Math.abs(value - 4 / 3) < 1e-6)).toBe(true);
    const dropped = y.data.filter((value) => value === 0).length;
    expect(dropped).toBeGreaterThan(2300);
    expect(dropped).toBeLessThan(2700);
  });

  it("is repeated by manualSeed, and draws anew each time", () => {
    const dropout = new nn.Dropout();
    const draw = () => dropout.forward(Tensor.ones([64])).toArray();
    manualSeed(7);
    const [first, second] = [draw(), draw()];
    manualSeed(7);
    expect([draw(), draw()]).toEqual([first, second]);
    expect(first).not.toEqual(second);
  });

  it("drops whole channels in Dropout2d", () => {
    manualSeed(2);
    const { data } = new nn.Dropout2d().forward(Tensor.ones([4, 8, 3, 3]));
    const channels = Array.from({ length: 32 }, (_, i) => new Set(data.slice(9 * i, 9 * i + 9)));
    expect(channels.every((values) => values.size === 1)).toBe(true);
    expect(new Set(channels.map((values) => [...values][0]))).toEqual(new Set([0, 2]));
    expect(() => new nn.Dropout2d().forward(Tensor.ones([2, 3]))).toThrow(
      /^nn.Dropout2d: input must be \(N, C, H, W\)/,
    );
  });

  it("gives gradients to what is left, and nothing where p is 1", () => {
    const x = WithMethods.ones([100]).requiresGrad_();
    const y = new nn.Dropout(0.5).forward(x) as typeof x;
    y.sum().backward();
    expect(x.grad!.toArray()).toEqual(y.toArray());
    expect(all(new nn.Dropout(1).forward(Tensor.ones([5])), (value) => value === 0)).toBe(true);
  });

  it("is not part of a compiled network", () => {
    const model = new nn.Sequential(new nn.ReLU(), new nn.Dropout(0.9));
    using session = compile(model, [8]);
    expect(session.run(Tensor.ones([8])).toArray()).toEqual(Array(8).fill(1));
  });
});

describe("manualSeed", () => {
  it("makes tensors and initial values repeatable, where no seed is given", () => {
    const draw = () => [Tensor.rand([3]), Tensor.randn([3]), new nn.Conv2d(1, 1, 3).weight];
    manualSeed(0);
    const first = draw();
    manualSeed(0);
    expect(draw()).toEqual(first);
    expect(draw()).not.toEqual(first);
    manualSeed(1);
    expect(draw()).not.toEqual(first);
    expect(Tensor.rand([3], 5)).toEqual(Tensor.rand([3], 5));
  });

  it.each([-1, 1.5, "1", undefined])("refuses %s", (seed) => {
    expect(() => manualSeed(wrong(seed))).toThrow(/^manualSeed: seed must be a/);
  });
});

describe("nn.ModuleList and nn.ModuleDict", () => {
  class Net extends nn.Module {
    readonly layers = new nn.ModuleList([new nn.Linear(2, 2), new nn.Linear(2, 2)]);
    readonly heads = new nn.ModuleDict({ box: new nn.Linear(2, 4) });
    override forward(x: TensorLike): Tensor {
      let y = x as Tensor;
      for (const layer of this.layers) y = relu(layer.forward(y));
      return this.heads.get("box").forward(y);
    }
  }

  it("are part of the state by torch's names", () => {
    const net = new Net();
    expect(Object.keys(net.stateDict())).toEqual([
      "layers.0.weight",
      "layers.0.bias",
      "layers.1.weight",
      "layers.1.bias",
      "heads.box.weight",
      "heads.box.bias",
    ]);
    using session = compile(net, [1, 2]);
    const x = Tensor.ones([1, 2]);
    expect(session.run(x).shape).toEqual(net.forward(x).shape);
  });

  it("grow, and refuse what is no module", () => {
    const list = new nn.ModuleList();
    list.append(new nn.ReLU()).extend([new nn.Tanh(), new nn.Identity()]);
    expect([list.length, list[1]!.constructor.name]).toEqual([3, "Tanh"]);
    expect(() => list.extend([new nn.ReLU(), wrong(relu)])).toThrow(
      /^nn.ModuleList.extend: modules must hold nn modules/,
    );
    expect(() => list.append(wrong(1))).toThrow(/^nn.ModuleList.append: "3" must be an nn module, got 1/);
    expect(list.length).toBe(3);
    expect(() => new nn.ModuleList(wrong(new nn.ReLU()))).toThrow(/^nn.ModuleList: modules must be an array/);
    expect(() => list.forward(Tensor.ones([1]))).toThrow(/^nn.ModuleList: has no forward/);

    const dict = new nn.ModuleDict();
    dict.set("a", new nn.ReLU()).set("a", new nn.Tanh());
    expect([dict.keys(), dict.has("a"), dict.has("set"), dict.length]).toEqual([["a"], true, false, 1]);
    expect(dict.entries()[0]![1]).toBe(dict.values()[0]);
    expect(() => dict.get("b")).toThrow(/^nn.ModuleDict.get: has no module "b" \(known: a\)/);
    expect(() => dict.set("keys", new nn.ReLU())).toThrow(/^nn.ModuleDict.set: a module cannot be called "keys"/);
    expect(() => new nn.ModuleDict(wrong([new nn.ReLU()]))).toThrow(/^nn.ModuleDict: modules must be a record/);
  });

  it.each([
    ["an array", [new nn.ReLU()], "ModuleList"],
    ["arrays in an array", [[new nn.ReLU()]], "ModuleList"],
    ["a record", { a: new nn.ReLU() }, "ModuleDict"],
  ])("are named where modules are in %s", (_, layers, name) => {
    class Wrong extends nn.Module {
      readonly layers = layers;
      override forward(x: TensorLike): Tensor {
        return relu(x);
      }
    }
    for (const call of ["stateDict", "parameters", "train", "children"] as const) {
      expect(() => new Wrong()[call](), call).toThrow(
        new RegExp(`^Wrong: layers holds modules in .*put them into an nn.${name}`),
      );
    }
    expect(() => compile(new Wrong(), [1])).toThrow(name);
  });
});

describe("parameters and buffers", () => {
  it("are apart, and shared ones are given once", () => {
    class Net extends nn.Module {
      readonly first = new nn.Linear(2, 2, { seed: 1 });
      readonly second = new nn.Linear(2, 2, { seed: 2 });
      constructor() {
        super();
        this.registerBuffer("offset", Tensor.ones([2]));
        this.second.weight = this.first.weight;
      }
      override forward(x: TensorLike): Tensor {
        return this.second.forward(this.first.forward(x));
      }
    }
    const net = new Net();
    expect(net.namedParameters().map(([name]) => name)).toEqual(["first.weight", "first.bias", "second.bias"]);
    expect(net.namedBuffers().map(([name]) => name)).toEqual(["offset"]);
    expect(net.buffers()[0]).toEqual(Tensor.ones([2]));
    expect(Object.keys(net.stateDict())).toContain("offset");
    expect(() => net.registerBuffer("a.b", Tensor.ones([1]))).toThrow(/name must be a name without dots/);
    expect(() => net.registerBuffer("a", wrong([1]))).toThrow(/tensor must be a Tensor/);
  });

  it("freeze by requiresGrad_(false), and stay so", () => {
    const model = new nn.Sequential(new nn.Linear(2, 2), new nn.Linear(2, 1));
    model[0]!.requiresGrad_(false);
    expect(model.parameters().map(({ requiresGrad }) => requiresGrad)).toEqual([false, false, true, true]);
    model
      .forward(WithMethods.ones([1, 2]))
      .sum()
      .backward();
    expect(model.parameters().map(({ grad }) => grad === null)).toEqual([true, true, false, false]);
  });

  it("are trained on copies of a state that was loaded", () => {
    const state = { weight: WithMethods.ones([1, 2]), bias: WithMethods.ones([1]) };
    const models = [new nn.Linear(2, 1), new nn.Linear(2, 1)] as const;
    for (const model of models) model.loadStateDict(state);
    const optimiser = new SGD(models[0].parameters(), { lr: 0.1 });
    models[0]
      .forward(WithMethods.ones([1, 2]))
      .sum()
      .backward();
    optimiser.step();
    expect(models[0].weight.data[0]).toBeCloseTo(0.9, 6);
    expect([...state.weight.data, ...models[1].weight.data]).toEqual([1, 1, 1, 1]);
  });
});

describe("nn.init", () => {
  const spreadOf = ({ data }: Tensor) => {
    const mean = data.reduce((sum, value) => sum + value, 0) / data.length;
    const variance = data.reduce((sum, value) => sum + (value - mean) ** 2, 0) / data.length;
    return { mean, std: Math.sqrt(variance), most: Math.max(...data.map(Math.abs)) };
  };
  const weight = () => Tensor.zeros([64, 16, 3, 3]);

  // standard deviations by torch's definitions: fan in 144, fan out 576
  it.each<[string, (tensor: Tensor) => Tensor, number, number]>([
    ["kaimingUniform_", (w) => nn.init.kaimingUniform_(w), Math.sqrt(2 / 144), Math.sqrt(6 / 144)],
    [
      "kaimingUniform_ with torch's a",
      (w) => nn.init.kaimingUniform_(w, { a: Math.sqrt(5) }),
      1 / Math.sqrt(3 * 144),
      1 / 12,
    ],
    [
      "kaimingNormal_ by fan out",
      (w) => nn.init.kaimingNormal_(w, { mode: "fanOut", nonlinearity: "relu" }),
      Math.sqrt(2 / 576),
      1,
    ],
    ["xavierUniform_", (w) => nn.init.xavierUniform_(w, { gain: 2 }), 2 * Math.sqrt(2 / 720), 2 * Math.sqrt(6 / 720)],
    ["xavierNormal_", (w) => nn.init.xavierNormal_(w), Math.sqrt(2 / 720), 1],
    ["uniform_", (w) => nn.init.uniform_(w, -1, 1), 1 / Math.sqrt(3), 1],
    ["normal_", (w) => nn.init.normal_(w, 0, 0.02), 0.02, 1],
  ])("%s", (_, fill, std, most) => {
    manualSeed(3);
    const w = weight();
    expect(fill(w)).toBe(w);
    const found = spreadOf(w);
    expect(Math.abs(found.mean)).toBeLessThan(0.05 * std);
    expect(Math.abs(found.std / std - 1)).toBeLessThan(0.03);
    expect(found.most).toBeLessThanOrEqual(most);
  });

  it("fills with constants, and knows torch's gains", () => {
    const w = Tensor.zeros([2, 3]);
    expect(nn.init.constant_(w, 3).toArray()).toEqual([
      [3, 3, 3],
      [3, 3, 3],
    ]);
    expect(nn.init.ones_(w).toArray()).toEqual([
      [1, 1, 1],
      [1, 1, 1],
    ]);
    expect(nn.init.eye_(w).toArray()).toEqual([
      [1, 0, 0],
      [0, 1, 0],
    ]);
    expect(nn.init.eye_(Tensor.ones([3, 2])).toArray()).toEqual([
      [1, 0],
      [0, 1],
      [0, 0],
    ]);
    expect(nn.init.zeros_(w).toArray()).toEqual([
      [0, 0, 0],
      [0, 0, 0],
    ]);
    expect(nn.init.calculateGain("tanh")).toBe(5 / 3);
    expect(nn.init.calculateGain("leakyRelu", 0.2)).toBeCloseTo(Math.sqrt(2 / 1.04), 12);
  });

  it("refuses what it cannot fill", () => {
    expect(() => nn.init.kaimingUniform_(Tensor.ones([3]))).toThrow(
      /^nn.init.kaimingUniform_: tensor must have two axes/,
    );
    expect(() => nn.init.normal_(wrong([1]))).toThrow(/^nn.init.normal_: tensor must be a float32 Tensor/);
    expect(() => nn.init.uniform_(Tensor.ones([1]), 2, 1)).toThrow(/^nn.init.uniform_: a must not be above b/);
    expect(() => nn.init.kaimingNormal_(Tensor.ones([1, 1]), { mode: wrong("fan_in") })).toThrow(/mode must be one of/);
  });
});

it("nn.Embedding takes rows by their numbers, and gives their gradients", () => {
  const embedding = new nn.Embedding(4, 2, { seed: 1 });
  embedding.weight = Tensor.from([
    [0, 1],
    [2, 3],
    [4, 5],
    [6, 7],
  ]);
  const [weight] = embedding.parameters();
  const y = embedding.forward(
    WithMethods.from([
      [1, 1],
      [3, 0],
    ]).to("int64"),
  );
  expect(y.toArray()).toEqual([
    [
      [2, 3],
      [2, 3],
    ],
    [
      [6, 7],
      [0, 1],
    ],
  ]);
  y.sum().backward();
  expect(weight!.grad!.toArray()).toEqual([
    [1, 1],
    [2, 2],
    [0, 0],
    [1, 1],
  ]);
  expect(() => embedding.forward(Tensor.ones([1]))).toThrow(/^nn.Embedding: input must hold int64 or int32/);
  expect(() => embedding.forward(WithMethods.from([-1]).to("int64"))).toThrow(/input must hold rows from 0, got -1/);
  expect(() => embedding.forward(WithMethods.from([4]).to("int64"))).toThrow(RangeError);
});

describe("fuseParallel and foldBatchNorm take layers", () => {
  const x = Tensor.randn([1, 2, 5, 6], 1);

  it("as one convolution of the same result", () => {
    const [three, one] = [new nn.Conv2d(2, 2, 3, { padding: 1, seed: 1 }), new nn.Conv2d(2, 2, 1, { seed: 2 })];
    const { weight, bias } = fuseParallel([three, one]);
    const fused = conv2d(x, weight, bias, { padding: 1 });
    const sum = WithMethods.from(three.forward(x).toArray()).add(one.forward(x));
    for (const [i, value] of sum.data.entries()) expect(fused.data[i]).toBeCloseTo(value, 5);
    const norm = new nn.BatchNorm2d(2);
    norm.forward(x);
    norm.eval();
    const folded = foldBatchNorm(three, norm);
    const expected = norm.forward(three.forward(x));
    const found = conv2d(x, folded.weight, folded.bias, { padding: 1 });
    for (const [i, value] of expected.data.entries()) expect(found.data[i]).toBeCloseTo(value, 5);
  });

  it("refuses those that move otherwise", () => {
    const three = new nn.Conv2d(2, 2, 3, { padding: 1 });
    const refused =
      (options: nn.Conv2dModuleOptions, size = 1) =>
      () =>
        fuseParallel([three, new nn.Conv2d(2, 2, size, options)]);
    expect(refused({ stride: 2 })).toThrow(
      /^fuseParallel: stride must be the same in all branches: branches\[0\] has \[1, 1\], but branches\[1\] has \[2, 2\]/,
    );
    expect(refused({ padding: 1 })).toThrow(/padding less half the kernel must be the same/);
    expect(refused({ paddingMode: "reflect", padding: 1 }, 3)).toThrow(/paddingMode must be the same/);
    expect(refused({ dilation: 2, padding: 2 }, 3)).toThrow(/dilation must be the same/);
    expect(() => fuseParallel([three, wrong(new nn.ConvTranspose2d(2, 2, 1))])).toThrow(
      /^fuseParallel: branches\[1\] must be a convolution, as nn.Conv2d, or \{ weight, bias \}/,
    );
    expect(refused({ dilation: 2 })).not.toThrow();
    expect(refused({ padding: "same" })).not.toThrow();
  });
});
