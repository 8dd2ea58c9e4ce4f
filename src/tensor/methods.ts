import { backward } from "../autograd/grad.ts";
import {
  type BackwardOptions,
  isRecording,
  noGrad,
  setGrad,
  setRequiresGrad,
  variableOf,
} from "../autograd/variable.ts";
import { noteChange } from "../changes.ts";
import { checkChoice, sameShape, show, type TensorLike, TRACED, wrongValue } from "../check.ts";
import { DTYPES, type DType, isIntegral } from "../dtype.ts";
import { logSoftmax, relu, sigmoid, sign, softmax, tanh } from "../functional/activation.ts";
import { type Arithmetic, add, div, maximum, minimum, mul, pow, sub } from "../functional/arithmetic.ts";
import { eq, ge, gt, le, logicalNot, lt, ne } from "../functional/comparison.ts";
import { at, gather, type Index, indexSelect, maskedFill, where } from "../functional/indexing.ts";
import { bmm, matmul } from "../functional/linear.ts";
import {
  abs,
  acos,
  acosh,
  asin,
  asinh,
  atan,
  atanh,
  type ClampOptions,
  ceil,
  clamp,
  cos,
  cosh,
  erf,
  exp,
  floor,
  log,
  neg,
  reciprocal,
  round,
  rsqrt,
  sin,
  sinh,
  sqrt,
  square,
  tan,
} from "../functional/math.ts";
import {
  chunk,
  expand,
  flatten,
  flip,
  narrow,
  permute,
  repeat,
  reshape,
  select,
  split,
  squeeze,
  t,
  transpose,
  unsqueeze,
  viewed,
} from "../functional/movement.ts";
import { type AnyTensor, checkValues, type Scalar } from "../functional/promotion.ts";
import {
  type Along,
  all,
  amax,
  amin,
  any,
  argmax,
  argmin,
  cumsum,
  max,
  mean,
  min,
  norm,
  type Reduced,
  std,
  sum,
  type ValuesAndIndices,
  type VarianceOptions,
  type VectorNormOptions,
  variance,
} from "../functional/reduce.ts";
import { unfoldDimension } from "../functional/windows.ts";
import { castOperator } from "../operators/cast.ts";
import { applyOne } from "../planning/evaluate.ts";
import { Tensor as Base } from "../tensor.ts";
import { arange, eye, linspace } from "./making.ts";
import { printed } from "./print.ts";

/**
 * What can be done with a tensor, by torch's names: each is the function of that name with the tensor as its first argument,
 * and throws as that does. Results are new tensors; only `reshape`, `view` and `detach` share data.
 */
