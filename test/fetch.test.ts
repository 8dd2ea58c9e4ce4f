import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compile, nn, Tensor } from "../src/index.ts";
import { type FetchProgress, fetchOnnx } from "../src/onnx/index.ts";
import { fetchSession } from "../src/session/index.ts";
import { encodeModel } from "./support/onnx.ts";

const relu = encodeModel({ inputs: [{ name: "x", shape: [1, 3] }], nodes: [{ op: "Relu", inputs: ["x"] }] });
const beside = (location: string) =>
  encodeModel({
    inputs: [{ name: "x", shape: [3] }],
    nodes: [{ op: "Add", inputs: ["x", "w"] }],
    constants: { w: { dims: [3], values: [1, 2, 3], external: { location } } },
  });
const layer = new nn.Conv2d(1, 1, 3, { seed: 1 });
const session = compile(layer, [1, 1, 5, 5]);
const saved = session.save();
const head = (type: string, more = {}) => ({ "content-type": type, ...more });

const ANSWERS: Readonly<Record<string, RequestListener>> = {
  "/relu.onnx": (_, response) => {
    response.writeHead(200, head("application/octet-stream", { "content-length": relu.length }));
    response.write(relu.subarray(0, 10));
    setTimeout(() => response.end(relu.subarray(10)), 20);
  },
  "/chunked.onnx": (_, response) => {
    response.write(relu.subarray(0, 5));
    response.end(relu.subarray(5));
  },
  "/compressed.onnx": (_, response) => {
    const body = gzipSync(relu);
    response.writeHead(200, head("a/b", { "content-encoding": "gzip", "content-length": body.length })).end(body);
  },
  "/models/data.onnx": (_, response) => void response.end(beside("weights of it.bin")),
  "/models/weights%20of%20it.bin": (_, response) => void response.end(new Uint8Array(Float32Array.of(1, 2, 3).buffer)),
  "/models/outside.onnx": (_, response) => void response.end(beside("../relu.onnx")),
  "/models/elsewhere.onnx": (_, response) => void response.end(beside("//localhost/relu.onnx")),
  "/session": (_, response) => void response.end(saved),
  "/page": (_, response) => void response.writeHead(200, head("text/html")).end("<!DOCTYPE html><title>My app</title>"),
  "/moved": (_, response) => void response.writeHead(302, { location: "/page" }).end(),
  "/pointer": (_, response) =>
    void response.end("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345"),
  "/gzip": (_, response) => void response.end(gzipSync(relu)),
  "/nothing": (_, response) => void response.end(),
  "/broken": (_, response) => {
    response.writeHead(200, { "content-length": 1000 });
    response.write(relu, () => response.destroy());
  },
  "/endless": (_, response) => {
    response.writeHead(200, { "content-length": 2 ** 40 });
    response.write(relu);
  },
};

