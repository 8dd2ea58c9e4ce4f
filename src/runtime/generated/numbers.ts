// Made from assembly/ by tools/kernels.ts. Do not edit.

/** The kernels, in the order in which they stand in the function table. */
export const NAMES = [
  "accumulate",
  "calculate",
  "elementary",
  "select",
] as const;

/** The argument of {@link accumulate}. */
export const Accumulate = {
  bytes: 36,
  fields: {
    /** (outer, count, inner) */
    from: 1,
    /** (outer, inner), or (outer, count, inner) if every partial result is kept */
    to: 5,
    /** see codes/dtype.ts; for float32 there are sums and products alone */
    dtype: 8,
    /** see codes/arithmetic.ts: sums, products and extremes */
    operation: 12,
    count: 16,
    inner: 20,
    /** 1 to keep every partial result */
    partial: 24,
    /** 1 to begin with the last element, for partial results */
    reverse: 28,
    /** 1 to begin with 0, and to leave out the last element that would be added, for partial results */
    exclusive: 32,
  },
} as const;

/** The argument of {@link calculate}. */
export const Calculate = {
  bytes: 32,
  fields: {
    a: 1,
    b: 5,
    /** may be `a` or `b`, if that has the result's shape */
    to: 9,
    /** i32 that becomes 1 if an integer is divided by 0 */
    fault: 13,
    /** as those of {@link Broadcast} in ops/binary, for elements of the type */
    axes: 17,
    rank: 20,
    /** see codes/arithmetic.ts */
    operation: 24,
    /** see codes/dtype.ts; for float32 there are products and remainders alone */
    dtype: 28,
  },
} as const;

/** The argument of {@link elementary}. */
export const ElementaryMap = {
  bytes: 24,
  fields: {
    from: 1,
    /** may be `from` */
    to: 5,
    count: 8,
    /** see codes/elementary.ts */
    code: 12,
    alpha: 18,
    beta: 22,
  },
} as const;

/** The argument of {@link select}. */
export const Select = {
  bytes: 28,
  fields: {
    /** bytes, 0 or 1 */
    condition: 1,
    a: 5,
    b: 9,
    to: 13,
    /**
     * An entry for each axis of the result, the outermost first:
     *
     *   count i32 | condition i32 | a i32 | b i32        bytes between elements; 0 repeats
     *
     * Axes that run on are merged.
     */
    axes: 17,
    rank: 20,
    /** bytes of an element of a, b and the result: 1, 2, 4 or 8 */
    size: 24,
  },
} as const;

/** The parameter block of each kernel. */
export interface Blocks {
  /**
   * An operation from element to element along an axis of at least one element. Items are blocks of BLOCK columns of each of
   * the outer parts.
   */
  readonly accumulate: typeof Accumulate;
  /** An operation on two tensors of one type whose shapes broadcast. Items are those of broadcast in ops/binary. */
  readonly calculate: typeof Calculate;
  /** A function of each number, of those that end no other call. Items are blocks of BLOCK numbers. */
  readonly elementary: typeof ElementaryMap;
  /**
   * The element of a where the condition holds, else that of b. Items are the rows of the innermost axis or, if these are
   * longer, their blocks of BLOCK elements.
   */
  readonly select: typeof Select;
}

/** The module's exports besides kernels. */
export interface Exports {
}
