import { DIRECT_MR, DIRECT_NR } from "../blocking";
import { copyTile } from "../gemm/edge";
import { Conv } from "../params";
import { madd } from "../simd";
import { packPanels } from "./pack-weights";
import { storeRow, tapOffset } from "./rows";

export function packDirect(conv: Conv): void {
  packPanels(conv, DIRECT_MR);
}

/**
 * Windows times kernel, summed in the order (channel, row, column): no matrix, only the rows under the current
 * output row, held in a ring.
 *
 * workspace: edge tile f32[4][12] | tap offsets i32[taps] | ring f32[blockDepth][slots][stride][phase]
 *
 * blockDepth is a number of channels here: those whose ring stays in the cache. Later blocks add to the output.
 */
export function convDirect(conv: Conv): void {
  const inputGroup = (<usize>conv.channels * conv.height * conv.width) << 2;
  const outputGroup = (<usize>conv.filters * conv.pixels) << 2;
  const packedGroup = <usize>((conv.filters + DIRECT_MR - 1) / DIRECT_MR) * ((conv.depth + 1) * DIRECT_MR * 4);
  let input = conv.input;
  let output = conv.output;
  for (let n = 0; n < conv.batch; ++n) {
    let packed = conv.packed;
    for (let group = 0; group < conv.groups; ++group) {
      for (let start = 0; start < conv.channels; start += conv.blockDepth) {
        convChannels(conv, input, packed, start, min(conv.blockDepth, conv.channels - start), output);
      }
      input += inputGroup;
      output += outputGroup;
      packed += packedGroup;
    }
  }
}

function convChannels(conv: Conv, input: usize, packed: usize, start: i32, channels: i32, output: usize): void {
  const slots = (conv.kernelHeight - 1) * conv.dilationHeight + 1;
  const phaseBytes = phaseLength(conv) << 2;
  const rowBytes = <usize>conv.strideWidth * phaseBytes;
  const channelBytes = <usize>slots * rowBytes;
  const plane = (<usize>conv.height * conv.width) << 2;
  const offsets = conv.workspace + DIRECT_MR * DIRECT_NR * 4;
  const ring = (offsets + (<usize>conv.taps << 2) + 15) & ~15;
  memory.fill(ring, 0, <usize>channels * channelBytes);
  let stored = 0;
  for (let y = 0; y < conv.outHeight; ++y) {
    const top = y * conv.strideHeight;
    for (stored = max(stored, top); stored < top + slots; ++stored) {
      let from = input + <usize>start * plane;
      let to = ring + <usize>(stored % slots) * rowBytes;
      for (let c = 0; c < channels; ++c) {
        storeRow(conv, from, stored, phaseBytes, to);
        from += plane;
        to += channelBytes;
      }
    }
    fillOffsets(conv, top, slots, rowBytes, phaseBytes, offsets);
    convRow(conv, packed, start, channels, ring, channelBytes, offsets, output + ((<usize>y * conv.outWidth) << 2));
  }
}

/** Floats of a stored phase: the last tile of a row may read past the row, never past its phase. */
// @ts-ignore: decorator
@inline
function phaseLength(conv: Conv): usize {
  const tiled = ((conv.outWidth + DIRECT_NR - 1) / DIRECT_NR) * DIRECT_NR;
  return tiled + ((conv.kernelWidth - 1) * conv.dilationWidth) / conv.strideWidth;
}

function fillOffsets(conv: Conv, top: i32, slots: i32, rowBytes: usize, phaseBytes: usize, offsets: usize): void {
  for (let r = 0; r < conv.kernelHeight; ++r) {
    const row = <usize>((top + r * conv.dilationHeight) % slots) * rowBytes;
    for (let s = 0; s < conv.kernelWidth; ++s, offsets += 4) {
      store<i32>(offsets, <i32>(row + tapOffset(conv, s, phaseBytes)));
    }
  }
}

