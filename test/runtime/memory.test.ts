import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { compile, configure, conv2d, memory, nn, Tensor } from "../../src/index.ts";
import { ADDRESS_SPACE, type Block, Heap } from "../../src/runtime/heap.ts";
import { BUILD } from "../support/kernels.ts";
import { runForJson } from "../support/node.ts";
import * as reference from "../support/reference.ts";

const PAGE = 65536;

afterEach(() => configure({ maxMemory: ADDRESS_SPACE }));

describe("100,000 small calls of conv2d", () => {
  const tensor = (seed: number, shape: readonly number[]) =>
    new Tensor(reference.randoms(seed, reference.sizeOf(shape)), shape);

  it("hold linear memory constant, and all give the same", () => {
    const [input, weight, bias] = [tensor(1, [1, 2, 5, 5]), tensor(2, [3, 2, 3, 3]), tensor(3, [3])];
    const expected = conv2d(input, weight, bias).data.slice();
    const before = memory();
    let last = expected;
    for (let i = 0; i < 100_000; ++i) last = conv2d(input, weight, bias).data as typeof expected;
    expect(memory()).toEqual(before);
    expect(memory().used).toBe(0);
    expect(last).toEqual(expected);
  });

  it("hold the JavaScript heap constant", { timeout: 60_000 }, () => {
    const { heap, buffers, linear } = runForJson(
      `import { configure, conv2d, memory, Tensor } from "convwasm";
      configure({ build: "${BUILD}" });
      const input = Tensor.rand([1, 2, 5, 5], 1);
      const weight = Tensor.rand([3, 2, 3, 3], 2);
      const calls = (count) => { for (let i = 0; i < count; ++i) conv2d(input, weight, null, { padding: i % 2 }); };
      const measure = async () => {
        // buffers are let go of by a task of their own
        for (let i = 0; i < 4; ++i) { gc(); await new Promise((resolve) => setTimeout(resolve, 5)); }
        const { heapUsed, arrayBuffers } = process.memoryUsage();
        return { heapUsed, arrayBuffers, bytes: memory().bytes };
      };
      calls(20_000);
      const before = await measure();
      calls(100_000);
      const after = await measure();
      console.log(JSON.stringify({
        heap: after.heapUsed - before.heapUsed,
        buffers: after.arrayBuffers - before.arrayBuffers,
        linear: after.bytes - before.bytes,
      }));`,
      { flags: ["--expose-gc"] },
    );
    // less than 5 bytes a call, which nothing that is kept for a call would fit
    expect(heap).toBeLessThan(500_000);
    expect(buffers).toBeLessThan(500_000);
    expect(linear).toBe(0);
  });
});

it("steps of training hold linear memory and the JavaScript heap constant", { timeout: 60_000 }, () => {
  const { heap, buffers, linear, used } = runForJson(
    `import { configure, crossEntropy, memory, nn, Tensor } from "convwasm";
    import { Adam, clipGradNorm } from "convwasm/optim";
    configure({ build: "${BUILD}" });
    const model = new nn.Sequential(
      new nn.Conv2d(1, 2, 3), new nn.BatchNorm2d(2), new nn.ReLU(), new nn.Flatten(), new nn.Dropout(0.2), new nn.Linear(8, 3),
    );
    const parameters = model.parameters();
    const optimiser = new Adam(parameters);
    const x = Tensor.rand([4, 1, 4, 4], 1);
    const target = Tensor.from([0, 1, 2, 0]).to("int64");
    const steps = (count) => {
      for (let i = 0; i < count; ++i) {
        optimiser.zeroGrad();
        crossEntropy(model.forward(x), target).backward();
        clipGradNorm(parameters, 1);
        optimiser.step();
      }
    };
    const measure = async () => {
      for (let i = 0; i < 4; ++i) { gc(); await new Promise((resolve) => setTimeout(resolve, 5)); }
      const { heapUsed, arrayBuffers } = process.memoryUsage();
      return { heapUsed, arrayBuffers, ...memory() };
    };
    steps(500);
    const before = await measure();
    steps(2_500);
    const after = await measure();
    console.log(JSON.stringify({
      heap: after.heapUsed - before.heapUsed,
      buffers: after.arrayBuffers - before.arrayBuffers,
      linear: after.bytes - before.bytes,
      used: after.used,
    }));`,
    { flags: ["--expose-gc"] },
  );
  // less than 60 bytes a step, where a graph that is held has thousands
  expect(heap).toBeLessThan(150_000);
  expect(buffers).toBeLessThan(150_000);
  expect([linear, used]).toEqual([0, 0]);
});

it("a session that is forgotten gives its memory back when it is collected", { timeout: 60_000 }, () => {
  const { used } = runForJson(
    `import { compile, configure, memory, nn } from "convwasm";
    configure({ build: "${BUILD}" });
    const layer = new nn.Conv2d(2, 3, 3, { seed: 1 });
    for (let i = 0; i < 50; ++i) compile(layer, [1, 2, 8, 8]);
    // finalizers run in tasks after the collection
    for (let i = 0; i < 100 && memory().used > 0; ++i) {
      gc();
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    console.log(JSON.stringify({ used: memory().used }));`,
    { flags: ["--expose-gc"] },
  );
  expect(used).toBe(0);
});

