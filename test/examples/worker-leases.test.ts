import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Leases } from "../../examples/worker/leases.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it("gives out no more than there is, and takes back what is given back", () => {
  const leases = new Leases(10);
  const lease = leases.take(6, 5)!;
  expect(leases.left).toBe(4);
  expect(leases.take(5, 5)).toBeUndefined();
  expect(lease.grow(11)).toBe(false);
  expect(lease.grow(10)).toBe(true);
  expect(leases.left).toBe(0);
  lease[Symbol.dispose]();
  lease[Symbol.dispose]();
  expect(leases.left).toBe(10);
});

it("counts no lease after its time", () => {
  const leases = new Leases(2);
  const first = leases.take(1, 5)!;
  const second = leases.take(1, 5)!;
  vi.advanceTimersByTime(4000);
  second.extend(5);
  vi.advanceTimersByTime(2000);
  expect(leases.left).toBe(1);
  expect(leases.first).toBe(second);
  // too late, it has no effect on others
  first[Symbol.dispose]();
  expect(leases.left).toBe(1);
});

it("keeps the order in which leases were taken", () => {
  const leases = new Leases(3);
  const [first, second, third] = [1, 2, 3].map(() => leases.take(1, 5)!);
  expect(leases.first).toBe(first);
  second![Symbol.dispose]();
  first![Symbol.dispose]();
  expect(leases.first).toBe(third);
});
