import { show, TRACED, wrongType, wrongValue } from "../../check.ts";
import type { DType } from "../../dtype.ts";
import { softmax, tanh } from "../../functional/activation.ts";
import { add, div, mul, sub } from "../../functional/arithmetic.ts";
import { linear, matmul } from "../../functional/linear.ts";
import { cat, narrow, permute, reshape, select, split, transpose } from "../../functional/movement.ts";
import { castOperator } from "../../operators/cast.ts";
import { gatherOperator } from "../../operators/gather.ts";
import { applyOne } from "../../planning/evaluate.ts";
import { Tensor } from "../../tensor.ts";
import type { Translator } from "../translation.ts";
import { byFunction } from "./functions.ts";

/*
 * Attention and what belongs to it, as functions of this library whose shapes are known when they are called.
 */

/** What softmax turns into zero, and what makes a row uniform if all of it is masked. */
const LOWEST = -3.4028234663852886e38;

const asFloats = (where: string, values: Tensor<DType>): Tensor =>
  values.dtype === "float32" ? (values as Tensor) : applyOne(where, castOperator, [values], { to: "float32" });

/** 0 where a mask is 1, `filter` where it is 0. */
const filtered = (where: string, mask: Tensor<DType>, filter: number): Tensor =>
  mul(sub(1, asFloats(where, mask)), filter);

/** (batch, length, heads * size) to (batch, heads, length, size) */
function headsOf(where: string, name: string, x: Tensor, heads: number): Tensor {
  const [batch, length, all] = x.shape as [number, number, number];
  if (x.rank === 3 && Number.isInteger(all / heads)) {
    return permute(reshape(x, [batch, length, heads, all / heads]), [0, 2, 1, 3]);
  }
  throw wrongValue(where, `${name} must be (batch, length, ${heads} heads * size), got shape ${show(x.shape)}`);
}

/** (batch, heads, length, size) to (batch, length, heads * size) */
function headsJoined(x: Tensor): Tensor {
  const [batch, heads, length, size] = x.shape as [number, number, number, number];
  return reshape(permute(x, [0, 2, 1, 3]), [batch, length, heads * size]);
}

interface AttendOptions {
  /** of the products; undefined for 1 / sqrt(size) */
  readonly scale: number | undefined;
  /** added to the scaled products */
  readonly biases: readonly Tensor[];
  /** whether queries see what comes after them; `past` keys come before the first query */
  readonly causal: { readonly past: number } | undefined;
  /** s tanh(x / s) of the products; 0 for none */
  readonly softcap: number;
}

/** The steps between queries and result, any of which ONNX's Attention gives, too. */
interface Attended {
  readonly products: Tensor;
  readonly capped: Tensor;
  readonly masked: Tensor;
  readonly weights: Tensor;
  readonly result: Tensor;
}

/** Attention of queries (batch, heads, S, size) to keys and values (batch, groups, L, ...), several heads to a group. */
function attend(where: string, q: Tensor, k: Tensor, v: Tensor, options: AttendOptions): Attended {
  for (const [name, x] of Object.entries({ queries: q, keys: k, values: v })) {
    if (x.rank !== 4) throw wrongValue(where, `${name} must have 4 axes, got shape ${show(x.shape)}`);
  }
  const [batch, heads, s, size] = q.shape as [number, number, number, number];
  const [, groups, l] = k.shape as [number, number, number];
  if (
    k.shape[0] !== batch ||
    heads % groups !== 0 ||
    k.shape[3] !== size ||
    v.shape[1] !== groups ||
    v.shape[2] !== l
  ) {
    const shapes = [q, k, v].map(({ shape }) => show(shape)).join(", ");
    throw wrongValue(where, `queries, keys and values of shapes ${shapes} do not fit`);
  }
  // the heads of a group follow each other: their rows are multiplied together
  const rows = (heads / groups) * s;
  const scaled = mul(q, options.scale ?? 1 / Math.sqrt(size));
  const keys = permute(k, [0, 1, 3, 2]);
  const products = reshape(matmul(reshape(scaled, [batch, groups, rows, size]), keys), [batch, heads, s, l]);
  const { softcap, causal } = options;
  const capped = softcap === 0 ? products : mul(tanh(div(products, softcap)), softcap);
  const biases = causal === undefined ? options.biases : [...options.biases, triangle(where, s, l, causal.past)];
  const masked = biases.reduce((sum, bias) => add(sum, bias), capped);
  const weights = softmax(masked, { dim: -1 });
  const result = matmul(reshape(weights, [batch, groups, rows, l]), v);
  return { products, capped, masked, weights, result: reshape(result, [batch, heads, s, v.shape[3]!]) };
}

