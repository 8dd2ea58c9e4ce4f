import { cat, nn, type Tensor, type TensorLike } from "convwasm";

const twoConvolutions = (inChannels: number, outChannels: number) => {
  const convolution = (channels: number) => new nn.Conv2d(channels, outChannels, 3, { padding: 1, bias: false });
  return new nn.Sequential(
    convolution(inChannels),
    new nn.BatchNorm2d(outChannels),
    new nn.ReLU(),
    convolution(outChannels),
    new nn.BatchNorm2d(outChannels),
    new nn.ReLU(),
  );
};

/**
 * Ronneberger et al., "U-Net: Convolutional Networks for Biomedical Image Segmentation", arXiv 1505.04597, with batch
 * normalisation and padded convolutions, so that the result is as large as the input.
 */
export class UNet extends nn.Module {
  readonly encoder: nn.Sequential;
  readonly pool = new nn.MaxPool2d(2);
  readonly bottom: nn.Sequential;
  readonly upsample: nn.Sequential;
  readonly decoder: nn.Sequential;
  readonly head: nn.Conv2d;

  /** @param widths channels of each level, from the top down; each twice those of the level above */
  constructor(inChannels: number, outChannels: number, widths: readonly number[] = [64, 128, 256, 512, 1024]) {
    super();
    const levels = widths.slice(0, -1);
    const upwards = levels.toReversed();
    this.encoder = new nn.Sequential(...levels.map((width, i) => twoConvolutions(levels[i - 1] ?? inChannels, width)));
    this.bottom = twoConvolutions(levels.at(-1)!, widths.at(-1)!);
    this.upsample = new nn.Sequential(
      ...upwards.map((width) => new nn.ConvTranspose2d(width * 2, width, 2, { stride: 2 })),
    );
    this.decoder = new nn.Sequential(...upwards.map((width) => twoConvolutions(width * 2, width)));
    this.head = new nn.Conv2d(levels[0]!, outChannels, 1);
  }

  /**
   * @param x (N, inChannels, H, W), H and W multiples of two to the number of levels below the first
   * @returns (N, outChannels, H, W), before any softmax
   */
  override forward(x: TensorLike): Tensor {
    const skipped: Tensor[] = [];
    let y: TensorLike = x;
    for (const level of this.encoder) {
      const features: Tensor = level.forward(y);
      skipped.push(features);
      y = this.pool.forward(features);
    }
    let z = this.bottom.forward(y);
    for (const [i, level] of [...this.decoder].entries()) {
      z = level.forward(cat([skipped.pop()!, this.upsample[i]!.forward(z)], 1));
    }
    return this.head.forward(z);
  }
}