export interface TensorMethods<D extends DType> {
  /** this + other */
  add(other: Arithmetic): Base<D>;
  /** this - other */
  sub(other: Arithmetic): Base<D>;
  /** this * other */
  mul(other: Arithmetic): Base<D>;
  /** this / other */
  div(other: Arithmetic): Base;
  /** this to the power of exponent */
  pow(exponent: Arithmetic): Base<D>;
  /** the larger of each pair */
  maximum(other: Arithmetic): Base<D>;
  /** the smaller of each pair */
  minimum(other: Arithmetic): Base<D>;
  /** torch.Tensor.eq */
  eq(other: Arithmetic): Base<"bool">;
  /** torch.Tensor.ne */
  ne(other: Arithmetic): Base<"bool">;
  /** torch.Tensor.lt */
  lt(other: Arithmetic): Base<"bool">;
  /** torch.Tensor.le */
  le(other: Arithmetic): Base<"bool">;
  /** torch.Tensor.gt */
  gt(other: Arithmetic): Base<"bool">;
  /** torch.Tensor.ge */
  ge(other: Arithmetic): Base<"bool">;
  /** torch.Tensor.logical_not */
  logicalNot(): Base<"bool">;
  /** torch.Tensor.exp */
  exp(): Base;
  /** torch.Tensor.log */
  log(): Base;
  /** torch.Tensor.sqrt */
  sqrt(): Base;
  /** torch.Tensor.rsqrt */
  rsqrt(): Base;
  /** torch.Tensor.square */
  square(): Base<D>;
  /** torch.Tensor.erf */
  erf(): Base;
  /** torch.Tensor.reciprocal */
  reciprocal(): Base;
  /** torch.Tensor.sin */
  sin(): Base;
  /** torch.Tensor.cos */
  cos(): Base;
  /** torch.Tensor.tan */
  tan(): Base;
  /** torch.Tensor.asin */
  asin(): Base;
  /** torch.Tensor.acos */
  acos(): Base;
  /** torch.Tensor.atan */
  atan(): Base;
  /** torch.Tensor.sinh */
  sinh(): Base;
  /** torch.Tensor.cosh */
  cosh(): Base;
  /** torch.Tensor.asinh */
  asinh(): Base;
  /** torch.Tensor.acosh */
  acosh(): Base;
  /** torch.Tensor.atanh */
  atanh(): Base;
  /** torch.Tensor.abs */
  abs(): Base<D>;
  /** torch.Tensor.neg */
  neg(): Base<D>;
  /** torch.Tensor.sign */
  sign(): Base;
  /** torch.Tensor.round */
  round(): Base<D>;
  /** torch.Tensor.floor */
  floor(): Base<D>;
  /** torch.Tensor.ceil */
  ceil(): Base<D>;
  /** torch.Tensor.clamp */
  clamp(min?: number | ClampOptions | null, max?: number | null): Base<D>;
  /** torch.Tensor.relu */
  relu(): Base;
  /** torch.Tensor.sigmoid */
  sigmoid(): Base;
  /** torch.Tensor.tanh */
  tanh(): Base;
  /** torch.Tensor.softmax */
  softmax(dim: number | { dim: number }): Base;
  /** torch.Tensor.log_softmax */
  logSoftmax(dim: number | { dim: number }): Base;
  /** matrix product */
  matmul(other: TensorLike): Base;
  /** matrix products of a batch */
  bmm(other: TensorLike): Base;
  /** torch.Tensor.sum */
  sum(dim?: Reduced): Base;
  /** torch.Tensor.mean */
  mean(dim?: Reduced): Base;
  /** torch.Tensor.cumsum */
  cumsum(dim: number): Base;
  /** torch.Tensor.amax */
  amax(dim?: Reduced): Base<D>;
  /** torch.Tensor.amin */
  amin(dim?: Reduced): Base<D>;
  /** torch.Tensor.max */
  max(): Base<D>;
  max(dim: Along): ValuesAndIndices;
  max(other: AnyTensor): Base<D>;
  /** torch.Tensor.min */
  min(): Base<D>;
  min(dim: Along): ValuesAndIndices;
  min(other: AnyTensor): Base<D>;
  /** torch.Tensor.argmax */
  argmax(dim?: Along): Base<"int64">;
  /** torch.Tensor.argmin */
  argmin(dim?: Along): Base<"int64">;
  /** torch.Tensor.var */
  var(dim?: Reduced<VarianceOptions>): Base;
  /** torch.Tensor.std */
  std(dim?: Reduced<VarianceOptions>): Base;
  /** torch.Tensor.norm */
  norm(options?: number | VectorNormOptions): Base;
  /** torch.Tensor.all */
  all(dim?: Reduced): Base<"bool">;
  /** torch.Tensor.any */
  any(dim?: Reduced): Base<"bool">;
  /** another shape, which shares the data; lengths in an array or one by one */
  view(...shape: number[] | [readonly number[]]): Base<D>;
  /** torch.Tensor.transpose */
  transpose(dim0: number, dim1: number): Base<D>;
  /** axes in another order, in an array or one by one */
  permute(...dims: number[] | [readonly number[]]): Base<D>;
  /** the transpose of a matrix */
  t(): Base<D>;
  /** torch.Tensor.squeeze */
  squeeze(dim?: number): Base<D>;
  /** torch.Tensor.unsqueeze */
  unsqueeze(dim: number): Base<D>;
  /** torch.Tensor.flatten */
  flatten(startDim?: number, endDim?: number): Base<D>;
  /** lengths in an array or one by one; -1 keeps an axis */
  expand(...shape: number[] | [readonly number[]]): Base<D>;
  /** repetitions in an array or one by one */
  repeat(...repeats: number[] | [readonly number[]]): Base<D>;
  /** axes in an array or one by one */
  flip(...dims: number[] | [readonly number[]]): Base<D>;
  /** torch.Tensor.split */
  split(size: number | readonly number[], dim?: number): Base<D>[];
  /** torch.Tensor.chunk */
  chunk(chunks: number, dim?: number): Base<D>[];
  /** torch.Tensor.narrow */
  narrow(dim: number, start: number, length: number): Base<D>;
  /** torch.Tensor.select */
  select(dim: number, index: number): Base<D>;
  /** torch.Tensor.index_select */
  indexSelect(dim: number, index: AnyTensor): Base<D>;
  /** torch.Tensor.gather */
  gather(dim: number, index: AnyTensor): Base<D>;
  /** this where the condition holds, other elsewhere */
  where(condition: AnyTensor, other: Scalar): Base;
  /** torch.Tensor.masked_fill */
  maskedFill(mask: AnyTensor, value: number): Base<D>;
  /** indexing and slicing */
  at(...indices: readonly Index[]): Base<D>;
  /** windows along an axis, as torch.Tensor.unfold */
  unfold(dimension: number, size: number, step: number): Base<D>;
  /** whether gradients of the tensor are wanted: set it before computing with the tensor */
  requiresGrad: boolean;
  /** the gradient, added up by every `backward`; null before the first, or after it was set to null */
  grad: Base | null;
  /** whether it was not computed from tensors with requiresGrad */
  readonly isLeaf: boolean;
  /** sets requiresGrad, and returns the tensor */
  requiresGrad_(value?: boolean): this;
  /** has `grad` filled for a tensor that is no leaf, too */
  retainGrad(): void;
  /**
   * Adds the gradients of this tensor to `grad` of the leaves that it was computed from (torch.Tensor.backward).
   * @param gradient that of this tensor; may be left out for a single number
   */
  backward(gradient?: AnyTensor | null, options?: BackwardOptions): void;
  /** the same data without its history */
  detach(): Base<D>;
  /** this = this + other, in place */
  add_(other: Arithmetic): this;
  /** this = this - other, in place */
  sub_(other: Arithmetic): this;
  /** this = this * other, in place */
  mul_(other: Arithmetic): this;
  /** this = this / other, in place */
  div_(other: Arithmetic): this;
  /** this = min, max, in place */
  clamp_(min?: number | ClampOptions | null, max?: number | null): this;
  /** takes over the values of another tensor, which repeat where axes have length 1 */
  copy_(other: AnyTensor): this;
  /** sets every element */
  fill_(value: number): this;
  /** sets every element to 0 */
  zero_(): this;
  /** a copy that shares nothing */
  clone(): Base<D>;
  /** number of axes */
  dim(): number;
  /** number of elements */
  numel(): number;
  /** as torch prints it */
  toString(): string;
}

