/**
 * The roots and all that they need, each after what it needs: in the roots' own order where that is one. Depth first, without
 * recursion: a hostile file may have longer chains than any stack.
 *
 * @param count roots and what they need are numbers below it
 * @param needsOf names of what an item needs
 * @param makerOf the item that makes what is named; undefined for what is there already
 * @param cycle the error for an item that needs something which waits for it
 */
export function orderOf(
  count: number,
  roots: Iterable<number>,
  needsOf: (item: number) => readonly string[],
  makerOf: (name: string, item: number) => number | undefined,
  cycle: (name: string, item: number) => Error,
): readonly number[] {
  const order: number[] = [];
  const state = new Uint8Array(count); // 1 while its needs are visited, 2 when done
  for (const root of roots) {
    const stack = [root];
    while (stack.length > 0) {
      const item = stack.at(-1)!;
      if (state[item] === 0) {
        state[item] = 1;
        for (const name of needsOf(item).toReversed()) {
          const maker = makerOf(name, item);
          if (maker === undefined) continue;
          if (state[maker] === 1) throw cycle(name, item);
          if (state[maker] === 0) stack.push(maker);
        }
        continue;
      }
      if (state[item] === 1) order.push(item);
      state[item] = 2;
      stack.pop();
    }
  }
  return order;
}
