/**
 * The picture to begin with: mountains by a lake at dusk, computed pixel by pixel. It has what kernels answer to: soft
 * gradients, hard edges in all directions, fine texture.
 */
export const SCENE = { width: 512, height: 384 };

type Colour = readonly [number, number, number];

const HORIZON = 236;
const SUN = { x: 338, y: 150, radius: 34 };
const SKY: readonly Colour[] = [
  [28, 37, 84],
  [98, 74, 132],
  [226, 120, 106],
  [255, 208, 138],
];
/** From the farthest to the nearest: height, roughness and colour. */
const RIDGES: readonly { base: number; rise: number; scale: number; colour: Colour }[] = [
  { base: 196, rise: 88, scale: 150, colour: [150, 98, 126] },
  { base: 212, rise: 70, scale: 96, colour: [104, 70, 112] },
  { base: 226, rise: 46, scale: 60, colour: [62, 50, 92] },
];

/** A repeatable number from 0 to 1 for two whole numbers. */
function hash(x: number, y: number): number {
  let bits = Math.imul(x, 0x27d4eb2d) ^ Math.imul(y, 0x165667b1);
  bits = Math.imul(bits ^ (bits >>> 15), 0x2c1b3c6d);
  bits = Math.imul(bits ^ (bits >>> 12), 0x297a2d39);
  return ((bits ^ (bits >>> 15)) >>> 0) / 2 ** 32;
}

const smooth = (t: number) => t * t * (3 - 2 * t);
const mix = (a: Colour, b: Colour, t: number): Colour => [
  a[0] + (b[0] - a[0]) * t,
  a[1] + (b[1] - a[1]) * t,
  a[2] + (b[2] - a[2]) * t,
];

/** Value noise along a line, in five octaves, from 0 to 1. */
function profile(x: number, seed: number): number {
  let [sum, weight, total] = [0, 1, 0];
  for (let octave = 0; octave < 5; octave++) {
    const cell = Math.floor(x);
    const t = smooth(x - cell);
    sum += weight * (hash(cell, seed + octave) * (1 - t) + hash(cell + 1, seed + octave) * t);
    total += weight;
    weight *= 0.5;
    x *= 2;
  }
  return sum / total;
}

function sky(x: number, y: number): Colour {
  const t = Math.min(y / HORIZON, 1) * (SKY.length - 1);
  const band = Math.min(Math.floor(t), SKY.length - 2);
  const base = mix(SKY[band]!, SKY[band + 1]!, t - band);
  const distance = Math.hypot(x - SUN.x, y - SUN.y);
  const glow = mix(base, [255, 214, 150], 0.75 * Math.exp(-distance / 70));
  const disc = Math.min(Math.max(SUN.radius - distance + 0.5, 0), 1);
  const lit = mix(glow, [255, 243, 214], disc);
  const star = hash(x, y) > 0.9985 && y < 110 ? 1 - y / 110 : 0;
  return mix(lit, [255, 255, 255], star);
}

/** Pines on the near shore: a row of triangles of several sizes, jagged like branches. */
function pines(x: number, y: number): boolean {
  for (const [count, height, seed] of [
    [23, 88, 5],
    [37, 52, 9],
  ] as const) {
    const pitch = SCENE.width / count;
    for (let tree = Math.floor(x / pitch) - 1; tree <= Math.floor(x / pitch) + 1; tree++) {
      const centre = (tree + 0.2 + 0.6 * hash(tree, seed)) * pitch;
      const shore = Math.abs(centre / SCENE.width - 0.42);
      const top = 386 - height * (0.3 + 2.4 * shore) * (0.7 + 0.6 * hash(tree, seed + 1));
      const below = y - top;
      const branch = 1.5 + below * 0.2 + (below % 9) * 0.45;
      if (below > 0 && Math.abs(x - centre) < branch) return true;
    }
  }
  return false;
}

function land(x: number, y: number): Colour {
  let colour = sky(x, y);
  for (const [index, { base, rise, scale, colour: rock }] of RIDGES.entries()) {
    const top = base - rise * (profile(x / scale + 7 * index, 20 * index + 3) - 0.25) * 1.6;
    if (y < top) continue;
    const light = profile((x + 2.4 * y) / 11, 20 * index + 11) - 0.5;
    const snow = index === 0 && y < 156 + 34 * light - 0.2 * (y - top);
    const lit = mix(rock, snow ? [255, 226, 214] : [255, 178, 140], snow ? 0.8 + light * 0.4 : 0.12 + light * 0.3);
    colour = mix(lit, [236, 150, 120], 0.35 * Math.max(0, (y - top) / 140));
  }
  return colour;
}

function pixel(x: number, y: number): Colour {
  if (pines(x, y)) return mix([16, 22, 34], [30, 44, 54], hash(x, y));
  if (y < HORIZON) return land(x, y);
  const depth = y - HORIZON;
  const ripple = Math.sin(depth * 0.9 + 3 * profile(x / 40, depth)) * (0.5 + depth / 30);
  const mirrored = land(Math.round(x + 1.5 * ripple), Math.max(0, Math.round(HORIZON - depth * 1.35 + ripple)));
  const glint = Math.abs(x - SUN.x) < 12 + depth * 0.35 && hash(Math.floor(x / 7), y) > 0.72 ? 0.55 : 0;
  return mix(mix(mirrored, [26, 38, 78], 0.28 + depth / 420), [255, 226, 170], glint);
}

export function drawScene(): ImageData {
  const { width, height } = SCENE;
  const image = new ImageData(width, height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const grain = 5 * (hash(x + 977, y + 131) - 0.5);
      const [red, green, blue] = pixel(x, y);
      image.data.set([red + grain, green + grain, blue + grain, 255], 4 * (y * width + x));
    }
  }
  return image;
}
