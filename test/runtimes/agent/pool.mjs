/** A pool of workers, where there are any. */

const SHAPE = [1, 64, 160, 160];

/**
 * Lets two workers compute, and gives up a call in the middle.
 *
 * @returns how many workers there are, or why there is none
 */
export async function tryPool({ compile, nn, Tensor }, { Pool }) {
  const session = compile(new nn.Conv2d(64, 64, 3, { padding: 1, seed: 1 }), SHAPE);
  const input = Tensor.rand(SHAPE, 2);
  const expected = session.run(input).data;
  let pool;
  try {
    pool = new Pool(session.save(), { size: 2 });
    const results = await Promise.all([1, 2, 3].map(() => pool.run(input)));
    for (const { data } of results) {
      for (const [i, value] of expected.entries()) {
        if (!Object.is(data[i], value)) throw new Error(`value ${i} is ${data[i]} instead of ${value}`);
      }
    }
  } catch (error) {
    return { workers: 0, workersReason: error.message };
  }
  const controller = new AbortController();
  const given = pool.run(input, { signal: controller.signal }).then(
    () => "done",
    (error) => error.name,
  );
  controller.abort();
  if ((await given) !== "AbortError") throw new Error(`pool: a call that was aborted is ${await given}`);
  // both workers are there for others
  await Promise.all([pool.run(input), pool.run(input)]);
  const { ready, restarts } = pool.stats();
  if (restarts > 0) throw new Error("pool: a worker did not come back from a call that was aborted");
  await pool.close();
  session.dispose();
  return { workers: ready };
}
