import { floats } from "../../floats";
import { madd } from "../../simd";
import { apply, FUNCTION_BYTES } from "../functions";
import { gateColumns, gruColumns, HEAD_BYTES, itemBytes, paddedHidden, PANEL, panelBytes } from "../layout";
import { multiplyRows } from "../rows";

/** The argument of {@link lstm}, {@link gru} and {@link rnn}. Distances are in numbers. */
@unmanaged
export class Recurrent {
  /** the inputs times their weights, with biases, for each direction the columns of its gates */
  inputs: usize;
  /** for each direction panels of the recurrent weights, a row of biases before `hidden` rows */
  weights: usize;
  /** of an LSTM, (directions, 3, hidden rounded up to 4), or 0 for none */
  peepholes: usize;
  /** the states before the first step, or 0 for zeros */
  initialState: usize;
  initialCell: usize;
  /** i32[batch], how many steps each row has, or 0 where all have all of them */
  lengths: usize;
  /** for each direction three functions: code i32, alpha f32, beta f32 */
  functions: usize;
  /** the states of all steps, zeros after the last step of a row */
  output: usize;
  /** the states after the last step of each row */
  lastState: usize;
  lastCell: usize;
  /** an item's own memory, for each item */
  workspace: usize;
  /** i32 that becomes 1 if a length is no whole number from 0 to `steps` */
  fault: usize;
  steps: i32;
  batch: i32;
  hidden: i32;
  /** into how many items the rows of the batch are divided */
  blocks: i32;
  /** 1 where the first direction begins with the last step; the second always does */
  reverse: i32;
  /** LSTM: the forget gate is what the input gate leaves. GRU: the reset gate multiplies the product, not its factor */
  variant: i32;
  /** from one step to the next, and from one row of the batch to the next */
  inputStep: i32;
  inputRow: i32;
  outputStep: i32;
  outputRow: i32;
  outputDirection: i32;
  stateRow: i32;
  stateDirection: i32;
  /** bounds what functions are applied to, 0 for no bounds */
  clip: f32;
}

/** Some rows of the batch in one direction, at one step: the head of an item's memory. */
@unmanaged
class Rows {
  /** of the direction */
  weights: usize;
  peepholes: usize;
  functions: usize;
  /** (rows, padded) */
  state: usize;
  /** (rows, padded): of an LSTM; of a GRU, the state after the reset gate */
  cell: usize;
  /** (rows, columns): the products of the gates, which become the gates */
  sums: usize;
  first: i32;
  rows: i32;
  direction: i32;
  step: i32;
  padded: i32;
  columns: i32;
}

/**
 * Long short-term memory over all steps. Gates follow each other in the order input, output, forget, cell.
 * Items are directions x blocks of rows of the batch.
 */
export function lstm(params: Recurrent, begin: i32, end: i32): void {
  run<Lstm>(params, begin, end);
}

/**
 * Gated recurrent units over all steps. Gates: update and reset, then, from the next pair of panels on, the candidate.
 * Items are directions x blocks of rows of the batch.
 */
export function gru(params: Recurrent, begin: i32, end: i32): void {
  run<Gru>(params, begin, end);
}

/** Recurrent cells of one function over all steps. Items are directions x blocks of rows of the batch. */
export function rnn(params: Recurrent, begin: i32, end: i32): void {
  run<Rnn>(params, begin, end);
}

/** A function for each cell: its methods are known when it is compiled. */
function run<C>(params: Recurrent, begin: i32, end: i32): void {
  const cell = changetype<C>(0);
  const columns = cell.columns(params.hidden);
  const most = (params.batch + params.blocks - 1) / params.blocks;
  const bytes = <usize>itemBytes(most, params.hidden, columns);
  for (let item = begin; item < end; ++item) {
    const rows = changetype<Rows>(params.workspace + <usize>item * bytes);
    const steps = start(params, rows, item, columns);
    for (let step = 0; step < steps; ++step) {
      rows.step = step;
      cell.step(params, rows);
    }
    finish(params, rows);
  }
}

