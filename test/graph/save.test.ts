import { afterAll, describe, expect, it } from "vitest";
import { UNet } from "../../examples/networks/unet.ts";
import { OPERATION, OPERATION_WORDS } from "../../src/graph/file.ts";
import { compile, configure, memory, nn, runtime, type Session, Tensor } from "../../src/index.ts";
import { loadOnnx } from "../../src/onnx/index.ts";
import { uniform } from "../../src/random.ts";
import { Copy, Pack } from "../../src/runtime/generated/kernels.ts";
import { PackBytes } from "../../src/runtime/generated/quantised.ts";
import { engine } from "../../src/runtime/runtime.ts";
import { loadSession } from "../../src/session/index.ts";
import { PARAMETER_BYTES } from "../../src/session/setup.ts";
import { encodeModel } from "../support/onnx.ts";
import { assembled, partsOf } from "../support/saved.ts";

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

  it("is the same wherever the Session lies, and says that a loaded one has no model", () => {
    using elsewhere = compile(network, input.shape);
    expect(elsewhere.save()).toEqual(saved);
    using loaded = loadSession(saved);
    expect(() => loaded.save()).toThrow(/^Session\.save: a Session that was loaded has no model: /);
  });

  it("gives the same bits by the other build of the kernels as a Session compiled for that", () => {
    const { build } = runtime();
    configure({ build: build === "simd" ? "relaxed" : "simd" });
    try {
      using compiled = compile(network, input.shape);
      using loaded = loadSession(saved) as Session;
      expect(loaded.run(input)).toEqual(compiled.run(input));
      expect(loaded.explain()).toEqual(compiled.explain());
    } finally {
      configure({ build });
    }
  });

  it("holds what every way of packing weights makes", () => {
    const layers = new nn.Sequential(
      new nn.Conv2d(8, 8, 3, { padding: 1, groups: 8, seed: 1 }),
      new nn.Conv2d(8, 8, 5, { padding: 2, stride: 2, groups: 8, seed: 2 }),
      new nn.Conv2d(8, 24, 1, { seed: 3 }),
      new nn.Conv2d(24, 24, 3, { padding: 1, seed: 4 }),
      new nn.Conv2d(24, 4, 5, { padding: 2, groups: 2, seed: 5 }),
      new nn.ConvTranspose2d(4, 6, 3, { stride: 2, groups: 2, seed: 6 }),
      new nn.ConvTranspose2d(6, 5, 3, { seed: 7 }),
      new nn.Conv2d(5, 3, 9, { padding: 4, bias: false, seed: 8 }),
    );
    const x = Tensor.randn([3, 8, 16, 16], 5);
    using compiled = compile(layers, x.shape);
    const { kernels } = partsOf(compiled.save()).header;
    expect(kernels).toEqual(
      expect.arrayContaining(["packPanels", "packDepthwise", "packWinograd"].map((name) => `kernels.${name}`)),
    );
    using loaded = loadSession(compiled.save()) as Session;
    expect(loaded.run(x)).toEqual(compiled.run(x));

    // a linear layer has its weight transposed by a copy
    const rows = Tensor.randn([40, 30], 5);
    using linear = compile(new nn.Linear(30, 7, { seed: 9 }), rows.shape);
    const { header, operations } = partsOf(linear.save());
    const setup = operations.findIndex((code, at) => at % OPERATION_WORDS === 0 && code === OPERATION.setup);
    expect(header.kernels[operations[setup + 5]!]).toBe("kernels.copy");
    using transposed = loadSession(linear.save()) as Session;
    expect(transposed.run(rows)).toEqual(linear.run(rows));
  });

  it("rounds weights to float16 where that is asked for, which takes half of the bytes", () => {
    const layer = new nn.Conv2d(64, 64, 3, { seed: 1 });
    const x = Tensor.randn([1, 64, 8, 8], 1);
    using compiled = compile(layer, x.shape);
    const half = compiled.save({ weights: "float16" });
    expect(half.length / compiled.save().length).toBeLessThan(0.52);
    using loaded = loadSession(half) as Session;
    const rounded = new nn.Conv2d(64, 64, 3, { seed: 1 });
    rounded.weight = layer.weight.to("float16").to("float32");
    using expected = compile(rounded, x.shape);
    expect(loaded.run(x)).toEqual(expected.run(x));
    expect(loaded.run(x)).not.toEqual(compiled.run(x));
    // what float16 holds exactly takes its two bytes anyway
    expect(expected.save().length).toBeLessThan(half.length + 64);
    // and nothing becomes infinite
    layer.weight.data[0] = 1e6;
    expect(() => compiled.save()).toThrow(/^Session\.save: the module's weights have changed since/);
    using large = compile(layer, x.shape);
    using kept = loadSession(large.save({ weights: "float16" })) as Session;
    expect(kept.run(x)).toEqual(large.run(x));
  });

  it("refuses other types of weights", () => {
    expect(() => session.save({ weights: "int8" as never })).toThrow(/^Session\.save: weights must be/);
    expect(() => session.save({ weight: "float16" } as never)).toThrow(TypeError);
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
    const { header, operations, data } = partsOf(saved);
    const keys = [
      "kernels",
      "heldBytes",
      "stagedBytes",
      "arenaBytes",
      "program",
      "calls",
      "inputs",
      "outputs",
      "steps",
      "faults",
    ];
    const values = [undefined, null, -1, 1.5, 2 ** 40, "x", [], {}, [null], [{}], ["kernels.run"]];
    const { used } = memory();
    for (const key of keys) {
      for (const value of values) {
        if (JSON.stringify(header[key as "steps"]) === JSON.stringify(value)) continue;
        const fake = assembled({ header: { ...header, [key]: value }, operations, data });
        // there may be no steps, no faults and no inputs
        if (["steps", "faults", "inputs"].includes(key) && Array.isArray(value) && value.length === 0) continue;
        expect(() => loadSession(fake), `${key} ${JSON.stringify(value)}`).toThrow(RangeError);
      }
    }
    expect(memory().used).toBe(used);
  });

  it("are refused where an operation leads outside though the checksum fits, and write nowhere else", () => {
    const next = uniform("test", 9);
    const parts = partsOf(saved);
    const { heap } = engine();
    const { used } = memory();
    // what lies around the place that the Session gets
    const size = 4096;
    const before = heap.allocate("test", size);
    const room = heap.allocate("test", parts.header.heldBytes + parts.header.stagedBytes);
    const after = heap.allocate("test", size);
    heap.free(room);
    const around = [before, after].map(({ offset }) => heap.u8.subarray(offset, offset + size));
    for (const bytes of around) bytes.fill(0xa5);
    let refused = 0;
    const rounds = 400;
    for (let round = 0; round < rounds; ++round) {
      const operations = parts.operations.slice();
      const data = parts.data.slice();
      const wrong = [2 ** 32 - 4, 2 ** 31, parts.header.heldBytes, parts.header.stagedBytes, data.length, 1, 0];
      const value = next() < 0.5 ? wrong[Math.floor(next() * wrong.length)]! : Math.floor(next() * 2 ** 32);
      const changed = round % 2 === 0 ? operations : new Uint32Array(data.buffer, 0, Math.floor(data.length / 4));
      changed[Math.floor(next() * changed.length)] = value;
      if (isLoaded(assembled({ header: parts.header, operations, data }))) continue;
      ++refused;
    }
    for (const bytes of around) expect(bytes.every((byte) => byte === 0xa5)).toBe(true);
    for (const block of [before, after]) heap.free(block);
    // other weights are another network, but most of what is changed in an operation is not one
    expect(refused).toBeGreaterThan(rounds / 4);
    expect(memory().used).toBe(used);
  });

  it("are checked by the fields that the kernels have", () => {
    const orders = {
      pack: "weight bias taps packed workspace groups channels filters tapCount phases tile groupBytes filterBytes channelBytes",
      copy: "from to axes rank size",
      bytes: "from zeros bias to filters depth tile groupBytes filterBytes depthBytes zeroStep signed",
    };
    for (const [block, order] of [
      [Pack, orders.pack],
      [Copy, orders.copy],
      [PackBytes, orders.bytes],
    ] as const) {
      const fields = Object.entries(block.fields).sort(([, a], [, b]) => a - b);
      expect(fields.map(([name]) => name).join(" ")).toBe(order);
      expect(fields.map(([, place]) => place >> 2)).toEqual(fields.map((_, index) => index));
      expect(block.bytes).toBeLessThanOrEqual(PARAMETER_BYTES);
    }
  });

  it("are refused where packing would read or write outside, whichever of its parameters is too large", () => {
    const { header, operations, data } = partsOf(saved);
    const { used } = memory();
    const rows = Array.from({ length: operations.length / OPERATION_WORDS }, (_, row) =>
      operations.subarray(row * OPERATION_WORDS, (row + 1) * OPERATION_WORDS),
    );
    const first = rows.findIndex(([code]) => code === OPERATION.setup);
    const params = rows[first]![2]!;
    const block = rows.findLast(
      ([code, segment, at, count], row) =>
        row < first && code === OPERATION.bytes && segment === 1 && at! <= params && params < at! + count!,
    )!;
    const begin = block[4]! + params - block[2]!;
    for (const [name, place] of Object.entries(Pack.fields)) {
      for (const value of [0, 3, 0x7fffffff, 0xfffffffc]) {
        const wrong = data.slice();
        new Uint32Array(wrong.buffer, begin, Pack.bytes / 4)[place >> 2] = value;
        const loaded = isLoaded(assembled({ header, operations, data: wrong }));
        // the others do not matter to every kernel
        const matters = ["weight", "bias", "taps", "packed", "groups", "channels", "filters", "tapCount", "phases"];
        if (value > 3 && matters.includes(name)) expect(loaded, `${name} ${value}`).toBe(false);
      }
    }
    expect(memory().used).toBe(used);
  });

  it.each([null, 3, "x"])("are refused where %o stands in place of the header", (header) => {
    expect(() => loadSession(assembled({ ...partsOf(saved), header }))).toThrow(
      new RangeError("loadSession: bytes are not a saved Session, or are damaged: the header is no record"),
    );
  });

  it("says how to go on where another version made it", () => {
    const parts = partsOf(saved);
    const other = (header: object) => assembled({ ...parts, header: { ...parts.header, ...header } });
    expect(() => loadSession(other({ version: "9.9.9" }))).toThrow(
      /saved by version "9\.9\.9", this is .*: build it again, by npx convwasm build or by compile and Session\.save$/,
    );
    expect(() => loadSession(other({ abi: "0123" }))).toThrow(
      /by a package with the kernels "0123", this is .*: build/,
    );
    const earlier = saved.slice();
    earlier[6] = 0;
    expect(() => loadSession(earlier)).toThrow(/saved by another version of convwasm, this is .*: build it again/);
  });
});

/** Whether a Session can be made of it; otherwise the error is a clear one. */
function isLoaded(file: Uint8Array): boolean {
  try {
    loadSession(file).dispose();
    return true;
  } catch (error) {
    expect(error).toBeInstanceOf(RangeError);
    expect((error as Error).message).toMatch(/^loadSession: bytes are not a saved Session, or are damaged: /);
    return false;
  }
}
