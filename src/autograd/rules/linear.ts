import { matmul } from "../../functional/linear.ts";
import { reshape, transpose, unsqueeze } from "../../functional/movement.ts";
import { sum } from "../../functional/reduce.ts";
import { linearOperator, matmulOperator } from "../../operators/linear.ts";
import type { Tensor } from "../../tensor.ts";
import { type Entry, rule } from "../rule.ts";
import { sumTo } from "./support.ts";

const turned = (x: Tensor): Tensor => transpose(x, -2, -1);
/** (rows, columns) */
const rows = (x: Tensor): Tensor => reshape(x, [x.shape.at(-1) === 0 ? 0 : x.size / x.shape.at(-1)!, x.shape.at(-1)!]);

export const linearRules = (): readonly Entry[] => [
  rule(linearOperator, [0, 1], (call, g) => [
    call.needs(0) ? matmul(g, call.operand(1)) : null,
    call.needs(1) ? matmul(turned(rows(g)), rows(call.operand(0))) : null,
    call.needs(2) ? sum(rows(g), { dim: 0 }) : null,
  ]),
  rule(matmulOperator, [0, 1], (call, g) => {
    const [a, b] = [call.operand(0), call.operand(1)];
    // a vector is a row on the left and a column on the right
    const left = a.rank === 1 ? unsqueeze(a, 0) : a;
    const right = b.rank === 1 ? unsqueeze(b, -1) : b;
    const wide = a.rank === 1 ? unsqueeze(g, b.rank === 1 ? 0 : -2) : g;
    const full = b.rank === 1 ? unsqueeze(wide, -1) : wide;
    return [
      call.needs(0) ? reshape(sumTo(matmul(full, turned(right)), left.shape), a.shape) : null,
      call.needs(1) ? reshape(sumTo(matmul(turned(left), full), right.shape), b.shape) : null,
    ];
  }),
];
