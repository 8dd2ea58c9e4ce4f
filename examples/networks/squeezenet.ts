import { cat, nn, relu, type Tensor, type TensorLike } from "convwasm";

/** A narrow 1x1 convolution, and a 1x1 and a 3x3 convolution of it side by side. */
export class Fire extends nn.Module {
  readonly squeeze: nn.Conv2d;
  readonly expand1x1: nn.Conv2d;
  readonly expand3x3: nn.Conv2d;

  constructor(inChannels: number, squeezed: number, expanded: number) {
    super();
    this.squeeze = new nn.Conv2d(inChannels, squeezed, 1);
    this.expand1x1 = new nn.Conv2d(squeezed, expanded, 1);
    this.expand3x3 = new nn.Conv2d(squeezed, expanded, 3, { padding: 1 });
  }

  override forward(x: TensorLike): Tensor {
    const y = relu(this.squeeze.forward(x));
    return cat([relu(this.expand1x1.forward(y)), relu(this.expand3x3.forward(y))], 1);
  }
}

const pool = () => new nn.MaxPool2d(3, { stride: 2, ceilMode: true });

/** Iandola et al., "SqueezeNet", arXiv 1602.07360, in the cheaper form 1.1 that its authors published later. */
export class SqueezeNet extends nn.Module {
  readonly features = new nn.Sequential(
    new nn.Conv2d(3, 64, 3, { stride: 2 }),
    new nn.ReLU(),
    pool(),
    new Fire(64, 16, 64),
    new Fire(128, 16, 64),
    pool(),
    new Fire(128, 32, 128),
    new Fire(256, 32, 128),
    pool(),
    new Fire(256, 48, 192),
    new Fire(384, 48, 192),
    new Fire(384, 64, 256),
    new Fire(512, 64, 256),
  );
  readonly classifier: nn.Sequential;
  readonly flatten = new nn.Flatten();

  constructor(classes = 1000) {
    super();
    this.classifier = new nn.Sequential(
      new nn.Dropout(),
      new nn.Conv2d(512, classes, 1),
      new nn.ReLU(),
      new nn.AdaptiveAvgPool2d(1),
    );
  }

  /**
   * @param x (N, 3, H, W)
   * @returns (N, classes), before any softmax
   */
  override forward(x: TensorLike): Tensor {
    return this.flatten.forward(this.classifier.forward(this.features.forward(x)));
  }
}

/** torchvision.models.squeezenet1_1 */
export const squeezenet1_1 = (classes?: number) => new SqueezeNet(classes);
