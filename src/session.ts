/// <reference lib="esnext.disposable" preserve="true" />
import {
  checkChoice,
  checkOptions,
  checkShape,
  checkTensor,
  countOf,
  sameShape,
  show,
  type TensorLike,
  wrongType,
  wrongValue,
} from "./check.ts";
import { type Activation, epilogueOf } from "./conv/epilogue.ts";
import { ALGORITHMS, type Algorithm, convCall } from "./conv/geometry.ts";
import { type ConvPlan, planConv } from "./conv/plan.ts";
import { type ConvStep, convSizes, prepareConv } from "./conv/step.ts";
import type { Module } from "./graph.ts";
import type { Block, Heap } from "./runtime/heap.ts";
import { engine } from "./runtime/runtime.ts";
import { newData, Tensor } from "./tensor.ts";

/** Options of {@link compile}. */
export interface CompileOptions {
  /** default 'auto' */
  algorithm?: Algorithm;
  /** applied to the outputs while they are in the cache; default none */
  activation?: Activation;
  /** whether run() takes a `residual`, a tensor in the output's shape that is added before the activation; default false */
  residual?: boolean;
}

/** Options of {@link Session.run}. */
export interface RunOptions {
  /** added before the activation; in the output's shape */
  residual?: TensorLike;
  /** receives the result, so that nothing is allocated; in the output's shape */
  output?: Tensor;
}

/** What a Session does in one step. */
export interface ExplainedStep {
  readonly op: "conv2d";
  readonly algorithm: Exclude<Algorithm, "auto">;
  /** the kernel that computes it */
  readonly kernel: string;
  /** why this algorithm */
  readonly reason: string;
  readonly inputShape: readonly number[];
  readonly weightShape: readonly number[];
  readonly outputShape: readonly number[];
  /** multiplications and additions of the plain sum */
  readonly flops: number;
  readonly bytes: ExplainedBytes;
}

/** Linear memory by what it holds, in bytes; tables and parameters, a few KB, are left out. */
export interface ExplainedBytes {
  readonly input: number;
  readonly output: number;
  /** weights and bias as the kernel reads them */
  readonly weights: number;
  readonly workspace: number;
}

/** What {@link Session.explain} tells. */
export interface Explanation {
  readonly build: string;
  readonly steps: readonly ExplainedStep[];
  readonly totals: { readonly flops: number; readonly bytes: ExplainedBytes };
}

// frees what a Session holds when the Session was forgotten; the held value must not refer to the Session
const forgotten = new FinalizationRegistry(({ heap, blocks }: { heap: Heap; blocks: readonly Block[] }) => {
  for (const block of blocks) heap.free(block);
});

/**
 * A module compiled for one input shape: weights are packed, every buffer is in place, and running allocates nothing
 * but the result.
 */
export class Session {
  readonly inputShape: readonly number[];
  readonly outputShape: readonly number[];
  readonly #heap: Heap;
  readonly #step: ConvStep;
  readonly #blocks: readonly Block[];
  readonly #explanation: Explanation;
  readonly #inputAt: number;
  readonly #outputAt: number;
  readonly #residualAt: number;
  #disposed = false;