/** Sets the rows to their first states; returns how many steps the longest has. */
function start(params: Recurrent, rows: Rows, item: i32, columns: i32): i32 {
  const blocks = params.blocks;
  const direction = item / blocks;
  const block = item - direction * blocks;
  const first = (params.batch * block) / blocks;
  const count = (params.batch * (block + 1)) / blocks - first;
  const padded = paddedHidden(params.hidden);
  const stateBytes = floats(count * padded);
  rows.weights = params.weights + <usize>direction * <usize>panelBytes(columns / PANEL, params.hidden);
  rows.peepholes = params.peepholes ? params.peepholes + floats(direction * 3 * padded) : 0;
  rows.functions = params.functions + <usize>(direction * 3) * FUNCTION_BYTES;
  rows.state = changetype<usize>(rows) + HEAD_BYTES;
  rows.cell = rows.state + stateBytes;
  rows.sums = rows.cell + stateBytes;
  rows.first = first;
  rows.rows = count;
  rows.direction = direction;
  rows.padded = padded;
  rows.columns = columns;
  memory.fill(rows.state, 0, 2 * stateBytes);
  let most = 0;
  for (let row = 0; row < count; ++row) {
    const from = floats(direction * params.stateDirection + (first + row) * params.stateRow);
    const to = floats(row * padded);
    if (params.initialState) copyNumbers(params.initialState + from, rows.state + to, params.hidden);
    if (params.initialCell) copyNumbers(params.initialCell + from, rows.cell + to, params.hidden);
    most = max(most, lengthOf(params, rows, row));
  }
  return most;
}

/** Writes the last states, and zeros for the steps that rows do not have. */
function finish(params: Recurrent, rows: Rows): void {
  for (let row = 0; row < rows.rows; ++row) {
    const to = floats(rows.direction * params.stateDirection + (rows.first + row) * params.stateRow);
    const from = floats(row * rows.padded);
    copyNumbers(rows.state + from, params.lastState + to, params.hidden);
    if (params.lastCell) copyNumbers(rows.cell + from, params.lastCell + to, params.hidden);
    for (let time = lengthOf(params, rows, row); time < params.steps; ++time) {
      memory.fill(outputAt(params, rows, row, time), 0, floats(params.hidden));
    }
  }
}

function lengthOf(params: Recurrent, rows: Rows, row: i32): i32 {
  if (!params.lengths) return params.steps;
  const length = load<i32>(params.lengths + floats(rows.first + row));
  if (<u32>length <= <u32>params.steps) return length;
  store<i32>(params.fault, 1);
  return 0;
}

/** Which time the current step of a row is, or -1 after its last one. */
function timeOf(params: Recurrent, rows: Rows, row: i32): i32 {
  const length = lengthOf(params, rows, row);
  if (rows.step >= length) return -1;
  return params.reverse != 0 || rows.direction > 0 ? length - 1 - rows.step : rows.step;
}

function inputAt(params: Recurrent, rows: Rows, row: i32, time: i32): usize {
  const at = time * params.inputStep + (rows.first + row) * params.inputRow;
  return params.inputs + floats(at) + floats(rows.direction * rows.columns);
}

function outputAt(params: Recurrent, rows: Rows, row: i32, time: i32): usize {
  const at = time * params.outputStep + rows.direction * params.outputDirection;
  return params.output + floats(at) + floats((rows.first + row) * params.outputRow);
}

/** The products of the state with the weights of some panels. */
function multiplyStates(params: Recurrent, rows: Rows, states: usize, firstColumn: i32, columns: i32): void {
  multiplyRows(
    states,
    floats(rows.padded),
    rows.rows,
    params.hidden,
    rows.weights + <usize>panelBytes(firstColumn / PANEL, params.hidden),
    columns / PANEL,
    rows.sums + floats(firstColumn),
    floats(rows.columns),
  );
}

class Lstm {

  @inline columns(hidden: i32): i32 {
    return gateColumns(4, hidden);
  }

  step(params: Recurrent, rows: Rows): void {
    multiplyStates(params, rows, rows.state, 0, rows.columns);
    for (let row = 0; row < rows.rows; ++row) {
      const time = timeOf(params, rows, row);
      if (time < 0) continue;
      const gates = rows.sums + floats(row * rows.columns);
      const state = rows.state + floats(row * rows.padded);
      addNumbers(gates, inputAt(params, rows, row, time), rows.columns);
      updateLstm(params, rows, gates, state, rows.cell + floats(row * rows.padded));
      copyNumbers(state, outputAt(params, rows, row, time), params.hidden);
    }
  }
}

