import { show, wrongType, wrongValue } from "../../check.ts";
import type { AxisCount } from "../../conv/call.ts";
import type { Pads } from "../../conv/geometry.ts";
import type { OnnxNode } from "../translation.ts";

export type AutoPad = "NOTSET" | "SAME_UPPER" | "SAME_LOWER" | "VALID";

/** The windows of convolutions and pools. */
export interface Windows {
  readonly axes: AxisCount;
  /** absent where the weight determines it */
  readonly kernel: readonly number[] | undefined;
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly autoPad: AutoPad;
  /** before and after each axis; zeros where autoPad is set */
  readonly pads: Pads;
}

/**
 * Reads the attributes of windows.
 *
 * @param weight the weight's shape, where there is one and it is known
 * @throws TypeError for four or more axes; RangeError for lists of different lengths, and for pads together with auto_pad
 */
export function windowsOf(node: OnnxNode, weight?: readonly number[]): Windows {
  const { attributes, where } = node;
  const lists = {
    kernel_shape: attributes.ints("kernel_shape"),
    strides: attributes.ints("strides"),
    dilations: attributes.ints("dilations"),
  };
  const pads = attributes.ints("pads");
  const autoPad = attributes.choice("auto_pad", ["NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID"]);
  const known = weight?.slice(2) ?? lists.kernel_shape;
  const axes = (known ?? lists.strides ?? lists.dilations)?.length ?? (pads === undefined ? 2 : pads.length / 2);
  if (axes !== 1 && axes !== 2 && axes !== 3) throw wrongType(where, `windows over ${axes} axes are not supported`);
  for (const [name, list] of Object.entries(lists)) {
    if (list !== undefined && list.length !== axes) {
      throw wrongValue(where, `${name} must have ${axes} numbers, got ${show(list)}`);
    }
  }
  if (weight !== undefined && lists.kernel_shape !== undefined && lists.kernel_shape.join() !== known!.join()) {
    throw wrongValue(where, `kernel_shape must be the weight's ${show(known)}, got ${show(lists.kernel_shape)}`);
  }
  if (pads !== undefined && pads.length !== 2 * axes) {
    throw wrongValue(where, `pads must have ${2 * axes} numbers, got ${show(pads)}`);
  }
  if (autoPad !== "NOTSET" && pads?.some((each) => each !== 0)) {
    throw wrongValue(where, `pads ${show(pads)} contradict auto_pad ${autoPad}`);
  }
  const ones = Array<number>(axes).fill(1);
  return {
    axes,
    kernel: lists.kernel_shape ?? weight?.slice(2),
    strides: lists.strides ?? ones,
    dilations: lists.dilations ?? ones,
    autoPad,
    pads: ones.map((_, axis) => [pads?.[axis] ?? 0, pads?.[axis + axes] ?? 0] as const),
  };
}

export const isSame = (autoPad: AutoPad): boolean => autoPad.startsWith("SAME");

/** Pads of a window operation with auto_pad SAME: as many outputs as inputs, divided by the stride. */
export function samePads(
  { strides, dilations, autoPad }: Windows,
  lengths: readonly number[],
  kernel: readonly number[],
): Pads {
  return lengths.map((length, axis) => {
    const stride = strides[axis]!;
    const extent = (kernel[axis]! - 1) * dilations[axis]! + 1;
    return shared((Math.ceil(length / stride) - 1) * stride + extent - length, autoPad);
  });
}

/** SAME_UPPER puts the odd one at the end. */
export function shared(total: number, autoPad: AutoPad): readonly [number, number] {
  const sum = Math.max(total, 0);
  const [less, more] = [Math.floor(sum / 2), Math.ceil(sum / 2)];
  return autoPad === "SAME_UPPER" ? [less, more] : [more, less];
}
