import type { Translator } from "../translation.ts";
import { attentionTranslators } from "./attention.ts";
import { controlTranslators } from "./control.ts";
import { convolutionTranslators } from "./convolution.ts";
import { elementwiseTranslators } from "./elementwise.ts";
import { generateTranslators } from "./generate.ts";
import { indexingTranslators } from "./indexing.ts";
import { ofOpset6 } from "./legacy.ts";
import { linearTranslators } from "./linear.ts";
import { logicTranslators } from "./logic.ts";
import { microsoftTranslators } from "./microsoft.ts";
import { movementTranslators } from "./movement.ts";
import { normalizationTranslators } from "./normalization.ts";
import { poolingTranslators } from "./pooling.ts";
import { quantisedTranslators } from "./quantised.ts";
import { recurrentTranslators } from "./recurrent.ts";
import { reduceTranslators } from "./reduce.ts";
import { resizeTranslators } from "./resize.ts";
import { samplingTranslators } from "./sampling.ts";
import { sequenceTranslators } from "./sequences.ts";
import { shapeTranslators } from "./shapes.ts";

/** The operators that are supported, by name: ONNX's, and others' with their domain before it. */
export const TRANSLATORS: ReadonlyMap<string, Translator> = /* @__PURE__ */ new Map(
  [
    attentionTranslators,
    controlTranslators,
    convolutionTranslators,
    elementwiseTranslators,
    generateTranslators,
    indexingTranslators,
    linearTranslators,
    logicTranslators,
    microsoftTranslators,
    movementTranslators,
    normalizationTranslators,
    poolingTranslators,
    quantisedTranslators,
    recurrentTranslators,
    reduceTranslators,
    resizeTranslators,
    samplingTranslators,
    sequenceTranslators,
    shapeTranslators,
  ].flatMap((table) => Object.entries(table)),
);

/** The translator of an operator, by its name, for an opset; undefined for one that is not supported. */
export function translatorOf(operator: string, opset: number): Translator | undefined {
  const translate = TRANSLATORS.get(operator);
  return translate && opset < 7 ? ofOpset6(operator, translate) : translate;
}
