import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { describeShape, type Layer, readLayers, type Shape } from "../../bench/layers.ts";
import { convCall } from "../../src/conv/call.ts";
import { ALGORITHMS, type Algorithm, type ConvGeometry } from "../../src/conv/geometry.ts";
import { withoutDeadTaps } from "../../src/conv/live-taps.ts";
import type { PaddingMode } from "../../src/conv/padding.ts";
import { type ConvPlan, planBy, planConv } from "../../src/conv/plan.ts";
import type { Uses } from "../../src/conv/way.ts";
import { WAYS } from "../../src/conv/ways.ts";
import { configure, memory } from "../../src/index.ts";
import { conv2dOperator } from "../../src/operators/conv.ts";
import { BUILD, convolutionKernels } from "../support/kernels.ts";

const USES = ["once", "many"] as const;

function geometryOf({ batch, channels, height, width, filters, kernel, ...options }: Shape): ConvGeometry {
  const weight = [filters, channels / options.groups, ...kernel];
  return convCall({ where: "test", axes: 2, input: [batch, channels, height, width], weight, options }).geometry;
}

const planOf = (shape: Shape, algorithm: Algorithm = "auto", uses: Uses = "many") =>
  planConv("test", geometryOf(shape), algorithm, uses);

const LAYERS = readLayers([]);
const layerNamed = (name: string): Layer => {
  const layer = LAYERS.find((each) => each.name === name);
  if (layer === undefined) throw new Error(`bench/layers has no ${name}`);
  return layer;
};

/** Layers over signals of one row. */
const signal = (channels: number, width: number, filters: number, kernel: number, groups = 1): Shape => ({
  batch: 1,
  channels,
  height: 1,
  width,
  filters,
  kernel: [1, kernel],
  stride: [1, 1],
  padding: [0, kernel >> 1],
  dilation: [1, 1],
  groups,
});

/** The plan, or nothing where the algorithm does not serve. */
function planIfServed(shape: Shape, algorithm: Algorithm, uses: Uses): ConvPlan | undefined {
  try {
    return planOf(shape, algorithm, uses);
  } catch (error) {
    expect(error).toBeInstanceOf(RangeError);
    return undefined;
  }
}

