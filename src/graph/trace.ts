import { countOf, sameShape, show, type TensorLike, TRACED, View, wrongType, wrongValue } from "../check.ts";
import { type DType, float32, type TensorData, type Type } from "../dtype.ts";
import { reshapeOperator } from "../operators/movement.ts";
import type { Constant } from "../planning/constant.ts";
import { type Tracer, viewOf } from "../planning/evaluate.ts";
import { type Operand, type Operator, planCall } from "../planning/operator.ts";
import { Tensor } from "../tensor.ts";
import { Graph, type Node } from "./graph.ts";
import { nodeName } from "./network.ts";
import type { Result } from "./session.ts";

/** A model for {@link compile}: an nn module, or anything whose forward function calls this library's functions. */
export interface Forward<R extends Result = Tensor> {
  forward(input: TensorLike): R;
  /** names the weights, for messages and for Session.explain */
  stateDict?(): Readonly<Record<string, TensorLike>>;
}

/** A tensor that stands for a value of the network that is being read. It has a shape, but no data. */
class TracedTensor extends Tensor {
  declare readonly [TRACED]: GraphTracer;
  declare readonly value: string;

  override get size(): number {
    return countOf(this.shape);
  }

  /** as torch prints tensors without data */
  override toString(): string {
    return `tensor(..., size=(${this.shape.join(", ")}))`;
  }

  override reshape(shape: readonly number[]): Tensor {
    return this[TRACED].add("Tensor.reshape", reshapeOperator, [this], { shape })[0]!;
  }

  static of(tracer: GraphTracer, value: string, { dtype, shape }: Type): TracedTensor {
    // not by the constructor, which needs data
    return Object.create(TracedTensor.prototype, {
      [TRACED]: { value: tracer },
      value: { value },
      dtype: { value: dtype, enumerable: true },
      shape: { value: Object.freeze([...shape]), enumerable: true },
      data: {
        get() {
          throw wrongType(
            "compile",
            "forward reads the data of a tensor that stands for a value of the network, as the gradients do, and all functions of another copy of convwasm; compute with it by the functions that layers are made of",
          );
        },
      },
    });
  }
}

/** The one input of a module. */
export const INPUT = "input";

/** Attributes as they are now: options and lists belong to the caller, who may change them later. */
function copied<T>(value: T): T {
  if (Array.isArray(value)) return value.map(copied) as T;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, copied(each)])) as T;
}

/** Collects nodes while a forward function runs. */
class GraphTracer implements Tracer {
  readonly symbolic = true;
  readonly nodes: Node[] = [];
  readonly constants = new Map<string, Constant>();
  /** of the values that tensors stand for */
  readonly #types = new Map<string, Type>();
  readonly #names: ReadonlyMap<object, string>;
  /** constants by their data, which may have several shapes */
  readonly #held = new Map<object, string[]>();
  /** how often a name was asked for; the input's is taken */
  readonly #taken = new Map([[INPUT, 1]]);

  /** @param names names of the weights, by their data */
  constructor(names: ReadonlyMap<object, string>) {
    this.#names = names;
  }

