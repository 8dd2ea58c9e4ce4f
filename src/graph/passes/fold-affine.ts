import { countOf, sameShape } from "../../check.ts";
import { float32 } from "../../dtype.ts";
import { batchNormOperator, normalisation } from "../../operators/batch-norm.ts";
import { addOperator, divOperator, mulOperator, subOperator } from "../../operators/binary.ts";
import {
  conv1dOperator,
  conv2dOperator,
  conv3dOperator,
  convTranspose1dOperator,
  convTranspose2dOperator,
  convTranspose3dOperator,
} from "../../operators/conv.ts";
import { linearOperator } from "../../operators/linear.ts";
import { type Constant, numbersOf } from "../../planning/constant.ts";
import {
  type Call,
  exchanged,
  freshName,
  isCallOf,
  isPlain,
  makersOf,
  type Network,
  operandOf,
  operandsOf,
  usesOf,
} from "../network.ts";

/** x * scale + shift for each channel. */
interface Affine {
  readonly scale: Float64Array;
  readonly shift: Float64Array;
}

/**
 * Folds scales and shifts of the channels of a convolution, transposed convolution or linear layer, such as a batch
 * normalisation, into its weight and bias.
 */
export function foldAffine(network: Network): Network {
  const uses = usesOf(network);
  const makers = makersOf(network);
  const constants = new Map<string, Constant>();
  const changes = new Map<Call, Call | null>();
  const seen = { ...network, constants: new Map(network.constants) };
  for (const call of network.calls) {
    const affine = affineOf(network, call);
    if (affine === undefined) continue;
    const [value] = call.inputs.filter((input) => network.types.has(input)) as [string];
    const maker = makers.get(value);
    if (maker === undefined || uses.get(value) !== 1) continue;
    const layer = changes.get(maker) ?? maker;
    const folded = changes.get(maker) === null ? undefined : foldInto(seen, layer, affine, call.outputs);
    if (folded === undefined) continue;
    for (const [name, constant] of folded.constants) {
      constants.set(name, constant);
      seen.constants.set(name, constant);
    }
    changes.set(maker, null);
    changes.set(call, folded.call);
  }
  return exchanged(network, changes, constants);
}

/**
 * A call as scale and shift of its one input that is not constant, with one value for each index of an axis, or one value
 * for all of {@link ANY_AXIS}; undefined for any other call.
 */
export function affineOf(network: Network, call: Call): (Affine & { readonly axis: number }) | undefined {
  if (!isPlain(call)) return undefined;
  if (isCallOf(call, batchNormOperator)) {
    const parameters = operandsOf(network, call).slice(1);
    if (parameters.some((operand) => operand !== null && operand.data === undefined)) return undefined;
    return { ...normalisation(parameters, call.attributes.eps), axis: call.attributes.unbatched ? 0 : 1 };
  }
  const operation = OPERATIONS.find(({ operator }) => isCallOf(call, operator));
  if (operation === undefined) return undefined;
  const index = call.inputs.findIndex((input) => network.constants.has(input));
  const constant = network.constants.get(call.inputs[index] ?? "");
  const { shape } = network.types.get(call.outputs[0]!)!;
  if (constant === undefined || (index === 0 && !operation.commutes)) return undefined;
  const other = network.types.get(call.inputs[1 - index]!);
  if (other === undefined || !sameShape(other.shape, shape)) return undefined;
  const size = countOf(constant.shape);
  // one value for all channels, or one for each along just one axis
  const from = shape.length - constant.shape.length;
  const axis = size === 1 ? ANY_AXIS : from + constant.shape.findIndex((length) => length !== 1);
  if (size !== 1 && constant.shape.some((length, i) => length !== 1 && from + i !== axis)) return undefined;
  const values = Float64Array.from(numbersOf(constant));
  return { scale: values.map(operation.scale), shift: values.map(operation.shift), axis };
}

