import { Tensor as Base } from "../tensor.ts";
import { withMethods } from "./methods.ts";

/**
 * The class with its methods. They are added where this name is used: whoever only convolves does not download every other
 * function with it. JavaScript, because TypeScript would then take Tensor for a variable and not for a class.
 */
export const Tensor = /* @__PURE__ */ withMethods(Base);
