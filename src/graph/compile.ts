import {
  ANOTHER_COPY,
  checkChoice,
  checkOptions,
  checkShape,
  isForeign,
  listed,
  shortened,
  show,
  wrongType,
  wrongValue,
} from "../check.ts";
import { ALGORITHMS, type Algorithm } from "../conv/geometry.ts";
import { float32, type Type } from "../dtype.ts";
import { activationOperator } from "../operators/activation.ts";
import { addOperator } from "../operators/binary.ts";
import { type ConvAttributes, conv1dOperator, conv2dOperator } from "../operators/conv.ts";
import { type Activation, type Epilogue, epilogueOf } from "../planning/epilogue.ts";
import type { Operator } from "../planning/operator.ts";
import { engine, runtime } from "../runtime/runtime.ts";
import type { Tensor } from "../tensor.ts";
import type { SessionPort } from "./compiled.ts";
import { type Explanation, explain } from "./explain.ts";
import { Graph } from "./graph.ts";
import { freshName, type Network, operandOf, planned, renamed } from "./network.ts";
import { fitMemory } from "./passes/fit-memory.ts";
import { PASSES } from "./passes/index.ts";
import { load, type NetworkPlan, planNetwork } from "./plan.ts";
import { planGraph } from "./plan-graph.ts";
import { savePlan, watched } from "./save.ts";
import { type Result, Session } from "./session.ts";
import { type Forward, INPUT, trace } from "./trace.ts";

/** Options of {@link compile}. */
export interface CompileOptions {
  /** algorithm of every convolution; default 'auto' */
  algorithm?: Algorithm;
  /** applied to the output, which must be the only one, and fused where possible; default none */
  activation?: Activation;
  /** whether run() takes a `residual`, a tensor of the output's shape that is added before the activation; default false */
  residual?: boolean;
  /**
   * whether calls are fused and values share memory; false, for finding faults, computes each node by itself and keeps all
   * values. Default true
   */
  optimize?: boolean;
}

/** Shape of the one input, or shapes by the names of several. */
export type InputShapes = readonly number[] | Readonly<Record<string, readonly number[]>>;

/**
 * Compiles a module or a network for given input shapes: attributes and shapes are checked, batch normalisations folded,
 * activations, residual additions and padding fused into convolutions, weights packed, and a place found for every tensor.
 *
 * @param model an nn module, any object whose `forward(input)` is made of this library's functions, or a graph, as
 *   `loadOnnx` returns; its weights are read now, later assignments do not change the Session. A module is read as it evaluates, whether
 *   it is training or not: batch normalisations use their running statistics, dropout does nothing
 * @param inputShape shape of the input, as (N, C, H, W); a record of shapes by name for several inputs; may be left out for a
 *   graph that declares them all
 * @param options algorithm 'auto', activation none, residual false, optimize true
 * @returns a Session for these shapes, whose `run` returns what the model's `forward` returns
 * @throws TypeError, RangeError as thrown by the functions that the model calls; RangeError when memory does not suffice
 */
export function compile<R extends Result = Tensor>(
  model: Forward<R> | Graph,
  inputShape?: InputShapes,
  options?: CompileOptions,
): Session<R> {
  const where = "compile";
  const { graph, plan, single, residual } = planModel(where, model, inputShape, options);
  const compiled = load(where, engine(), plan, single);
  // a graph's weights do not change, as loadOnnx says
  const isSame = model instanceof Graph ? () => true : watched(graph);
  return new Session<R>({
    ...compiled,
    inputs: residual ? compiled.inputs.slice(0, -1) : compiled.inputs,
    residual: residual ? compiled.inputs.at(-1) : undefined,
    origin: {
      save(weights) {
        if (isSame()) return savePlan(plan, { single, hasResidual: residual }, compiled.explanation, weights);
        throw new Error("Session.save: the module's weights have changed since it was compiled: compile it again");
      },
    },
  });
}

/** What {@link explainModel} returns. */
export interface ExplainedModel {
  readonly inputs: readonly SessionPort[];
  readonly outputs: readonly SessionPort[];
  readonly explanation: Explanation;
}

