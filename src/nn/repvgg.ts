import { checkAxes, checkBoolean, checkOptions, checkTensor, type Pair, type TensorLike } from "../check.ts";
import { add } from "../functional/arithmetic.ts";
import { foldBatchNorm, fuseParallel, identityKernel } from "../fusion.ts";
import { isSymbolic } from "../planning/evaluate.ts";
import { uniform } from "../random.ts";
import type { Tensor } from "../tensor.ts";
import { BatchNorm2d } from "./batch-norm.ts";
import { Conv2d } from "./conv.ts";
import { Module, type StateField, unchanged } from "./module.ts";
import { checkChannels } from "./parameters.ts";

/** Options of {@link RepVGGBlock}. */
export interface RepVGGBlockOptions {
  /** step of the windows; default 1 */
  stride?: Pair;
  /** blocks of channels that are convolved separately; default 1 */
  groups?: number;
  /** whether a batch normalisation follows every branch; the convolutions then start without a bias; default true */
  batchNorm?: boolean;
  /** makes the initial values repeatable */
  seed?: number;
}

/**
 * The block of RepVGG (Ding et al., arXiv 2101.03697): the sum of a 3x3 convolution (padding 1), a 1x1 convolution
 * (padding 0) and, where inChannels equals outChannels and the stride is 1, the input itself, each with a batch
 * normalisation after it. There is no activation inside: put a ReLU after the block, as RepVGG does.
 *
 * {@link fuse} turns it into one convolution, and `compile` compiles that one.
 */
export class RepVGGBlock extends Module {
  readonly inChannels: number;
  readonly outChannels: number;
  /** of the 3x3 and the 1x1 convolution */
  readonly options: { readonly stride: readonly [number, number]; readonly groups: number };
  /** whether the input is one of the branches */
  readonly identity: boolean;
  readonly conv3x3: Conv2d;
  readonly conv1x1: Conv2d;
  /** null without batch normalisation */
  readonly bn3x3: BatchNorm2d | null;
  /** null without batch normalisation */
  readonly bn1x1: BatchNorm2d | null;
  /** null without batch normalisation, or without the identity branch */
  readonly bnIdentity: BatchNorm2d | null;

  /**
   * @param inChannels channels of the input
   * @param outChannels channels of the output
   * @param options stride 1, groups 1, batchNorm true
   * @throws as {@link Conv2d}
   */
  constructor(inChannels: number, outChannels: number, options?: RepVGGBlockOptions) {
    const where = "nn.RepVGGBlock";
    const o = checkOptions(where, options, ["stride", "groups", "batchNorm", "seed"]);
    const batchNorm = checkBoolean(where, "batchNorm", o.batchNorm ?? true);
    const groups = checkChannels(where, inChannels, outChannels, o.groups ?? 1);
    super();
    this.inChannels = inChannels;
    this.outChannels = outChannels;
    const stride = checkAxes(where, "stride", o.stride ?? 1, 2, 1) as [number, number];
    this.options = Object.freeze({ stride: Object.freeze(stride), groups });
    this.identity = inChannels === outChannels && stride[0] === 1 && stride[1] === 1;

    // seeds drawn from the seed: blocks of neighbouring seeds share no values
    const next = uniform(where, o.seed);
    const convolution = (kernelSize: number, padding: number) => {
      const seed = Math.floor(next() * 0x80000000);
      return new Conv2d(inChannels, outChannels, kernelSize, { stride, padding, groups, bias: !batchNorm, seed });
    };
    this.conv3x3 = convolution(3, 1);
    this.conv1x1 = convolution(1, 0);
    this.bn3x3 = batchNorm ? new BatchNorm2d(outChannels) : null;
    this.bn1x1 = batchNorm ? new BatchNorm2d(outChannels) : null;
    this.bnIdentity = batchNorm && this.identity ? new BatchNorm2d(outChannels) : null;
  }

  /**
   * @param input (N, C, H, W) or (C, H, W)
   * @returns (N, outChannels, H', W') or (outChannels, H', W')
   * @throws as {@link conv2d}
   */
  override forward(input: TensorLike): Tensor {
    if (isSymbolic(checkTensor("nn.RepVGGBlock", "input", input))) return this.fuse().forward(input);
    const through = (norm: BatchNorm2d | null, x: Tensor) => (norm === null ? x : norm.forward(x));
    const sum = add(through(this.bn3x3, this.conv3x3.forward(input)), through(this.bn1x1, this.conv1x1.forward(input)));
    if (!this.identity) return sum;
    return add(sum, through(this.bnIdentity, unchanged("nn.RepVGGBlock", input)));
  }

  /**
   * One 3x3 convolution with a bias that computes what the block computes now; later assignments do not change it.
   * Results agree up to float32 rounding.
   */
  fuse(): Conv2d {
    const { inChannels, outChannels } = this;
    const { stride, groups } = this.options;
    const folded = (norm: BatchNorm2d | null, weight: Tensor, bias: Tensor | null = null) =>
      norm === null ? { weight, bias } : foldBatchNorm({ weight, bias }, norm.statistics);
    const branches = [
      folded(this.bn3x3, this.conv3x3.weight, this.conv3x3.bias),
      folded(this.bn1x1, this.conv1x1.weight, this.conv1x1.bias),
    ];
    if (this.identity) branches.push(folded(this.bnIdentity, identityKernel(outChannels, 1, groups)));
    const fused = new Conv2d(inChannels, outChannels, 3, { stride, padding: 1, groups });
    fused.loadStateDict({ ...fuseParallel(branches) });
    return fused;
  }

  protected override get moduleName(): string {
    return "nn.RepVGGBlock";
  }

  /**
   * The names of the paper's own checkpoints are rbr_dense.conv, rbr_dense.bn, rbr_1x1.conv, rbr_1x1.bn, rbr_identity.
   */
  protected override stateFields(): readonly StateField[] {
    return [
      ["conv3x3", "conv3x3"],
      ["bn3x3", "bn3x3"],
      ["conv1x1", "conv1x1"],
      ["bn1x1", "bn1x1"],
      ["bn_identity", "bnIdentity"],
    ];
  }
}
