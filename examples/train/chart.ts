import plot from "simple-ascii-chart";

/** In characters. */
const [WIDTH, HEIGHT] = [72, 12];

/** Each column is the mean of the losses of some successive steps: single batches scatter too much to be read. */
export function chartOf(losses: readonly number[]): string {
  const perPoint = Math.ceil(losses.length / WIDTH);
  const points = Array.from({ length: Math.ceil(losses.length / perPoint) }, (_, i): [number, number] => {
    const some = losses.slice(i * perPoint, (i + 1) * perPoint);
    return [i * perPoint + some.length, some.reduce((sum, loss) => sum + loss, 0) / some.length];
  });
  const highest = Math.max(...points.map(([, loss]) => loss));
  return plot(points, {
    width: WIDTH,
    height: HEIGHT,
    yRange: [0, highest],
    title: "loss by step",
    customXAxisTicks: [0, 0.25, 0.5, 0.75, 1].map((part) => points[Math.round(part * (points.length - 1))]![0]),
    customYAxisTicks: Array.from({ length: Math.floor(highest / 0.5) + 1 }, (_, i) => i * 0.5),
  });
}
