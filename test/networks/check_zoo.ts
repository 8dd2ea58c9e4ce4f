/**
 * Compares networks that export_zoo.py wrote with PyTorch's results, and prints how long loading, compiling and running
 * take. Fails where a network is not loaded, or an output differs by more than 1e-4 of the largest.
 *
 *     npx node test/networks/check_zoo.ts DIRECTORY [PART OF A NAME]
 */
import { readdirSync, readFileSync } from "node:fs";
import { newTable } from "../../bench/table.ts";
import { compile, Tensor } from "../../src/index.ts";
import { loadOnnx } from "../../src/onnx/index.ts";

const [directory, part = ""] = process.argv.slice(2);
if (directory === undefined) throw new Error("needs the directory that export_zoo.py wrote to");

const floats = (path: string) => new Float32Array(new Uint8Array(readFileSync(path)).buffer);

const table = newTable(["network", "MB", "load, ms", "compile, ms", "run, ms", "largest error"], 1);
for (const file of readdirSync(directory).filter((name) => name.endsWith(".onnx") && name.includes(part))) {
  const name = `${directory}/${file.replace(/(-dynamic|-unfused)?-opset\d+\.onnx$/, "")}`;
  const { input: shape } = JSON.parse(readFileSync(`${name}.json`, "utf8")) as { input: number[] };
  const input = new Tensor(floats(`${name}.input.bin`), shape);
  const expected = floats(`${name}.output.bin`);
  const bytes = readFileSync(`${directory}/${file}`);
  const times = [performance.now()];
  const lap = () => times.push(performance.now());
  const graph = loadOnnx(bytes);
  lap();
  using session = compile(graph, shape);
  lap();
  session.run(input);
  lap();
  const { data } = session.run(input);
  lap();
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const error = expected.reduce((most, value, i) => Math.max(most, Math.abs(value - data[i]!)), 0) / largest;
  // a NaN is no small error
  if (!(error <= 1e-4)) process.exitCode = 1;
  const [load, compiling, , run] = times.slice(1).map((time, i) => (time - times[i]!).toFixed(0));
  table.push([file, (bytes.length / 1e6).toFixed(1), load!, compiling!, run!, error.toExponential(1)]);
}
console.log(table.toString());