/** One output row of every filter. */
function convRow(conv: Conv, packed: usize, start: i32, channels: i32, ring: usize, channelBytes: usize, offsets: usize, output: usize): void {
  const rowBytes = <usize>conv.pixels << 2;
  const first = start == 0;
  const panelBytes = <usize>(conv.depth + 1) * (DIRECT_MR * 4);
  let weights = packed + (first ? 0 : <usize>(start * conv.taps + 1) * (DIRECT_MR * 4));
  for (let filter = 0; filter < conv.filters; filter += DIRECT_MR) {
    const rows = min(conv.filters - filter, DIRECT_MR);
    let to = output + <usize>filter * rowBytes;
    for (let x = 0; x < conv.outWidth; x += DIRECT_NR) {
      const columns = min(conv.outWidth - x, DIRECT_NR);
      const from = ring + (<usize>x << 2);
      if (rows == DIRECT_MR && columns == DIRECT_NR) {
        direct4x12(channels, conv.taps, weights, from, channelBytes, offsets, to, rowBytes, first);
      } else {
        const tile = conv.workspace;
        if (!first) copyTile(to, rowBytes, tile, DIRECT_NR * 4, rows, columns);
        direct4x12(channels, conv.taps, weights, from, channelBytes, offsets, tile, DIRECT_NR * 4, first);
        copyTile(tile, DIRECT_NR * 4, to, rowBytes, rows, columns);
      }
      to += DIRECT_NR * 4;
    }
    weights += panelBytes;
  }
}

/**
 * Twelve adjacent pixels of four filters: c[4][12] (+)= sum over channels and taps of w[4] * x[12].
 * The weights are read twice a tap, because three vectors of pixels and a weight would need a register too many.
 */
function direct4x12(channels: i32, taps: i32, w: usize, x: usize, channelBytes: usize, offsets: usize, c: usize, rowBytes: usize, first: bool): void {
  let c00: v128, c01: v128, c02: v128, c10: v128, c11: v128, c12: v128;
  let c20: v128, c21: v128, c22: v128, c30: v128, c31: v128, c32: v128;
  const c1 = c + rowBytes;
  const c2 = c1 + rowBytes;
  const c3 = c2 + rowBytes;
  if (first) {
    c00 = c01 = c02 = v128.load32_splat(w);
    c10 = c11 = c12 = v128.load32_splat(w, 4);
    c20 = c21 = c22 = v128.load32_splat(w, 8);
    c30 = c31 = c32 = v128.load32_splat(w, 12);
    w += 16;
  } else {
    c00 = v128.load(c);
    c01 = v128.load(c, 16);
    c02 = v128.load(c, 32);
    c10 = v128.load(c1);
    c11 = v128.load(c1, 16);
    c12 = v128.load(c1, 32);
    c20 = v128.load(c2);
    c21 = v128.load(c2, 16);
    c22 = v128.load(c2, 32);
    c30 = v128.load(c3);
    c31 = v128.load(c3, 16);
    c32 = v128.load(c3, 32);
  }
  const offsetsEnd = offsets + (<usize>taps << 2);
  for (; channels > 0; --channels) {
    for (let offset = offsets; offset < offsetsEnd; offset += 4) {
      const from = x + load<u32>(offset);
      const x0 = v128.load(from);
      const x1 = v128.load(from, 16);
      c00 = madd(v128.load32_splat(w), x0, c00);
      c01 = madd(v128.load32_splat(w), x1, c01);
      c10 = madd(v128.load32_splat(w, 4), x0, c10);
      c11 = madd(v128.load32_splat(w, 4), x1, c11);
      c20 = madd(v128.load32_splat(w, 8), x0, c20);
      c21 = madd(v128.load32_splat(w, 8), x1, c21);
      c30 = madd(v128.load32_splat(w, 12), x0, c30);
      c31 = madd(v128.load32_splat(w, 12), x1, c31);
      const x2 = v128.load(from, 32);
      c02 = madd(v128.load32_splat(w), x2, c02);
      c12 = madd(v128.load32_splat(w, 4), x2, c12);
      c22 = madd(v128.load32_splat(w, 8), x2, c22);
      c32 = madd(v128.load32_splat(w, 12), x2, c32);
      w += 16;
    }
    x += channelBytes;
  }
  v128.store(c, c00);
  v128.store(c, c01, 16);
  v128.store(c, c02, 32);
  v128.store(c1, c10);
  v128.store(c1, c11, 16);
  v128.store(c1, c12, 32);
  v128.store(c2, c20);
  v128.store(c2, c21, 16);
  v128.store(c2, c22, 32);
  v128.store(c3, c30);
  v128.store(c3, c31, 16);
  v128.store(c3, c32, 32);
}