/** A function whose first argument is the tensor. */
type OnTensor = (input: never, ...rest: never[]) => unknown;
type Method = (this: Base<DType>, ...rest: readonly unknown[]) => unknown;

const call = (f: OnTensor, tensor: Base<DType>, rest: readonly unknown[]) => f(tensor as never, ...(rest as never[]));

/** A function of a tensor as a method. */
const methodOf = (f: OnTensor): Method =>
  function (...rest) {
    return call(f, this, rest);
  };

/** A function of a tensor and a list as a method that also takes the numbers one by one. */
const listMethodOf = (f: OnTensor): Method =>
  function (...list) {
    return call(f, this, [list.length === 1 && typeof list[0] !== "number" ? list[0] : list]);
  };

/** A function of a tensor and `{ dim }` as a method that also takes the axis itself. */
const alongMethodOf = (f: OnTensor): Method =>
  function (dim) {
    return call(f, this, [typeof dim === "number" ? { dim } : dim]);
  };

const FUNCTIONS: Readonly<Record<string, OnTensor>> = {
  add,
  sub,
  mul,
  div,
  pow,
  maximum,
  minimum,
  eq,
  ne,
  lt,
  le,
  gt,
  ge,
  logicalNot,
  exp,
  log,
  sqrt,
  rsqrt,
  square,
  erf,
  reciprocal,
  sin,
  cos,
  tan,
  asin,
  acos,
  atan,
  sinh,
  cosh,
  asinh,
  acosh,
  atanh,
  abs,
  neg,
  sign,
  round,
  floor,
  ceil,
  clamp,
  relu,
  sigmoid,
  tanh,
  matmul,
  bmm,
  sum,
  mean,
  cumsum,
  amax,
  amin,
  max,
  min,
  argmax,
  argmin,
  var: variance,
  std,
  norm,
  all,
  any,
  transpose,
  t,
  squeeze,
  unsqueeze,
  flatten,
  split,
  chunk,
  narrow,
  select,
  indexSelect,
  gather,
  maskedFill,
  where: (input: Base<DType>, condition: AnyTensor, other: Scalar) => where(condition, input, other),
  at,
  unfold: unfoldDimension,
  reshape: (input: Base<DType>, shape: readonly number[]) => viewed("Tensor.reshape", input, shape),
};

const OF_LISTS: Readonly<Record<string, OnTensor>> = { view: reshape, permute, expand, repeat, flip };

const ALONG: Readonly<Record<string, OnTensor>> = { softmax, logSoftmax };

/**
 * A method that writes its result over the tensor.
 * @throws RangeError for a result of another shape, and where that would change what a gradient goes through
 */
