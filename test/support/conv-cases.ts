/** Seeded convolutions that meet every tail of every tile, without the product of all parameters. */
import { uniform } from "../../src/random.ts";
import type { PaddingMode } from "./reference.ts";

export interface ConvCase {
  readonly input: readonly [number, number, number, number];
  readonly weight: readonly [number, number, number, number];
  readonly bias: boolean;
  readonly stride: readonly [number, number];
  readonly padding: readonly [number, number];
  readonly dilation: readonly [number, number];
  readonly groups: number;
  readonly paddingMode: PaddingMode;
}

/** What a case is drawn from; every entry of a list comes up before one comes again. */
interface Choices {
  readonly kernels: readonly (readonly [number, number])[];
  readonly strides: readonly (readonly [number, number])[];
  readonly dilations: readonly (readonly [number, number])[];
  /** [groups, channels a group, filters a group]; 0 for a drawn number */
  readonly groupings: readonly (readonly [number, number, number])[];
}

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

const ANY: Choices = {
  kernels: [
    [1, 1],
    [3, 3],
    [5, 5],
    [7, 7],
    [2, 3],
    [1, 7],
    [7, 1],
    [9, 9],
  ],
  strides: [
    [1, 1],
    [2, 2],
    [3, 3],
    [1, 1],
    [1, 2],
    [2, 1],
    [3, 2],
  ],
  dilations: [
    [1, 1],
    [2, 2],
    [3, 3],
    [1, 1],
    [1, 3],
    [2, 1],
  ],
  groupings: [
    [1, 0, 0],
    [1, 0, 0],
    [2, 0, 0],
    [3, 0, 0],
    [0, 1, 1],
    [0, 1, 2],
    [0, 1, 3],
    [0, 1, 5],
  ],
};

/** Layers as networks have them, which the faster algorithms are made for. */
const COMMON: Choices = {
  kernels: [
    [3, 3],
    [3, 3],
    [3, 3],
    [1, 1],
    [5, 5],
  ],
  strides: [
    [1, 1],
    [1, 1],
    [1, 1],
    [2, 2],
  ],
  dilations: [[1, 1]],
  groupings: [
    [1, 0, 0],
    [1, 0, 0],
    [2, 0, 0],
    [0, 1, 1],
    [0, 1, 1],
    [0, 1, 2],
  ],
};

/** Most products in a case: the reference is slow. */
const WORK = 60_000;

/** Cases of any geometry, then of common layers. */
export function convCases(seed: number, any: number, common: number): ConvCase[] {
  return [...draw(seed, any, ANY), ...draw(seed + 1, common, COMMON)];
}

function draw(seed: number, count: number, choices: Choices): ConvCase[] {
  const random = uniform("convCases", seed);
  const deck = <T>(items: readonly T[]): (() => T) => {
    let left: T[] = [];
    return () => {
      if (left.length === 0) left = [...items];
      return left.splice(Math.floor(random() * left.length), 1)[0]!;
    };
  };
  const deal = {
    kernel: deck(choices.kernels),
    stride: deck(choices.strides),
    dilation: deck(choices.dilations),
    grouping: deck(choices.groupings),
    filters: deck(range(1, 13)),
    channels: deck(range(1, 9)),
    width: deck(range(1, 27)),
    height: deck(range(1, 12)),
    batch: deck([1, 2]),
    bias: deck([true, false]),
    mode: deck<PaddingMode>(["zeros", "reflect", "zeros", "replicate", "circular"]),
    // none, one, as much as keeps the size, and so much that whole windows lie in it
    padding: deck(["none", "one", "half", "half", "extent"] as const),
  };
  return Array.from({ length: count }, (): ConvCase => {
    const [kernel, stride, dilation, paddingMode] = [deal.kernel(), deal.stride(), deal.dilation(), deal.mode()];
    const [g, c, f] = deal.grouping();
    const groups = g || deal.channels();
    const groupChannels = c || deal.channels();
    const groupFilters = f || deal.filters();
    const kind = deal.padding();
    const axis = (drawn: number, i: 0 | 1) => {
      const extent = (kernel[i] - 1) * dilation[i] + 1;
      const wanted = { none: 0, one: 1, half: extent >> 1, extent }[kind];
      const most = { zeros: wanted, replicate: wanted, reflect: drawn - 1, circular: drawn }[paddingMode];
      const padding = Math.min(wanted, most);
      return { size: Math.max(drawn, extent - 2 * padding), padding, least: extent - 2 * padding };
    };
    const rows = axis(deal.height(), 0);
    const cols = axis(deal.width(), 1);
    const filters = groups * groupFilters;
    const out = (size: number, padding: number, i: 0 | 1) =>
      Math.floor((size + 2 * padding - (kernel[i] - 1) * dilation[i] - 1) / stride[i]) + 1;
    const work = (batch: number, height: number) =>
      batch *
      filters *
      groupChannels *
      kernel[0] *
      kernel[1] *
      out(height, rows.padding, 0) *
      out(cols.size, cols.padding, 1);
    let batch = deal.batch();
    let height = rows.size;
    const least = Math.max(rows.least, paddingMode === "reflect" ? rows.padding + 1 : rows.padding, 1);
    // width, filters and channels make the tails, so the height gives way
    while (height > least && work(batch, height) > WORK) --height;
    if (work(batch, height) > WORK) batch = 1;
    return {
      input: [batch, groups * groupChannels, height, cols.size],
      weight: [filters, groupChannels, ...kernel],
      bias: deal.bias(),
      stride,
      padding: [rows.padding, cols.padding],
      dilation,
      groups,
      paddingMode,
    };
  });
}