describe("configure({ maxMemory })", () => {
  const large = () => conv2d(Tensor.zeros([1, 1, 1024, 1024]), Tensor.ones([1, 1, 1, 1]));

  it("refuses what needs more, by name, and changes nothing", () => {
    conv2d(Tensor.ones([1, 1, 3, 3]), Tensor.ones([1, 1, 2, 2]));
    const limit = Math.max(memory().bytes, PAGE);
    configure({ maxMemory: limit });
    const before = memory();
    expect(before.limit).toBe(limit);
    for (const attempt of [large, large]) {
      expect(attempt).toThrow(RangeError);
      expect(attempt).toThrow(/^conv2d: needs \d+ bytes of linear memory/);
      expect(attempt).toThrow(`the limit is ${limit} (see configure({ maxMemory }))`);
      expect(memory()).toEqual(before);
    }
  });

  it("lets small calls go on at the limit, and large ones when it is raised", () => {
    conv2d(Tensor.ones([1, 1, 3, 3]), Tensor.ones([1, 1, 2, 2]));
    configure({ maxMemory: Math.max(memory().bytes, PAGE) });
    expect(large).toThrow(RangeError);
    expect(conv2d(Tensor.ones([1, 1, 3, 3]), Tensor.ones([1, 1, 2, 2])).toArray()).toEqual([
      [
        [
          [4, 4],
          [4, 4],
        ],
      ],
    ]);
    configure({ maxMemory: 64 * 1024 * 1024 });
    expect(large().size).toBe(1024 * 1024);
    expect(memory().used).toBe(0);
    expect(memory().bytes).toBeLessThanOrEqual(64 * 1024 * 1024);
  });

  it("below what is held already keeps that, and refuses what would pass it, until it is raised", () => {
    large();
    const { bytes } = memory();
    configure({ maxMemory: PAGE });
    expect(memory()).toMatchObject({ bytes, limit: PAGE });
    expect(large).toThrow(/on top of 0 in use, but the limit is 65536/);
    expect(memory().bytes).toBe(bytes);
    configure({ maxMemory: bytes });
    expect(large().size).toBe(1024 * 1024);
    expect(memory().bytes).toBe(bytes);
  });

  it("holds for a session that is compiled", () => {
    const session = compile(new nn.Conv2d(1, 1, 3, { seed: 1 }), [1, 1, 8, 8]);
    const before = memory();
    configure({ maxMemory: Math.max(before.bytes, PAGE) });
    expect(() => compile(new nn.Conv2d(1, 1, 3), [1, 1, 4096, 4096])).toThrow(/^compile: needs \d+ bytes/);
    expect(memory().used).toBe(before.used);
    expect(session.run(Tensor.ones([1, 1, 8, 8])).shape).toEqual([1, 1, 6, 6]);
    session.dispose();
    expect(memory().used).toBe(0);
  });
});