/**
 * Explains what {@link compile} would make of a model, without packing any weights.
 * @throws as compile, except about memory
 */
export function explainModel(model: Forward<Result> | Graph, inputShape?: InputShapes): ExplainedModel {
  const { plan } = planModel("compile", model, inputShape, undefined);
  const { network } = plan;
  const port = (name: string, value: string): SessionPort => {
    const { dtype, shape } = operandOf(network, value)!;
    const counts = network.lengths.get(value);
    if (counts === undefined) return { name, dtype, shape };
    return { name, dtype, shape, dynamicAxes: [...counts.keys()].filter((axis) => counts[axis] !== "") };
  };
  return {
    inputs: network.inputs.map((name) => port(name, name)),
    outputs: [...network.outputs].map(([name, value]) => port(name, value)),
    explanation: explain(plan, runtime().build),
  };
}

function planModel(
  where: string,
  model: Forward<Result> | Graph,
  inputShape: InputShapes | undefined,
  options: CompileOptions | undefined,
): { readonly graph: Graph; readonly plan: NetworkPlan; readonly single: boolean; readonly residual: boolean } {
  const o = checkOptions(where, options, ["algorithm", "activation", "residual", "optimize"]);
  const activation = epilogueOf(where, o.activation);
  const { residual = false, optimize = true } = o;
  if (typeof optimize !== "boolean") throw wrongType(where, `optimize must be true or false, got ${show(optimize)}`);
  if (typeof residual !== "boolean") throw wrongType(where, `residual must be true or false, got ${show(residual)}`);
  const algorithm = checkChoice(where, "algorithm", o.algorithm ?? "auto", ALGORITHMS);
  const { graph, single } = read(where, model, inputShape);
  const types = inputTypes(where, graph, inputShape);
  let network = planGraph(where, graph, types, algorithm === "auto" ? undefined : forcing(algorithm));
  if (residual || activation !== undefined) network = ended(where, network, residual, activation);
  if (optimize) for (const pass of PASSES) network = pass(network);
  const plan = planNetwork(network, optimize);
  if (algorithm !== "auto") return { graph, plan, single, residual };
  const { limit, used } = engine().heap;
  const smaller = fitMemory(network, plan.bytes, limit - used);
  return { graph, plan: smaller === network ? plan : planNetwork(smaller, optimize), single, residual };
}

function read(
  where: string,
  model: Forward<Result> | Graph,
  given: InputShapes | undefined,
): { graph: Graph; single: boolean } {
  if (model instanceof Graph) return { graph: model, single: model.outputs.size === 1 };
  if (isForeign(model, "constants")) throw wrongType(where, `model is a Graph of ${ANOTHER_COPY}`);
  if (typeof model !== "object" || model === null || typeof model.forward !== "function") {
    throw wrongType(
      where,
      `model must be an nn module, an object with a forward function, or a graph from loadOnnx, got ${show(model)}`,
    );
  }
  if (given === undefined) throw wrongType(where, "inputShape must be given for a module, which does not declare it");
  // shapes by name, as a Session's inputShapes
  const named = typeof given === "object" && given !== null && INPUT in given && Object.keys(given).length === 1;
  return named
    ? trace(where, model, checkShape(where, `inputShape.${INPUT}`, given[INPUT]))
    : trace(where, model, checkShape(where, "inputShape", given));
}

const isList = (value: InputShapes): value is readonly number[] => Array.isArray(value);

