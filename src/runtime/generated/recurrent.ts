// Made from assembly/ by tools/kernels.ts. Do not edit.

/** The kernels, in the order in which they stand in the function table. */
export const NAMES = [
  "determinant",
  "gru",
  "lstm",
  "packRows",
  "project",
  "rnn",
] as const;

/** The argument of {@link determinant}. */
export const Determinant = {
  bytes: 16,
  fields: {
    /** (matrices, size, size) */
    from: 1,
    /** (matrices) */
    to: 5,
    /** for each matrix f64[size][size] */
    workspace: 9,
    size: 12,
  },
} as const;

/** The argument of {@link packRows} and {@link project}. */
export const Projection = {
  bytes: 28,
  fields: {
    /** (rows, depth) */
    from: 1,
    /** whole blocks of six rows: six zeros, six ones, then six numbers for each column */
    packed: 5,
    /** panels of eight columns, a row of biases before `depth` rows */
    weights: 9,
    /** (rows, 8 * panels) */
    to: 13,
    rows: 16,
    depth: 20,
    /** an even number */
    panels: 24,
  },
} as const;

/** The argument of {@link lstm}, {@link gru} and {@link rnn}. Distances are in numbers. */
export const Recurrent = {
  bytes: 104,
  fields: {
    /** the inputs times their weights, with biases, for each direction the columns of its gates */
    inputs: 1,
    /** for each direction panels of the recurrent weights, a row of biases before `hidden` rows */
    weights: 5,
    /** of an LSTM, (directions, 3, hidden rounded up to 4), or 0 for none */
    peepholes: 9,
    /** the states before the first step, or 0 for zeros */
    initialState: 13,
    initialCell: 17,
    /** i32[batch], how many steps each row has, or 0 where all have all of them */
    lengths: 21,
    /** for each direction three functions: code i32, alpha f32, beta f32 */
    functions: 25,
    /** the states of all steps, zeros after the last step of a row */
    output: 29,
    /** the states after the last step of each row */
    lastState: 33,
    lastCell: 37,
    /** an item's own memory, for each item */
    workspace: 41,
    /** i32 that becomes 1 if a length is no whole number from 0 to `steps` */
    fault: 45,
    steps: 48,
    batch: 52,
    hidden: 56,
    /** into how many items the rows of the batch are divided */
    blocks: 60,
    /** 1 where the first direction begins with the last step; the second always does */
    reverse: 64,
    /** LSTM: the forget gate is what the input gate leaves. GRU: the reset gate multiplies the product, not its factor */
    variant: 68,
    /** from one step to the next, and from one row of the batch to the next */
    inputStep: 72,
    inputRow: 76,
    outputStep: 80,
    outputRow: 84,
    outputDirection: 88,
    stateRow: 92,
    stateDirection: 96,
    /** bounds what functions are applied to, 0 for no bounds */
    clip: 102,
  },
} as const;

/** The parameter block of each kernel. */
export interface Blocks {
  /** Determinants, by elimination with the largest pivot of each column, in float64. Items are the matrices. */
  readonly determinant: typeof Determinant;
  /**
   * Gated recurrent units over all steps. Gates: update and reset, then, from the next pair of panels on, the candidate.
   * Items are directions x blocks of rows of the batch.
   */
  readonly gru: typeof Recurrent;
  /**
   * Long short-term memory over all steps. Gates follow each other in the order input, output, forget, cell.
   * Items are directions x blocks of rows of the batch.
   */
  readonly lstm: typeof Recurrent;
  /** Puts rows into the order of a matrix product. Items are whole blocks of six rows. */
  readonly packRows: typeof Projection;
  /** Rows times packed weights, plus the biases of the columns. Items are pairs of panels. */
  readonly project: typeof Projection;
  /** Recurrent cells of one function over all steps. Items are directions x blocks of rows of the batch. */
  readonly rnn: typeof Recurrent;
}

/** The module's exports besides kernels. */
export interface Exports {
}
