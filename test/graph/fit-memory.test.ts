import { describe, expect, test } from "vitest";
import { explainModel } from "../../src/graph/compile.ts";
import { configure, memory } from "../../src/index.ts";
import { freshLibrary } from "../support/fresh.ts";
import { isnet } from "../support/isnet.ts";
import { expectClose } from "../support/onnx-runs.ts";

type Library = Awaited<ReturnType<typeof freshLibrary>>;

/** Layers whose plain weights have 1.2 MB each, transformed ones four times as much; the maps become smaller. */
function network({ nn }: Library) {
  const layer = (seed: number) => new nn.Conv2d(184, 184, 3, { padding: 1, seed });
  return new nn.Sequential(layer(1), new nn.MaxPool2d(2), layer(2), new nn.MaxPool2d(2), layer(3));
}
const shape = [1, 184, 32, 32];

describe("a network that would pass the limit of memory", () => {
  test("takes plain products where they cost the least time, and gives the same", async () => {
    const free = await freshLibrary();
    const x = free.Tensor.randn(shape, 1);
    const session = free.compile(network(free), shape);
    const algorithms = (steps: readonly { readonly algorithm?: string }[]) =>
      steps.flatMap(({ algorithm }) => algorithm ?? []);
    expect(algorithms(session.explain().steps)).toEqual(["winograd", "winograd", "winograd"]);
    const { held } = session.explain().totals.bytes;
    const expected = session.run(x);

    for (const [saved, chosen] of [
      [2, ["winograd", "winograd", "im2col"]],
      [6, ["winograd", "im2col", "im2col"]],
      [9, ["im2col", "im2col", "im2col"]],
    ] as const) {
      const tight = await freshLibrary();
      tight.configure({ maxMemory: held - saved * 2 ** 20 + 3 * 65536 });
      const smaller = tight.compile(network(tight), shape);
      expect(algorithms(smaller.explain().steps)).toEqual(chosen);
      const result = smaller.run(new tight.Tensor(x.data, shape));
      expectClose("output", result, expected, 1e-4, 1e-4);
      const { bytes, limit } = tight.memory();
      expect(bytes).toBeLessThanOrEqual(limit);
    }
  });

  test("is refused if that does not suffice, and keeps an algorithm that was asked for", async () => {
    const library = await freshLibrary();
    library.configure({ maxMemory: 3 * 2 ** 20 });
    expect(() => library.compile(network(library), shape)).toThrow(/^compile: needs \d+ bytes of linear memory/);
    library.configure({ maxMemory: 8 * 2 ** 20 });
    expect(() => library.compile(network(library), shape, { algorithm: "winograd" })).toThrow(/^compile: needs/);
    expect(library.compile(network(library), shape).explain().steps).toHaveLength(5);
  });
});

test("IS-Net at 1024 x 1024 takes at most 600 MB, and less where the limit is lower", () => {
  const MB = 2 ** 20;
  const network = isnet();
  expect(network.parameters).toBeGreaterThan(44e6);
  const shape = [1, 3, 1024, 1024];
  const heldOf = () => explainModel(network as never, shape).explanation.totals.bytes.held;
  const usual = heldOf();
  expect(usual).toBeLessThanOrEqual(600 * MB);
  const { limit, used } = memory();
  try {
    const maxMemory = Math.ceil((used + usual - 40 * MB) / 65536) * 65536;
    configure({ maxMemory });
    expect(heldOf()).toBeLessThanOrEqual(maxMemory - used);
  } finally {
    configure({ maxMemory: limit });
  }
});
