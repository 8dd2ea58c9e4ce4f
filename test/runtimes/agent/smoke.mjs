/** What the package must do in every runtime. Plain JavaScript without imports: it is bundled and sent everywhere. */

/** @throws Error that names the check that failed */
export function smoke(convwasm, { outputBits, SIMD_BITS }) {
  const { build } = convwasm.runtime();
  const checks = { forward, gradients, session, growth, errors, bits };
  for (const [name, check] of Object.entries(checks)) {
    try {
      check(convwasm, { outputBits, SIMD_BITS, build });
    } catch (error) {
      throw new Error(`${name}: ${error.message}`, { cause: error });
    }
  }
  return Object.keys(checks);
}

const LAYERS = [
  { input: [2, 5, 11, 13], weight: [7, 5, 3, 3], stride: 1, padding: 1, dilation: 1, groups: 1 },
  { input: [1, 3, 20, 17], weight: [8, 3, 7, 7], stride: 2, padding: 3, dilation: 1, groups: 1 },
  { input: [1, 9, 12, 10], weight: [9, 1, 3, 3], stride: 1, padding: 2, dilation: 2, groups: 9 },
  { input: [1, 40, 9, 7], weight: [13, 40, 1, 1], stride: 1, padding: 0, dilation: 1, groups: 1 },
];

function forward({ conv2d, Tensor }) {
  for (const { input, weight, ...options } of LAYERS) {
    const [x, w, b] = [centred(Tensor, input, 1), centred(Tensor, weight, 2), centred(Tensor, [weight[0]], 3)];
    const expected = reference(x, w, b, options);
    const winograd = weight[2] === 3 && options.stride === 1 ? ["winograd"] : [];
    for (const algorithm of ["auto", "direct", "im2col", "toeplitz", ...winograd]) {
      const y = conv2d(x, w, b, { ...options, algorithm });
      near(y.data, expected, 2e-5, `${algorithm} on ${input} by ${weight}`);
    }
  }
}

/** For any x, w and dy: <dy, conv(x, w)> = <gradient of x, x> = <gradient of w, w>, for a convolution is linear in both. */
function gradients({ conv2d, conv2dBackward, Tensor }) {
  for (const { input, weight, ...layer } of LAYERS) {
    const options = { ...layer, paddingMode: layer.padding > 0 ? "reflect" : "zeros" };
    const [x, w] = [centred(Tensor, input, 4), centred(Tensor, weight, 5)];
    const y = conv2d(x, w, null, options);
    const dy = centred(Tensor, y.shape, 6);
    const gradient = conv2dBackward(x, w, dy, options);
    const products = [inner(dy, y), inner(gradient.input, x), inner(gradient.weight, w)];
    near(
      products,
      products.map(() => products[0]),
      1e-3,
      `gradients of ${input} by ${weight}`,
    );
    const plane = y.shape[2] * y.shape[3];
    const sums = new Float64Array(weight[0]);
    for (let i = 0; i < dy.size; ++i) sums[Math.floor(i / plane) % weight[0]] += dy.data[i];
    near(gradient.bias.data, sums, 1e-4, `gradient of the bias of ${input} by ${weight}`);
  }
}

function session({ compile, memory, nn, Tensor }) {
  const used = memory().used;
  const layer = new nn.Conv2d(6, 10, 3, { padding: 1, seed: 7 });
  const compiled = compile(layer, [1, 6, 14, 15]);
  for (const seed of [8, 9]) {
    const x = centred(Tensor, [1, 6, 14, 15], seed);
    const expected = reference(x, layer.weight, layer.bias, { stride: 1, padding: 1, dilation: 1, groups: 1 });
    near(compiled.run(x).data, expected, 2e-5, "Session.run");
  }
  expect(compiled.explain().steps.length > 0, "explain() has no steps");
  compiled.dispose();
  expect(memory().used === used, "dispose() gives not all memory back");
  throws(() => compiled.run(Tensor.zeros([1, 6, 14, 15])), Error, "disposed");
}

/** What was made before the memory grew must work on, and the memory must not grow from call to call. */
function growth({ compile, conv2d, memory, nn, Tensor }) {
  const compiled = compile(new nn.Conv2d(4, 4, 3, { seed: 10 }), [1, 4, 9, 9]);
  const small = centred(Tensor, [1, 4, 9, 9], 11);
  const first = compiled.run(small).data;
  const before = memory().bytes;
  const side = Math.ceil(Math.sqrt(before / 4)) + 256;
  const large = Tensor.full([1, 1, side, side], 0.5);
  const sizes = [1, 2, 3].map(() => {
    const y = conv2d(large, Tensor.ones([2, 1, 3, 3]));
    expect(
      y.data.every((value) => value === 4.5),
      "wrong values in the memory that was added",
    );
    return memory().bytes;
  });
  expect(sizes[0] > before, `memory did not grow from ${before}`);
  expect(sizes[2] === sizes[0], `memory grows from call to call: ${sizes}`);
  near(compiled.run(small).data, first, 0, "a Session after the memory grew");
  compiled.dispose();
}

