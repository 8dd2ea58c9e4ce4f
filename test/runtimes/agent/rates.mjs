/** How fast the kernels are in a runtime: a 3x3 layer as a matrix product, beside the micro-kernels alone. */

const [CHANNELS, SIDE] = [64, 28];
/** One panel of each operand, in L1, as bench/engines/roof.ts has them. */
const DEPTH = 512;
const TILES = 16;
const ALL_ROUNDS_MS = 400;
const WARM_MS = 500;

/**
 * By name: floating-point operations of a run, and the run.
 *
 * @param module the build that runs here, compiled, for the micro-kernels
 */
export function contestants({ compile, nn, Tensor }, module) {
  const layer = new nn.Conv2d(CHANNELS, CHANNELS, 3, { padding: 1, seed: 1 });
  const input = Tensor.rand([1, CHANNELS, SIDE, SIDE], 2);
  const session = compile(layer, input.shape, { algorithm: "im2col" });
  const memory = new WebAssembly.Memory({ initial: 1 });
  const table = new WebAssembly.Table({ element: "anyfunc", initial: 1 });
  const kernels = new WebAssembly.Instance(module, { env: { memory, table } }).exports;
  const [a, b] = [64, 64 + 6 * (DEPTH + 1) * 4 + 64];
  const c = b + 8 * DEPTH * 4;
  new Float32Array(memory.buffer, a, (c - a) / 4).fill(0.5);
  const alone = (multiply) => ({
    flops: 2 * 6 * 8 * DEPTH * TILES,
    run() {
      for (let tile = 0; tile < TILES; ++tile) multiply(DEPTH, a, b, 32, c, 32, 1);
    },
  });
  return {
    layer: { flops: 2 * CHANNELS * CHANNELS * 9 * SIDE * SIDE, run: () => void session.run(input) },
    gemm6x8: alone(kernels.gemm6x8),
    gemm6x8paired: alone(kernels.gemm6x8paired),
  };
}

/**
 * GFLOPS of each, from the fastest of the rounds in which they take turns.
 *
 * @param time runs one of them so many times and gives the milliseconds
 * @param roundMs as short as the clock allows: where others share the machine, a few short rounds are left alone
 */
export async function measure(all, time, roundMs) {
  const entrants = [];
  for (const [name, { flops }] of Object.entries(all)) {
    let spent = 0;
    let count = 1;
    let ms = 0;
    while (spent < WARM_MS) {
      ms = await time(name, count);
      spent += ms;
      if (ms < roundMs) count *= 2;
    }
    entrants.push({ name, flops, count: Math.max(Math.round((count * roundMs) / ms), 1), samples: [] });
  }
  for (let round = 0; round * roundMs < ALL_ROUNDS_MS; ++round) {
    for (const { name, count, samples } of entrants) samples.push((await time(name, count)) / count);
  }
  return Object.fromEntries(
    entrants.map(({ name, flops, samples }) => {
      return [name, flops / Math.min(...samples) / 1e6];
    }),
  );
}
