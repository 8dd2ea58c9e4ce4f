import { wrongType } from "../../check.ts";
import type { CopyingOperator } from "../../operators/copy.ts";
import type { Operator } from "../../planning/operator.ts";
import type { Rule } from "../rule.ts";
import { convRules } from "./conv.ts";
import { elementwiseRules } from "./elementwise.ts";
import { imageRules } from "./images.ts";
import { linearRules } from "./linear.ts";
import { copyingRule, movementRules } from "./movement.ts";
import { normalizeRules } from "./normalize.ts";
import { reduceRules } from "./reduce.ts";

// made when first needed: importing the package costs nothing
let rules: Map<Operator, Rule> | undefined;

/** How gradients go back through an operator. */
export function ruleOf(operator: Operator): Rule {
  rules ??= new Map([
    ...elementwiseRules(),
    ...reduceRules(),
    ...movementRules(),
    ...linearRules(),
    ...convRules(),
    ...imageRules(),
    ...normalizeRules(),
  ]);
  let found = rules.get(operator);
  if (found === undefined) {
    found = "copiesOf" in operator ? copyingRule(operator as CopyingOperator) : withoutGradient(operator);
    rules.set(operator, found);
  }
  return found;
}

const withoutGradient = ({ name }: Operator): Rule => ({
  keeps: [],
  backward() {
    throw wrongType("backward", `${name} has no gradient`);
  },
});