export const ANY_AXIS = -1;

const OPERATIONS = [
  { operator: mulOperator, commutes: true, scale: (c: number) => c, shift: () => 0 },
  { operator: divOperator, commutes: false, scale: (c: number) => 1 / c, shift: () => 0 },
  { operator: addOperator, commutes: true, scale: () => 1, shift: (c: number) => c },
  { operator: subOperator, commutes: false, scale: () => 1, shift: (c: number) => -c },
] as const;

function foldInto(
  network: Network,
  layer: Call,
  affine: Affine & { readonly axis: number },
  outputs: readonly string[],
): { call: Call; constants: ReadonlyMap<string, Constant> } | undefined {
  const { shape } = network.types.get(layer.outputs[0]!)!;
  const form = formOf(layer, shape);
  if (form === undefined || (affine.axis !== ANY_AXIS && affine.axis !== form.axis)) return undefined;
  const weight = operandOf(network, layer.inputs[1]!)!;
  const given = operandOf(network, layer.inputs[2] ?? "");
  if (weight.data === undefined || (given !== null && given.data === undefined)) return undefined;
  const bias = given?.data as Float32Array | undefined;
  const filters = shape[form.axis]!;
  const of = (values: Float64Array, filter: number) => values[values.length === 1 ? 0 : filter]!;
  const source = weight.data as Float32Array;
  const data = new Float32Array(source.length);
  // weights of one filter lie in runs: (filters, ...), or (channels, filters of a group, ...) for a transposed convolution
  const [runs, perRun] = form.transposed ? [weight.shape[0]!, weight.shape[1]!] : [1, weight.shape[0]!];
  const taps = data.length / (runs * perRun);
  const runsOfGroup = form.transposed ? runs / form.groups : 1;
  let i = 0;
  let sum = 0;
  for (let run = 0; run < runs; ++run) {
    const first = Math.floor(run / runsOfGroup) * (form.transposed ? perRun : 0);
    for (let filter = 0; filter < perRun; ++filter) {
      const scale = of(affine.scale, first + filter);
      for (const end = i + taps; i < end; ++i) {
        data[i] = source[i]! * scale;
        sum += data[i]!;
      }
    }
  }
  const shifted = Float32Array.from(
    { length: filters },
    (_, filter) => of(affine.shift, filter) + (bias?.[filter] ?? 0) * of(affine.scale, filter),
  );
  // a scale may be infinite, or take weights out of float32's range; finite ones have a finite sum in float64
  if (!Number.isFinite(sum) || !shifted.every(Number.isFinite)) return undefined;
  const names = { weight: freshName(network, `${outputs[0]}:weight`), bias: freshName(network, `${outputs[0]}:bias`) };
  const inputs = [layer.inputs[0]!, names.weight, names.bias];
  return {
    call: { ...layer, inputs, outputs },
    constants: new Map([
      [names.weight, { ...float32(weight.shape), data }],
      [names.bias, { ...float32([filters]), data: shifted }],
    ]),
  };
}

/** Where a layer has its filters; undefined for a call that is not a layer, or already has a residual or an activation. */
function formOf(
  layer: Call,
  shape: readonly number[],
): { axis: number; transposed: boolean; groups: number } | undefined {
  if (!isPlain(layer)) return undefined;
  for (const operator of [conv1dOperator, conv2dOperator, conv3dOperator]) {
    if (isCallOf(layer, operator)) return { axis: shape.length - operator.axes - 1, transposed: false, groups: 1 };
  }
  for (const operator of [convTranspose1dOperator, convTranspose2dOperator, convTranspose3dOperator]) {
    if (isCallOf(layer, operator)) {
      return { axis: shape.length - operator.axes - 1, transposed: true, groups: layer.attributes.options.groups ?? 1 };
    }
  }
  return isCallOf(layer, linearOperator) ? { axis: shape.length - 1, transposed: false, groups: 1 } : undefined;
}
