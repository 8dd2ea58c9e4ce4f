import { add, nn, type Tensor, type TensorLike } from "convwasm";

/** A convolution that keeps height and width but for its stride, a batch normalisation and ReLU6. */
const convNormActivation = (inChannels: number, outChannels: number, kernelSize: number, stride = 1, groups = 1) =>
  new nn.Sequential(
    new nn.Conv2d(inChannels, outChannels, kernelSize, {
      stride,
      padding: (kernelSize - 1) / 2,
      groups,
      bias: false,
    }),
    new nn.BatchNorm2d(outChannels),
    new nn.ReLU6(),
  );

/** Widens by a 1x1 convolution, filters each channel by itself, and narrows again without an activation. */
export class InvertedResidual extends nn.Module {
  readonly conv: nn.Sequential;
  readonly shortcut: boolean;

  constructor(inChannels: number, outChannels: number, stride: number, expansion: number) {
    super();
    const width = inChannels * expansion;
    this.conv = new nn.Sequential(
      ...(expansion === 1 ? [] : [convNormActivation(inChannels, width, 1)]),
      convNormActivation(width, width, 3, stride, width),
      new nn.Conv2d(width, outChannels, 1, { bias: false }),
      new nn.BatchNorm2d(outChannels),
    );
    this.shortcut = stride === 1 && inChannels === outChannels;
  }

  override forward(x: TensorLike): Tensor {
    const y = this.conv.forward(x);
    return this.shortcut ? add(x, y) : y;
  }
}

/** expansion, channels, blocks, stride of the first block: table 2 of the paper */
const STAGES = [
  [1, 16, 1, 1],
  [6, 24, 2, 2],
  [6, 32, 3, 2],
  [6, 64, 4, 2],
  [6, 96, 3, 1],
  [6, 160, 3, 2],
  [6, 320, 1, 1],
] as const;

/** Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks", arXiv 1801.04381. */
export class MobileNetV2 extends nn.Module {
  readonly features: nn.Sequential;
  readonly avgpool = new nn.AdaptiveAvgPool2d(1);
  readonly flatten = new nn.Flatten();
  readonly classifier: nn.Sequential;

  constructor(classes = 1000) {
    super();
    const layers: nn.Module[] = [convNormActivation(3, 32, 3, 2)];
    let channels = 32;
    for (const [expansion, outChannels, blocks, stride] of STAGES) {
      for (let block = 0; block < blocks; ++block) {
        layers.push(new InvertedResidual(channels, outChannels, block === 0 ? stride : 1, expansion));
        channels = outChannels;
      }
    }
    this.features = new nn.Sequential(...layers, convNormActivation(channels, 1280, 1));
    this.classifier = new nn.Sequential(new nn.Dropout(0.2), new nn.Linear(1280, classes));
  }

  /**
   * @param x (N, 3, H, W)
   * @returns (N, classes), before any softmax
   */
  override forward(x: TensorLike): Tensor {
    return this.classifier.forward(this.flatten.forward(this.avgpool.forward(this.features.forward(x))));
  }
}

/** torchvision.models.mobilenet_v2 */
export const mobilenetV2 = (classes?: number) => new MobileNetV2(classes);