describe("the planner chooses for a Session", () => {
  it.each<[string, ConvPlan["algorithm"], ConvPlan["kernel"]]>([
    ["resnet-50/conv1", "direct", "convDirect"],
    ["resnet-50/layer1.0.conv1", "im2col", "convGemm"],
    ["resnet-50/layer1.0.conv2", "winograd", "convWinograd"],
    ["resnet-50/layer1.0.conv3", "im2col", "convGemm"],
    ["resnet-50/layer2.0.conv2", "im2col", "convGemm"],
    ["resnet-50/layer2.0.downsample", "im2col", "convGemm"],
    ["resnet-50/layer2.1.conv2", "winograd", "convWinograd"],
    ["resnet-50/layer3.1.conv2", "winograd", "convWinograd"],
    ["resnet-50/layer4.0.conv2", "im2col", "convGemm"],
    ["resnet-50/layer4.1.conv1", "im2col", "convGemm"],
    ["resnet-50/layer4.1.conv2", "winograd", "convWinograd"],
    ["mobilenet-v2/features.4.depthwise", "direct", "convDepthwise3x3"],
    ["mobilenet-v2/features.5.expand", "im2col", "convGemm"],
    ["mobilenet-v2/features.5.depthwise", "direct", "convDepthwise3x3"],
    ["mobilenet-v2/features.5.project", "im2col", "convGemm"],
    ["mobilenet-v2/features.14.depthwise", "direct", "convDepthwise3x3"],
    ["mobilenet-v2/features.15.depthwise", "direct", "convDepthwise3x3"],
    ["mobilenet-v2/features.17.project", "im2col", "convGemm"],
    ["resnext-50/layer1.0.conv1", "im2col", "convGemm"],
    ["resnext-50/layer1.0.conv2", "direct", "convDirect"],
    ["resnext-50/layer2.0.conv2", "direct", "convDirect"],
    ["resnext-50/layer4.1.conv2", "winograd", "convWinograd"],
    ["efficientnet-b0/stem", "direct", "convDirect"],
    ["efficientnet-b0/block4.depthwise", "direct", "convDepthwise"],
    ["efficientnet-b0/block13.squeeze", "direct", "convDot"],
    ["deeplabv3/aspp.1", "im2col", "convGemm"],
    ["deeplabv3/aspp.pooled", "direct", "convDot"],
    ["convnext-t/stage1.depthwise", "direct", "convDepthwise"],
    ["convnext-t/downsample1", "im2col", "convGemm"],
    ["large-kernels/dense-5x5", "winograd", "convWinograd"],
    ["large-kernels/dense-7x7", "im2col", "convGemm"],
    ["large-kernels/inception-v3.1x7", "im2col", "convGemm"],
    ["vgg-16/conv4_2", "winograd", "convWinograd"],
  ])("%s: %s", (name, algorithm, kernel) => {
    const { shape } = layerNamed(name);
    expect(planOf(shape), describeShape(shape)).toMatchObject({ algorithm, kernel });
  });

  const square = (kernel: number, channels: number, filters: number, side: number): Shape => ({
    batch: 1,
    channels,
    height: side,
    width: side,
    filters,
    kernel: [kernel, kernel],
    stride: [1, 1],
    padding: [kernel >> 1, kernel >> 1],
    dilation: [1, 1],
    groups: 1,
  });

  it("winograd for 3x3 at stride 1, from 16 channels and filters on", () => {
    for (const channels of [16, 24, 64, 200]) {
      for (const filters of [16, 40, 64, 200]) {
        for (const side of [14, 28, 57]) {
          const shape = square(3, channels, filters, side);
          expect(planOf(shape).algorithm, describeShape(shape)).toBe("winograd");
        }
      }
    }
  });

  it("never winograd for one channel or a stride, and never toeplitz", () => {
    for (const { shape } of LAYERS) {
      const { algorithm } = planOf(shape);
      expect(algorithm).not.toBe("toeplitz");
      if (Math.max(...shape.stride) > 1 || shape.channels === shape.groups) {
        expect(algorithm, describeShape(shape)).not.toBe("winograd");
      }
    }
  });

  it("im2col for 1x1 over a map, strided or not, where there are channels to share", () => {
    for (const { name, shape, outputShape } of LAYERS) {
      const pointwise = shape.kernel.join() === "1,1" && outputShape[2] * outputShape[3] > 1;
      if (pointwise && shape.channels >= 16) expect(planOf(shape).algorithm, name).toBe("im2col");
    }
  });

  it("a depthwise kernel for every layer of one channel a group, that for 3x3 where it serves", () => {
    const depthwise = LAYERS.filter(({ kind }) => kind === "depthwise");
    expect(depthwise.length).toBeGreaterThan(10);
    for (const { name, shape } of depthwise) {
      const kernel = shape.kernel.join() === "3,3" ? "convDepthwise3x3" : "convDepthwise";
      expect(planOf(shape).kernel, name).toBe(kernel);
    }
  });

  it("the depthwise kernel for 3x3 up to one column of zeros on each side, a stride of 2 and a tile's size", () => {
    const kernelOf = (change: Partial<Shape>, paddingMode: PaddingMode = "zeros") => {
      const shape: Shape = { ...square(3, 8, 8, 12), groups: 8, ...change };
      return planConv("test", { ...geometryOf(shape), paddingMode }, "direct", "many").kernel;
    };
    const own = "convDepthwise3x3";
    const general = "convDepthwise";
    expect(kernelOf({})).toBe(own);
    expect(kernelOf({ stride: [2, 2] })).toBe(own);
    expect(kernelOf({ padding: [5, 0] })).toBe(own);
    expect(kernelOf({ padding: [2, 0] }, "circular")).toBe(own);
    expect(kernelOf({ filters: 16 })).toBe(own);
    expect(kernelOf({ width: 5, height: 4 })).toBe(own);
    expect(kernelOf({ width: 4, height: 4 })).toBe(general);
    expect(kernelOf({ width: 5, height: 3 })).toBe(general);
    expect(kernelOf({ padding: [1, 2] })).toBe(general);
    expect(kernelOf({}, "reflect")).toBe(general);
    expect(kernelOf({ stride: [1, 2] })).toBe(general);
    expect(kernelOf({ stride: [3, 3] })).toBe(general);
    expect(kernelOf({ dilation: [2, 2] })).toBe(general);
    expect(kernelOf({ kernel: [3, 5] })).toBe(general);
  });

  it("im2col for long signals, of which a band holds few channels, and direct for short ones", () => {
    for (const length of [10000, 20000]) {
      expect(planOf(signal(16, length, 16, 3)).algorithm).toBe("im2col");
      expect(planOf(signal(16, length, 16, 5)).algorithm).toBe("im2col");
      expect(planOf(signal(32, length, 32, 9)).algorithm).toBe("im2col");
    }
    expect(planOf(signal(4, 1000, 4, 5)).algorithm).toBe("direct");
    expect(planOf(signal(16, 1000, 16, 9)).algorithm).toBe("direct");
  });

  it("the depthwise kernel for signals of at least 128 outputs, at stride 1", () => {
    const kernelOf = (shape: Shape) => planOf(shape).kernel;
    for (const kernel of [1, 2, 3, 9, 64]) {
      expect(kernelOf(signal(8, 1000, 8, kernel, 8))).toBe("convDepthwise1d");
      expect(kernelOf(signal(8, 1000, 24, kernel, 8))).toBe("convDepthwise1d");
    }
    expect(kernelOf(signal(8, 128, 8, 3, 8))).toBe("convDepthwise1d");
    expect(kernelOf({ ...signal(8, 1000, 8, 3, 8), dilation: [1, 300] })).toBe("convDepthwise1d");
    expect(kernelOf(signal(8, 127, 8, 3, 8))).toBe("convDepthwise");
    expect(kernelOf({ ...signal(8, 1000, 8, 3, 8), stride: [1, 2] })).toBe("convDepthwise");
    expect(kernelOf({ ...signal(8, 1000, 8, 3, 8), height: 2 })).toBe("convDepthwise");
    // rows of zeros around the line are no taps of it
    const square: Shape = { ...signal(8, 1000, 8, 3, 8), kernel: [3, 3], padding: [1, 1] };
    expect(kernelOf(square)).toBe("convDepthwise1d");
  });
});

