import { Tensor } from "convwasm";

export const SIZE = 24;
export const CLASSES = 10;

export interface Samples {
  /** (count, 1, SIZE, SIZE), around 0 where there is nothing and around 1 on a stroke */
  readonly images: Tensor;
  readonly labels: readonly number[];
}

type Point = readonly [x: number, y: number];

/**
 * The ways in which each digit is written, as strokes: the points that the pen passes, in a box of width and height 1
 * whose first row is the top.
 */
const SHAPES: readonly (readonly (readonly Point[])[])[][] = [
  [[ellipse(0.5, 0.5, 0.32, 0.48)], [ellipse(0.5, 0.5, 0.24, 0.48)]],
  [
    [line(0.5, 0, 0.5, 1)],
    [line(0.28, 0.25, 0.55, 0), line(0.55, 0, 0.55, 1)],
    [line(0.28, 0.25, 0.52, 0), line(0.52, 0, 0.52, 1), line(0.25, 1, 0.8, 1)],
  ],
  [
    [arc(0.5, 0.28, 0.3, 0.28, 180, 390), line(0.76, 0.42, 0.2, 1), line(0.2, 1, 0.82, 1)],
    [
      arc(0.46, 0.26, 0.32, 0.26, 200, 400),
      line(0.705, 0.43, 0.15, 0.95),
      line(0.15, 0.95, 0.4, 0.88),
      line(0.4, 0.88, 0.85, 1),
    ],
  ],
  [
    [arc(0.45, 0.25, 0.3, 0.25, 200, 450), arc(0.45, 0.74, 0.34, 0.26, 270, 510)],
    [line(0.2, 0, 0.78, 0), line(0.78, 0, 0.45, 0.4), arc(0.45, 0.7, 0.33, 0.3, 270, 510)],
  ],
  [
    [line(0.62, 0, 0.15, 0.68), line(0.15, 0.68, 0.88, 0.68), line(0.65, 0.35, 0.65, 1)],
    [line(0.25, 0, 0.2, 0.5), line(0.2, 0.5, 0.8, 0.5), line(0.75, 0, 0.7, 1)],
  ],
  [
    [line(0.8, 0, 0.28, 0), line(0.28, 0, 0.24, 0.42), arc(0.46, 0.68, 0.34, 0.32, 230, 500)],
    [line(0.85, 0.02, 0.3, 0), line(0.3, 0, 0.3, 0.45), arc(0.42, 0.7, 0.32, 0.3, 250, 470)],
  ],
  [
    [arc(0.95, 0.68, 0.74, 0.72, 180, 250), ellipse(0.5, 0.7, 0.3, 0.3)],
    [line(0.62, 0, 0.26, 0.55), ellipse(0.52, 0.72, 0.3, 0.28)],
  ],
  [
    [line(0.18, 0, 0.82, 0), line(0.82, 0, 0.4, 1)],
    [line(0.18, 0, 0.82, 0), line(0.82, 0, 0.4, 1), line(0.35, 0.5, 0.8, 0.5)],
  ],
  [
    [ellipse(0.5, 0.25, 0.26, 0.25), ellipse(0.5, 0.75, 0.32, 0.25)],
    [ellipse(0.5, 0.22, 0.22, 0.22), ellipse(0.5, 0.72, 0.26, 0.28)],
  ],
  [
    [ellipse(0.48, 0.3, 0.3, 0.3), line(0.78, 0.28, 0.72, 1)],
    [ellipse(0.5, 0.3, 0.3, 0.3), arc(0.06, 0.32, 0.74, 0.7, 0, 70)],
  ],
];

/** Pixels with which the box is drawn; the rest of the image is room to turn and to move in. */
const HEIGHT = 16;

/** Draws 0 to 9 in turn, each in a hand of its own: how it is turned, slanted, sized, bent, inked and blurred. */
export function drawDigits(count: number, seed: number): Samples {
  const images = Tensor.zeros([count, 1, SIZE, SIZE]);
  const labels = Array.from({ length: count }, (_, i) => i % CLASSES);
  for (const [i, label] of labels.entries()) {
    drawDigit(images.data.subarray(i * SIZE * SIZE, (i + 1) * SIZE * SIZE), label, seed * 1_000_003 + i);
  }
  return { images, labels };
}