function updateLstm(params: Recurrent, rows: Rows, gates: usize, state: usize, cell: usize): void {
  const padded = rows.padded;
  const pitch = floats(padded);
  const clip = params.clip;
  const peepholes = rows.peepholes;
  const f = rows.functions;
  const g = f + FUNCTION_BYTES;
  const h = g + FUNCTION_BYTES;
  const output = gates + pitch;
  const forget = output + pitch;
  const candidate = forget + pitch;
  if (peepholes) {
    addProducts(gates, cell, peepholes, padded);
    addProducts(forget, cell, peepholes + 2 * pitch, padded);
    apply(f, gates, padded, clip);
    apply(f, forget, padded, clip);
  } else {
    apply(f, gates, 3 * padded, clip);
  }
  apply(g, candidate, padded, clip);
  for (let at: usize = 0; at < pitch; at += 16) {
    const i = v128.load(gates + at);
    const kept = params.variant ? f32x4.sub(f32x4.splat(1), i) : v128.load(forget + at);
    v128.store(cell + at, madd(kept, v128.load(cell + at), f32x4.mul(i, v128.load(candidate + at))));
  }
  if (peepholes) {
    addProducts(output, cell, peepholes + pitch, padded);
    apply(f, output, padded, clip);
  }
  memory.copy(state, cell, pitch);
  apply(h, state, padded, 0);
  for (let at: usize = 0; at < pitch; at += 16) {
    v128.store(state + at, f32x4.mul(v128.load(state + at), v128.load(output + at)));
  }
}

class Gru {

  @inline columns(hidden: i32): i32 {
    return gruColumns(hidden);
  }

  step(params: Recurrent, rows: Rows): void {
    const hidden = params.hidden;
    const split = <i32>gateColumns(2, hidden);
    const rest = rows.columns - split;
    const f = rows.functions;
    multiplyStates(params, rows, rows.state, 0, params.variant ? rows.columns : split);
    for (let row = 0; row < rows.rows; ++row) {
      const time = timeOf(params, rows, row);
      if (time < 0) continue;
      const gates = rows.sums + floats(row * rows.columns);
      addNumbers(gates, inputAt(params, rows, row, time), split);
      apply(f, gates, 2 * rows.padded, params.clip);
      if (params.variant) continue;
      const at = floats(row * rows.padded);
      multiplyNumbers(rows.state + at, gates + floats(rows.padded), rows.cell + at, rows.padded);
    }
    if (!params.variant) multiplyStates(params, rows, rows.cell, split, rest);
    for (let row = 0; row < rows.rows; ++row) {
      const time = timeOf(params, rows, row);
      if (time < 0) continue;
      const gates = rows.sums + floats(row * rows.columns);
      const candidate = gates + floats(split);
      const state = rows.state + floats(row * rows.padded);
      if (params.variant) multiplyNumbers(candidate, gates + floats(rows.padded), candidate, rows.padded);
      addNumbers(candidate, inputAt(params, rows, row, time) + floats(split), rows.padded);
      apply(f + FUNCTION_BYTES, candidate, rows.padded, params.clip);
      mix(state, candidate, gates, rows.padded);
      copyNumbers(state, outputAt(params, rows, row, time), hidden);
    }
  }
}

class Rnn {

  @inline columns(hidden: i32): i32 {
    return gateColumns(1, hidden);
  }

  step(params: Recurrent, rows: Rows): void {
    multiplyStates(params, rows, rows.state, 0, rows.columns);
    for (let row = 0; row < rows.rows; ++row) {
      const time = timeOf(params, rows, row);
      if (time < 0) continue;
      const sums = rows.sums + floats(row * rows.columns);
      const state = rows.state + floats(row * rows.padded);
      addNumbers(sums, inputAt(params, rows, row, time), rows.padded);
      apply(rows.functions, sums, rows.padded, params.clip);
      memory.copy(state, sums, floats(rows.padded));
      copyNumbers(state, outputAt(params, rows, row, time), params.hidden);
    }
  }
}

// lengths are of whole vectors

function addNumbers(to: usize, from: usize, count: i32): void {
  for (; count > 0; count -= 4, to += 16, from += 16) v128.store(to, f32x4.add(v128.load(to), v128.load(from)));
}

function addProducts(to: usize, a: usize, b: usize, count: i32): void {
  for (; count > 0; count -= 4, to += 16, a += 16, b += 16) {
    v128.store(to, madd(v128.load(a), v128.load(b), v128.load(to)));
  }
}

function multiplyNumbers(a: usize, b: usize, to: usize, count: i32): void {
  for (; count > 0; count -= 4, a += 16, b += 16, to += 16) v128.store(to, f32x4.mul(v128.load(a), v128.load(b)));
}

/** state = candidate + update (state - candidate) */
function mix(state: usize, candidate: usize, update: usize, count: i32): void {
  for (; count > 0; count -= 4, state += 16, candidate += 16, update += 16) {
    const c = v128.load(candidate);
    v128.store(state, madd(v128.load(update), f32x4.sub(v128.load(state), c), c));
  }
}

/** Numbers outside the workspace, where lengths may be any. */
function copyNumbers(from: usize, to: usize, count: i32): void {
  for (; count >= 4; count -= 4, from += 16, to += 16) v128.store(to, v128.load(from));
  for (; count > 0; --count, from += 4, to += 4) store<f32>(to, load<f32>(from));
}
