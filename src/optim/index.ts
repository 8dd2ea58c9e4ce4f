export { Adam, type AdamSettings, AdamW } from "./adam.ts";
export { clipGradNorm } from "./clip.ts";
export {
  type LearningRate,
  Optimizer,
  type OptimizerState,
  type ParamGroup,
  type ParamState,
  type Params,
} from "./optimizer.ts";
export { CosineAnnealingLR, StepLR } from "./schedule.ts";
export { SGD, type SgdSettings } from "./sgd.ts";
