import { Conv } from "../params";

/**
 * The loop nest of every kernel that convolves: items are images x groups x `blocks`, the blocks of a group innermost, and
 * those in [begin, end) are computed. `K` is a type whose method computes one item; there are no such objects: the method is
 * called on a null pointer, which it never reads.
 */
export function eachItem<K>(conv: Conv, blocks: i32, begin: i32, end: i32): void {
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