function drawDigit(image: Float32Array, label: number, seed: number): void {
  const random = Tensor.rand([12], seed).data;
  const between = (i: number, low: number, high: number) => low + (high - low) * random[i]!;
  const shapes = SHAPES[label]!;
  const strokes = shapes[Math.floor(random[0]! * shapes.length)]!;

  const angle = between(1, -0.25, 0.25);
  const slant = between(2, -0.3, 0.3);
  const [width, height] = [between(3, 0.6, 1.05) * HEIGHT, between(4, 0.8, 1.15) * HEIGHT];
  const [centreX, centreY] = [SIZE / 2 + between(5, -2, 2), SIZE / 2 + between(6, -2, 2)];
  const [bendX, bendY] = [between(7, -0.08, 0.08), between(8, -0.08, 0.08)];
  const place = ([u, v]: Point): Point => {
    const [bentX, bentY] = [u - 0.5 + bendX * Math.sin(6 * v), v - 0.5 + bendY * Math.sin(6 * u)];
    const [x, y] = [(bentX - slant * bentY) * width, bentY * height];
    return [centreX + x * Math.cos(angle) - y * Math.sin(angle), centreY + x * Math.sin(angle) + y * Math.cos(angle)];
  };
  const segments = strokes.flatMap((stroke) => {
    const points = stroke.map(place);
    return points.slice(1).map((to, i) => segment(points[i]!, to));
  });
  const radius = between(9, 0.6, 1.5);
  const ink = between(10, 0.6, 1.1);
  const noise = Tensor.randn([SIZE * SIZE], seed).data;
  const roughness = between(11, 0, 0.2);
  for (let y = 0; y < SIZE; ++y) {
    for (let x = 0; x < SIZE; ++x) {
      const covered = clamp(radius + 0.5 - distanceTo(segments, x + 0.5, y + 0.5));
      image[y * SIZE + x] = ink * covered + roughness * noise[y * SIZE + x]!;
    }
  }
}

interface Segment {
  readonly x: number;
  readonly y: number;
  readonly dx: number;
  readonly dy: number;
}

const segment = ([x, y]: Point, [toX, toY]: Point): Segment => ({ x, y, dx: toX - x, dy: toY - y });

/** Of a point to the nearest of some segments. */
function distanceTo(segments: readonly Segment[], x: number, y: number): number {
  let nearest = Infinity;
  for (const { x: fromX, y: fromY, dx, dy } of segments) {
    const along = clamp(((x - fromX) * dx + (y - fromY) * dy) / (dx * dx + dy * dy));
    const [awayX, awayY] = [x - fromX - along * dx, y - fromY - along * dy];
    nearest = Math.min(nearest, awayX * awayX + awayY * awayY);
  }
  return Math.sqrt(nearest);
}

const clamp = (value: number): number => Math.min(Math.max(value, 0), 1);

// in pieces, so that it bends
function line(fromX: number, fromY: number, toX: number, toY: number): Point[] {
  return [0, 0.25, 0.5, 0.75, 1].map((t) => [fromX + t * (toX - fromX), fromY + t * (toY - fromY)]);
}

/** Angles in degrees, clockwise from the right. */
function arc(x: number, y: number, radiusX: number, radiusY: number, from: number, to: number): Point[] {
  const steps = Math.ceil(Math.abs(to - from) / 30);
  return Array.from({ length: steps + 1 }, (_, i) => {
    const angle = ((from + ((to - from) * i) / steps) * Math.PI) / 180;
    return [x + radiusX * Math.cos(angle), y + radiusY * Math.sin(angle)];
  });
}

function ellipse(x: number, y: number, radiusX: number, radiusY: number): Point[] {
  return arc(x, y, radiusX, radiusY, 0, 360);
}
