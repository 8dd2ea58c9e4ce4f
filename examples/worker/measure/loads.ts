/** What the Worker is tried with, one after the other. */
import { makeBombs, photoOf } from "./bombs.ts";
import { count, post, postPatiently, sendSlowly, takeSlowly } from "./clients.ts";
import type { ResidentMemory } from "./memory.ts";

export interface Sizes {
  clients: number;
  photos: number;
  /** bytes to which each bomb inflates */
  unfolded: number;
  /** pixels to a side of the photos */
  side: number;
}

export interface Outcome {
  name: string;
  answers: string;
  seconds: number;
  /** bytes above idle */
  peak: number;
}

/** @throws Error for an unexpected answer */
export async function* runAll(url: URL, memory: ResidentMemory, sizes: Sizes): AsyncGenerator<Outcome> {
  const { clients, photos, unfolded, side } = sizes;
  const png = { type: "image/png", body: await photoOf("image/png", side) } as const;
  const jpeg = { type: "image/jpeg", body: await photoOf("image/jpeg", side) } as const;
  const load = async (name: string, run: () => Promise<string>): Promise<Outcome> => {
    memory.reset();
    const begin = performance.now();
    const answers = await run();
    return { name, answers, seconds: (performance.now() - begin) / 1000, peak: memory.peak - memory.idle };
  };
  const times = <T>(length: number, make: (i: number) => Promise<T>) =>
    Promise.all(Array.from({ length }, (_, i) => make(i)));

  yield await load("one photo", async () => String((await post(url, png)).status));
  for (const bomb of await makeBombs(unfolded)) {
    yield await load(`${bomb.type}, ${bomb.name}`, async () => {
      const statuses = await times(2, async () => (await post(url, bomb)).status);
      if (statuses.some((status) => status !== bomb.status)) throw new Error(`${bomb.name}: ${statuses}`);
      return count(statuses);
    });
  }
  yield await load(`${clients} clients who send a byte at a time, and a photo`, async () => {
    const slow = times(clients, () => sendSlowly(url, png, 100, 200));
    const tries = await postPatiently(url, png);
    return `the photo after ${tries} tries; ${count(await slow)}`;
  });
  yield await load(`${clients} clients who stop in the midst, and a photo`, async () => {
    const slow = times(clients, () => sendSlowly(url, png, png.body.length - 1000, 1e6));
    const tries = await postPatiently(url, jpeg);
    return `the photo after ${tries} tries; ${count(await slow)}`;
  });
  yield await load("8 clients who do not take the answer, and a photo", async () => {
    const slow = times(8, () => takeSlowly(url, png, 8000));
    const tries = await postPatiently(url, jpeg);
    return `the photo after ${tries} tries; ${count(await slow)}`;
  });
  yield await load("three photos at once", async () => {
    const begin = performance.now();
    const ends = await times(3, async (i) => {
      await postPatiently(url, i % 2 ? jpeg : png);
      return ((performance.now() - begin) / 1000).toFixed(1);
    });
    return `after ${ends.sort((a, b) => Number(a) - Number(b)).join(", ")} s`;
  });
  yield await load(`${photos} photos at once, who come again when they are asked to`, async () => {
    const tries = await times(photos, (i) => postPatiently(url, i % 2 ? jpeg : png));
    return `all are served, after ${Math.max(...tries)} tries at most`;
  });
  yield await load("one photo", async () => String((await post(url, png)).status));
}
