import type { DType, Type } from "../dtype.ts";
import { elementsOf } from "../elements.ts";
import { Tensor } from "../index.ts";

/** Integers are below these: a network may index with them whatever has two entries. */
const BELOW: Readonly<Partial<Record<DType, number>>> = { uint8: 256, int64: 2, int32: 2, int8: 2, bool: 2 };

/** An input of a network. */
interface Port extends Type {
  readonly name: string;
}

/** Normally distributed floats, and integers that are equally distributed; the same in every run. */
export const randomInputs = (ports: readonly Port[]): Readonly<Record<string, Tensor<DType>>> =>
  Object.fromEntries(ports.map((port, index) => [port.name, randomTensor(port, index + 1)]));

function randomTensor({ dtype, shape }: Port, seed: number): Tensor<DType> {
  const below = BELOW[dtype];
  const numbers = below === undefined ? Tensor.randn(shape, seed) : Tensor.rand(shape, seed);
  if (dtype === "float32") return numbers;
  const scaled = below === undefined ? numbers.data : numbers.data.map((value) => Math.floor(value * below));
  return new Tensor<DType>(elementsOf(dtype, scaled, "saturate") as Float32Array, shape, dtype);
}
