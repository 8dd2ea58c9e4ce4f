import { nameText, shapeText, table } from "../format.ts";
import { median } from "../race.ts";
import { type Measurement, OURS } from "./measure.ts";

/** For people. */
export function describe(measurement: Measurement): string {
  const { model, bytes, shapes, flops, build, roofGflops, load, rounds, engines, absent } = measurement;
  const own = engines[OURS]!;
  const rows = Object.entries(engines).map(([name, { version, ms, leastMs, loads, gflops, ofRoof, difference }]) => [
    name,
    version,
    median(loads).toFixed(0),
    ms.toFixed(2),
    leastMs.toFixed(2),
    gflops.toFixed(1),
    `${(100 * ofRoof).toFixed(0)} %`,
    (ms / own.ms).toFixed(2),
    name === OURS ? "" : difference.toExponential(1),
  ]);
  const missing = Object.keys(absent).map((name) => [name, "absent", "", "", "", "", "", "", ""]);
  return [
    `${nameText(model)}: ${(bytes / 1e6).toFixed(1)} MB, ${(flops / 1e6).toFixed(0)} MFLOP, ${Object.entries(shapes)
      .map(([name, shape]) => `${nameText(name)} ${shapeText(shape)}`)
      .join(", ")}`,
    table(["engine", "version", "load, ms", "run, ms", "least", "GFLOPS", "of roof", "time by ours", "difference"], 2, [
      ...rows,
      ...missing,
    ]),
    ...Object.entries(absent).map(([name, why]) => `${name}: ${nameText(why)}`),
    `One thread each, medians of ${rounds} interleaved rounds; load: median of ${own.loads.length}. ${build} build, roof ${roofGflops.toFixed(1)} GFLOPS, load of the machine ${load.toFixed(1)}.`,
  ].join("\n");
}
