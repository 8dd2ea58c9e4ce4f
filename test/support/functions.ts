/** The functions of one number, in float64. */

/** Taylor's series; its terms stay below e^9 up to 3. */
function erfSeries(x: number): number {
  let [sum, term] = [x, x];
  for (let n = 1; Math.abs(term) > 1e-20 * Math.abs(sum); ++n) {
    term *= -(x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

/** Laplace's continued fraction, for x from 2. */
function erfcFraction(x: number): number {
  let tail = 0;
  for (let n = 200; n > 0; --n) tail = n / 2 / (x + tail);
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / (x + tail);
}

export const erfc = (x: number): number =>
  x >= 2 ? erfcFraction(x) : x <= -2 ? 2 - erfcFraction(-x) : 1 - erfSeries(x);

export const erf = (x: number): number =>
  Math.abs(x) < 2 ? erfSeries(x) : Math.sign(x) * (1 - erfcFraction(Math.abs(x)));

export const clamp = (x: number, low: number, high: number) => Math.min(Math.max(x, low), high);

export const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
export const silu = (x: number): number => x * sigmoid(x);
export const relu = (x: number): number => Math.max(x, 0);
export const relu6 = (x: number): number => clamp(x, 0, 6);
export const hardswish = (x: number): number => (x * clamp(x + 3, 0, 6)) / 6;
export const hardsigmoid = (x: number): number => clamp(x + 3, 0, 6) / 6;
export const gelu = (x: number): number => (x * erfc(-x / Math.SQRT2)) / 2;
/** x (1 + tanh y) / 2 without its cancellation */
export const geluTanh = (x: number): number => x * sigmoid(2 * Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3));
export const elu = (x: number): number => (x < 0 ? Math.expm1(x) : x);
export const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
export const mish = (x: number): number => x * Math.tanh(softplus(x));
/** halves to even */
export const round = (x: number): number => {
  const floor = Math.floor(x);
  if (x - floor !== 0.5) return Math.round(x);
  return floor % 2 === 0 ? floor : floor + 1;
};
