import type { FamilyReport } from "./family.ts";
import type { FreshTimes } from "./first-call.ts";
import { geometricMean, median, type Timing } from "./harness.ts";
import { KINDS, type Kind, type Layer } from "./layers.ts";
import type { MatrixProduct } from "./matrix-product.ts";

export const OURS = "convwasm";
export const WASM_PEERS = ["ort-web", "tfjs"] as const;
export const NATIVE_PEER = "ort-node";
/** In the order of the tables. */
export const PEERS = [...WASM_PEERS, NATIVE_PEER] as const;

export type Peer = (typeof PEERS)[number];

/** One engine on one layer. */
export interface EngineResult extends Timing {
  /** by the FLOPs of the plain sum */
  readonly gflops: number;
  /** 1 is the rate of our micro-kernel alone, measured in the same rounds */
  readonly ofRoof: number;
}

export interface LayerResult extends Layer {
  readonly algorithm: string;
  readonly reason: string;
  readonly workspaceBytes: number;
  readonly roofGflops: number;
  /** by engine; engines without such a layer, or with a wrong result, are absent */
  readonly engines: Readonly<Record<string, EngineResult>>;
  /** their time by ours: above 1 we are faster; absent if they have no such layer */
  readonly ratios: { readonly wasm?: number; readonly native?: number };
}

export interface Report {
  readonly date: string;
  readonly machine: {
    readonly cpu: string;
    readonly cores: number;
    readonly platform: string;
    readonly node: string;
    readonly v8: string;
    /** processes waiting for a core before the run: above 0 the machine was shared */
    readonly load: number;
  };
  readonly build: string;
  readonly algorithm: string;
  readonly rounds: number;
  /** version by engine */
  readonly engines: Readonly<Record<string, string>>;
  readonly matrixProduct: MatrixProduct;
  readonly layers: readonly LayerResult[];
  readonly summary: Summary;
  /** transposed convolutions and gradients */
  readonly family?: FamilyReport;
  readonly fresh?: FreshTimes;
}

/** Geometric means over a set of layers. */
export interface Means {
  readonly layers: number;
  readonly ofRoof: number;
  readonly gflops: Readonly<Record<string, number>>;
  readonly wasm?: Ratio;
  readonly native?: Ratio;
}

export interface Ratio {
  readonly mean: number;
  readonly smallest: number;
  readonly smallestLayer: string;
}

export interface Summary {
  readonly roofGflops: number;
  readonly all: Means;
  readonly kinds: Readonly<Partial<Record<Kind, Means>>>;
  /** layers best computed by a matrix product, which also matter most */
  readonly subsets: Readonly<Record<string, Means>>;
  readonly workspaceBytes: { readonly largest: number; readonly layer: string };
}

export function engineResult(flops: number, timing: Timing, roofGflops: number): EngineResult {
  const gflops = flops / timing.ms / 1e6;
  return { gflops, ofRoof: gflops / roofGflops, ...timing };
}

export function layerResult(
  layer: Layer,
  ours: { readonly algorithm: string; readonly reason: string; readonly workspaceBytes: number },
  roofGflops: number,
  timings: Readonly<Record<string, Timing>>,
): LayerResult {
  const engines = Object.fromEntries(
    Object.entries(timings).map(([name, timing]) => [name, engineResult(layer.flops, timing, roofGflops)]),
  );
  const own = engines[OURS]!.ms;
  const wasm = WASM_PEERS.flatMap((peer) => engines[peer]?.ms ?? []);
  const native = engines[NATIVE_PEER]?.ms;
  const ratios = {
    ...(wasm.length > 0 && { wasm: Math.min(...wasm) / own }),
    ...(native !== undefined && { native: native / own }),
  };
  const { algorithm, reason, workspaceBytes } = ours;
  return { ...layer, algorithm, reason, workspaceBytes, roofGflops, engines, ratios };
}

const smallestSide = ({ shape }: LayerResult) => Math.min(shape.height, shape.width);

const SUBSETS: Record<string, (layer: LayerResult) => boolean> = {
  "3x3, 64 channels and 28x28 up": (layer) =>
    layer.kind === "3x3" && layer.shape.channels >= 64 && smallestSide(layer) >= 28,
  "1x1, 256 channels and 14x14 up": (layer) =>
    layer.kind === "1x1" && layer.shape.channels >= 256 && smallestSide(layer) >= 14,
};

export function summarise(layers: readonly LayerResult[]): Summary {
  const group = <Name extends string>(names: readonly Name[], belongs: (layer: LayerResult, name: Name) => boolean) =>
    Object.fromEntries(
      names.flatMap((name) => {
        const members = layers.filter((layer) => belongs(layer, name));
        return members.length > 0 ? [[name, means(members)]] : [];
      }),
    ) as Partial<Record<Name, Means>>;
  const largest = layers.reduce((a, b) => (b.workspaceBytes > a.workspaceBytes ? b : a));
  return {
    roofGflops: median(layers.map((layer) => layer.roofGflops)),
    all: means(layers),
    kinds: group(KINDS, (layer, kind) => layer.kind === kind),
    subsets: group(Object.keys(SUBSETS), (layer, name) => SUBSETS[name]!(layer)) as Record<string, Means>,
    workspaceBytes: { largest: largest.workspaceBytes, layer: largest.name },
  };
}

function means(layers: readonly LayerResult[]): Means {
  const gflops = Object.fromEntries(
    [OURS, ...PEERS].flatMap((engine) => {
      const values = layers.flatMap((layer) => layer.engines[engine]?.gflops ?? []);
      return values.length > 0 ? [[engine, geometricMean(values)]] : [];
    }),
  );
  const wasm = ratio(layers, "wasm");
  const native = ratio(layers, "native");
  return {
    layers: layers.length,
    ofRoof: geometricMean(layers.map((layer) => layer.engines[OURS]!.ofRoof)),
    gflops,
    ...(wasm && { wasm }),
    ...(native && { native }),
  };
}

function ratio(layers: readonly LayerResult[], name: "wasm" | "native"): Ratio | undefined {
  const compared = layers.flatMap((layer) => {
    const value = layer.ratios[name];
    return value === undefined ? [] : [{ value, layer: layer.name }];
  });
  if (compared.length === 0) return undefined;
  const smallest = compared.reduce((a, b) => (b.value < a.value ? b : a));
  return {
    mean: geometricMean(compared.map(({ value }) => value)),
    smallest: smallest.value,
    smallestLayer: smallest.layer,
  };
}
