import { describeFamily } from "./family.ts";
import { describeFresh } from "./first-call.ts";
import { describeShape } from "./layers.ts";
import { type LayerResult, type Means, OURS, PEERS, type Ratio, type Report } from "./results.ts";
import { milliseconds, newTable, percent } from "./table.ts";

const times = (value: number | undefined) => (value === undefined ? "-" : value.toFixed(2));

/** What `npm run bench` prints. */
export function describeReport(report: Report): string {
  const { machine, engines, layers, summary, family, fresh } = report;
  const smallest = (name: string, ratio: Ratio | undefined) =>
    ratio ? [`smallest ratio to ${name}: ${times(ratio.smallest)} (${ratio.smallestLayer})`] : [];
  const gemm = summary.subsets["1x1, 256 channels and 14x14 up"];
  return [
    `${machine.cpu}, ${machine.platform}, Node ${machine.node} (V8 ${machine.v8}), one thread, load ${machine.load.toFixed(1)} before the run`,
    Object.entries(engines)
      .map(([name, version]) => `${name} ${version}`)
      .join(", "),
    layerTable(layers, Object.keys(engines)),
    summaryTable(report),
    `roof: ${summary.roofGflops.toFixed(1)} GFLOPS (${report.matrixProduct.microkernel} alone, ${report.build} build, median over the layers)`,
    ...(gemm ? [`1x1 with 256 channels and 14x14 up: ${percent(gemm.ofRoof)} of the roof`] : []),
    ...smallest("the faster WASM peer", summary.all.wasm),
    ...smallest("ort-node", summary.all.native),
    `largest workspace: ${(summary.workspaceBytes.largest / 1024).toFixed(0)} KB (${summary.workspaceBytes.layer})`,
    ...(family ? [describeFamily(family)] : []),
    ...(fresh ? [describeFresh(fresh)] : []),
  ].join("\n");
}

function layerTable(layers: readonly LayerResult[], engines: readonly string[]): string {
  const ratios = engines.length > 1;
  const table = newTable(
    [
      "layer",
      "shape",
      "algorithm",
      "MFLOP",
      ...engines.map((engine) => `${engine}\nms, GFLOPS${engine === OURS ? ", of roof" : ""}`),
      ...(ratios ? ["vs\nwasm", "vs\nnative"] : []),
    ],
    3,
  );
  for (const layer of layers) {
    const others = layer.networks.length - 1;
    table.push([
      layer.name + (others > 0 ? ` +${others}` : ""),
      describeShape(layer.shape),
      layer.algorithm,
      (layer.flops / 1e6).toFixed(layer.flops < 1e7 ? 2 : 0),
      ...engines.map((engine) => {
        const result = layer.engines[engine];
        if (result === undefined) return "-";
        const { ms, gflops, ofRoof } = result;
        const share = engine === OURS ? ` ${percent(ofRoof).padStart(5)}` : "";
        return `${milliseconds(ms)} ${gflops.toFixed(1).padStart(6)}${share}`;
      }),
      ...(ratios ? [times(layer.ratios.wasm), times(layer.ratios.native)] : []),
    ]);
  }
  return table.toString();
}

function summaryTable({ engines, summary }: Report): string {
  const peers = PEERS.filter((peer) => peer in engines);
  const comparisons = (means: Means) =>
    peers.length === 0
      ? []
      : [means.wasm, means.native].flatMap((ratio) => [times(ratio?.mean), times(ratio?.smallest)]);
  const table = newTable(
    [
      "geometric means",
      "layers",
      ...[OURS, ...peers].map((engine) => `${engine}\nGFLOPS`),
      "of roof",
      ...(peers.length > 0 ? ["vs\nwasm", "least", "vs\nnative", "least"] : []),
    ],
    1,
  );
  for (const [name, means] of [
    ["all", summary.all] as const,
    ...Object.entries(summary.kinds),
    ...Object.entries(summary.subsets),
  ]) {
    table.push([
      name,
      means.layers,
      ...[OURS, ...peers].map((engine) => means.gflops[engine]?.toFixed(1) ?? "-"),
      percent(means.ofRoof),
      ...comparisons(means),
    ]);
  }
  return table.toString();
}