describe("the heap", () => {
  const size = fc.oneof(
    fc.integer({ min: 0, max: 300 }),
    fc.integer({ min: 0, max: 20_000 }),
    fc.constantFrom(0, 1, 63, 64, 65, PAGE - 64, PAGE, PAGE + 1),
  );
  /** allocate so many bytes, or free one of the live blocks (by a fraction of their number) */
  const action = fc.oneof(
    { weight: 3, arbitrary: fc.record({ allocate: size }) },
    { weight: 2, arbitrary: fc.record({ free: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }) }) },
  );

  /** Fills a block with numbers of its own, so that one that overlaps it shows. */
  const mark = (heap: Heap, { offset, bytes }: Block, id: number) =>
    heap.i32.fill(id, offset / 4, (offset + bytes) / 4);
  const marked = (heap: Heap, { offset, bytes }: Block, id: number) =>
    heap.i32.subarray(offset / 4, (offset + bytes) / 4).every((word) => word === id);

  it("gives aligned blocks that never overlap, never at 0, and keep what is in them", () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
        const heap = new Heap();
        const live: { id: number; block: Block }[] = [];
        let id = 0;
        for (const each of actions) {
          if ("allocate" in each) {
            const block = heap.allocate("test", each.allocate);
            expect(block.offset).toBeGreaterThan(0);
            expect(block.offset % 64).toBe(0);
            expect(block.bytes).toBeGreaterThanOrEqual(each.allocate);
            expect(block.offset + block.bytes).toBeLessThanOrEqual(heap.bytes);
            live.push({ id: ++id, block });
            mark(heap, block, id);
          } else if (live.length > 0) {
            const [freed] = live.splice(Math.floor(each.free * live.length), 1);
            heap.free(freed!.block);
          }
          expect(heap.used).toBe(live.reduce((sum, { block }) => sum + block.bytes, 0));
        }
        for (const { id, block } of live) expect(marked(heap, block, id)).toBe(true);
      }),
    );
  });

  it("joins what is freed, in any order, to one piece", () => {
    const orders = fc.array(size, { minLength: 1, maxLength: 20 }).chain((sizes) =>
      fc.record({
        sizes: fc.constant(sizes),
        order: fc.shuffledSubarray([...sizes.keys()], { minLength: sizes.length }),
      }),
    );
    fc.assert(
      fc.property(orders, ({ sizes, order }) => {
        const heap = new Heap();
        const blocks = sizes.map((bytes) => heap.allocate("test", bytes));
        for (const index of order) heap.free(blocks[index]!);
        expect(heap.used).toBe(0);
        const { bytes } = heap;
        // everything but the cache line at 0 is one piece again
        const whole = heap.allocate("test", bytes - 64);
        expect(whole).toEqual({ offset: 64, bytes: bytes - 64 });
        expect(heap.bytes).toBe(bytes);
      }),
    );
  });

  it("takes the first hole that is large enough", () => {
    const heap = new Heap();
    const [a, b, c, d] = [128, 256, 64, 512].map((bytes) => heap.allocate("test", bytes)) as [
      Block,
      Block,
      Block,
      Block,
    ];
    heap.free(a);
    heap.free(c);
    expect(heap.allocate("test", 200).offset).toBeGreaterThan(d.offset);
    expect(heap.allocate("test", 64).offset).toBe(a.offset);
    expect(heap.allocate("test", 64).offset).toBe(a.offset + 64);
    expect(heap.allocate("test", 64).offset).toBe(c.offset);
    heap.free(b);
    expect(heap.allocate("test", 256).offset).toBe(b.offset);
  });

  it("grows by no more than it needs, using the free end of what it has", () => {
    const heap = new Heap();
    const first = heap.allocate("test", 1000);
    heap.allocate("test", PAGE);
    expect(heap.bytes).toBe(2 * PAGE);
    heap.free(first);
    // the hole at the start is too small and the end is full to the last page
    heap.allocate("test", 3 * PAGE);
    expect(heap.bytes).toBe(5 * PAGE);
  });

  it("keeps contents through growth, and gives views of all the memory", () => {
    const heap = new Heap();
    const block = heap.allocate("test", 4096);
    const view = heap.f32;
    mark(heap, block, 77);
    heap.allocate("test", 10 * PAGE);
    expect(view).toHaveLength(0);
    expect(heap.f32.byteLength).toBe(heap.bytes);
    expect(heap.i32.byteLength).toBe(heap.bytes);
    expect(marked(heap, block, 77)).toBe(true);
  });

  it("refuses to pass its limit, and is as before", () => {
    const heap = new Heap();
    heap.limit = 3 * PAGE;
    const kept = heap.allocate("test", PAGE);
    mark(heap, kept, 5);
    const before = { bytes: heap.bytes, used: heap.used };
    for (let i = 0; i < 3; ++i) {
      expect(() => heap.allocate("someone", 2 * PAGE)).toThrow(
        new RangeError(
          `someone: needs ${2 * PAGE} bytes of linear memory on top of ${before.used} in use, but the limit is ${3 * PAGE} (see configure({ maxMemory }))`,
        ),
      );
      expect({ bytes: heap.bytes, used: heap.used }).toEqual(before);
    }
    expect(marked(heap, kept, 5)).toBe(true);
    // all that the limit leaves is still to be had
    const rest = heap.allocate("test", 2 * PAGE - 64);
    expect(rest.offset).toBe(kept.offset + kept.bytes);
    expect(heap.bytes).toBe(3 * PAGE);
    heap.free(kept);
    heap.free(rest);
    expect(heap.allocate("test", 3 * PAGE - 64).offset).toBe(64);
  });

  it("gives the last block of the address space, which still ends at an address, and no more", () => {
    // pages that nobody touches cost nothing
    const heap = new Heap();
    const all = heap.allocate("test", ADDRESS_SPACE - PAGE - 64);
    const last = heap.allocate("test", PAGE);
    expect(last.offset + last.bytes).toBe(ADDRESS_SPACE);
    expect(heap.bytes).toBe(65535 * PAGE);
    mark(heap, last, 9);
    for (const bytes of [1, 64, PAGE]) {
      expect(() => heap.allocate("someone", bytes)).toThrow(/^someone: needs \d+ bytes .* but the limit is 4294901760/);
    }
    expect(heap.used).toBe(all.bytes + last.bytes);
    expect(marked(heap, last, 9)).toBe(true);
    heap.free(last);
    expect(heap.allocate("test", 64).offset).toBe(last.offset);
  });

  it("refuses what no 32-bit pointer reaches, and is as before", () => {
    const heap = new Heap();
    const { bytes } = heap;
    expect(() => heap.allocate("test", ADDRESS_SPACE)).toThrow(RangeError);
    expect(() => heap.allocate("test", 2 ** 32)).toThrow(RangeError);
    expect(() => heap.allocate("test", Number.MAX_SAFE_INTEGER)).toThrow(RangeError);
    expect(heap.bytes).toBe(bytes);
    expect(heap.used).toBe(0);
    expect(heap.allocate("test", 64).offset).toBe(64);
  });
});
