import { axesInto, type CopyingOperator, copying } from "./copy.ts";

/** Attributes of {@link stridedOperator}: the elements of the result, counted in elements of the argument. */
export interface StridedAttributes {
  readonly shape: readonly number[];
  /** distance along each axis of the result */
  readonly strides: readonly number[];
  /** place of the first */
  readonly offset: number;
}

/** torch.as_strided as a copy, of places that the caller knows to be inside the argument: diagonals, and windows that overlap. */
export const stridedOperator: CopyingOperator<StridedAttributes> = /* @__PURE__ */ copying(
  "asStrided",
  (_where, _operands, { shape, strides, offset }) => ({
    shapes: [shape],
    copies: [{ input: 0, from: offset, output: 0, to: 0, axes: axesInto(shape, strides) }],
  }),
);
