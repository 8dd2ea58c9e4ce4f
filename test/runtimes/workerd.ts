/** Cloudflare's workerd, run by miniflare on what wrangler bundles. */
import { execFile, execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { measure } from "./agent/rates.mjs";
import { inPackages, load, versionOf } from "./install.ts";
import { type Rates, type Report, STARTS, type Target, withoutError } from "./report.ts";

const COMPATIBILITY_DATE = "2026-01-01";

/** The part of miniflare that is called. */
interface MiniflareModule {
  readonly Miniflare: new (options: object) => { readonly ready: Promise<URL>; dispose(): Promise<void> };
}

/** As for `wrangler deploy`, up to the point where it would be sent; nothing leaves the machine. */
async function bundle(project: string, script: string): Promise<string> {
  const name = script.replace(".mjs", "");
  const folder = join(project, `${name}-bundle`);
  mkdirSync(folder);
  const args = ["deploy", `${name}.mjs`, "--dry-run", "--outdir", folder, "--name", name];
  const env = { ...process.env, CI: "true", WRANGLER_SEND_METRICS: "false", XDG_CONFIG_HOME: join(project, "config") };
  const wrangler = inPackages("wrangler/bin/wrangler.js");
  const more = ["--compatibility-date", COMPATIBILITY_DATE];
  await promisify(execFile)(process.execPath, [wrangler, ...args, ...more], { cwd: project, env, timeout: 60_000 });
  return folder;
}

/** Runs what wrangler bundled while `use` asks it. */
async function withWorker<T>(folder: string, use: (url: URL) => Promise<T>): Promise<T> {
  const { Miniflare } = await load<MiniflareModule>("miniflare");
  const files = readdirSync(folder).filter((name) => /\.(js|wasm)$/.test(name));
  const modules = Object.fromEntries(
    files.map((name) => [
      name,
      name.endsWith(".js")
        ? { type: "esm", contents: readFileSync(join(folder, name), "utf8") }
        : { type: "wasm", contents: new Uint8Array(readFileSync(join(folder, name))) },
    ]),
  );
  const mainModule = files.find((name) => name.endsWith(".js"))!;
  const config = { name: "agent", compatibilityDate: COMPATIBILITY_DATE, manifest: { mainModule, modules } };
  const worker = new Miniflare({ workers: [{ config }] });
  try {
    return await use(await worker.ready);
  } finally {
    await worker.dispose();
  }
}

async function ask<T extends object>(url: URL, path: string): Promise<T> {
  return withoutError<T>(await (await fetch(new URL(path, url))).json());
}

async function rates(url: URL): Promise<Rates> {
  const contestants = await ask<Record<keyof Rates, { flops: number }>>(url, "/flops");
  const spent = async (path: string) => {
    const begin = performance.now();
    await ask(url, path);
    return performance.now() - begin;
  };
  let asking = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 50; ++i) asking = Math.min(asking, await spent("/run/layer/0"));
  const time = async (name: string, count: number) => (await spent(`/run/${name}/${count}`)) - asking;
  // asking takes a millisecond or two, more or less
  return await measure(contestants, time, 12);
}

/** Milliseconds of a processor from the start of workerd to its first answer. */
async function startTime(folder: string): Promise<number> {
  return await withWorker(folder, async (url) => {
    await ask(url, "/");
    const children = execFileSync("ps", ["--ppid", String(process.pid), "-o", "pid=,comm="], { encoding: "utf8" });
    const process_ = children.split("\n").find((line) => line.includes("workerd"));
    if (process_ === undefined) throw new Error(`found no workerd among ${children}`);
    const tasks = `/proc/${process_.trim().split(" ")[0]}/task`;
    const spent = readdirSync(tasks).map((task) =>
      Number(readFileSync(`${tasks}/${task}/schedstat`, "utf8").split(" ")[0]),
    );
    return spent.reduce((sum, nanoseconds) => sum + nanoseconds, 0) / 1e6;
  });
}

/** What a Worker's start takes longer with the package than without, the clock inside standing still. */
async function coldStart(project: string): Promise<number> {
  const [used, empty] = [await bundle(project, "cold-worker.mjs"), await bundle(project, "empty-worker.mjs")];
  const starts: { used: number; empty: number }[] = [];
  for (let i = 0; i < STARTS; ++i) starts.push({ used: await startTime(used), empty: await startTime(empty) });
  return Math.min(...starts.map((start) => start.used)) - Math.min(...starts.map((start) => start.empty));
}

export const workerdTargets: readonly Target[] = [
  {
    name: "workerd",
    oneThread: /^this runtime starts no threads$/,
    noWorkers: /^Pool: this runtime starts no workers$/,
    version: () => versionOf("workerd"),
    async run(project): Promise<Report> {
      const report = await withWorker(await bundle(project, "worker.mjs"), async (url) => ({
        ...(await ask<Report>(url, "/smoke")),
        rates: await rates(url),
      }));
      return { ...report, coldStart: await coldStart(project) };
    },
  },
];
