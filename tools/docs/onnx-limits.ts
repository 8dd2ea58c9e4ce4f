const SEQUENCES =
  "positions and lengths must be known when compiling, 4096 tensors at most; no inputs or outputs of a model";
const PRESENT = "of a value that is there";

/** What the translators of operators refuse, for docs/onnx-operators.md. */
export const LIMITS: Readonly<Record<string, string>> = {
  GridSample: "cubic over two axes only",
  If: "on data, both branches must give the same shapes",
  ConcatFromSequence: SEQUENCES,
  Loop: "the number of rounds must be known when compiling, 65536 at most",
  Optional: PRESENT,
  OptionalGetElement: PRESENT,
  Range: "where a run decides, 65536 numbers at most",
  RoiAlign: "sampling_ratio 64 at most",
  Scan: "from opset 9 on",
  SequenceAt: SEQUENCES,
  SequenceConstruct: SEQUENCES,
  SequenceEmpty: SEQUENCES,
  SequenceErase: SEQUENCES,
  SequenceInsert: SEQUENCES,
  SequenceLength: SEQUENCES,
  SplitToSequence: SEQUENCES,
};
