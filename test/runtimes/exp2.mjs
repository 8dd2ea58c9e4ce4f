import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { Miniflare } from "miniflare";

const R = "/tmp/wk/";
const wasm = (p) => ({ type: "wasm", contents: new Uint8Array(readFileSync(R + p)) }),
  esm = (p) => ({ type: "esm", contents: readFileSync(R + p, "utf8") });
const full = {
  "worker.mjs": esm("static.mjs"),
  "dist/workerd/index.js": esm("dist/workerd/index.js"),
  "dist/kernels.wasm": wasm("dist/kernels.wasm"),
  "dist/kernels-relaxed.wasm": wasm("dist/kernels-relaxed.wasm"),
};
const bun = { ...full, "worker.mjs": esm(process.argv[2] ?? "static.mjs") };
if (process.argv[2]) delete bun["dist/workerd/index.js"];
const none = { "worker.mjs": { type: "esm", contents: "export default {fetch(){return new Response('ok')}}" } };
const med = (a) => a.sort((x, y) => x - y)[a.length >> 1];
async function cpu(modules) {
  const mf = new Miniflare({
    workers: [
      { config: { name: "w", compatibilityDate: "2026-01-01", manifest: { mainModule: "worker.mjs", modules } } },
    ],
  });
  const url = await mf.ready;
  await (await fetch(url)).text();
  const pid = execFileSync("pgrep", ["-P", String(process.pid), "workerd"], { encoding: "utf8" })
    .trim()
    .split("\n")
    .pop();
  let ns = 0;
  for (const t of readdirSync(`/proc/${pid}/task`))
    ns += Number(readFileSync(`/proc/${pid}/task/${t}/schedstat`, "utf8").split(" ")[0]);
  const main = Number(readFileSync(`/proc/${pid}/schedstat`, "utf8").split(" ")[0]);
  await mf.dispose();
  return [ns / 1e6, main / 1e6];
}
const a = [],
  b = [];
for (let i = 0; i < 13; i++) {
  a.push(await cpu(none));
  b.push(await cpu(bun));
  console.log(
    a.at(-1).map((x) => x.toFixed(1)),
    b.at(-1).map((x) => x.toFixed(1)),
  );
}
for (const k of [0, 1])
  console.log(
    med(b.map((x) => x[k])) - med(a.map((x) => x[k])),
    Math.min(...b.map((x) => x[k])) - Math.min(...a.map((x) => x[k])),
  );
