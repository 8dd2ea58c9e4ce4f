import { describe, expect, test } from "vitest";
import { TRANSLATORS } from "../../src/onnx/operators/index.ts";
import type { Constant } from "../../src/planning/constant.ts";
import {
  BACKEND_TESTS,
  type BackendTest,
  backendTests,
  givenOutputs,
  givenTypes,
  prepared,
  readTensors,
  runningInputs,
} from "../support/onnx-backend.ts";
import { expectClose, runConstants } from "../support/onnx-runs.ts";

/** Tests of operators that are supported which do not pass, why, and what happens in place of their results. */
const UNSUPPORTED: readonly { readonly tests: RegExp; readonly reason: string; readonly error: RegExp }[] = [
  { tests: /bernoulli/, reason: "random numbers", error: /draws random numbers/ },
  {
    tests: /window(_symmetric)?_expanded/,
    reason: "the expected values were computed with 3.1415 for pi",
    error: /is [\d.]+, expected [\d.]+/,
  },
  { tests: /training_mode|training_dropout/, reason: "training", error: /training is not supported/ },
  { tests: /_identity_(opt|sequence)/, reason: "values that are not tensors", error: /elements, but the data has/ },
  {
    tests: /optional_(get|has)_element|sequence_(insert_at|map_)/,
    reason: "inputs that are not tensors",
    error: /dims .* elements|elements of type type 0/,
  },
  { tests: /_(if_opt|if_seq|loop13_seq|loop16_seq_none)/, reason: "values that are not tensors", error: /dims/ },
  {
    tests: /range_(float|int32)_\w+_expanded|test_loop11/,
    reason: "a loop whose length is data",
    error: /must be known when compiling|integers only if they are constant/,
  },
  { tests: /test_scan_sum/, reason: "Scan of opset 8", error: /from opset 9 on/ },
  { tests: /STRING/, reason: "strings", error: /STRING/ },
  {
    tests: /BFLOAT16/,
    reason: "the data has bfloat16 as integers, or another shape than the model",
    error: /is [\d.]+, expected [\d.]+|as the network declares|data must be a/,
  },
  {
    tests: /resize_downsample_scales_cubic_align_corners/,
    reason: "as linear_align_corners",
    error: /is 2\.5, expected 2\.39/,
  },
  {
    tests: /resize_downsample_scales_linear_align_corners/,
    reason:
      "the reference places corners by scale * length where that is not a whole number; onnxruntime does as we do",
    error: /is 4, expected 3\.14/,
  },
  {
    tests: /pytorch-\w+\/.*(_add|_addconstant|_addmm|_mm|Linear$|Softsign|BatchNorm\dd_)/,
    reason: "attributes of opset 6",
    error: /attributes that are not supported: "(broadcast|is_test)/,
  },
  {
    tests: /maxunpool_export_with_output_shape/,
    reason: "a shape that is given while running",
    error: /"output_shape" must be constant/,
  },
  { tests: /PReLU_\dd_multiparam/, reason: "slopes as opset 6 has them", error: /do not broadcast/ },
];

/** Tests whose results were written down with four digits. */
const ROUNDED = /gridsample_bicubic|roialign/;

const isSupported = ({ proto }: BackendTest) =>
  proto.graph!.node.every(({ opType, domain }) => domain === "" && TRANSLATORS.has(opType));

function check(backend: BackendTest): void {
  const { proto } = backend;
  const running = runningInputs(proto);
  const values = readTensors(backend.inputs);
  const inputs = proto
    .graph!.input.map(({ name }, index) => [name, values[index]] as const)
    .filter(([name, value]) => running.includes(name) && value !== undefined);
  const given = givenOutputs(proto);
  const expected = readTensors(backend.outputs.filter((_, index) => given.includes(proto.graph!.output[index]!.name)));
  const outputs = runConstants(prepared(backend, running), Object.fromEntries(inputs) as Record<string, Constant>);
  const types = givenTypes(proto);
  expect(outputs.size).toBe(expected.length);
  for (const [index, [name, output]] of [...outputs].entries()) {
    expectClose(name, output, expected[index]!, 1e-4, ROUNDED.test(backend.name) ? 1e-4 : 1e-5);
    expect(output.dtype, name).toBe(types[index]);
  }
}

const tests = ["node", "simple", "pytorch-operator", "pytorch-converted"].flatMap(backendTests).filter(isSupported);

// Debian: apt-get install libonnx-testdata
describe.skipIf(tests.length === 0)(`ONNX's own tests${tests.length === 0 ? `: none in ${BACKEND_TESTS}` : ""}`, () => {
  test("most of them are supported", () => {
    expect(tests.length).toBeGreaterThan(600);
    const listed = tests.filter(({ name }) => UNSUPPORTED.some((each) => each.tests.test(name)));
    expect(listed.length).toBeLessThan(tests.length / 7);
  });

  for (const backend of tests) {
    const unsupported = UNSUPPORTED.find((each) => each.tests.test(backend.name));
    if (unsupported === undefined) test(backend.name, () => check(backend));
    else
      test(`not ${backend.name}: ${unsupported.reason}`, () => expect(() => check(backend)).toThrow(unsupported.error));
  }
});
