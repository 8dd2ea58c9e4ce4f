import { compile, memory } from "convwasm";
import { expect, it } from "vitest";
import { mobilenetV2 } from "../../examples/networks/mobilenet.ts";
import { BUILD } from "../support/kernels.ts";
import { runForJson } from "../support/node.ts";

it("MobileNetV2 takes its packed weights and little more than the tensors that are alive at one time", () => {
  using session = compile(mobilenetV2(), [1, 3, 224, 224]);
  const { weights, alive, arena, held } = session.explain().totals.bytes;
  // the widest block: 96 channels of 112x112 beside the 16 that they were made of
  expect(alive).toBeGreaterThanOrEqual((96 + 16) * 112 * 112 * 4);
  expect(arena).toBeLessThanOrEqual(1.3 * alive);
  expect(held).toBeLessThanOrEqual(memory().bytes);
  expect(memory().bytes).toBeLessThanOrEqual(weights + 1.3 * alive);
});

it("1,000 runs into a given output allocate nothing", { timeout: 60_000 }, () => {
  const { heap, buffers, linear } = runForJson(
    `import { compile, configure, memory, Tensor } from "convwasm";
    import { mobilenetV2 } from "./examples/networks/mobilenet.ts";
    configure({ build: "${BUILD}" });
    const session = compile(mobilenetV2(), [1, 3, 32, 32]);
    const input = Tensor.rand([1, 3, 32, 32], 1);
    const output = Tensor.zeros(session.outputShape);
    const measure = async () => {
      for (let i = 0; i < 4; ++i) { gc(); await new Promise((resolve) => setTimeout(resolve, 5)); }
      const { heapUsed, arrayBuffers } = process.memoryUsage();
      return { heapUsed, arrayBuffers, bytes: memory().bytes };
    };
    for (let i = 0; i < 200; ++i) session.run(input, { output });
    const before = await measure();
    for (let i = 0; i < 1000; ++i) session.run(input, { output });
    const after = await measure();
    console.log(JSON.stringify({
      heap: after.heapUsed - before.heapUsed,
      buffers: after.arrayBuffers - before.arrayBuffers,
      linear: after.bytes - before.bytes,
    }));
    session.dispose();`,
    { flags: ["--expose-gc"] },
  );
  expect(linear).toBe(0);
  expect(buffers).toBe(0);
  // less than 100 bytes a run, of some 60 steps
  expect(heap).toBeLessThan(100_000);
});

it("2,000 Sessions that are dropped without dispose neither fail nor leak", { timeout: 120_000 }, () => {
  const { made, bytes, used } = runForJson(
    `import { add, compile, configure, conv2d, memory, relu, Tensor } from "convwasm";
    configure({ build: "${BUILD}", maxMemory: 512 * 2 ** 20 });
    const weight = Tensor.rand([64, 64, 3, 3], 1);
    const forward = (x) => add(relu(conv2d(x, weight, null, { padding: 1 })), x);
    const input = Tensor.rand([1, 64, 56, 56], 2);
    let made = 0;
    // 3 MB each: 6 GB, twelve times what is allowed
    for (; made < 2000; ++made) {
      const session = compile({ forward }, input.shape);
      if (made % 10 === 0) session.run(input);
      // as a server does between requests: finalizers run in tasks of their own
      await new Promise((resolve) => setImmediate(resolve));
    }
    const { bytes } = memory();
    for (let i = 0; i < 100 && memory().used > 5 * 2 ** 20; ++i) {
      gc();
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    console.log(JSON.stringify({ made, bytes, used: memory().used }));`,
    { flags: ["--expose-gc"] },
  );
  expect(made).toBe(2000);
  expect(bytes).toBeLessThanOrEqual(512 * 2 ** 20);
  // the engine may hold on to the last one
  expect(used).toBeLessThan(5 * 2 ** 20);
});