function inPlace(name: string, f: (x: Base, ...rest: unknown[]) => Base<DType>): Method {
  const where = `Tensor.${name}`;
  return function (...rest) {
    const variable = variableOf(this);
    if (variable !== undefined && isRecording()) {
      throw wrongValue(
        where,
        variable.node === null
          ? "a leaf with requiresGrad cannot be changed in place; do it within noGrad"
          : "a result that gradients go back through cannot be changed in place; compute a new tensor",
      );
    }
    const values = noGrad(() => f(this as Base, ...rest));
    if (!sameShape(values.shape, this.shape)) {
      throw wrongValue(where, `a result of shape ${show(values.shape)} does not fit into shape ${show(this.shape)}`);
    }
    (this.data as Float32Array).set(values.to(this.dtype).data as Float32Array);
    noteChange(this.data);
    return this;
  };
}

/** Methods that are no functions of the library. */
const ownMethods = (): Readonly<Record<string, Method>> => ({
  clone() {
    if (TRACED in this) return add(this as Base, 0);
    return new Base<DType>(this.data.slice() as never, this.shape, this.dtype);
  },
  backward(gradient, options) {
    backward(this, gradient as AnyTensor | null, options as BackwardOptions);
  },
  detach() {
    return new Base<DType>(this.data as never, this.shape, this.dtype);
  },
  requiresGrad_(value = true) {
    setRequiresGrad(this, value);
    return this;
  },
  retainGrad() {
    const variable = variableOf(this);
    if (variable === undefined) throw wrongValue("Tensor.retainGrad", "the tensor does not require gradients");
    variable.retains = true;
  },
  add_: inPlace("add_", (x, other) => add(x, other as Arithmetic)),
  sub_: inPlace("sub_", (x, other) => sub(x, other as Arithmetic)),
  mul_: inPlace("mul_", (x, other) => mul(x, other as Arithmetic)),
  div_: inPlace("div_", (x, other) => div(x, other as Arithmetic)),
  clamp_: inPlace("clamp_", (x, min, max) => clamp(x, min as number, max as number)),
  copy_: inPlace("copy_", (x, other) => expand(checkValues("Tensor.copy_", "other", other) as Base, x.shape)),
  fill_: inPlace("fill_", (x, value) => Base.full(x.shape, value as number)),
  zero_: inPlace("zero_", (x) => Base.zeros(x.shape)),
  dim() {
    return this.rank;
  },
  numel() {
    return this.size;
  },
});

const GRADIENT: PropertyDescriptorMap & ThisType<Base<DType>> = {
  requiresGrad: {
    get() {
      return variableOf(this) !== undefined;
    },
    set(value: unknown) {
      setRequiresGrad(this, value);
    },
    configurable: true,
  },
  grad: {
    get() {
      return variableOf(this)?.grad ?? null;
    },
    set(value: unknown) {
      setGrad(this, value);
    },
    configurable: true,
  },
  isLeaf: {
    get() {
      return !variableOf(this)?.node;
    },
    configurable: true,
  },
};

/** Adds the methods to the class, and returns it. */
export function withMethods(base: typeof Base): typeof Base {
  const define = (name: string | symbol, value: Method) =>
    Object.defineProperty(base.prototype, name, { value, writable: true, configurable: true });
  for (const [name, f] of Object.entries(FUNCTIONS)) define(name, methodOf(f));
  for (const [name, f] of Object.entries(OF_LISTS)) define(name, listMethodOf(f));
  for (const [name, f] of Object.entries(ALONG)) define(name, alongMethodOf(f));
  for (const [name, method] of Object.entries(ownMethods())) define(name, method);
  define("toString", function () {
    const { dtype, shape, data } = this;
    // torch prints grad_fn in place of requires_grad where there is one
    return printed({ dtype, shape, data, requiresGrad: variableOf(this)?.node === null });
  });
  const convert = base.prototype.to;
  define("to", function (dtype) {
    const to = checkChoice("Tensor.to", "dtype", dtype, DTYPES);
    const recorded = TRACED in this && (variableOf(this) === undefined || !isIntegral(to));
    if (to === this.dtype || !recorded) return convert.call(this as never, to);
    return applyOne("Tensor.to", castOperator, [this], { to });
  });
  // how Node, Deno and Bun ask an object for what console.log prints
  define(Symbol.for("nodejs.util.inspect.custom"), function () {
    return this.toString();
  });
  Object.defineProperties(base.prototype, GRADIENT);
  for (const [name, value] of Object.entries({ arange, linspace, eye })) Object.defineProperty(base, name, { value });
  return base;
}