describe("the planner for a single call, which orders the weights too,", () => {
  it.each([
    ["resnet-50/layer4.1.conv2", "im2col"],
    ["resnet-50/layer3.1.conv2", "im2col"],
    ["resnext-50/layer4.1.conv2", "im2col"],
    // on a large map the weights count little
    ["resnet-50/layer1.0.conv2", "winograd"],
    ["vgg-16/conv2_2", "winograd"],
  ] as const)("chooses for %s: %s", (name, algorithm) => {
    const { shape } = layerNamed(name);
    expect(planOf(shape, "auto", "once").algorithm).toBe(algorithm);
    expect(planOf(shape, "auto", "many").algorithm).toBe("winograd");
  });

  it("expects no algorithm to be faster than in a Session", () => {
    for (const { name, shape } of LAYERS) {
      for (const algorithm of ALGORITHMS) {
        const [once, many] = USES.map((uses) => planIfServed(shape, algorithm, uses)?.cost ?? 0);
        expect(once, `${name} by ${algorithm}`).toBeGreaterThanOrEqual(many!);
      }
    }
  });
});

describe("the planner", () => {
  afterEach(() => configure({ build: BUILD }));

  it("takes no more than 4 MiB of workspace for any layer of the benchmark", () => {
    const largest = LAYERS.flatMap(({ name, shape }) =>
      USES.map((uses) => ({ name, uses, bytes: planOf(shape, "auto", uses).workspaceBytes })),
    ).sort((a, b) => b.bytes - a.bytes);
    expect(largest.filter(({ bytes }) => bytes > 4 * 1024 * 1024)).toEqual([]);
  });

  it("does by 'auto' what it does by the name of the algorithm that it chooses", () => {
    for (const { name, shape } of LAYERS) {
      for (const uses of USES) {
        const { reason, ...chosen } = planOf(shape, "auto", uses);
        const { reason: asked, ...forced } = planOf(shape, chosen.algorithm, uses);
        expect(forced, name).toEqual(chosen);
        expect(asked).toBe("asked for");
        expect(reason).not.toBe(asked);
      }
    }
  });

  it("chooses the smallest expected time, but where a rule says what is best", () => {
    for (const { name, shape } of LAYERS) {
      for (const uses of USES) {
        const chosen = planOf(shape, "auto", uses);
        if (chosen.way.rule) continue;
        for (const algorithm of ALGORITHMS) {
          const other = planIfServed(shape, algorithm, uses);
          if (other !== undefined) expect(chosen.cost, `${name}, ${algorithm}`).toBeLessThanOrEqual(other.cost);
        }
      }
    }
  });

  it("expects a finite time above 0 of every way for every layer that it serves", () => {
    const met = new Set<string>();
    const signals = [signal(64, 10000, 64, 3, 64), signal(16, 300, 16, 9, 16)];
    for (const { name, shape } of [...LAYERS, ...signals.map((shape) => ({ name: describeShape(shape), shape }))]) {
      for (const batch of [0, 1, 3]) {
        const geometry = geometryOf({ ...shape, batch });
        for (const way of WAYS.filter((each) => each.serves(geometry) === undefined)) {
          met.add(way.name);
          for (const uses of USES) {
            const { cost } = planBy(way, geometry, uses);
            expect(Number.isFinite(cost) && cost > 0, `${name} by ${way.name}: ${cost}`).toBe(true);
          }
        }
      }
    }
    expect([...met].sort()).toEqual(WAYS.map(({ name }) => name).sort());
  });

  it("takes a way with a rule wherever it serves and its workspace is moderate", () => {
    for (const { name, shape } of LAYERS) {
      const { way, geometry } = planOf(shape);
      const serving = WAYS.filter((each) => each.serves(geometry) === undefined);
      const ruled = serving.find(({ rule }) => rule);
      if (ruled !== undefined) expect(way.name, name).toBe(ruled.name);
      expect(serving, name).toContain(way);
    }
  });

  it("counts the same memory with and without a bias", () => {
    const operands = (bias: readonly number[] | null) =>
      [[1, 6, 9, 9], [8, 6, 3, 3], bias].map((each) => each && ({ dtype: "float32", shape: each } as const));
    const plans = [[8], null].map((bias) => {
      const { prepare: _, ...rest } = conv2dOperator.plan("test", operands(bias), { options: {} }, "many");
      return rest;
    });
    expect(plans[0]).toEqual(plans[1]);
  });

  it("gives a reason in words, and what the kernel needs in whole numbers", () => {
    const kernels = convolutionKernels();
    for (const { name, shape } of LAYERS) {
      for (const algorithm of ALGORITHMS) {
        const plan = planIfServed(shape, algorithm, "many");
        if (plan === undefined) continue;
        expect(plan.reason, name).toMatch(/^\w+ \w+/);
        expect(kernels).toContain(plan.kernel);
        if (plan.pack !== null) expect(kernels).toContain(plan.pack);
        const { blockDepth, blockPixels, tileFilters, weightBytes, workspaceBytes, rows, cols, items } = plan;
        for (const count of [blockDepth, blockPixels, tileFilters, weightBytes, workspaceBytes, rows, cols, items]) {
          expect(Number.isInteger(count) && count >= 0, `${name} by ${algorithm}: ${count}`).toBe(true);
        }
        expect((weightBytes % 4) + (workspaceBytes % 4)).toBe(0);
      }
    }
  });

  it("gives equal plans for equal arguments, whatever it planned between and whichever build is chosen", () => {
    const all = () =>
      LAYERS.flatMap(({ shape }) =>
        ALGORITHMS.flatMap((algorithm) => USES.map((uses) => planIfServed(shape, algorithm, uses))),
      );
    const before = all();
    configure({ build: BUILD === "simd" ? "relaxed" : "simd" });
    expect(all()).toEqual(before);
    // not one that is kept and given again, which its first taker could change
    expect(planOf(LAYERS[0]!.shape)).not.toBe(planOf(LAYERS[0]!.shape));
  });

  it("takes no memory and changes no argument", () => {
    const before = memory();
    for (const { shape } of LAYERS) {
      const geometry = Object.freeze(geometryOf(shape));
      for (const uses of USES) {
        const plan = planConv("test", geometry, "auto", uses);
        expect(plan.geometry).toEqual(plan.live === null ? geometry : withoutDeadTaps(geometry)!.geometry);
      }
    }
    expect(memory()).toEqual(before);
  });

  it("packs and tabulates for a batch what it does for one image, and works in as much memory, but for winograd's tiles", () => {
    const axis = fc.integer({ min: 1, max: 40 });
    const shapes = fc.record({
      channels: axis,
      filters: axis,
      height: axis,
      width: axis,
      kernel: fc.constantFrom(1, 3, 5),
    });
    fc.assert(
      fc.property(shapes, fc.integer({ min: 2, max: 9 }), ({ kernel, ...sizes }, batch) => {
        const pair = (value: number) => [value, value] as const;
        const layer: Shape = {
          ...sizes,
          batch: 1,
          kernel: pair(kernel),
          stride: pair(1),
          padding: pair(kernel >> 1),
          dilation: pair(1),
          groups: 1,
        };
        for (const algorithm of ALGORITHMS.filter((name) => name !== "auto")) {
          const [one, many] = [1, batch].map((count) => planIfServed({ ...layer, batch: count }, algorithm, "many"));
          if (one === undefined || many === undefined) continue;
          expect(many.weightBytes).toBe(one.weightBytes);
          expect(many.flops).toBe(batch * one.flops);
          expect(many.rows).toBe(one.rows);
          expect(many.cols).toBe(one.cols);
          if (algorithm !== "winograd") expect(many.workspaceBytes).toBe(one.workspaceBytes);
        }
      }),
    );
  });

  it("refuses an image that 32-bit offsets do not span, by the caller's name", () => {
    const { y, x, ...rest } = geometryOf(LAYERS[0]!.shape);
    const geometry = { ...rest, y: { ...y, length: 2 ** 15 }, x: { ...x, length: 2 ** 14 } };
    for (const algorithm of ALGORITHMS) {
      expect(() => planConv("someone", geometry, algorithm, "many")).toThrow(RangeError);
      expect(() => planConv("someone", geometry, algorithm, "many")).toThrow(
        "someone: input has 32768 x 16384 values per channel, more than 2 GiB",
      );
    }
  });
});
