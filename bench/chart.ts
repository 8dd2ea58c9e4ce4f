import { KINDS } from "./layers.ts";
import { load } from "./peers/load.ts";
import { OURS, PEERS, type Report } from "./results.ts";

interface VegaLite {
  compile(spec: object): { spec: object };
}

interface Vega {
  parse(spec: object): object;
  View: new (runtime: object, options: object) => { toSVG(): Promise<string> };
}

/** Grey that is legible on white and on black; the chart itself has no background. */
const INK = "#7d8590";
const SERIES: Record<string, { label: string; colour: string }> = {
  [OURS]: { label: "convwasm", colour: "#e8590c" },
  "ort-web": { label: "onnxruntime-web (WASM)", colour: "#4dabf7" },
  tfjs: { label: "tfjs-backend-wasm", colour: "#20a060" },
  "ort-node": { label: "onnxruntime-node (native)", colour: "#a08fd0" },
};

/** @throws where the packages of bench/peers are not installed */
export async function loadChart(): Promise<(report: Report) => Promise<string>> {
  const vegaLite = (await load("vega-lite")) as VegaLite;
  const vega = (await load("vega")) as Vega;
  return (report) => {
    const { spec } = vegaLite.compile(chartOf(report));
    return new vega.View(vega.parse(spec), { renderer: "none" }).toSVG();
  };
}

/** Bars of effective GFLOPS, geometric means by kind of layer and engine, as Vega-Lite describes them. */
function chartOf({ engines, summary, build, machine }: Report): object {
  const series = [OURS, ...PEERS].filter((engine) => engine in engines).map((engine) => SERIES[engine]!);
  const order = series.map(({ label }) => label);
  const kinds = KINDS.filter((kind) => kind in summary.kinds);
  const values = kinds.flatMap((kind) =>
    Object.entries(summary.kinds[kind]!.gflops).map(([engine, gflops]) => ({
      kind,
      engine: SERIES[engine]!.label,
      gflops,
    })),
  );
  const label = { baseline: "bottom", dy: -2, fontSize: 9 };
  return {
    width: 90 * kinds.length,
    height: 260,
    background: null,
    title: {
      text: "Convolution on one thread, effective GFLOPS (higher is better)",
      subtitle: [
        `Geometric means over ${summary.all.layers} layers; the dashed line is our micro-kernel alone`,
        `${build} build, Node ${machine.node}, ${machine.cpu}`,
      ],
      anchor: "start",
    },
    layer: [
      {
        data: { values: [{ roof: summary.roofGflops }] },
        mark: { type: "rule", strokeDash: [5, 4], color: INK },
        encoding: { y: { field: "roof", type: "quantitative" } },
      },
      {
        data: { values },
        encoding: {
          x: { field: "kind", type: "nominal", sort: kinds, axis: { labelAngle: 0 } },
          xOffset: { field: "engine", type: "nominal", sort: order },
          y: { field: "gflops", type: "quantitative" },
        },
        layer: [
          {
            mark: { type: "bar", cornerRadiusEnd: 1 },
            encoding: {
              color: {
                field: "engine",
                type: "nominal",
                scale: { domain: order, range: series.map(({ colour }) => colour) },
              },
            },
          },
          { mark: { type: "text", ...label }, encoding: { text: { field: "gflops", format: ".0f" } } },
        ],
      },
    ],
    config: {
      font: "system-ui, sans-serif",
      view: { stroke: null },
      title: { color: INK, subtitleColor: INK, fontSize: 14, offset: 14 },
      text: { color: INK },
      axis: { labelColor: INK, title: null, domainColor: INK, tickColor: INK, labelFontSize: 11 },
      axisY: { gridColor: INK, gridOpacity: 0.25, domain: false, ticks: false },
      legend: { title: null, labelColor: INK, labelFontSize: 12, orient: "top", labelLimit: 0, columnPadding: 18 },
    },
  };
}
