/** The argument of {@link poolGradient}. */
@unmanaged
export class PoolGradient {
  /** (planes, outDepth, outHeight, outWidth): gradient of the result */
  gradient: usize;
  /** (planes, depth, height, width): what was pooled; read for maxima only */
  input: usize;
  /** result (planes, depth, height, width) */
  to: usize;
  /** for each slice of the output: the window's first slice, slices, divisor, each f64; an image is one slice */
  slices: usize;
  /** for each row of the output, likewise */
  rows: usize;
  /** for each column of the output, likewise */
  columns: usize;
  depth: i32;
  height: i32;
  width: i32;
  outDepth: i32;
  outHeight: i32;
  outWidth: i32;
  /** slices from one of a window to the next */
  sliceStep: i32;
  /** rows from one of a window to the next */
  rowStep: i32;
  /** columns from one of a window to the next */
  columnStep: i32;
  /** 1: the gradient goes to the first maximum of a window, or its first NaN; 0: all values of a window share it */
  maxima: i32;
}

// @ts-ignore: decorator
@inline
const SPAN_BYTES: usize = 24;

/** Each gradient is added where its window has it from. Items are planes. */
export function poolGradient(params: PoolGradient, begin: i32, end: i32): void {
  const inputBytes = (<usize>params.depth * params.height * params.width) << 2;
  const outputBytes = (<usize>params.outDepth * params.outHeight * params.outWidth) << 2;
  for (let plane = begin; plane < end; ++plane) {
    const to = params.to + <usize>plane * inputBytes;
    memory.fill(to, 0, inputBytes);
    let g = params.gradient + <usize>plane * outputBytes;
    const x = params.input + <usize>plane * inputBytes;
    for (let slice = 0; slice < params.outDepth; ++slice) {
      const slices = params.slices + <usize>slice * SPAN_BYTES;
      for (let row = 0; row < params.outHeight; ++row) {
        const rows = params.rows + <usize>row * SPAN_BYTES;
        for (let column = 0; column < params.outWidth; ++column, g += 4) {
          const columns = params.columns + <usize>column * SPAN_BYTES;
          if (params.maxima) ofMaximum(params, slices, rows, columns, x, to, load<f32>(g));
          else ofMean(params, slices, rows, columns, to, load<f32>(g));
        }
      }
    }
  }
}

function ofMean(params: PoolGradient, slices: usize, rows: usize, columns: usize, to: usize, g: f32): void {
  const width = params.width;
  const divisor = load<f64>(slices, 16) * load<f64>(rows, 16) * load<f64>(columns, 16);
  const value = <f32>(g / divisor);
  const count = <i32>load<f64>(columns, 8);
  const step = (<usize>params.columnStep) << 2;
  let z = <i32>load<f64>(slices);
  for (let k = <i32>load<f64>(slices, 8); k > 0; --k, z += params.sliceStep) {
    let y = z * params.height + <i32>load<f64>(rows);
    for (let i = <i32>load<f64>(rows, 8); i > 0; --i, y += params.rowStep) {
      let at = to + ((<usize>(y * width + <i32>load<f64>(columns))) << 2);
      for (let j = count; j > 0; --j, at += step) store<f32>(at, load<f32>(at) + value);
    }
  }
}

function ofMaximum(
  params: PoolGradient,
  slices: usize,
  rows: usize,
  columns: usize,
  x: usize,
  to: usize,
  g: f32,
): void {
  const width = params.width;
  const count = <i32>load<f64>(columns, 8);
  const step = (<usize>params.columnStep) << 2;
  let most: f32 = -Infinity;
  let place: usize = usize.MAX_VALUE;
  let z = <i32>load<f64>(slices);
  for (let k = <i32>load<f64>(slices, 8); k > 0; --k, z += params.sliceStep) {
    let y = z * params.height + <i32>load<f64>(rows);
    for (let i = <i32>load<f64>(rows, 8); i > 0; --i, y += params.rowStep) {
      let at = (<usize>(y * width + <i32>load<f64>(columns))) << 2;
      for (let j = count; j > 0; --j, at += step) {
        const value = load<f32>(x + at);
        if (value > most || place == usize.MAX_VALUE || (value != value && most == most)) {
          most = value;
          place = at;
        }
      }
    }
  }
  if (place != usize.MAX_VALUE) store<f32>(to + place, load<f32>(to + place) + g);
}