const MOST_MASKED = 2 ** 24;

/** (s, l): 0 for keys up to each query, the lowest number for those after it. */
function triangle(where: string, s: number, l: number, past: number): Tensor {
  if (s * l > MOST_MASKED) throw wrongValue(where, `a mask of ${s} x ${l} has more than ${MOST_MASKED} elements`);
  const data = new Float32Array(s * l);
  for (let row = 0; row < s; ++row) data.fill(LOWEST, Math.min(row * l + row + past + 1, (row + 1) * l), (row + 1) * l);
  return new Tensor(data, [s, l]);
}

/** ONNX's Attention, of opset 23 on. */
const attention: Translator = (node) => {
  const { attributes } = node;
  const causal = attributes.flag("is_causal", false);
  const [queryHeads, keyHeads] = [attributes.int("q_num_heads", 0), attributes.int("kv_num_heads", 0)];
  const scale = attributes.has("scale") ? attributes.float("scale", 0) : undefined;
  const softcap = attributes.float("softcap", 0);
  const mode = attributes.int("qk_matmul_output_mode", 0);
  // which here is float32 or better
  attributes.int("softmax_precision", 1);
  if (![0, 1, 2, 3].includes(mode))
    throw wrongValue(node.where, `qk_matmul_output_mode must be from 0 to 3, got ${mode}`);
  if (node.optional(6) !== "") throw wrongType(node.where, "nonpad_kv_seqlen is not supported");
  return byFunction(node, [0, 1, 2], 4, (where, operands) => {
    const [query, key, value, mask, pastKey, pastValue] = operands as readonly Tensor[];
    const isFlat = query!.rank === 3;
    const parts = (name: string, x: Tensor, heads: number) => (isFlat ? headsOf(where, name, x, heads) : x);
    const q = parts("Q", query!, queryHeads);
    const [k, v] = [parts("K", key!, keyHeads), parts("V", value!, keyHeads)];
    const [keys, values] = [pastKey ? cat([pastKey, k], 2) : k, pastValue ? cat([pastValue, v], 2) : v];
    const isTruth = (mask?.dtype as DType | undefined) === "bool";
    const biases = mask ? [isTruth ? filtered(where, mask, LOWEST) : mask] : [];
    const past = pastKey ? pastKey.shape[2]! : 0;
    const steps = attend(where, q, keys, values, { scale, biases, causal: causal ? { past } : undefined, softcap });
    const shown = [steps.products, steps.masked, steps.capped, steps.weights][mode]!;
    return [isFlat ? headsJoined(steps.result) : steps.result, keys, values, shown];
  });
};

/** Products with weights (in, out), which are packed if they are constant. */
function dense(x: Tensor, weight: Tensor, bias: Tensor | null): Tensor {
  const isLayer = ![weight, bias].some((each) => each !== null && TRACED in each);
  if (isLayer) return linear(x, transpose(weight, 0, 1), bias);
  const product = matmul(x, weight);
  return bias === null ? product : add(product, bias);
}

