import { describe, expect, it } from "vitest";
import { add, compile, nn, relu, Tensor, type TensorLike } from "../../src/index.ts";

/** A network as a user writes it: fields for layers and for tensors of its own. */
class Network extends nn.Module {
  readonly conv1 = new nn.Conv2d(2, 4, 3, { padding: 1, bias: false, seed: 1 });
  readonly bn1 = new nn.BatchNorm2d(4);
  readonly layer1 = new nn.Sequential(new Block(4, 2), new nn.ReLU(), new Block(4, 3));
  scale = Tensor.full([1], 2);
  readonly nothing = null;
  readonly width = 4;

  override forward(x: TensorLike): Tensor {
    return this.layer1.forward(relu(this.bn1.forward(this.conv1.forward(x))));
  }
}

class Block extends nn.Module {
  readonly conv: nn.Conv2d;
  readonly shortcut: nn.Conv2d | null = null;

  constructor(channels: number, seed: number) {
    super();
    this.conv = new nn.Conv2d(channels, channels, 1, { seed });
  }

  override forward(x: TensorLike): Tensor {
    return add(this.conv.forward(x), x);
  }
}

const NAMES = [
  "conv1.weight",
  "bn1.weight",
  "bn1.bias",
  "bn1.running_mean",
  "bn1.running_var",
  "bn1.num_batches_tracked",
  "layer1.0.conv.weight",
  "layer1.0.conv.bias",
  "layer1.2.conv.weight",
  "layer1.2.conv.bias",
  "scale",
];

// biome-ignore lint/suspicious/noExplicitAny: stands for every wrong type
const wrong = (value: unknown): any => value;

function refused(kind: typeof TypeError | typeof RangeError, message: string, call: () => unknown) {
  expect(call).toThrow(kind);
  expect(call).toThrow(message);
}

