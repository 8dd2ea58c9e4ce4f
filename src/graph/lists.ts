import { isInteger, show, wrongValue } from "../check.ts";

/*
 * Lists of values, as ONNX's sequences, while a network is planned. A list is the names of its values: what is taken from one
 * stands for the value itself, and nothing is copied.
 */

/** Lists are copied when they grow, so that those of a hostile file must not be long; real ones have a few values. */
const MOST_LISTED = 4096;

/** @throws RangeError for one that is too long */
export function checkListed(where: string, count: number): void {
  if (count > MOST_LISTED) throw wrongValue(where, `a sequence may have ${MOST_LISTED} values at most, got ${count}`);
}

/**
 * The place in a list that a position means, counted from its end if it is negative.
 * @param position undefined for `otherwise`
 * @param last the last place that is allowed
 */
export function placeIn(
  where: string,
  position: bigint | undefined,
  length: number,
  otherwise: number,
  last: number,
): number {
  const place = position === undefined ? otherwise : Number(position);
  if (last < 0) throw wrongValue(where, "the sequence is empty");
  if (place < -length || place > last) {
    throw wrongValue(where, `the position must be from ${-length} to ${last}, got ${place}`);
  }
  return place < 0 ? place + length : place;
}

/**
 * The lengths of the parts of an axis.
 * @param lengths of each part, or one number for all but the last, which may be less
 */
export function partLengths(where: string, length: number, lengths: readonly number[] | number): readonly number[] {
  if (typeof lengths !== "number") {
    checkListed(where, lengths.length);
    return lengths;
  }
  if (!isInteger(lengths) || lengths < 1) {
    throw wrongValue(where, `a part must have a length from 1, got ${show(lengths)}`);
  }
  const count = Math.ceil(length / lengths);
  checkListed(where, count);
  return Array.from({ length: count }, (_, i) => Math.min(lengths, length - i * lengths));
}
