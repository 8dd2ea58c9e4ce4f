export { Tensor } from "../tensor.ts";