describe("nn.Module", () => {
  it("names its state by the fields that lead to it, in the order of definition", () => {
    const network = new Network();
    expect(Object.keys(network.stateDict())).toEqual(NAMES);
    expect(network.stateDict()["layer1.2.conv.weight"]).toBe((network.layer1[2] as Block).conv.weight);
  });

  it("goes from one network to another by its state, with torch's counts of batches", () => {
    const from = new Network();
    from.bn1.runningMean = Tensor.from([1, 2, 3, 4]);
    const to = new Network();
    to.conv1.weight = Tensor.zeros([4, 2, 3, 3]);
    to.scale = Tensor.zeros([1]);
    to.loadStateDict({ ...from.stateDict(), "bn1.num_batches_tracked": new Tensor([7], []) });
    from.bn1.numBatchesTracked = new Tensor<"int64">(BigInt64Array.of(7n), []);
    expect(to.stateDict()).toEqual(from.stateDict());
    expect(to.scale).toBe(from.scale);
    const x = Tensor.randn([1, 2, 5, 5], 1);
    expect(to.forward(x)).toEqual(from.forward(x));
  });

  it("takes { data, dims } for tensors, and records without a prototype", () => {
    const network = new Network();
    const state = Object.assign(Object.create(null), network.stateDict(), {
      scale: { data: Float32Array.of(3), dims: [1] },
    });
    network.loadStateDict(state);
    expect(network.scale).toEqual(new Tensor([3], [1]));
  });

  it("runs at once and compiled by the same forward", () => {
    const network = new Network().eval();
    const x = Tensor.randn([2, 2, 6, 5], 1);
    using session = compile(network, x.shape);
    const [y, z] = [network.forward(x), session.run(x)];
    expect(z.shape).toEqual(y.shape);
    for (const [i, value] of y.data.entries()) expect(z.data[i]).toBeCloseTo(value, 4);
  });

  it("may give several tensors", () => {
    class Two extends nn.Module<{ plain: Tensor; positive: Tensor }> {
      readonly conv = new nn.Conv2d(1, 1, 3, { seed: 1 });
      override forward(x: TensorLike) {
        const plain = this.conv.forward(x);
        return { plain, positive: relu(plain) };
      }
    }
    const two = new Two();
    const x = Tensor.randn([1, 1, 4, 4], 1);
    using session = compile(two, x.shape);
    const { plain, positive } = session.run(x);
    expect(plain.shape).toEqual([1, 1, 2, 2]);
    expect(positive.data).toEqual(plain.data.map((value) => Math.max(value, 0)));
  });

  it("may name its state otherwise", () => {
    class Renamed extends nn.Module {
      readonly first = new nn.Conv2d(1, 1, 1, { bias: false });
      running = Tensor.ones([2]);
      override forward(x: TensorLike): Tensor {
        return this.first.forward(x);
      }
      protected override stateFields(): readonly nn.StateField[] {
        return [
          ["0", "first"],
          ["running_sum", "running"],
          ["steps", null],
        ];
      }
    }
    const renamed = new Renamed();
    expect(Object.keys(renamed.stateDict())).toEqual(["0.weight", "running_sum"]);
    const running = Tensor.zeros([2]);
    renamed.loadStateDict({ "0.weight": Tensor.ones([1, 1, 1, 1]), running_sum: running, steps: Tensor.ones([1]) });
    expect(renamed.running).toBe(running);
    expect(renamed.first.weight).toEqual(Tensor.ones([1, 1, 1, 1]));
  });

  it("keeps what a subclass adds to a layer", () => {
    class Scaled extends nn.Conv2d {
      readonly scale = Tensor.ones([1]);
    }
    expect(Object.keys(new Scaled(1, 1, 1).stateDict())).toEqual(["weight", "bias", "scale"]);
  });

  it.each<[string, Record<string, unknown>, typeof TypeError | typeof RangeError, string]>([
    [
      "missing names",
      { scale: undefined, "bn1.bias": undefined },
      RangeError,
      "Network.loadStateDict: bn1.bias, scale are missing",
    ],
    ["one missing name", { scale: undefined }, RangeError, "scale is missing (got conv1.weight, bn1.weight, "],
    ["unknown names", { a: Tensor.ones([1]), "bn1.b": 1 }, RangeError, "a, bn1.b are unknown (expected conv1.weight, "],
    [
      "a count where no batch norm is",
      { "conv1.num_batches_tracked": 1 },
      RangeError,
      "conv1.num_batches_tracked is unknown",
    ],
    ["a name that every object has", { toString: Tensor.ones([1]) }, RangeError, "toString is unknown"],
    [
      "other shapes",
      { scale: Tensor.ones([2]), "layer1.0.conv.bias": Tensor.ones([4, 1]) },
      RangeError,
      "layer1.0.conv.bias must have shape [4], got [4, 1]; scale must have shape [1], got [2]",
    ],
    ["what is not a tensor", { scale: 1 }, TypeError, "scale must be a Tensor"],
  ])("refuses %s in a state, and loads nothing of it", (_, change, kind, message) => {
    const network = new Network();
    const before = network.stateDict();
    const others = Object.fromEntries(Object.entries(before).map(([name, { shape }]) => [name, Tensor.zeros(shape)]));
    const state = Object.fromEntries(
      Object.entries({ ...others, ...change }).filter(([, value]) => value !== undefined),
    );
    refused(kind, message, () => network.loadStateDict(wrong(state)));
    for (const [name, tensor] of Object.entries(network.stateDict())) expect(tensor).toBe(before[name]);
  });

  it("reports missing, unknown and misshapen names in one message", () => {
    const layer = new nn.Conv2d(1, 2, 1);
    const state = { weight: Tensor.ones([2, 1, 3, 3]), scale: Tensor.ones([2]) };
    const message =
      "bias is missing (got weight, scale); scale is unknown (expected weight, bias); " +
      "weight must have shape [2, 1, 1, 1], got [2, 1, 3, 3]";
    refused(RangeError, message, () => layer.loadStateDict(state));
  });

  it("lists ten names of many", () => {
    const many = Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`x${i}`, Tensor.ones([1])]));
    refused(RangeError, "x8, x9, and 2 more are unknown", () => {
      const network = new Network();
      network.loadStateDict({ ...network.stateDict(), ...many });
    });
    refused(RangeError, "(got nothing)", () => new Network().loadStateDict({}));
  });

  it("refuses what is not a record", () => {
    refused(TypeError, "state must be a record of tensors, got null", () => new Network().loadStateDict(wrong(null)));
  });
});

