/** The command `serve`, in a process of its own, over HTTP. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { fromPixels, normalize } from "../../src/image/index.ts";
import { ROOT } from "../support/node.ts";
import { encodeModel, type TestModel } from "../support/onnx.ts";
import { png } from "./pictures.ts";

const folder = mkdtempSync(join(tmpdir(), "convwasm-serve-"));
const main = join(ROOT, "src/cli/main.ts");

/** y = x + w */
const adding = (value: number): TestModel => ({
  inputs: [{ name: "x", shape: ["N", 3] }],
  nodes: [{ op: "Add", inputs: ["x", "w"] }],
  constants: { w: { dims: [3], values: [value, value, value] } },
});
/** The sum over the batch: what one request gets depends on the others. */
const summing: TestModel = {
  inputs: [{ name: "x", shape: ["N", 2] }],
  nodes: [{ op: "ReduceSum", inputs: ["x"], attributes: { axes: { ints: [0] }, keepdims: { int: 1 } } }],
  opset: 11,
};
const seeing: TestModel = {
  inputs: [{ name: "x", shape: ["N", 3, 2, 2] }],
  nodes: [{ op: "Identity", inputs: ["x"] }],
};
const PREPARED = { mean: [0.5, 0.25, 0], std: [0.5, 0.5, 1], resize: 2, size: 2 };

const put = (name: string, content: Uint8Array | string) => {
  // at once, as whoever replaces a file that others read should
  writeFileSync(join(folder, ".new"), content);
  renameSync(join(folder, ".new"), join(folder, name));
};

interface Running {
  readonly url: string;
  readonly child: ChildProcess;
  readonly log: Record<string, unknown>[];
  readonly exit: Promise<number | null>;
}

/** Waits until something has a value. */
const seen = (what: () => unknown, value: unknown) =>
  vi.waitFor(async () => expect(await what()).toBe(value), { timeout: 60_000, interval: 20 });

async function start(...args: string[]): Promise<Running> {
  const child = spawn(process.execPath, [main, "serve", ...args, "--port", "0"], { stdio: ["ignore", "pipe", "pipe"] });
  const exit = new Promise<number | null>((resolve) => child.on("exit", resolve));
  const log: Record<string, unknown>[] = [];
  let complaints = "";
  child.stderr.on("data", (data) => {
    complaints += data;
  });
  const url = await new Promise<string>((resolve, reject) => {
    void exit.then(() => reject(new Error(`it ended: ${complaints}`)));
    createInterface(child.stdout).on("line", (line) => {
      const entry = JSON.parse(line);
      log.push(entry);
      const [, address] = /listening at (\S+)/.exec(entry.msg) ?? [];
      if (address !== undefined) resolve(address);
    });
  });
  await seen(async () => (await fetch(`${url}/v2/health/ready`)).status, 200);
  return { url, child, log, exit };
}

async function stop({ child, exit }: Running): Promise<number | null> {
  child.kill("SIGTERM");
  return await exit;
}

