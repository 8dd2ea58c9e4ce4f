/** Every operator that is translated is in a golden case, or in a test that is named here. */
import { expect, test } from "vitest";
import { TRANSLATORS } from "../../src/onnx/operators/index.ts";
import { shownOperators } from "../../tools/docs/onnx-cases.ts";

const RANDOM = "is refused: microsoft.test.ts";

/** Operators that onnxruntime cannot be asked about, and what tests them. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  Bernoulli: RANDOM,
  Multinomial: RANDOM,
  RandomNormal: RANDOM,
  RandomNormalLike: RANDOM,
  RandomUniform: RANDOM,
  RandomUniformLike: RANDOM,
  "com.microsoft.BiasAdd": "has no kernel for processors in onnxruntime: microsoft.test.ts",
  "com.microsoft.NhwcConv": "has no kernel for processors in onnxruntime: microsoft.test.ts",
  "com.microsoft.NhwcFusedConv": "takes float16 only in onnxruntime: microsoft.test.ts",
};

test("every operator has a golden case", () => {
  const without = [...shownOperators()].filter(([, { cases }]) => cases === 0).map(([name]) => name);
  expect(without.sort()).toEqual(Object.keys(ELSEWHERE).sort());
});

/** Forms that are refused. */
const REFUSED = ["Scan before and from 9"];

test("the older form of an operator is in a case too, where a translator itself asks for the opset", () => {
  const shown = shownOperators();
  const missing = [...TRANSLATORS].flatMap(([name, translate]) => {
    const opsets = [...(shown.get(name)?.opsets ?? [])];
    return borders(translate.toString())
      .filter((border) => !opsets.some((opset) => opset < border) || !opsets.some((opset) => opset >= border))
      .map((border) => `${name} before and from ${border}`);
  });
  expect(missing).toEqual(REFUSED);
});

/** Opsets with which a translator compares that of its node, or from which on an attribute is an input. */
const borders = (source: string) =>
  [...source.matchAll(/\bnode\.opset\s*(?:<|>=)\s*(\d+)|\bnumbers\(\w+, "\w+", (\d+)/g)].map(([, opset, since]) =>
    Number(opset ?? since),
  );
