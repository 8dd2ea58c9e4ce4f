import { nn, Tensor } from "convwasm";

/** (N, C, H, W) of a grey picture */
export const SHAPE = [1, 1, 32, 32] as const;

/** A small classifier made of convolutions alone, so that one module of kernels runs all of it. */
export function classifier(): nn.Module {
  const layer = (inChannels: number, outChannels: number, kernelSize: number, options: object, seed: number) =>
    new nn.Conv2d(inChannels, outChannels, kernelSize, { ...options, seed });
  return new nn.Sequential(
    layer(1, 16, 5, { stride: 2, padding: 2 }, 1),
    new nn.ReLU(),
    new nn.Residual(
      new nn.Sequential(
        layer(16, 16, 3, { padding: 1 }, 2),
        new nn.BatchNorm2d(16),
        new nn.ReLU(),
        layer(16, 16, 3, { padding: 1, groups: 16 }, 3),
      ),
    ),
    new nn.SiLU(),
    new nn.Concat(layer(16, 8, 1, {}, 4), layer(16, 24, 3, { padding: 1 }, 5)),
    layer(32, 32, 2, { stride: 2 }, 6),
    new nn.Hardswish(),
    layer(32, 10, 8, {}, 7),
  );
}

/** A picture of a ring. */
export function ring(): Tensor {
  const [, , height, width] = SHAPE;
  const data = new Float32Array(height * width);
  for (let y = 0; y < height; ++y) {
    for (let x = 0; x < width; ++x) {
      const radius = Math.hypot(y - height / 2 + 0.5, x - width / 2 + 0.5);
      data[y * width + x] = Math.abs(radius - height / 3) < 2 ? 1 : 0;
    }
  }
  return new Tensor(data, SHAPE);
}
