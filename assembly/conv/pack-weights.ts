import { Conv } from "../params";

/**
 * Weights of every group as panels of `tile` filters:
 *
 *   panel 0                                  panel 1 ...
 *   +-----------+-----------+-----+---------+
 *   | tile bias | tile of k0| ... | of kD-1 |
 *   +-----------+-----------+-----+---------+
 *
 * A group's last panel is filled up with zeros, so that tiles are always whole and hold no stray subnormals.
 */
export function packPanels(conv: Conv, tile: i32): void {
  const depth = conv.depth;
  const filters = conv.filters;
  let to = conv.packed;
  for (let group = 0; group < conv.groups; ++group) {
    for (let first = 0; first < filters; first += tile) {
      const count = min(tile, filters - first);
      const from = group * filters + first;
      for (let i = 0; i < tile; ++i, to += 4) {
        store<f32>(to, i < count && conv.bias ? load<f32>(conv.bias + ((<usize>(from + i)) << 2)) : 0);
      }
      const weight = conv.weight + ((<usize>from * depth) << 2);
      for (let k = 0; k < depth; ++k) {
        for (let i = 0; i < tile; ++i, to += 4) {
          store<f32>(to, i < count ? load<f32>(weight + ((<usize>i * depth + k) << 2)) : 0);
        }
      }
    }
  }
}
