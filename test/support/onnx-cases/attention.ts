/** Attention, ONNX's and onnxruntime's. */
import { type Argument, Cases, float, int, ints, running, weights } from "./builder.ts";

const cases = new Cases();

const [batch, heads, s, l, size] = [2, 4, 3, 5, 6];
const q = [batch, heads, s, size];
const k = [batch, heads, l, size];
const truth = (...shape: number[]) =>
  running(
    "BOOL",
    shape,
    Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => Number(i % 3 !== 1)),
  );

const attention = (title: string, args: readonly Argument[], attributes = {}, outputs = ["y"]) =>
  cases.one("Attention", [23], args, attributes, { title, outputs });
attention("plain", [q, k, k]);
attention("scale and softcap", [q, k, k], { scale: float(0.3), softcap: float(2) });
attention("added mask", [q, k, k, [s, l]]);
attention("added mask of each head", [q, k, k, [batch, heads, s, l]]);
attention("mask", [q, k, k, truth(s, l)]);
attention("causal", [q, [batch, heads, s, size], [batch, heads, s, size]], { is_causal: int(1) });
attention("groups of heads", [q, [batch, 2, l, size], [batch, 2, l, 7]], {});
attention(
  "three axes",
  [
    [batch, s, heads * size],
    [batch, l, 2 * size],
    [batch, l, 2 * 8],
  ],
  { q_num_heads: int(heads), kv_num_heads: int(2) },
);
const past = [batch, heads, 4, size];
attention("a past", [q, k, k, "", past, past], {}, ["y", "keys", "values"]);
attention(
  "a past, causal",
  [q, [batch, heads, s, size], [batch, heads, s, size], "", past, past],
  { is_causal: int(1) },
  ["y", "keys", "values"],
);
for (const mode of [0, 3]) {
  attention(`products ${mode}`, [q, k, k, [s, l]], { qk_matmul_output_mode: int(mode) }, ["y", "", "", "products"]);
}

const domain = "com.microsoft";
const width = heads * size;
const rows = (length: number) => [batch, length, width];
const mask = running("INT32", [batch, l], [1, 1, 1, 0, 0, 1, 1, 1, 1, 0]);
const multi = (title: string, args: readonly Argument[], attributes = {}, outputs = ["y"]) =>
  cases.one("MultiHeadAttention", [17], args, { num_heads: int(heads), ...attributes }, { title, outputs, domain });
multi("plain", [rows(s), rows(l), rows(l)]);
multi("biases", [rows(s), rows(l), rows(l), weights(7, 3 * width)], { scale: float(0.3) });
multi("padding and an added bias", [rows(s), rows(l), rows(l), "", mask, [batch, heads, s, l]]);
multi("causal", [rows(s), rows(s), rows(s)], { unidirectional: int(1) });
multi("keys in heads", [rows(s), k, k]);
multi("a past", [rows(s), rows(s), rows(s), "", "", "", past, past], {}, ["y", "keys", "values"]);

const projected = (title: string, args: readonly Argument[], attributes = {}) =>
  cases.one(
    "Attention",
    [17],
    args,
    { num_heads: int(heads), ...attributes },
    { title: `with projections, ${title}`, domain },
  );
const given: readonly Argument[] = [[batch, l, 10], weights(5, 10, 3 * width), weights(6, 3 * width)];
projected("plain", given);
projected("padding", [...given, mask]);
projected("causal", given, { unidirectional: int(1) });
projected("sizes", [[batch, l, 10], weights(5, 10, 16 + 16 + 24), weights(6, 56)], {
  qkv_hidden_sizes: ints(16, 16, 24),
});

const positions = running("INT64", [batch, s], [0, 3, 1, 2, 5, 6]);
const tables = [weights(5, 8, 3), weights(6, 8, 3)];
cases.one("RotaryEmbedding", [23], [q, ...tables, positions]);
cases.one("RotaryEmbedding", [23], [q, ...tables, positions], { interleaved: int(1) }, { title: "interleaved" });
cases.one(
  "RotaryEmbedding",
  [23],
  [q, weights(5, batch, s, 3), weights(6, batch, s, 3)],
  {},
  { title: "no positions" },
);
cases.one(
  "RotaryEmbedding",
  [23],
  [q, weights(5, 8, 2), weights(6, 8, 2), positions],
  { rotary_embedding_dim: int(4) },
  { title: "a part" },
);
cases.one("RotaryEmbedding", [23], [rows(s), ...tables, positions], { num_heads: int(heads) }, { title: "three axes" });
cases.one("RotaryEmbedding", [17], [rows(s), positions, ...tables], {}, { title: "onnxruntime's", domain });
cases.one(
  "RotaryEmbedding",
  [17],
  [q, positions, ...tables],
  { interleaved: int(1) },
  { title: "onnxruntime's, four axes", domain },
);

export const { all } = cases;