/** (batch, keys) with 1 for keys that count, (batch, queries, keys), or (batch) with how many keys count. */
function paddingBias(where: string, mask: Tensor<DType>, keys: number, filter: number): Tensor {
  const [batch, ...rest] = mask.shape as [number, ...number[]];
  if (mask.rank === 2 && rest[0] === keys) {
    return filtered(where, reshape(mask, [batch, 1, 1, keys]) as Tensor<DType>, filter);
  }
  if (mask.rank === 3 && rest[1] === keys) {
    return filtered(where, reshape(mask, [batch, 1, rest[0]!, keys]) as Tensor<DType>, filter);
  }
  throw wrongValue(
    where,
    `a mask must be (batch, ${keys}) or (batch, queries, ${keys}), got shape ${show(mask.shape)}`,
  );
}

/** onnxruntime's MultiHeadAttention. */
const multiHead: Translator = (node) => {
  const { attributes } = node;
  const heads = attributes.int("num_heads", 0);
  const scale = attributes.float("scale", 0) || undefined;
  const filter = attributes.float("mask_filter_value", -10000);
  const causal = attributes.flag("unidirectional", false);
  if (node.optional(1) === "" || node.optional(2) === "") {
    throw wrongType(node.where, "queries, keys and values that are packed together are not supported");
  }
  if (node.inputs.slice(8).some((value) => value !== "")) {
    throw wrongType(node.where, "more inputs than past_value are not supported");
  }
  return byFunction(node, [0, 1, 2], 3, (where, operands) => {
    const [query, key, value, bias, padding, added, pastKey, pastValue] = operands as readonly (Tensor | null)[];
    const { q, k, v } = separated(where, query!, key!, value!, bias ?? null, heads);
    const [keys, values] = [pastKey ? cat([pastKey, k], 2) : k, pastValue ? cat([pastValue, v], 2) : v];
    const biases = [
      ...(padding ? [paddingBias(where, padding, keys.shape[2]!, filter)] : []),
      ...(added ? [added] : []),
    ];
    const past = pastKey ? pastKey.shape[2]! : 0;
    const options = { scale, biases, causal: causal ? { past } : undefined, softcap: 0 };
    return [headsJoined(attend(where, q, keys, values, options).result), keys, values];
  });
};

/** Queries, keys and values in heads, with their parts of the bias. */
function separated(where: string, query: Tensor, key: Tensor, value: Tensor, bias: Tensor | null, heads: number) {
  const width = query.shape.at(-1)!;
  const plus = (x: Tensor, from: number) => (bias === null ? x : add(x, narrow(bias, 0, from, x.shape.at(-1)!)));
  const q = headsOf(where, "query", plus(query, 0), heads);
  // keys and values of another network come in heads already
  if (key.rank === 4) return { q, k: key, v: value };
  const k = headsOf(where, "key", plus(key, width), heads);
  return { q, k, v: headsOf(where, "value", plus(value, 2 * width), heads) };
}

/** onnxruntime's Attention: with the projections of one input. */
const projected: Translator = (node) => {
  const { attributes } = node;
  const heads = attributes.int("num_heads", 0);
  const scale = attributes.float("scale", 0) || undefined;
  const filter = attributes.float("mask_filter_value", -10000);
  const causal = attributes.flag("unidirectional", false);
  const sizes = attributes.ints("qkv_hidden_sizes");
  if (node.optional(4) !== "" || node.optional(6) !== "") throw wrongType(node.where, "a past is not supported");
  return byFunction(node, [0, 1], 1, (where, operands) => {
    const [x, weight, bias, mask, , added] = operands as readonly (Tensor | null)[];
    const third = weight!.shape[1]! / 3;
    const all = dense(x!, weight!, bias ?? null);
    const [q, k, v] = split(all, sizes ?? [third, third, third], -1).map((each, i) =>
      headsOf(where, ["queries", "keys", "values"][i]!, each, heads),
    );
    const biases = [...(mask ? [paddingBias(where, mask, k!.shape[2]!, filter)] : []), ...(added ? [added] : [])];
    const options = { scale, biases, causal: causal ? { past: 0 } : undefined, softcap: 0 };
    return [headsJoined(attend(where, q!, k!, v!, options).result)];
  });
};

