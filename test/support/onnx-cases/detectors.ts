/** Small detectors from the picture to the boxes, made of the operators that ultralytics' and torchvision's exports have. */
import type { TestNode, TestTensor } from "../onnx.ts";
import { Cases, float, index, int, int64, ints, node, reals, scalar, string, typed, weights } from "./builder.ts";

const cases = new Cases();
export const { all } = cases;

const PICTURE = [1, 3, 32, 32];
const CLASSES = 3;

/** A network while it is written: nodes, constants, and names for both. */
class Writer {
  readonly nodes: TestNode[] = [];
  readonly constants: Record<string, TestTensor> = {};
  #count = 0;

  add(
    op: string,
    inputs: readonly (string | TestTensor)[],
    attributes: TestNode["attributes"] = {},
    outputs = 1,
  ): string {
    const names = inputs.map((each) => (typeof each === "string" ? each : this.constant(each)));
    const first = `v${this.#count++}`;
    const results = Array.from({ length: outputs }, (_, i) => (i === 0 ? first : `${first}.${i}`));
    this.nodes.push(node(op, names, results, attributes));
    return first;
  }

  constant(tensor: TestTensor): string {
    const name = `c${this.#count++}`;
    this.constants[name] = tensor;
    return name;
  }

  /** A convolution of 3x3, or of 1x1 without a stride. */
  conv(x: string, from: number, to: number, kernel: 1 | 3, stride = 1, bias = 0): string {
    const seed = this.#count + 1;
    // as large as keeps the values of many layers alike
    const { dims, values } = weights(seed, to, from, kernel, kernel);
    const scale = 3 / Math.sqrt(from * kernel * kernel);
    const weight = { dims, values: Array.from(values!, (value) => value * scale) };
    const pad = (kernel - 1) / 2;
    return this.add("Conv", [x, weight, { dims: [to], values: Array(to).fill(bias) }], {
      kernel_shape: ints(kernel, kernel),
      strides: ints(stride, stride),
      pads: ints(pad, pad, pad, pad),
    });
  }

  silu(x: string): string {
    return this.add("Mul", [x, this.add("Sigmoid", [x])]);
  }
}

/** Features at strides of 4 and 8, the second also upsampled and joined to the first. */
function backbone(net: Writer): readonly [string, string] {
  const stem = net.silu(net.conv("x", 3, 8, 3, 2));
  const fine = net.silu(net.conv(stem, 8, 12, 3, 2));
  const deep = net.silu(net.conv(fine, 12, 16, 3, 2));
  const inner = net.add("Add", [deep, net.silu(net.conv(deep, 16, 16, 3))]);
  const pooled = net.add("MaxPool", [inner], { kernel_shape: ints(5, 5), strides: ints(1, 1), pads: ints(2, 2, 2, 2) });
  const coarse = net.silu(net.conv(net.add("Concat", [inner, pooled], { axis: int(1) }), 32, 16, 1));
  const upsampled = net.add("Resize", [coarse, "", reals(1, 1, 2, 2)], {
    mode: string("nearest"),
    coordinate_transformation_mode: string("asymmetric"),
    nearest_mode: string("floor"),
  });
  const joined = net.add("Concat", [upsampled, fine], { axis: int(1) });
  return [net.silu(net.conv(joined, 28, 12, 1)), coarse];
}

/** Centres of the elements of maps, x and y, in elements: (1, 2, elements), and the stride of each (1, elements). */
function centres(maps: readonly (readonly [size: number, stride: number])[]): readonly [TestTensor, TestTensor] {
  const places = maps.flatMap(([size, stride]) =>
    Array.from({ length: size * size }, (_, i) => [(i % size) + 0.5, Math.floor(i / size) + 0.5, stride] as const),
  );
  const count = places.length;
  return [
    { dims: [1, 2, count], values: [...places.map(([x]) => x), ...places.map(([, y]) => y)] },
    { dims: [1, count], values: places.map(([, , stride]) => stride) },
  ];
}

