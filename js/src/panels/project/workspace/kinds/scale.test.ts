import { expect, test } from "vitest";
import { binned, logTicks, roundTicks, scaleOf } from "./scale";

test("ticks are round and inside", () => {
  expect(roundTicks(0, 1, 5)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
  expect(roundTicks(-3, 17, 4)).toEqual([0, 5, 10, 15]);
  expect(roundTicks(5, 5, 4)).toEqual([5]);
});

test("ticks of a logarithmic axis are powers, with twos and fives where few", () => {
  expect(logTicks(1e-6, 1, 4)).toEqual([1e-6, 1e-4, 0.01, 1]);
  expect(logTicks(8.4e-4, 0.036, 3)).toEqual([0.001, 0.01]);
  expect(logTicks(2.1, 7.9, 3)).toEqual([4, 6]);
  expect(logTicks(1, 10, 6)).toEqual([1, 2, 5, 10]);
});

test("a scale goes there and back", () => {
  for (const log of [false, true]) {
    const scale = scaleOf([0.001, 0.5, 20], 10, 300, { log });
    for (const value of [0.001, 0.3, 20]) expect(scale.of(scale.at(value))).toBeCloseTo(value, 9);
    expect(scale.at(0.001)).toBeGreaterThanOrEqual(10);
    expect(scale.at(20)).toBeLessThanOrEqual(300);
  }
});

test("values that are all the same, none, or not for a logarithm have an axis too", () => {
  for (const values of [[], [4, 4], [0], [-1, -2]])
    for (const log of [false, true]) {
      const { lo, hi, at } = scaleOf(values, 0, 100, { log });
      expect(lo).toBeLessThan(hi);
      expect(Number.isFinite(at((lo + hi) / 2))).toBe(true);
    }
});

test("every value falls into one bin, the greatest into the last", () => {
  const bins = binned([0, 1, 2, 3, 4, 5, 6, 7, 8, 10], 5);
  expect(bins.map(({ n }) => n)).toEqual([2, 2, 2, 2, 2]);
  expect(binned([3, 3], 5)).toEqual([{ lo: 3, hi: 3, n: 2 }]);
  expect(binned([], 5)).toEqual([]);
});
