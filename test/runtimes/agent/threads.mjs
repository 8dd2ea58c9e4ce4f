/** Threads, where there are any. */

const SHAPE = [1, 64, 56, 56];
const LIMIT_MS = 30_000;

/**
 * Asks for a second thread, and compares what is computed meanwhile and afterwards with what one computes.
 *
 * @returns how many threads there are, and why
 */
export async function tryThreads({ compile, configure, nn, runtime, Tensor }) {
  const layer = new nn.Conv2d(64, 64, 3, { padding: 1, seed: 1 });
  const input = Tensor.rand(SHAPE, 2);
  const alone = compile(layer, SHAPE);
  const expected = alone.run(input).data;
  alone.dispose();
  configure({ threads: 2 });
  const session = compile(layer, SHAPE);
  const check = (when) => {
    const { data } = session.run(input);
    for (const [i, value] of expected.entries()) {
      if (!Object.is(data[i], value)) throw new Error(`threads: value ${i} is ${data[i]} ${when}, instead of ${value}`);
    }
  };
  check("while a thread starts");
  const limit = performance.now() + LIMIT_MS;
  while (runtime().threadsReason === "the others are starting" && performance.now() < limit) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  const { threads, threadsReason } = runtime();
  for (let i = 0; i < 20; ++i) check(`with threads: ${threads}`);
  configure({ threads: 1 });
  check("when the threads have ended");
  session.dispose();
  return { threads, threadsReason };
}
