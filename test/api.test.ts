import * as convwasm from "convwasm";
import { describe, expect, it } from "vitest";
import * as optim from "../src/optim/index.ts";

/** Names that users elsewhere rely on. */
const FUNCTIONS = `conv1d conv2d convTranspose1d convTranspose2d pad unfold fold maxPool2d avgPool2d adaptiveAvgPool2d relu relu6
  leakyRelu sigmoid silu hardswish hardsigmoid gelu tanh softmax linear batchNorm interpolate pixelShuffle add mul cat kernelMatrix
  conv2dInput conv2dWeight conv2dBackward convTranspose2dBackward padKernel identityKernel fuseParallel foldBatchNorm compile runtime
  configure memory allclose grad noGrad manualSeed crossEntropy mseLoss l1Loss smoothL1Loss bceWithLogits nllLoss einsum stack`;

const BOTH = `add sub mul div pow maximum minimum eq ne lt le gt ge matmul bmm sum mean max min argmax argmin var std norm cumsum
  transpose permute squeeze unsqueeze flatten expand repeat flip split chunk narrow select indexSelect gather where clamp at exp log
  sqrt abs round floor ceil sin cos erf sign reshape`;

const METHODS = `unfold toArray item to backward detach requiresGrad_ toString`;
const STATICS = `zeros ones full eye arange linspace rand randn from`;
const LAYERS = `Module Conv1d Conv2d ConvTranspose1d ConvTranspose2d BatchNorm1d BatchNorm2d GroupNorm LayerNorm InstanceNorm2d Linear
  Embedding Flatten Upsample PixelShuffle Sequential ModuleList ModuleDict Residual Concat Identity Dropout Dropout2d MaxPool1d
  MaxPool2d AvgPool1d AvgPool2d AdaptiveAvgPool1d AdaptiveAvgPool2d AdaptiveMaxPool2d ReLU ReLU6 LeakyReLU PReLU ELU CELU SELU GELU
  SiLU Mish Sigmoid LogSigmoid Tanh Hardtanh Hardswish Hardsigmoid Hardshrink Softshrink Softsign Softplus Softmax LogSoftmax
  CrossEntropyLoss NLLLoss MSELoss L1Loss SmoothL1Loss HuberLoss BCELoss BCEWithLogitsLoss`;
const MODULE = `forward train eval parameters namedParameters buffers stateDict loadStateDict zeroGrad requiresGrad_ modules apply`;
const INIT = `kaimingUniform_ kaimingNormal_ xavierUniform_ xavierNormal_ uniform_ normal_ zeros_ ones_ constant_ eye_ calculateGain`;
const OPTIM = `SGD Adam AdamW StepLR CosineAnnealingLR clipGradNorm`;

const named = (list: string) => list.trim().split(/\s+/);
const prototype = convwasm.Tensor.prototype as unknown as Record<string, unknown>;

describe.each<[string, string, Readonly<Record<string, unknown>>]>([
  ["functions", `${FUNCTIONS} ${BOTH}`, convwasm],
  ["methods of tensors", `${BOTH} ${METHODS}`, prototype],
  ["static methods of Tensor", STATICS, convwasm.Tensor as unknown as Record<string, unknown>],
  ["nn", LAYERS, convwasm.nn],
  ["methods of modules", MODULE, Object.create(convwasm.nn.Linear.prototype)],
  ["nn.init", INIT, convwasm.nn.init],
  ["optim", OPTIM, optim as unknown as Record<string, unknown>],
])("%s", (_, list, home) => {
  it.each(named(list))("%s", (name) => {
    expect(typeof home[name]).toBe("function");
  });
});

it("fields of tensors and modules", () => {
  const tensor = convwasm.Tensor.ones([2, 3]);
  expect(tensor).toMatchObject({ shape: [2, 3], size: 6, rank: 2, dtype: "float32", requiresGrad: false, grad: null });
  expect(new convwasm.nn.ReLU().training).toBe(true);
});