// like YOLOv8: distances as distributions, boxes of all classes, then the suppression that its export can add
{
  const net = new Writer();
  const bins = 8;
  const maps = backbone(net).map((map, i) => {
    const channels = [12, 16][i]!;
    const box = net.conv(net.silu(net.conv(map, channels, 16, 3)), 16, 4 * bins, 1);
    const classes = net.conv(net.silu(net.conv(map, channels, 8, 3)), 8, CLASSES, 1, 1, -1);
    const both = net.add("Concat", [box, classes], { axis: int(1) });
    return net.add("Reshape", [both, int64(1, 4 * bins + CLASSES, -1)]);
  });
  const [anchors, strides] = centres([
    [8, 4],
    [4, 8],
  ]);
  const split = net.add(
    "Split",
    [net.add("Concat", maps, { axis: int(2) }), int64(4 * bins, CLASSES)],
    { axis: int(1) },
    2,
  );
  const distribution = net.add(
    "Softmax",
    [net.add("Transpose", [net.add("Reshape", [split, int64(1, 4, bins, -1)])], { perm: ints(0, 2, 1, 3) })],
    { axis: int(1) },
  );
  const expectation = { dims: [1, bins, 1, 1], values: Array.from({ length: bins }, (_, i) => i) };
  const distances = net.add("Reshape", [net.add("Conv", [distribution, expectation]), int64(1, 4, -1)]);
  const part = (from: number, to: number) => net.add("Slice", [distances, int64(from), int64(to), int64(1)]);
  const [low, high] = [net.add("Sub", [anchors, part(0, 2)]), net.add("Add", [anchors, part(2, 4)])];
  const centre = net.add("Div", [net.add("Add", [low, high]), scalar(2)]);
  const boxes = net.add("Mul", [net.add("Concat", [centre, net.add("Sub", [high, low])], { axis: int(1) }), strides]);
  const scores = net.add("Sigmoid", [`${split}.1`]);
  const rows = net.add("Transpose", [boxes], { perm: ints(0, 2, 1) });
  const chosen = net.add("NonMaxSuppression", [rows, scores, int64(10), reals(0.45), reals(0.25)], {
    center_point_box: int(1),
  });
  const column = (at: number) => net.add("Gather", [chosen, index(at)], { axis: int(1) });
  const [classes, places] = [column(1), column(2)];
  const picked = net.add("Gather", [net.add("Squeeze", [rows, int64(0)]), places], { axis: int(0) });
  const pairs = net.add(
    "Concat",
    [net.add("Unsqueeze", [classes, int64(1)]), net.add("Unsqueeze", [places, int64(1)])],
    {
      axis: int(1),
    },
  );
  const confidence = net.add("GatherND", [net.add("Squeeze", [scores, int64(0)]), pairs]);
  const found = net.add(
    "Concat",
    [
      picked,
      net.add("Unsqueeze", [confidence, int64(1)]),
      net.add("Unsqueeze", [net.add("Cast", [classes], { to: int(1) }), int64(1)]),
    ],
    { axis: int(1) },
  );
  cases.many("like YOLOv8, with its suppression", 17, { x: PICTURE }, net.nodes, net.constants, [found, rows, scores]);
}

