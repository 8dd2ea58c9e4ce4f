import type { Algorithm } from "../conv/geometry.ts";

/** What a Session does in one step. */
export interface ExplainedStep {
  /** the node's name; a weight's path in a module, or the name in a file */
  readonly name: string;
  /** the operator, by torch's name */
  readonly op: string;
  /** of a convolution */
  readonly algorithm?: Exclude<Algorithm, "auto">;
  /** the kernel that computes it, "none" where nothing is left to compute */
  readonly kernel: string;
  /** of a convolution: why this algorithm */
  readonly reason?: string;
  /** activation that is applied to the outputs while they are in the cache */
  readonly activation?: string;
  /** whether another tensor is added before the activation */
  readonly residual?: true;
  readonly inputShape: readonly number[];
  /** of a convolution or a linear layer */
  readonly weightShape?: readonly number[];
  readonly outputShape: readonly number[];
  /** multiplications and additions of the plain sum */
  readonly flops: number;
  readonly bytes: ExplainedBytes;
}

/** Linear memory by what it holds, in bytes; tables and parameters, a few KB, are left out. */
export interface ExplainedBytes {
  readonly input: number;
  readonly output: number;
  /** weights and bias as the kernel reads them */
  readonly weights: number;
  readonly workspace: number;
}

/** The bytes of a whole network. */
export interface ExplainedTotals extends ExplainedBytes {
  /** the largest sum of tensors that are needed at one time */
  readonly alive: number;
  /** the arena that all tensors and workspaces share */
  readonly arena: number;
  /** everything that the Session holds */
  readonly held: number;
}

/** What {@link Session.explain} tells. */
export interface Explanation {
  readonly build: string;
  readonly steps: readonly ExplainedStep[];
  readonly totals: { readonly flops: number; readonly bytes: ExplainedTotals };
}