  add<A extends object>(
    where: string,
    operator: Operator<A>,
    operands: readonly (Constant | null)[],
    attributes: A,
  ): readonly Tensor[] {
    const args = operands.map((operand) => (operand === null ? null : this.#read(where, operand)));
    // layer1.0.conv1 for the convolution by layer1.0.conv1.weight
    const weight = args
      .map((arg) => (arg instanceof View ? this.#names.get(arg.origin) : undefined))
      .find((found) => found !== undefined);
    const layer = weight?.replace(/\.?[^.]*$/, "");
    const own = copied(attributes);
    const planned = planCall(
      layer ? nodeName("compile", { name: layer, operator }) : where,
      operator,
      args.map((arg) => (typeof arg === "string" ? this.#types.get(arg)! : arg)),
      own,
      "many",
    );
    const inputs = args.map((arg) => (arg instanceof View ? this.#nameOf(arg, operator.name) : (arg ?? "")));
    const name = this.#unique(layer || operator.name);
    const outputs = planned.types.map((_, index) => (index === 0 ? `${name}:out` : `${name}:out${index}`));
    this.nodes.push({ name, operator: operator as unknown as Operator, inputs, outputs, attributes: own, planned });
    return planned.types.map((type, index) => this.tensor(outputs[index]!, type));
  }

  /** The name of a tensor that a function returns. */
  valueOf(where: string, result: Tensor): string {
    const read = this.#read(where, result as Constant);
    return typeof read === "string" ? read : this.#nameOf(read, "result");
  }

  /** A tensor that stands for a value of the network. */
  tensor(value: string, type: Type): TracedTensor {
    this.#types.set(value, type);
    return TracedTensor.of(this, value, type);
  }

  /** The value that a tensor stands for, or a constant. Once: it may be wrapped in a proxy that tells now this, now that. */
  #read(where: string, operand: Constant): string | View<DType, TensorData> {
    if (!(TRACED in operand)) return viewOf(where, operand);
    const { [TRACED]: tracer, value } = operand as unknown as TracedTensor;
    if (!tracer.symbolic) return viewOf(where, operand);
    if (tracer === this && this.#types.has(value)) return value;
    throw wrongValue("compile", "forward uses a tensor of another network, which was being read earlier");
  }

  #nameOf(operand: View<DType, TensorData>, operator: string): string {
    const { origin } = operand;
    const held = this.#held.get(origin) ?? [];
    const same = held.find((name) => sameShape(this.constants.get(name)!.shape, operand.shape));
    if (same !== undefined) return same;
    const name = this.#unique(this.#names.get(origin) ?? `${operator}.constant`);
    // ours, and explained to the caller
    Object.freeze(operand.shape);
    this.constants.set(name, operand);
    this.#held.set(origin, [...held, name]);
    return name;
  }

  #unique(name: string): string {
    const count = this.#taken.get(name) ?? 0;
    this.#taken.set(name, count + 1);
    return count === 0 ? name : this.#unique(`${name}#${count + 1}`);
  }
}

/** Calls of a function on values of a network; names are its own but for those of the operands. */
export interface TracedCalls {
  readonly nodes: readonly Node[];
  /** constants that the calls read or the function returns */
  readonly constants: ReadonlyMap<string, Constant>;
  readonly results: readonly string[];
}

/**
 * The calls that a function makes, by running it on tensors without data; what depends on constants alone is computed.
 * @param operands values of a network, constant if they have elements; null for one that is not given
 */
export function traceCalls(
  operands: readonly (Operand | null)[],
  names: readonly string[],
  compute: (operands: readonly (Tensor | null)[]) => readonly Tensor[],
): TracedCalls {
  const tracer = new GraphTracer(new Map());
  const given = operands.map((operand, index) => {
    if (operand === null) return null;
    if (operand.data === undefined) return tracer.tensor(names[index]!, operand);
    return new Tensor(operand.data as Float32Array, operand.shape, operand.dtype as "float32");
  });
  const results = compute(given).map((result) => tracer.valueOf("compile", result));
  return { nodes: tracer.nodes, constants: tracer.constants, results };
}

/**
 * Reads a network by running its forward function on a tensor without data.
 *
 * @param inputShape shape of the one input
 * @throws whatever forward throws; TypeError if it reads the data of a tensor, or returns no tensor of the
 *   network
 */
export function trace(
  where: string,
  model: Forward<Result>,
  inputShape: readonly number[],
): { graph: Graph; single: boolean } {
  const names = new Map<object, string>();
  for (const [name, { data }] of Object.entries(model.stateDict?.() ?? {})) names.set(data, name);
  const tracer = new GraphTracer(names);
  const result: unknown = model.forward(tracer.tensor(INPUT, float32(inputShape)));
  const outputs = result instanceof Tensor ? { output: result } : result;
  if (typeof outputs !== "object" || outputs === null || Object.keys(outputs).length === 0) {
    throw wrongType(where, `forward must return a Tensor or a record of Tensors, got ${show(result)}`);
  }
  const taken = new Map<string, string>();
  for (const [name, output] of Object.entries(outputs)) {
    if (!(output instanceof TracedTensor) || output[TRACED] !== tracer) {
      throw wrongType(where, `forward must compute ${show(name)} from its input, got ${show(output)}`);
    }
    taken.set(name, output.value);
  }
  const graph = new Graph(where, {
    inputs: [{ name: INPUT, dtype: "float32", shape: inputShape }],
    outputs: taken,
    nodes: tracer.nodes,
    constants: tracer.constants,
  });
  return { graph, single: result instanceof Tensor };
}