// like torchvision's SSD: offsets of default boxes, classes by softmax, and for each class the candidates by their score, as many
// of the best as there are, and a suppression. torchvision's then joins the classes, which is refused: only a run knows both lengths
{
  const net = new Writer();
  const maps = backbone(net).map((map, i) => {
    const channels = [12, 16][i]!;
    const flat = (x: string, values: number) =>
      net.add("Reshape", [net.add("Transpose", [x], { perm: ints(0, 2, 3, 1) }), int64(1, -1, values)]);
    return [flat(net.conv(map, channels, 4, 3), 4), flat(net.conv(map, channels, CLASSES, 3), CLASSES)] as const;
  });
  const [offsets, logits] = [0, 1].map((which) =>
    net.add(
      "Concat",
      maps.map((each) => each[which]!),
      { axis: int(1) },
    ),
  );
  const count = 8 * 8 + 4 * 4;
  const [places, strides] = centres([
    [8, 4],
    [4, 8],
  ]);
  const values = (tensor: TestTensor) => Array.from(tensor.values!);
  const centre = Array.from({ length: count }, (_, i) =>
    [0, 1].map((axis) => values(places)[axis * count + i]! * values(strides)[i]!),
  ).flat();
  const sizes = values(strides).flatMap((stride) => [stride * 2, stride * 1.5]);
  const deltas = net.add("Squeeze", [offsets!, int64(0)]);
  const half = (from: number) => net.add("Slice", [deltas, int64(from), int64(from + 2), int64(1)]);
  const middle = net.add("Add", [
    net.add("Mul", [net.add("Div", [half(0), scalar(10)]), { dims: [count, 2], values: sizes }]),
    { dims: [count, 2], values: centre },
  ]);
  const extent = net.add("Mul", [
    net.add("Exp", [net.add("Div", [half(2), scalar(5)])]),
    { dims: [count, 2], values: sizes },
  ]);
  const reach = net.add("Mul", [extent, scalar(0.5)]);
  const boxes = net.add("Clip", [
    net.add("Concat", [net.add("Sub", [middle, reach]), net.add("Add", [middle, reach])], { axis: int(1) }),
    scalar(0),
    scalar(32),
  ]);
  const scores = net.add("Softmax", [net.add("Squeeze", [logits!, int64(0)])], { axis: int(-1) });
  const best: string[][] = [];
  for (let label = 1; label < CLASSES; ++label) {
    const own = net.add("Gather", [scores, index(label)], { axis: int(1) });
    const above = net.add("Greater", [own, scalar(0.3)]);
    const kept = net.add("Squeeze", [net.add("NonZero", [above]), int64(0)]);
    const candidates = net.add("Gather", [own, kept], { axis: int(0) });
    const many = net.add(
      "ReduceMin",
      [net.add("Concat", [net.add("Shape", [candidates]), int64(12)], { axis: int(0) })],
      { keepdims: int(1), axes: ints(0) },
    );
    const top = net.add("TopK", [candidates, many], { axis: int(0), largest: int(1), sorted: int(1) }, 2);
    const chosen = net.add("Gather", [net.add("Gather", [boxes, kept], { axis: int(0) }), `${top}.1`], {
      axis: int(0),
    });
    const keep = net.add("NonMaxSuppression", [
      net.add("Unsqueeze", [chosen, int64(0)]),
      net.add("Unsqueeze", [top, int64(0, 1)]),
      int64(20),
      reals(0.45),
    ]);
    const at = net.add("Squeeze", [net.add("Gather", [keep, int64(2)], { axis: int(1) }), int64(1)]);
    best.push([net.add("Gather", [chosen, at], { axis: int(0) }), net.add("Gather", [top, at], { axis: int(0) })]);
  }
  const outputs = [...best.flat(), boxes, scores];
  cases.many("like torchvision's SSD, class by class", 13, { x: PICTURE }, net.nodes, net.constants, outputs);
}

// like the second stage of torchvision's Faster R-CNN: the boxes of a suppression, aligned regions of the features, two layers
{
  const net = new Writer();
  const [fine] = backbone(net);
  const objects = net.add("Reshape", [net.conv(fine, 12, 1, 3), int64(1, 1, -1)]);
  const [places, strides] = centres([[8, 4]]);
  const corners = Array.from({ length: 64 }, (_, i) => {
    const [x, y] = [0, 1].map((axis) => places.values![axis * 64 + i]! * strides.values![i]!) as [number, number];
    const [w, h] = [6 + (i % 3) * 3, 6 + (i % 4) * 2];
    return [x - w, y - h, x + w, y + h];
  });
  const boxes = net.constant({ dims: [64, 4], values: corners.flat() });
  const chosen = net.add("NonMaxSuppression", [net.add("Unsqueeze", [boxes, int64(0)]), objects, int64(8), reals(0.3)]);
  const kept = net.add("Gather", [chosen, index(2)], { axis: int(1) });
  const regions = net.add("Gather", [boxes, kept], { axis: int(0) });
  const images = net.add("Gather", [chosen, index(0)], { axis: int(1) });
  const aligned = net.add("RoiAlign", [fine, regions, images], {
    output_height: int(3),
    output_width: int(3),
    sampling_ratio: int(2),
    spatial_scale: float(0.25),
    coordinate_transformation_mode: string("output_half_pixel"),
  });
  const flat = net.add("Flatten", [aligned], { axis: int(1) });
  const hidden = net.add("Relu", [net.add("Gemm", [flat, weights(91, 16, 108), weights(92, 16)], { transB: int(1) })]);
  const classes = net.add(
    "Softmax",
    [net.add("Gemm", [hidden, weights(93, 4, 16), weights(94, 4)], { transB: int(1) })],
    {
      axis: int(-1),
    },
  );
  cases.many("like the second stage of Faster R-CNN", 16, { x: PICTURE }, net.nodes, net.constants, [
    regions,
    classes,
    typed(kept, "INT64"),
  ]);
}
