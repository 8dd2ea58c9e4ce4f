import { KINDS } from "./layers.ts";
import { load } from "./peers/load.ts";
import { OURS, PEERS, type Report } from "./results.ts";

interface VegaLite {
  compile(spec: object): { spec: object };
}

interface Vega {
  parse(spec: object): object;
  View: new (runtime: object, options: object) => { toSVG(): Promise<string> };
  readonly textMetrics: { width(item: { readonly fontSize: number }, text: string): number };
}

/** As legible on white as on GitHub's dark background; the chart itself has none. */
const INK = "#757b85";
/** Width of a character, relative to the height of its font. */
const CHARACTER_WIDTH = 0.58;
/** A width that a README shows without shrinking, with room for the legend in one row. */
const WIDTH = 820;
const SERIES: Record<string, { label: string; colour: string }> = {
  [OURS]: { label: "convwasm", colour: "#e8590c" },
  "ort-web": { label: "onnxruntime-web (WASM)", colour: "#4dabf7" },
  tfjs: { label: "tfjs-backend-wasm", colour: "#20a060" },
  "ort-node": { label: "onnxruntime-node (native)", colour: "#a08fd0" },
};

/** @throws if the packages of bench/peers are not installed */
export async function loadChart(): Promise<(report: Report) => Promise<string>> {
  const vegaLite = (await load("vega-lite")) as VegaLite;
  const vega = (await load("vega")) as Vega;
  // Vega measures text on a canvas; without one it assumes far wider text, which tears the legend apart
  vega.textMetrics.width = ({ fontSize }, text) => CHARACTER_WIDTH * fontSize * text.length;
  return (report) => {
    const { spec } = vegaLite.compile(chartOf(report));
    return new vega.View(vega.parse(spec), { renderer: "none" }).toSVG();
  };
}

/** Bars of geometric means by kind of layer and engine, as Vega-Lite describes them. */
function chartOf({ engines, summary, build, machine }: Report): object {
  const present = [OURS, ...PEERS].filter((engine) => engine in engines);
  const series = present.map((engine) => SERIES[engine]!);
  const order = series.map(({ label }) => label);
  const kinds = KINDS.filter((kind) => kind in summary.kinds);
  const values = kinds.flatMap((kind) =>
    present.map((engine) => {
      const gflops = summary.kinds[kind]!.gflops[engine];
      return { kind, engine: SERIES[engine]!.label, gflops: gflops ?? 0, text: labelOf(gflops) };
    }),
  );
  const cpu = machine.cpu.replaceAll(/\((R|TM)\)/g, "");
  return {
    width: WIDTH,
    height: 240,
    background: null,
    data: { values },
    title: {
      text: "Effective GFLOPS by kind of layer, one thread",
      subtitle: `geometric means over ${summary.all.layers} layers, ${build} build, Node ${machine.node}, ${cpu}`,
      anchor: "start",
    },
    encoding: {
      x: { field: "kind", type: "nominal", sort: kinds, axis: { labelAngle: 0 } },
      xOffset: { field: "engine", type: "nominal", sort: order },
      y: { field: "gflops", type: "quantitative", axis: { tickCount: 6 } },
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
      { mark: { type: "text", baseline: "bottom", dy: -2, fontSize: 10 }, encoding: { text: { field: "text" } } },
    ],
    config: {
      font: "system-ui, sans-serif",
      view: { stroke: null },
      title: { color: INK, subtitleColor: INK, fontSize: 15, subtitleFontSize: 11, subtitlePadding: 5, offset: 12 },
      text: { color: INK },
      axis: { labelColor: INK, title: null, domainColor: INK, labelFontSize: 12, ticks: false, labelPadding: 6 },
      axisY: { gridColor: INK, gridOpacity: 0.2, domain: false },
      legend: { title: null, labelColor: INK, labelFontSize: 12, orient: "top", labelLimit: 0, columnPadding: 20 },
    },
  };
}

/** A dash if the engine has no such layers. */
function labelOf(gflops: number | undefined): string {
  if (gflops === undefined) return "\u2013";
  return gflops.toFixed(gflops < 9.95 ? 1 : 0);
}
