import { Conv } from "../params";
import { tilesOf } from "../quotient";

/**
 * The loop nest of every kernel that convolves: items are images x groups x `blocks`, the blocks of a group innermost, and
 * those in [begin, end) are computed. `K` is a type whose method computes one item; there are no such objects: the method is
 * called on a null pointer, which it never reads.
 */
export function eachItem<K>(conv: Conv, blocks: i32, begin: i32, end: i32): void {
  if (!ASC_NO_ASSERT) assert(blocks > 0 && end <= conv.batch * conv.groups * blocks);
  const kernel = changetype<K>(0);
  const plane = begin / blocks;
  let block = begin - plane * blocks;
  let image = plane / conv.groups;
  let group = plane - image * conv.groups;
  for (let item = begin; item < end; ++item) {
    kernel.compute(conv, image, group, block);
    if (++block == blocks) {
      block = 0;
      if (++group == conv.groups) {
        group = 0;
        ++image;
      }
    }
  }
}

/**
 * The same where an item is a part of the filters, `conv.tileFilters` of them, and those of one block follow each other: what
 * a block has in common is computed once for all of its parts in [begin, end). The method gets the first filter and the one
 * after the last.
 */
export function eachPart<K>(conv: Conv, blocks: i32, begin: i32, end: i32): void {
  const kernel = changetype<K>(0);
  const parts = <i32>tilesOf(conv.filters, conv.tileFilters);
  if (!ASC_NO_ASSERT) assert(blocks > 0 && end <= conv.batch * conv.groups * blocks * parts);
  for (let item = begin; item < end;) {
    const block = item / parts;
    const part = item - block * parts;
    const last = min(parts, part + end - item);
    const plane = block / blocks;
    const image = plane / conv.groups;
    const group = plane - image * conv.groups;
    const first = part * conv.tileFilters;
    kernel.compute(conv, image, group, block - plane * blocks, first, min(last * conv.tileFilters, conv.filters));
    item += last - part;
  }
}
