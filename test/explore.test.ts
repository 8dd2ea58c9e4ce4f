import { test } from "vitest";
import { TRANSLATORS } from "../src/onnx/operators/index.ts";
import { backendTests, readTensors, runningInputs, withFloatsOnly } from "./support/onnx-backend.ts";
import { expectClose, runOnnx } from "./support/onnx-runs.ts";
test("explore", () => {
  let ok = 0; const fails: string[] = []; let skipped = 0;
  for (const folder of ["node", "pytorch-operator", "pytorch-converted", "simple"]) for (const t of backendTests(folder)) {
    if (!t.proto.graph!.node.every((n) => TRANSLATORS.has(n.opType) && n.domain === "")) { skipped++; continue; }
    try {
      const running = runningInputs(t.proto);
      const ins = readTensors(t.inputs);
      const inputs = Object.fromEntries(t.proto.graph!.input.flatMap(({name}, i) => running.includes(name) && ins[i] ? [[name, ins[i] as {data: Float32Array, shape: readonly number[]}]] : []));
      const out = runOnnx(withFloatsOnly(t, running), inputs);
      const exp = readTensors(t.outputs);
      for (const [i, [n, v]] of [...out].entries()) expectClose(n, v, exp[i]!);
      ok++;
    } catch (e) { fails.push(`${t.name} @${t.proto.opsetImport[0]?.version}: ${(e as Error).message.slice(0, 220).replaceAll("\n"," ")}`); }
  }
  console.log(ok, fails.length, skipped); for (const f of fails) console.log(f);
});