  /** @internal */
  constructor(heap: Heap, step: ConvStep, images: Block, residual: boolean, explanation: Explanation) {
    const [only] = explanation.steps as [ExplainedStep];
    this.inputShape = only.inputShape;
    this.outputShape = only.outputShape;
    this.#heap = heap;
    this.#step = step;
    this.#blocks = [step.block, images];
    this.#explanation = explanation;
    this.#inputAt = images.offset / 4;
    const sizes = convSizes(step.plan);
    this.#outputAt = this.#inputAt + sizes.input;
    this.#residualAt = residual ? this.#outputAt + sizes.output : 0;
    step.bind(this.#inputAt * 4, this.#outputAt * 4, this.#residualAt * 4);
    forgotten.register(this, { heap, blocks: this.#blocks }, this);
  }

  /**
   * @param input a tensor of the shape that the Session was compiled for
   * @param options residual: a tensor in the output's shape, if and only if the Session was compiled with
   *   `residual: true`; output: a tensor in the output's shape that receives the result and is returned, so that
   *   nothing at all is allocated
   * @throws TypeError for anything but float32 tensors, RangeError for another shape, Error after dispose()
   */
  run(input: TensorLike, options?: RunOptions): Tensor {
    const where = "Session.run";
    const data = checkCompiled(where, "input", input, this.inputShape);
    const { residual, output } = checkOptions(where, options, ["residual", "output"]);
    if ((residual !== undefined) !== this.#residualAt > 0) {
      const state = residual === undefined ? "missing, but the Session was" : "given, but the Session was not";
      throw wrongType(where, `residual is ${state} compiled with { residual: true }`);
    }
    const added = residual === undefined ? undefined : checkCompiled(where, "residual", residual, this.outputShape);
    if (output !== undefined) {
      if (!(output instanceof Tensor)) throw wrongType(where, `output must be a Tensor, got ${show(output)}`);
      checkCompiled(where, "output", output, this.outputShape);
    }
    // after all arguments have been read, for reading them may run code of the caller
    if (this.#disposed) throw new Error(`${where}: the Session has been disposed`);
    const size = countOf(this.outputShape);
    if (size === 0) return output ?? new Tensor(newData(where, this.outputShape), this.outputShape);
    const f32 = this.#heap.f32;
    f32.set(data, this.#inputAt);
    if (added !== undefined) f32.set(added, this.#residualAt);
    this.#step.run();
    if (output === undefined) {
      // slice copies without clearing the new array first: two to four times as fast as new Float32Array and set
      return new Tensor(f32.slice(this.#outputAt, this.#outputAt + size), this.outputShape);
    }
    output.data.set(f32.subarray(this.#outputAt, this.#outputAt + size));
    return output;
  }

  /** Algorithm, shapes, FLOPs and bytes of each step, and the totals. */
  explain(): Explanation {
    return this.#explanation;
  }

  /** Gives the memory back. A Session that is merely forgotten gives it back when it is collected. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    forgotten.unregister(this);
    for (const block of this.#blocks) this.#heap.free(block);
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

function checkCompiled(where: string, name: string, value: unknown, expected: readonly number[]): Float32Array {
  const { data, shape } = checkTensor(where, name, value);
  if (!sameShape(shape, expected)) {
    throw wrongValue(
      where,
      `${name} must have shape ${show(expected)}, which the Session was compiled for, got ${show(shape)}`,
    );
  }
  return data;
}

/**
 * Compiles a module for one input shape.
 *
 * @param module an nn.Conv2d, nn.BatchNorm2d or nn.RepVGGBlock; its weights are read now, later assignments do not reach the Session
 * @param inputShape (N, C, H, W) or (C, H, W)
 * @param options algorithm 'auto', activation none, residual false
 * @throws TypeError, RangeError as the module's forward would; RangeError where memory does not suffice
 */
export function compile(module: Module, inputShape: readonly number[], options?: CompileOptions): Session {
  const where = "compile";
  if (typeof module !== "object" || module === null || typeof module.node !== "function") {
    throw wrongType(
      where,
      `module must be one that compiles to a convolution (nn.Conv2d, nn.BatchNorm2d, nn.RepVGGBlock), got ${show(module)}`,
    );
  }
  const o = checkOptions(where, options, ["algorithm", "activation", "residual"]);
  const epilogue = epilogueOf(where, o.activation);
  const { residual = false } = o;
  if (typeof residual !== "boolean") throw wrongType(where, `residual must be true or false, got ${show(residual)}`);
  const algorithm = checkChoice(where, "algorithm", o.algorithm ?? "auto", ALGORITHMS);
  const { weight, bias, options: convolution } = module.node();
  const shape = Object.freeze([...checkShape(where, "inputShape", inputShape)]);
  const call = convCall(where, 2, shape, weight, bias ?? undefined, { ...convolution, algorithm });
  const plan = planConv(where, call.geometry, call.algorithm, "many");
  const { heap, build } = engine();
  const step = prepareConv(where, engine(), plan, weight.data, bias?.data, epilogue);
  try {
    const sizes = convSizes(plan);
    const images = heap.allocate(where, (sizes.input + sizes.output * (residual ? 2 : 1)) * 4);
    return new Session(
      heap,
      step,
      images,
      residual,
      explain(
        build,
        plan,
        shape,
        weight.shape,
        Object.freeze([...call.outputShape]),
        weight.data.byteLength + (bias?.data.byteLength ?? 0),
      ),
    );
  } catch (error) {
    heap.free(step.block);
    throw error;
  }
}

function explain(
  build: string,
  plan: ConvPlan,
  inputShape: readonly number[],
  weightShape: readonly number[],
  outputShape: readonly number[],
  keptBytes: number,
): Explanation {
  const { algorithm, kernel, reason, flops, packedBytes, workspaceBytes } = plan;
  const { input, output } = convSizes(plan);
  const bytes = Object.freeze({
    input: input * 4,
    output: output * 4,
    weights: packedBytes + (plan.pack === null ? keptBytes : 0),
    workspace: workspaceBytes,
  });
  const step = { op: "conv2d", algorithm, kernel, reason, inputShape, weightShape, outputShape, flops, bytes } as const;
  return Object.freeze({
    build,
    steps: Object.freeze([Object.freeze(step)]),
    totals: Object.freeze({ flops, bytes }),
  });
}