let server: Server;
let base: string;
beforeAll(async () => {
  server = createServer((request, response) => {
    const answer = ANSWERS[request.url!];
    if (answer !== undefined) answer(request, response);
    else response.writeHead(404, head("application/json")).end('{"error":"no such file"}');
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  session.dispose();
  server.closeAllConnections();
  server.close();
});

describe("fetchOnnx", () => {
  it("gives the network, and says how far it is", async () => {
    const seen: FetchProgress[] = [];
    const graph = await fetchOnnx(`${base}/relu.onnx`, { onProgress: (progress) => seen.push(progress) });
    using compiled = compile(graph);
    expect(compiled.run(new Tensor([-1, 0, 2], [1, 3])).toArray()).toEqual([[0, 0, 2]]);
    expect(seen[0]).toEqual({ url: `${base}/relu.onnx`, loaded: 10, total: relu.length });
    expect(seen.at(-1)!.loaded).toBe(relu.length);
  });

  it.each(["chunked", "compressed"])("takes answers of unknown length: %s", async (name) => {
    const totals = new Set<number | undefined>();
    const url = new URL(`${base}/${name}.onnx`);
    const { inputs } = await fetchOnnx(url, { onProgress: ({ total }) => totals.add(total) });
    expect([inputs[0]!.name, ...totals]).toEqual(["x", undefined]);
  });

  it("fetches weights beside, and none that are not", async () => {
    const graph = await fetchOnnx(`${base}/models/data.onnx`);
    using compiled = compile(graph);
    expect(compiled.run(new Tensor([1, 1, 1], [3])).toArray()).toEqual([2, 3, 4]);
    for (const name of ["outside", "elsewhere"]) {
      await expect(fetchOnnx(`${base}/models/${name}.onnx`)).rejects.toThrow(/which is not beside it$/);
    }
  });

  it.each([
    [
      "page",
      RangeError,
      'is a page of HTML: is the address right, and is the file deployed? (status 200 OK, text/html, beginning with "<!DOCTYPE html>',
    ],
    ["moved", RangeError, "/page) is a page of HTML"],
    ["pointer", RangeError, "is a Git LFS pointer"],
    ["gzip", RangeError, "is gzip"],
    ["nothing", RangeError, "is nothing"],
    ["missing", Error, 'is not there: status 404 Not Found, application/json, beginning with "{\\"error\\":'],
    ["broken", Error, `broke off after ${relu.length} of 1000 bytes`],
  ] as const)("says what came in place of a model: %s", async (name, Kind, message) => {
    const fetched = fetchOnnx(`${base}/${name}`);
    await expect(fetched).rejects.toBeInstanceOf(Kind);
    await expect(fetched).rejects.toThrow(`fetchOnnx: ${base}/${name} `);
    await expect(fetched).rejects.toThrow(message);
  });

  it("says why nothing came", async () => {
    const free = createServer();
    await new Promise<void>((resolve) => free.listen(0, "127.0.0.1", resolve));
    const { port } = free.address() as AddressInfo;
    await new Promise((resolve) => free.close(resolve));
    await expect(fetchOnnx(`http://127.0.0.1:${port}/a.onnx`)).rejects.toThrow(/cannot be fetched: .*ECONNREFUSED/);
  });

  it("ends when it is told to, before it begins and while it waits", async () => {
    await expect(fetchOnnx(`${base}/relu.onnx`, { signal: AbortSignal.abort("no") })).rejects.toBe("no");
    const controller = new AbortController();
    const fetched = fetchOnnx(`${base}/endless`, {
      signal: controller.signal,
      onProgress: () => controller.abort(new Error("enough")),
    });
    await expect(fetched).rejects.toThrow("enough");
  });

  it("passes on what onProgress throws", async () => {
    const fail = () => {
      throw new Error("my own");
    };
    await expect(fetchOnnx(`${base}/endless`, { onProgress: fail })).rejects.toThrow("my own");
  });

  it.each([
    [["relu.onnx"], RangeError, 'fetchOnnx: url must be an address, got "relu.onnx"'],
    [[7], TypeError, "fetchOnnx: url must be a string or a URL, got 7"],
    [["http://a/", { progress: 1 }], TypeError, 'fetchOnnx: unknown option "progress"'],
    [["http://a/", { onProgress: 1 }], TypeError, "fetchOnnx: onProgress must be a function, got 1"],
    [["http://a/", { signal: 1 }], TypeError, "fetchOnnx: signal must be an AbortSignal, got 1"],
    [["http://a/", { cache: 1 }], TypeError, "fetchOnnx: cache must be true, false or a name, got 1"],
    [["http://a/", { cache: true }], TypeError, "fetchOnnx: cache needs the Cache API"],
  ] as const)("refuses %o", async (args, Kind, message) => {
    const fetched = (fetchOnnx as (...args: unknown[]) => Promise<unknown>)(...args);
    await expect(fetched).rejects.toThrow(message);
    await expect(fetched).rejects.toBeInstanceOf(Kind);
  });
});

it("fetchSession gives the saved Session, and says what came in place of one", async () => {
  const x = Tensor.rand([1, 1, 5, 5], 1);
  using fetched = await fetchSession(`${base}/session`);
  expect(fetched.run(x)).toEqual(session.run(x));
  await expect(fetchSession(`${base}/page`)).rejects.toThrow("fetchSession: ");
  await expect(fetchSession(`${base}/relu.onnx`)).rejects.toThrow("loadSession: bytes are not a saved Session");
});