let server: Running;
beforeAll(async () => {
  put("add.onnx", encodeModel(adding(1)));
  put("sum.onnx", encodeModel(summing));
  put("see.onnx", encodeModel(seeing));
  put("see.json", JSON.stringify(PREPARED));
  for (const version of ["1", "2", "10"]) {
    mkdirSync(join(folder, "many", version), { recursive: true });
    put(`many/${version}/model.onnx`, encodeModel(adding(Number(version))));
  }
  put("broken.onnx", "this is no model");
  server = await start(folder, "--workers", "1", "--poll", "50", "--body", "1", "--delay", "5");
}, 120_000);
afterAll(async () => {
  expect(await stop(server)).toBe(0);
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

const get = async (path: string) => {
  const response = await fetch(server.url + path);
  return { status: response.status, body: await response.json() };
};
const post = async (path: string, body: unknown, headers: Record<string, string> = {}) => {
  const response = await fetch(server.url + path, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" || body instanceof Uint8Array ? (body as BodyInit) : JSON.stringify(body),
  });
  return { status: response.status, headers: response.headers, bytes: new Uint8Array(await response.arrayBuffer()) };
};
const infer = async (model: string, body: unknown, headers?: Record<string, string>) => {
  const { bytes, ...rest } = await post(`/v2/models/${model}/infer`, body, headers);
  return { ...rest, json: JSON.parse(new TextDecoder().decode(bytes)) };
};
const vector = (data: readonly number[], shape = [data.length / 3, 3]) => ({
  inputs: [{ name: "x", shape, datatype: "FP32", data }],
});

describe("the Open Inference Protocol", () => {
  it("tells of the server and its models", async () => {
    expect(await get("/v2/health/live")).toEqual({ status: 200, body: { live: true } });
    const { body } = await get("/v2");
    expect(body).toEqual({ name: "convwasm", version: expect.any(String), extensions: ["binary_tensor_data"] });
    expect(await get("/v2/models/add")).toEqual({
      status: 200,
      body: {
        name: "add",
        versions: ["1"],
        platform: "onnx_convwasm",
        inputs: [{ name: "x", datatype: "FP32", shape: [-1, 3] }],
        outputs: [{ name: "y", datatype: "FP32", shape: [-1, 3] }],
      },
    });
    expect((await get("/v2/models/add/ready")).status).toBe(200);
  });

  it("computes, and gives id and names back", async () => {
    const { status, json } = await infer("add", { id: "42", ...vector([1, 2, 3, 4, 5, 6]) });
    expect([status, json]).toEqual([
      200,
      {
        model_name: "add",
        model_version: "1",
        id: "42",
        outputs: [{ name: "y", datatype: "FP32", shape: [2, 3], data: [2, 3, 4, 5, 6, 7] }],
      },
    ]);
    const nested = { inputs: [{ name: "x", shape: [1, 3], datatype: "FP32", data: [[1, 2, 3]] }] };
    expect((await infer("add", nested)).json.outputs[0].data).toEqual([2, 3, 4]);
  });

  it("takes the highest version, or the one that is asked for", async () => {
    expect((await get("/v2/models/many")).body.versions).toEqual(["1", "2", "10"]);
    expect((await infer("many", vector([0, 0, 0]))).json.outputs[0].data).toEqual([10, 10, 10]);
    expect((await infer("many/versions/2", vector([0, 0, 0]))).json).toMatchObject({ model_version: "2" });
    expect((await get("/v2/models/many/versions/3")).status).toBe(404);
  });

  it("takes and gives binary tensors", async () => {
    const head = JSON.stringify({
      inputs: [{ name: "x", shape: [1, 3], datatype: "FP32", parameters: { binary_data_size: 12 } }],
      outputs: [{ name: "y", parameters: { binary_data: true } }],
    });
    const body = Buffer.concat([Buffer.from(head), new Uint8Array(Float32Array.of(1, 2, 3).buffer)]);
    const { headers, bytes } = await post("/v2/models/add/infer", body, {
      "content-type": "application/octet-stream",
      "inference-header-content-length": String(head.length),
    });
    const length = Number(headers.get("inference-header-content-length"));
    const answer = JSON.parse(new TextDecoder().decode(bytes.subarray(0, length)));
    expect(answer.outputs).toEqual([
      { name: "y", datatype: "FP32", shape: [1, 3], parameters: { binary_data_size: 12 } },
    ]);
    expect([...new Float32Array(bytes.slice(length).buffer)]).toEqual([2, 3, 4]);
  });

  it("prepares pictures as the model's file says", async () => {
    const picture = { width: 2, height: 2, data: Uint8Array.from({ length: 12 }, (_, at) => 20 * at) };
    const rows = [0, 1].flatMap((y) => [0, ...picture.data.subarray(6 * y, 6 * y + 6)]);
    const file = Buffer.from(png(picture, Uint8Array.from(rows))).toString("base64");
    const { json } = await infer("see", { inputs: [{ name: "x", shape: [2], datatype: "BYTES", data: [file, file] }] });
    const one = [...normalize(fromPixels(picture), PREPARED.mean, PREPARED.std).data];
    expect(json.outputs[0].shape).toEqual([2, 3, 2, 2]);
    expect(json.outputs[0].data.map(Math.fround)).toEqual([...one, ...one]);
    const broken = await infer("see", { inputs: [{ name: "x", shape: [1], datatype: "BYTES", data: ["AAAA"] }] });
    expect([broken.status, broken.json.error]).toEqual([400, expect.stringContaining("picture 0 of x")]);
  });

  it("keeps what computes over the batch apart, and puts the rest together", async () => {
    const twelve = Array.from({ length: 12 }, (_, at) => at);
    const sums = await Promise.all(
      twelve.map((at) => infer("sum", { inputs: [{ name: "x", shape: [1, 2], datatype: "FP32", data: [at, 1] }] })),
    );
    expect(sums.map(({ json }) => json.outputs[0].data)).toEqual(twelve.map((at) => [at, 1]));
    const added = await Promise.all(twelve.map((at) => infer("add", vector([at, at, at]))));
    expect(added.map(({ json }) => json.outputs[0].data[0])).toEqual(twelve.map((at) => at + 1));
    const text = await (await fetch(`${server.url}/metrics`)).text();
    const count = (name: string) => Number(new RegExp(`^${name}\\{.*model="add".*\\} (\\d+)`, "m").exec(text)?.[1]);
    const [batches, entries] = [count("convwasm_batch_entries_count"), count("convwasm_batch_entries_sum")];
    expect(entries).toBeGreaterThan(batches);
  });
});

describe("what cannot be answered", () => {
  const deep = `{"inputs":[{"name":"x","shape":[1,3],"datatype":"FP32","data":${"[".repeat(1e5)}${"]".repeat(1e5)}}]}`;
  it.each([
    ["no JSON", "{", 400],
    ["nothing", "", 400],
    ["other JSON", "[]", 400],
    ["deep JSON", deep, 400],
    ["no inputs", {}, 400],
    ["an input that is missing", { inputs: [] }, 400],
    ["an input that is unknown", { inputs: [{ name: "__proto__", shape: [1], datatype: "FP32", data: [1] }] }, 400],
    ["another datatype", { inputs: [{ name: "x", shape: [1, 3], datatype: "INT64", data: [1, 2, 3] }] }, 400],
    ["another shape", vector([1, 2], [1, 2]), 400],
    ["too few elements", vector([1, 2], [1, 3]), 400],
    ["a huge shape", vector([1, 2, 3], [2 ** 40, 3]), 400],
    ["elements of another kind", { inputs: [{ name: "x", shape: [1, 3], datatype: "FP32", data: [1, "2", 3] }] }, 400],
    [
      "pictures where there is no preprocessing",
      { inputs: [{ name: "x", shape: [1], datatype: "BYTES", data: ["AA=="] }] },
      400,
    ],
    ["an output that is unknown", { ...vector([1, 2, 3]), outputs: [{ name: "z" }] }, 400],
    ["bytes that no input declares", vector([1, 2, 3]), 400, { "inference-header-content-length": "5" }],
    ["a length beyond the body", vector([1, 2, 3]), 400, { "inference-header-content-length": "99999" }],
    ["too many bytes", "x".repeat(2 ** 20 + 1), 413],
  ] as const)("is refused: %s", async (_, body, status, headers?: Record<string, string>) => {
    const answer = await infer("add", body, headers ?? {});
    expect([answer.status, typeof answer.json.error]).toEqual([status, "string"]);
    expect((await infer("add", vector([1, 2, 3]))).status).toBe(200);
  });

  it("is refused where a name leads out of the folder, and for a file that is no model", async () => {
    for (const name of [
      "..%2f..%2fetc%2fpasswd",
      "add.onnx",
      "..%5c..",
      "broken",
      "constructor",
      "many/versions/..%2f1",
    ]) {
      expect((await get(`/v2/models/${name}`)).status, name).toBe(404);
    }
    expect(server.log.find(({ model }) => model === "broken")).toMatchObject({ msg: "cannot be loaded" });
  });

  it("does not keep others from being answered: a request that stops in its middle", async () => {
    const { hostname, port } = new URL(server.url);
    const socket = connect(Number(port), hostname);
    socket.write("POST /v2/models/add/infer HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\n{");
    expect((await infer("add", vector([1, 2, 3]))).status).toBe(200);
    socket.destroy();
    expect((await infer("add", vector([1, 2, 3]))).status).toBe(200);
  });
});

it("gives requests an id, or keeps theirs, and logs it", async () => {
  const { headers } = await infer("add", vector([1, 2, 3]), { "x-request-id": "mine" });
  expect(headers.get("x-request-id")).toBe("mine");
  const other = await infer("add", vector([1, 2, 3]), { "x-request-id": "not an id" });
  expect(other.headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
  await seen(() => server.log.some(({ reqId }) => reqId === "mine"), true);
});

it("loads a file again when it has changed, without losing a request", async () => {
  put("again.onnx", encodeModel(adding(100)));
  await seen(async () => (await get("/v2/models/again")).status, 200);
  const results: number[] = [];
  let statuses = 0;
  const until = async (value: number) => {
    for (let i = 0; i < 1000 && results.at(-1) !== value; ++i) {
      const { status, json } = await infer("again", vector([0, 0, 0]));
      statuses = Math.max(statuses, status);
      results.push(json.outputs[0].data[0]);
    }
  };
  put("again.onnx", encodeModel(adding(200)));
  await Promise.all([until(200), until(200), until(200)]);
  put("again.onnx", "damaged");
  await seen(() => server.log.some(({ model, msg }) => model === "again" && msg === "cannot be loaded"), true);
  await until(200);
  expect([statuses, new Set(results)]).toEqual([200, new Set([100, 200].filter((value) => results.includes(value)))]);
  expect(results.at(-1)).toBe(200);
  rmSync(join(folder, "again.onnx"));
  await seen(async () => (await get("/v2/models/again")).status, 404);
});

it.skipIf(!existsSync("/usr/bin/promtool"))("has metrics of which promtool has no complaint", async () => {
  const input = await (await fetch(`${server.url}/metrics`)).text();
  expect(input).toContain('convwasm_http_requests_total{route="/v2/models/:name/infer",method="POST",status="200"}');
  const { stdout, stderr } = spawnSync("/usr/bin/promtool", ["check", "metrics"], { input, encoding: "utf8" });
  expect(stdout + stderr).toBe("");
});

it("bounds queue and time, and answers what it has accepted before it ends", async () => {
  // a step that takes a while
  const file = join(folder, "slow.bin");
  const slow: TestModel = {
    inputs: [{ name: "x", shape: ["N", 16, "h", "w"] }],
    nodes: [{ op: "Conv", inputs: ["x", "w"], attributes: { pads: { ints: [3, 3, 3, 3] } } }],
    constants: { w: { dims: [16, 16, 7, 7], values: Array(16 * 16 * 49).fill(0.01) } },
  };
  writeFileSync(file, encodeModel(slow));
  const small = await start(file, "--workers", "1", "--queue", "4", "--timeout", "20000");
  const body = JSON.stringify({
    inputs: [{ name: "x", shape: [1, 16, 64, 64], datatype: "FP32", data: Array(16 * 64 * 64).fill(1) }],
    outputs: [],
  });
  const ask = async () => (await fetch(`${small.url}/v2/models/slow.bin/infer`, { method: "POST", body })).status;
  const many = await Promise.all(Array.from({ length: 40 }, ask));
  expect(new Set(many)).toEqual(new Set([200, 429]));
  const accepted = Promise.all([ask(), ask(), ask()]);
  await new Promise((resolve) => setTimeout(resolve, 100));
  small.child.kill("SIGTERM");
  expect(await accepted).toEqual([200, 200, 200]);
  expect(await small.exit).toBe(0);
  const hurried = await start(file, "--workers", "1", "--timeout", "1");
  const late = await fetch(`${hurried.url}/v2/models/slow.bin/infer`, { method: "POST", body });
  expect([late.status, await late.json()]).toEqual([408, { error: "there was no result within 1 ms" }]);
  expect(await stop(hurried)).toBe(0);
});

it("says what is wrong with how it is called", () => {
  const call = (...args: string[]) => {
    try {
      execFileSync(process.execPath, [main, "serve", ...args], { encoding: "utf8", stdio: "pipe" });
    } catch (error) {
      const { status, stderr } = error as { status: number; stderr: string };
      return [status, stderr.split("\n")[0]];
    }
    return [0];
  };
  expect(call()).toEqual([64, "convwasm: serve takes one ONNX file or folder, got none"]);
  expect(call(folder, "--port", "70000")).toEqual([64, "convwasm: --port must be at most 65535, got 70000"]);
  expect(call(join(folder, "none"), "--log", "silent")[0]).toBe(1);
});