function inputTypes(where: string, graph: Graph, given: InputShapes | undefined): Map<string, Type> {
  if (given === undefined) return declaredTypes(where, graph);
  const record = isList(given) ? undefined : given;
  if (record === undefined && graph.inputs.length !== 1) {
    const names = listed(graph.inputs.map(({ name }) => show(name)));
    throw wrongType(
      where,
      `inputShape must be a record of shapes for the inputs ${names || "(none)"}, got ${show(given)}`,
    );
  }
  if (record !== undefined && (typeof record !== "object" || record === null)) {
    throw wrongType(where, `inputShape must be an array of lengths, or a record of them, got ${show(given)}`);
  }
  for (const name of Object.keys(record ?? {})) {
    if (!graph.inputs.some((input) => input.name === name)) {
      throw wrongType(
        where,
        `inputShape has the unknown name ${show(name)} (known: ${listed(graph.inputs.map((i) => i.name))})`,
      );
    }
  }
  const sizes = new Map<string, number>();
  return new Map(
    graph.inputs.map(({ name, dtype, shape: declared }) => {
      const argument = record === undefined ? "inputShape" : `inputShape.${shortened(name)}`;
      const shape = Object.freeze([...checkShape(where, argument, record === undefined ? given : record[name])]);
      if (declared !== null && declared.length !== shape.length) {
        throw wrongValue(
          where,
          `${argument} must be [${declared.join(", ")}] as the network declares, got ${show(shape)}`,
        );
      }
      for (const [axis, length] of shape.entries()) {
        const expected = declared?.[axis];
        const fits = typeof expected === "string" ? (sizes.get(expected) ?? length) : (expected ?? length);
        if (length !== fits) {
          throw wrongValue(
            where,
            `${argument} must be [${declared!.join(", ")}] as the network declares, got ${show(shape)}${typeof expected === "string" ? ` with ${expected} = ${fits} elsewhere` : ""}`,
          );
        }
        if (typeof expected === "string") sizes.set(expected, length);
      }
      return [name, { dtype, shape }];
    }),
  );
}

/** The types of a graph whose inputs have no open sizes. */
function declaredTypes(where: string, { inputs }: Graph): Map<string, Type> {
  return new Map(
    inputs.map(({ name, dtype, shape }) => {
      const isKnown = (lengths: typeof shape): lengths is readonly number[] =>
        lengths?.every((length) => typeof length === "number") === true;
      if (isKnown(shape)) return [name, { dtype, shape }];
      const declared = shape === null ? "no shape" : `the shape [${shape.join(", ")}]`;
      throw wrongType(where, `inputShape must be given: the network declares ${declared} for ${show(name)}`);
    }),
  );
}

/** Adds what the options ask for after the network's output. */
function ended(where: string, network: Network, residual: boolean, activation: Epilogue | undefined): Network {
  const [output, more] = [...network.outputs];
  if (output === undefined || more !== undefined) {
    throw wrongValue(
      where,
      `activation and residual need a network with one output, this one has ${network.outputs.size}`,
    );
  }
  if (network.constants.has(output[1])) {
    throw wrongValue(where, `activation and residual need a computed output, but ${show(output[0])} is constant`);
  }
  const [name, value] = output;
  const { dtype, shape } = network.types.get(value)!;
  if (dtype !== "float32") {
    throw wrongType(
      where,
      `activation and residual need a float32 output, but ${show(output[0])} is of dtype '${dtype}'`,
    );
  }
  const added = freshName(network, "residual:in");
  const last = freshName(network, `${value}:ended`);
  const types = new Map([...network.types, [last, float32(shape)], [added, float32(shape)]]);
  const ending = residual
    ? { name: "residual", operator: addOperator as Operator, inputs: [value, added], attributes: {} }
    : { name: "activation", operator: activationOperator as Operator, inputs: [value], attributes: activation! };
  const call = { ...ending, outputs: [last], residual: "", activation: residual ? activation : undefined, guards: [] };
  return {
    ...network,
    inputs: residual ? [...network.inputs, added] : network.inputs,
    outputs: new Map([[name, last]]),
    lengths: renamed(network, new Map([[value, last]])).lengths,
    calls: [...network.calls, planned({ ...network, types }, call)],
    types,
  };
}

/** Makes convolutions use an algorithm. */
const forcing = (algorithm: Algorithm) => (operator: Operator, attributes: object) => {
  if (![conv1dOperator, conv2dOperator].includes(operator as typeof conv2dOperator)) return attributes;
  const { options, ...others } = attributes as ConvAttributes;
  return { ...others, options: { ...options, algorithm } };
};
