import { afterAll, describe, expect, it } from "vitest";
import { UNet } from "../../examples/networks/unet.ts";
import { compile, memory, nn, type Session, Tensor } from "../../src/index.ts";
import { loadOnnx } from "../../src/onnx/index.ts";
import { uniform } from "../../src/random.ts";
import { loadSession } from "../../src/session/index.ts";
import { encodeModel } from "../support/onnx.ts";

const network = new UNet(3, 2, [8, 16]);
const input = Tensor.rand([1, 3, 32, 32], 1);
const session = compile(network, input.shape);
const saved = session.save();

afterAll(() => session.dispose());

describe("a saved Session", () => {
  it("gives the same bits, explanation and ports when it is loaded", () => {
    using loaded = loadSession(saved) as Session;
    expect(loaded.run(input)).toEqual(session.run(input));
    expect(loaded.inputs).toEqual(session.inputs);
    expect(loaded.outputs).toEqual(session.outputs);
    expect(loaded.explain()).toEqual(session.explain());
  });

  it("is the same when it is saved again from another place", () => {
    using loaded = loadSession(saved);
    using elsewhere = loadSession(saved);
    expect(elsewhere.save()).toEqual(saved);
    expect(loaded.save()).toEqual(saved);
  });

  it("may be part of a larger buffer, at any offset", () => {
    const larger = new Uint8Array(saved.length + 5);
    larger.set(saved, 3);
    using loaded = loadSession(larger.subarray(3, 3 + saved.length)) as Session;
    expect(loaded.run(input)).toEqual(session.run(input));
  });

  it("keeps its residual input, its outputs by name and its faults", () => {
    const layer = new nn.Conv2d(2, 3, 3, { seed: 1 });
    using added = compile(layer, [1, 2, 6, 6], { residual: true, activation: "relu" });
    using loaded = loadSession(added.save()) as Session;
    const [x, residual] = [Tensor.randn([1, 2, 6, 6], 1), Tensor.randn([1, 3, 4, 4], 2)];
    expect(loaded.run(x, { residual })).toEqual(added.run(x, { residual }));

    const gather = encodeModel({
      nodes: [{ op: "Gather", inputs: ["table", "ids"] }],
      inputs: [{ name: "ids", type: "INT64", shape: [1] }],
      constants: { table: { dims: [2, 2], values: [1, 2, 3, 4] } },
    });
    using indexed = compile(loadOnnx(gather), [1]);
    using again = loadSession(indexed.save());
    expect(() => again.run({ data: [2], shape: [1] })).toThrow(/index/);
    expect(again.run({ data: [1], shape: [1] })).toEqual(new Tensor([3, 4], [1, 2]));
  });

  it("gives its memory back, and loads nothing where that does not suffice", () => {
    const { used } = memory();
    loadSession(saved).dispose();
    expect(memory().used).toBe(used);
  });
});

describe("bytes that are not a saved Session", () => {
  it.each([
    ["nothing", new Uint8Array(0)],
    ["another file", new TextEncoder().encode("<!doctype html><title>404</title>")],
    ["half of one", saved.slice(0, saved.length / 2)],
    ["one and a byte", Uint8Array.from({ length: saved.length + 1 }, (_, i) => saved[i] ?? 0)],
  ])("are refused: %s", (_, bytes) => {
    expect(() => loadSession(bytes)).toThrow(/^loadSession: bytes are not a saved Session, or are damaged: /);
  });

  it.each([
    ["a string", "x"],
    ["null", null],
    ["float32", new Float32Array(4)],
  ])("are refused by kind: %s", (_, bytes) => {
    expect(() => loadSession(bytes as never)).toThrow(TypeError);
  });

  it("are refused whichever bit is flipped, and nothing is held", () => {
    const next = uniform("test", 7);
    const { used } = memory();
    for (let i = 0; i < 300; ++i) {
      const damaged = saved.slice();
      const at = Math.floor(next() * damaged.length);
      damaged[at]! ^= 1 << Math.floor(next() * 8);
      expect(() => loadSession(damaged)).toThrow(RangeError);
    }
    expect(memory().used).toBe(used);
  });

  it("are refused where the structure is wrong though the checksum fits", () => {
    const next = uniform("test", 8);
    const headerBytes = new DataView(saved.buffer).getUint32(12, true);
    const header = JSON.parse(new TextDecoder().decode(saved.subarray(16, 16 + headerBytes)));
    const body = saved.slice(Math.ceil((16 + headerBytes) / 64) * 64);
    const keys = [
      "kernels",
      "heldBytes",
      "arenaBytes",
      "program",
      "calls",
      "pointers",
      "inputs",
      "outputs",
      "steps",
      "faults",
    ];
    const values = [undefined, null, -1, 1.5, 2 ** 40, "x", [], {}, [null], [{}], ["kernels.run"]];
    const { used } = memory();
    for (const key of keys) {
      for (const value of values) {
        if (JSON.stringify(header[key]) === JSON.stringify(value)) continue;
        const fake = withChecksum({ ...header, [key]: value }, body);
        // there may be no steps, no faults and no inputs
        if (["steps", "faults", "inputs"].includes(key) && Array.isArray(value) && value.length === 0) continue;
        expect(() => loadSession(fake), `${key} ${JSON.stringify(value)}`).toThrow(RangeError);
      }
    }
    for (let i = 0; i < 200; ++i) {
      // addresses that lead outside
      const wrong = body.slice();
      const words = new Uint32Array(wrong.buffer, header.heldBytes);
      words[Math.floor(next() * words.length)] = header.heldBytes / 4 + Math.floor(next() * 1e9);
      expect(() => loadSession(withChecksum(header, wrong))).toThrow(RangeError);
    }
    expect(memory().used).toBe(used);
  });

  it.each([null, 3, "x"])("are refused where %o stands in place of the header", (header) => {
    expect(() => loadSession(withChecksum(header, new Uint8Array(64)))).toThrow(
      new RangeError("loadSession: bytes are not a saved Session, or are damaged: the header is no record"),
    );
  });

  it("says how to go on where another version or build made it", () => {
    const headerBytes = new DataView(saved.buffer).getUint32(12, true);
    const header = JSON.parse(new TextDecoder().decode(saved.subarray(16, 16 + headerBytes)));
    const body = saved.slice(Math.ceil((16 + headerBytes) / 64) * 64);
    expect(() => loadSession(withChecksum({ ...header, version: "9.9.9" }, body))).toThrow(
      /saved by version "9\.9\.9", this is .*: compile and save it again/,
    );
    const build = header.build === "simd" ? "relaxed" : "simd";
    expect(() => loadSession(withChecksum({ ...header, build }, body))).toThrow(`saved for the ${build} build`);
  });
});

/** A file with this header and a checksum that fits. */
function withChecksum(header: unknown, body: Uint8Array): Uint8Array {
  const json = new TextEncoder().encode(JSON.stringify(header));
  const at = Math.ceil((16 + json.length) / 64) * 64;
  const file = new Uint8Array(at + body.length);
  const view = new DataView(file.buffer);
  file.set(saved.subarray(0, 8));
  view.setUint32(12, json.length, true);
  file.set(json, 16);
  file.set(body, at);
  let hash = 0x811c9dc5;
  for (let i = 12; i < file.length; ++i) hash = Math.imul(hash ^ file[i]!, 0x01000193);
  view.setUint32(8, hash >>> 0, true);
  return file;
}
