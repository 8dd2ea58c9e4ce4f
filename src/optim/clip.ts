import { checkNumber, show, wrongType, wrongValue } from "../check.ts";
import { Tensor } from "../tensor/public.js";

/**
 * Scales gradients down together, so that the norm of all of them is at most maxNorm (torch.nn.utils.clip_grad_norm_).
 *
 * @param params tensors; those without a gradient do not count
 * @param maxNorm the most
 * @returns the norm before
 * @throws TypeError for anything but tensors, RangeError for a negative norm
 */
export function clipGradNorm(params: Iterable<Tensor>, maxNorm: number): number {
  const where = "clipGradNorm";
  if (!(checkNumber(where, "maxNorm", maxNorm) >= 0))
    throw wrongValue(where, `maxNorm must not be negative, got ${maxNorm}`);
  const gradients = Array.from(params, (tensor) => {
    if (!(tensor instanceof Tensor)) throw wrongType(where, `params must hold Tensors, got ${show(tensor)}`);
    return tensor.grad;
  }).filter((gradient) => gradient !== null);
  let squares = 0;
  for (const { data } of gradients) for (let i = 0; i < data.length; ++i) squares += data[i]! * data[i]!;
  const norm = Math.sqrt(squares);
  const factor = maxNorm / (norm + 1e-6);
  if (factor < 1) for (const gradient of gradients) gradient.mul_(factor);
  return norm;
}
