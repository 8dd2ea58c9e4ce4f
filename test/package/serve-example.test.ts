/** examples/serve: the commands of its Dockerfile in an empty folder, with the arguments and addresses of its manifests. */
import { spawn, spawnSync } from "node:child_process";
import { copyFileSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { ROOT } from "../support/node.ts";
import { pack } from "./tarball.ts";

const example = join(ROOT, "examples/serve");
const dockerfile = readFileSync(join(example, "Dockerfile"), "utf8");
const command = (instruction: string): string[] =>
  JSON.parse(new RegExp(`^${instruction} (\\[.*\\])$`, "m").exec(dockerfile)![1]!);
const folder = mkdtempSync(join(tmpdir(), "convwasm-container-"));
const app = join(folder, "app");
const models = join(folder, "models");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

beforeAll(() => {
  mkdirSync(app);
  mkdirSync(models);
  copyFileSync(join(ROOT, "test/golden/from-pytorch/model.onnx"), join(models, "model.onnx"));
  const manifest = JSON.parse(readFileSync(join(example, "package.json"), "utf8"));
  const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  expect(manifest.dependencies.convwasm).toBe(`^${version}`);
  // the package as it is here
  manifest.dependencies.convwasm = `file:${pack(folder)}`;
  writeFileSync(join(app, "package.json"), JSON.stringify(manifest));
  for (const [, run] of dockerfile.matchAll(/^RUN (.*)$/gm)) {
    const { status, stderr } = spawnSync(`${run} --prefer-offline`, { cwd: app, shell: true, encoding: "utf8" });
    expect([status, stderr]).toEqual([0, expect.anything()]);
  }
}, 180_000);

interface Container {
  readonly args: readonly string[];
  readonly paths: readonly string[];
}

/** What manifests tell a container to do. */
function containersOf(file: string): readonly Container[] {
  const found: Container[] = [];
  const visit = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    const { args, image, ...probes } = value as Record<string, unknown>;
    if (image !== undefined) {
      const paths = Object.values(probes).flatMap((probe) => {
        const { httpGet } = (probe ?? {}) as { readonly httpGet?: { readonly path: string } };
        return httpGet === undefined ? [] : [httpGet.path];
      });
      found.push({ args: args as string[], paths });
    }
    for (const each of Object.values(value)) visit(each);
  };
  for (const document of parseAllDocuments(readFileSync(file, "utf8"))) {
    expect(document.errors).toEqual([]);
    visit(document.toJS());
  }
  return found;
}

const manifests = globSync("*.yaml", { cwd: example }).map(
  (file) => [file, containersOf(join(example, file))] as const,
);
const told = [["the Dockerfile", [{ args: command("CMD"), paths: ["/v2/health/ready"] }]], ...manifests] as const;

it.each(told)(
  "%s starts a server that its probes find ready, and that ends when it is told to",
  async (_, containers) => {
    expect(containers).toHaveLength(1);
    const [{ args, paths }] = containers as readonly [Container];
    expect(args).toContain("0.0.0.0");
    const [node, ...entry] = command("ENTRYPOINT");
    expect(node).toBe("node");
    const own = args.map((each, at) => {
      if (at === 0) return models;
      return args[at - 1] === "--port" ? "0" : each === "0.0.0.0" ? "127.0.0.1" : each;
    });
    const child = spawn(process.execPath, [...entry, ...own], { cwd: app, stdio: ["ignore", "pipe", "inherit"] });
    const exit = new Promise((resolve) => child.on("exit", resolve));
    const statuses: number[] = [];
    let url = "";
    for await (const line of createInterface(child.stdout)) {
      const { msg } = JSON.parse(line) as { readonly msg: string };
      url = /listening at (\S+)/.exec(msg)?.[1] ?? url;
      if (msg !== "loaded") continue;
      // the log is a moment ahead
      while ((await fetch(`${url}/v2/health/ready`)).status !== 200);
      for (const path of paths) statuses.push((await fetch(url + path)).status);
      child.kill("SIGTERM");
    }
    expect([await exit, new Set(statuses)]).toEqual([0, new Set([200])]);
  },
);