function errors({ configure, conv2d, memory, Tensor }) {
  const one = Tensor.ones([1, 1, 3, 3]);
  throws(() => conv2d(5, one), TypeError, "conv2d: input");
  throws(() => conv2d(one, Tensor.ones([1, 2, 3, 3])), RangeError, "conv2d: weight has 2 input channels");
  throws(() => conv2d(one, one, null, { strides: 2 }), TypeError, 'unknown option "strides"');
  throws(() => configure({ build: "none" }), RangeError, "configure: build");
  const { bytes, limit } = memory();
  configure({ maxMemory: Math.max(bytes, 65536) });
  const side = Math.ceil(Math.sqrt(bytes / 4)) + 64;
  throws(() => conv2d(Tensor.zeros([1, 1, side, side]), one), RangeError, "but the limit is");
  configure({ maxMemory: limit });
  expect(conv2d(one, one).item() === 9, "wrong result after errors");
}

/** The simd build gives the same bits in every runtime. */
function bits(convwasm, { outputBits, SIMD_BITS, build }) {
  convwasm.configure({ build: "simd" });
  try {
    for (const [algorithm, expected] of Object.entries(SIMD_BITS)) {
      const got = outputBits(convwasm, algorithm);
      expect(got === expected, `${algorithm} on the simd build gives bits ${got} instead of ${expected}`);
    }
  } finally {
    convwasm.configure({ build });
  }
}

/** Where WebAssembly must not be compiled: importing works, and so does what needs none; the rest throws one Error. */
export function smokeForbidden({ allclose, conv2d, Tensor }) {
  const one = Tensor.ones([1, 1, 2, 2]);
  expect(allclose(one, one), "allclose");
  for (let attempt = 0; attempt < 2; ++attempt) throws(() => conv2d(one, one), Error, "script-src 'wasm-unsafe-eval'");
  return ["refusal"];
}

/** The plain sum, in float64. */
function reference(x, w, b, { stride, padding, dilation, groups }) {
  const [batch, inChannels, height, width] = x.shape;
  const [filters, channels, kernelHeight, kernelWidth] = w.shape;
  const outHeight = Math.floor((height + 2 * padding - dilation * (kernelHeight - 1) - 1) / stride) + 1;
  const outWidth = Math.floor((width + 2 * padding - dilation * (kernelWidth - 1) - 1) / stride) + 1;
  const y = new Float64Array(batch * filters * outHeight * outWidth);
  let at = 0;
  for (let n = 0; n < batch; ++n) {
    for (let k = 0; k < filters; ++k) {
      const first = Math.floor(k / (filters / groups)) * channels;
      for (let p = 0; p < outHeight; ++p) {
        for (let q = 0; q < outWidth; ++q, ++at) {
          y[at] = b.data[k];
          for (let c = 0; c < channels; ++c) {
            for (let r = 0; r < kernelHeight; ++r) {
              for (let s = 0; s < kernelWidth; ++s) {
                const [row, column] = [p * stride + r * dilation - padding, q * stride + s * dilation - padding];
                if (row < 0 || row >= height || column < 0 || column >= width) continue;
                const pixel = ((n * inChannels + first + c) * height + row) * width + column;
                y[at] += x.data[pixel] * w.data[((k * channels + c) * kernelHeight + r) * kernelWidth + s];
              }
            }
          }
        }
      }
    }
  }
  return y;
}

/** Random values around zero, so that sums cancel. */
function centred(Tensor, shape, seed) {
  const tensor = Tensor.rand(shape, seed);
  for (let i = 0; i < tensor.size; ++i) tensor.data[i] -= 0.5;
  return tensor;
}

function inner(a, b) {
  let sum = 0;
  for (let i = 0; i < a.size; ++i) sum += a.data[i] * b.data[i];
  return sum;
}

function near(got, expected, tolerance, what) {
  expect(got.length === expected.length, `${what}: ${got.length} values instead of ${expected.length}`);
  for (let i = 0; i < got.length; ++i) {
    // a NaN is never near
    const close = Math.abs(got[i] - expected[i]) <= tolerance;
    expect(close, `${what}: value ${i} is ${got[i]} instead of ${expected[i]}`);
  }
}

function throws(call, kind, words) {
  let thrown;
  try {
    call();
  } catch (error) {
    thrown = error;
  }
  expect(thrown instanceof kind, `expected a ${kind.name} about "${words}", got ${thrown}`);
  expect(thrown.message.includes(words), `expected "${words}" in "${thrown.message}"`);
}

function expect(condition, message) {
  if (!condition) throw new Error(message);
}