interface RotaryOptions {
  readonly interleaved: boolean;
  /** how many of each head's numbers are turned; 0 for all */
  readonly turned: number;
}

/** Pairs of numbers of each head, (batch, heads, length, size), turned by angles (batch, length, pairs). */
function rotated(x: Tensor, cos: Tensor, sin: Tensor, { interleaved, turned }: RotaryOptions): Tensor {
  const [batch, heads, length, size] = x.shape as [number, number, number, number];
  const width = turned || size;
  const pairs = width / 2;
  const [c, s] = [cos, sin].map((each) => reshape(each, [each.shape[0]!, 1, length, pairs])) as [Tensor, Tensor];
  const turning = width === size ? x : narrow(x, 3, 0, width);
  const grouped = reshape(turning, [batch, heads, length, ...(interleaved ? [pairs, 2] : [2, pairs])]);
  const [a, b] = [0, 1].map((index) => select(grouped, interleaved ? 4 : 3, index)) as [Tensor, Tensor];
  const both = [sub(mul(a, c), mul(b, s)), add(mul(a, s), mul(b, c))];
  const joined = interleaved
    ? reshape(
        cat(
          both.map((each) => reshape(each, [batch, heads, length, pairs, 1])),
          4,
        ),
        turning.shape,
      )
    : cat(both, 3);
  return width === size ? joined : cat([joined, narrow(x, 3, width, size - width)], 3);
}

/** @param order of positions, cosines and sines among the inputs */
const rotary =
  ([positionsAt, cosAt, sinAt]: readonly [number, number, number]): Translator =>
  (node) => {
    const { attributes } = node;
    const interleaved = attributes.flag("interleaved", false);
    const heads = attributes.int("num_heads", 0);
    const turned = attributes.int("rotary_embedding_dim", 0);
    if (attributes.float("scale", 1) !== 1) throw wrongType(node.where, "scale is not supported");
    attributes.flag("is_packed_batching", false);
    return byFunction(node, [0, cosAt, sinAt], 1, (where, operands) => {
      const x = operands[0]!;
      const positions = operands[positionsAt] ?? null;
      const isFlat = x.rank === 3;
      const pairs = operands[cosAt]!.shape.at(-1)!;
      const count = heads || (isFlat ? x.shape[2]! / (2 * pairs) : 0);
      const split = isFlat ? headsOf(where, "the input", x, count) : x;
      const [batch, , length] = split.shape as [number, number, number];
      const [cos, sin] = [cosAt, sinAt].map((index) => {
        const table = operands[index]!;
        if (positions === null) return table;
        if (positions.rank === 2) return applyOne(where, gatherOperator, [table, positions], { dim: 0 });
        // one number: where the first of consecutive positions is
        if (TRACED in positions || positions.size !== 1) {
          throw wrongValue(where, `positions must be (batch, length), got shape ${show(positions.shape)}`);
        }
        return reshape(narrow(table, 0, Number(positions.data[0]), length), [1, length, pairs]);
      }) as [Tensor, Tensor];
      if (
        cos.rank !== 3 ||
        ![1, batch].includes(cos.shape[0]!) ||
        cos.shape[1] !== length ||
        2 * pairs !== (turned || split.shape[3])
      ) {
        throw wrongValue(where, `cosines of shape ${show(cos.shape)} do not fit input ${show(x.shape)}`);
      }
      const result = rotated(split, cos, sin, { interleaved, turned });
      return [isFlat ? headsJoined(result) : result];
    });
  };

export const attentionTranslators: Readonly<Record<string, Translator>> = {
  Attention: attention,
  RotaryEmbedding: rotary([3, 1, 2]),
  "com.microsoft.Attention": projected,
  "com.microsoft.MultiHeadAttention": multiHead,
  "com.microsoft.RotaryEmbedding": rotary([1, 2, 3]),
};
