"""Times PyTorch's transposed convolutions and gradients on one thread, for bench/family.ts.

Reads a line of JSON, then each item's input, weight, gradient and expected result as float32; writes a list of
timings, or of what is wrong with a result.
"""

import json
import math
import statistics
import sys
from time import perf_counter

import torch
import torch.nn.functional as F

# as bench/harness.ts
MIN_SAMPLE = 0.002
WARM = 0.08
WARM_CALLS = 2


def operation_of(item, x, weight, gradient):
    options = item["options"]
    if item["operation"] == "transposed":
        extra = item["outputPadding"]
        return lambda: F.conv_transpose2d(gradient, weight, output_padding=extra, **options)
    if item["operation"] == "input gradient":
        return lambda: torch.nn.grad.conv2d_input(item["input"], weight, gradient, **options)
    return lambda: torch.nn.grad.conv2d_weight(x, item["weight"], gradient, **options)


def sample(run, repeats):
    begin = perf_counter()
    for _ in range(repeats):
        run()
    return perf_counter() - begin


def timing_of(run, rounds):
    begin = perf_counter()
    calls = 0
    while calls < WARM_CALLS or perf_counter() - begin < WARM:
        last = sample(run, 1)
        calls += 1
    repeats = max(math.ceil(MIN_SAMPLE / last), 1)
    samples = [1e3 * sample(run, repeats) / repeats for _ in range(rounds)]
    return {"ms": statistics.median(samples), "repeats": repeats, "samples": samples}


def fault_of(result, expected, tolerance):
    if result.numel() != expected.numel():
        return f"{result.numel()} values instead of {expected.numel()}"
    error = (result.flatten() - expected).abs().max().item()
    largest = expected.abs().max().item()
    # not a number is wrong, too
    return None if error <= tolerance * largest else f"off by {error}, and the largest is {largest}"


def main():
    torch.set_num_threads(1)
    source = sys.stdin.buffer
    header = json.loads(source.readline())

    def read(shape):
        return torch.frombuffer(bytearray(source.read(4 * math.prod(shape))), dtype=torch.float32).reshape(shape)

    answers = []
    with torch.no_grad():
        for item in header["items"]:
            x, weight, gradient = (read(item[name]) for name in ("input", "weight", "gradient"))
            expected = read(item["weight" if item["operation"] == "weight gradient" else "input"]).flatten()
            run = operation_of(item, x, weight, gradient)
            fault = fault_of(run(), expected, header["tolerance"])
            answers.append({"fault": fault} if fault else timing_of(run, header["rounds"]))
    json.dump(answers, sys.stdout)


main()
