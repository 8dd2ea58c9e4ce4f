import { add, nn, relu, type Tensor, type TensorLike } from "convwasm";

const convolution = (inChannels: number, outChannels: number, kernelSize: number, stride = 1) =>
  new nn.Conv2d(inChannels, outChannels, kernelSize, { stride, padding: (kernelSize - 1) / 2, bias: false });

/** What makes the input of a block as large as its output, where they differ. */
const projection = (inChannels: number, outChannels: number, stride: number) =>
  stride === 1 && inChannels === outChannels
    ? null
    : new nn.Sequential(convolution(inChannels, outChannels, 1, stride), new nn.BatchNorm2d(outChannels));

/** Two 3x3 convolutions beside a shortcut. */
export class BasicBlock extends nn.Module {
  static readonly expansion = 1;
  readonly conv1: nn.Conv2d;
  readonly bn1: nn.BatchNorm2d;
  readonly conv2: nn.Conv2d;
  readonly bn2: nn.BatchNorm2d;
  readonly downsample: nn.Sequential | null;

  constructor(inChannels: number, width: number, stride = 1) {
    super();
    this.conv1 = convolution(inChannels, width, 3, stride);
    this.bn1 = new nn.BatchNorm2d(width);
    this.conv2 = convolution(width, width, 3);
    this.bn2 = new nn.BatchNorm2d(width);
    this.downsample = projection(inChannels, width, stride);
  }

  override forward(x: TensorLike): Tensor {
    const y = this.bn2.forward(this.conv2.forward(relu(this.bn1.forward(this.conv1.forward(x)))));
    return relu(add(y, this.downsample?.forward(x) ?? x));
  }
}

/** 1x1, 3x3 and 1x1 convolutions beside a shortcut; the stride is that of the 3x3 one, as in torchvision. */
export class Bottleneck extends nn.Module {
  static readonly expansion = 4;
  readonly conv1: nn.Conv2d;
  readonly bn1: nn.BatchNorm2d;
  readonly conv2: nn.Conv2d;
  readonly bn2: nn.BatchNorm2d;
  readonly conv3: nn.Conv2d;
  readonly bn3: nn.BatchNorm2d;
  readonly downsample: nn.Sequential | null;

  constructor(inChannels: number, width: number, stride = 1) {
    super();
    const outChannels = width * Bottleneck.expansion;
    this.conv1 = convolution(inChannels, width, 1);
    this.bn1 = new nn.BatchNorm2d(width);
    this.conv2 = convolution(width, width, 3, stride);
    this.bn2 = new nn.BatchNorm2d(width);
    this.conv3 = convolution(width, outChannels, 1);
    this.bn3 = new nn.BatchNorm2d(outChannels);
    this.downsample = projection(inChannels, outChannels, stride);
  }

  override forward(x: TensorLike): Tensor {
    let y = relu(this.bn1.forward(this.conv1.forward(x)));
    y = relu(this.bn2.forward(this.conv2.forward(y)));
    y = this.bn3.forward(this.conv3.forward(y));
    return relu(add(y, this.downsample?.forward(x) ?? x));
  }
}

/** He et al., "Deep Residual Learning for Image Recognition", arXiv 1512.03385. */
export class ResNet extends nn.Module {
  readonly conv1 = convolution(3, 64, 7, 2);
  readonly bn1 = new nn.BatchNorm2d(64);
  readonly maxpool = new nn.MaxPool2d(3, { stride: 2, padding: 1 });
  readonly layer1: nn.Sequential;
  readonly layer2: nn.Sequential;
  readonly layer3: nn.Sequential;
  readonly layer4: nn.Sequential;
  readonly avgpool = new nn.AdaptiveAvgPool2d(1);
  readonly flatten = new nn.Flatten();
  readonly fc: nn.Linear;

  /** @param blocks how many each of the four layers has */
  constructor(
    block: typeof BasicBlock | typeof Bottleneck,
    blocks: readonly [number, number, number, number],
    classes = 1000,
  ) {
    super();
    let channels = 64;
    const layer = (width: number, count: number, stride: number) =>
      new nn.Sequential(
        ...Array.from({ length: count }, (_, index) => {
          const made = new block(channels, width, index === 0 ? stride : 1);
          channels = width * block.expansion;
          return made;
        }),
      );
    this.layer1 = layer(64, blocks[0], 1);
    this.layer2 = layer(128, blocks[1], 2);
    this.layer3 = layer(256, blocks[2], 2);
    this.layer4 = layer(512, blocks[3], 2);
    this.fc = new nn.Linear(channels, classes);
  }

  /**
   * @param x (N, 3, H, W)
   * @returns (N, classes), before any softmax
   */
  override forward(x: TensorLike): Tensor {
    let y = this.maxpool.forward(relu(this.bn1.forward(this.conv1.forward(x))));
    for (const layer of [this.layer1, this.layer2, this.layer3, this.layer4]) y = layer.forward(y);
    return this.fc.forward(this.flatten.forward(this.avgpool.forward(y)));
  }
}

/** torchvision.models.resnet18 */
export const resnet18 = (classes?: number) => new ResNet(BasicBlock, [2, 2, 2, 2], classes);

/** torchvision.models.resnet50 */
export const resnet50 = (classes?: number) => new ResNet(Bottleneck, [3, 4, 6, 3], classes);