describe("nn.Sequential", () => {
  const layers = () =>
    [new nn.Conv2d(1, 2, 1, { seed: 1 }), new nn.ReLU(), new nn.Conv2d(2, 1, 1, { seed: 2 })] as const;

  it("runs its modules one after the other", () => {
    const [first, middle, last] = layers();
    const x = Tensor.randn([1, 1, 3, 3], 1);
    expect(new nn.Sequential(first, middle, last).forward(x)).toEqual(last.forward(middle.forward(first.forward(x))));
    expect(new nn.Sequential().forward(x)).toBe(x);
    expect(new nn.Sequential().forward({ data: x.data, dims: x.shape })).toEqual(x);
  });

  it("numbers its modules, or names them as a record does", () => {
    const numbered = new nn.Sequential(...layers());
    expect(Object.keys(numbered.stateDict())).toEqual(["0.weight", "0.bias", "2.weight", "2.bias"]);
    const [conv1, act, conv2] = layers();
    const named = new nn.Sequential({ conv1, act, conv2 });
    expect(Object.keys(named.stateDict())).toEqual(["conv1.weight", "conv1.bias", "conv2.weight", "conv2.bias"]);
    expect([...named]).toEqual([conv1, act, conv2]);
    expect(named.length).toBe(3);
  });

  it("can be indexed, counted and walked, and a module exchanged", () => {
    const [first, middle, last] = layers();
    const sequential = new nn.Sequential(first, middle, last);
    expect(sequential[0]).toBe(first);
    expect(sequential.length).toBe(3);
    expect([...sequential]).toEqual([first, middle, last]);
    sequential[2] = new nn.ReLU();
    expect(Object.keys(sequential.stateDict())).toEqual(["0.weight", "0.bias"]);
  });

  it.each<[string, unknown[], typeof TypeError | typeof RangeError, string]>([
    ["a function", [relu], TypeError, 'nn.Sequential: "0" must be an nn module, got a function'],
    ["nothing in place of a module", [new nn.ReLU(), null], TypeError, '"1" must be an nn module, got null'],
    ["an array", [[new nn.ReLU()]], TypeError, '"0" must be an nn module, got ['],
    ["a record of others", [{ a: 1 }], TypeError, '"a" must be an nn module, got 1'],
    ["a name with a dot", [{ "a.b": new nn.ReLU() }], RangeError, 'a module cannot be called "a.b"'],
    ["a method's name", [{ forward: new nn.ReLU() }], RangeError, 'a module cannot be called "forward"'],
  ])("refuses %s", (_, args, kind, message) => {
    refused(kind, message, () => Reflect.construct(nn.Sequential, args));
  });
});

describe("nn.Residual", () => {
  it("adds what goes through its body to the input, or to what goes through its shortcut", () => {
    const body = new nn.Conv2d(2, 2, 1, { seed: 1 });
    const shortcut = new nn.Conv2d(2, 2, 1, { seed: 2, bias: false });
    const x = Tensor.randn([1, 2, 3, 3], 1);
    expect(new nn.Residual(body).forward(x)).toEqual(add(body.forward(x), x));
    const both = new nn.Residual(body, shortcut);
    expect(both.forward(x)).toEqual(add(body.forward(x), shortcut.forward(x)));
    expect(Object.keys(both.stateDict())).toEqual(["body.weight", "body.bias", "shortcut.weight"]);
  });

  it("refuses what is not a module", () => {
    refused(TypeError, "nn.Residual: body must be an nn module, got a function", () => new nn.Residual(wrong(relu)));
    refused(
      TypeError,
      "nn.Residual: shortcut must be an nn module, got 1",
      () => new nn.Residual(new nn.ReLU(), wrong(1)),
    );
  });
});

describe("nn.Concat", () => {
  it("joins its branches along the channels, batched or not", () => {
    const branches = [new nn.Conv2d(2, 3, 1, { seed: 1 }), new nn.Conv2d(2, 1, 3, { seed: 2, padding: 1 })];
    const concat = new nn.Concat(...branches);
    for (const shape of [
      [2, 2, 4, 3],
      [2, 4, 3],
    ]) {
      const x = Tensor.randn(shape, 1);
      const y = concat.forward(x);
      expect(y.shape).toEqual(shape.with(-3, 4));
      const [a, b] = branches.map((branch) => branch.forward(x)) as [Tensor, Tensor];
      const images = y.size / 48;
      for (let image = 0; image < images; ++image) {
        expect(y.data.slice(image * 48, image * 48 + 36)).toEqual(a.data.slice(image * 36, (image + 1) * 36));
        expect(y.data.slice(image * 48 + 36, (image + 1) * 48)).toEqual(b.data.slice(image * 12, (image + 1) * 12));
      }
    }
    expect(Object.keys(concat.stateDict())).toEqual(["0.weight", "0.bias", "1.weight", "1.bias"]);
  });

  it("names its branches as a record does", () => {
    const concat = new nn.Concat({ left: new nn.Conv2d(1, 1, 1), right: new nn.ReLU() });
    expect(Object.keys(concat.stateDict())).toEqual(["left.weight", "left.bias"]);
  });

  it("refuses to be without branches", () => {
    refused(RangeError, "nn.Concat: needs at least one module", () => new nn.Concat());
    refused(RangeError, "nn.Concat: needs at least one module", () => new nn.Concat({}));
  });
});
