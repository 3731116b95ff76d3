import { describe, expect, test } from "vitest";
import type { Histogram } from "./logic";
import { rebin } from "./logic";
import { axesOf, core } from "./ranges";

/** One value in each of `n` equal bins from `lo` to `hi`. */
function even(step: number, lo: number, hi: number, n = 20): Histogram {
  const edges = Float64Array.from({ length: n + 1 }, (_, i) => lo + ((hi - lo) * i) / n);
  return { step, values: new Float64Array(n).fill(1), edges, total: n, nan: 0, inf: 0 };
}

const ends = (axis: Float64Array | undefined): number[] => [axis?.[0] as number, axis?.at(-1) as number];

describe("the axes of runs", () => {
  const large = [even(0, -100, 100), even(1, -90, 90)];
  const small = [even(0, -1, 1), even(1, 0, 1)];

  test("are one axis over everything, so that runs can be compared", () => {
    const [a, b] = axesOf([large, small], "all", false);
    expect(a).toBe(b);
    expect(ends(a)).toEqual([-100, 100]);
  });

  test("are each run's own, so that one of a hundredth of the range is no spike", () => {
    const [a, b] = axesOf([large, small], "all", true);
    expect(ends(a)).toEqual([-100, 100]);
    expect(ends(b)).toEqual([-1, 1]);
    const counts = rebin(small[0] as Histogram, b as Float64Array);
    expect(counts.filter((count) => count > 0).length).toBeGreaterThan(15);
  });

  test("of the core leave out steps that went astray, and the tails", () => {
    const steps = Array.from({ length: 20 }, (_, i) => (i === 7 ? even(i, -1e6, 1e6) : even(i, 0, 10)));
    expect(ends(axesOf([steps], "all", false)[0])).toEqual([-1e6, 1e6]);
    const [lo, hi] = ends(axesOf([steps], "core", false)[0]) as [number, number];
    expect(lo).toBeGreaterThan(-2);
    expect(lo).toBeLessThan(0.5);
    expect(hi).toBeGreaterThan(9.5);
    expect(hi).toBeLessThan(12);
  });

  test("are all values where there is no core", () => {
    expect(ends(axesOf([[even(0, 0, 0)]], "core", false)[0])).toEqual([-0.5, 0.5]);
    expect(axesOf([[]], "core", true)[0]).toHaveLength(2);
    expect(core([{ ...even(0, 0, 1), values: new Float64Array(20) }])).toBeNull();
  });
});

test("what lies beyond an axis is left out, the rest keeps its share", () => {
  const axis = Float64Array.of(2.5, 5, 7.5);
  expect([...rebin(even(0, 0, 10, 10), axis)]).toEqual([2.5, 2.5]);
  expect([...rebin(even(0, 0, 1), axis)]).toEqual([0, 0]);
  expect([...rebin(even(0, 8, 9), axis)]).toEqual([0, 0]);
  expect([...rebin({ ...even(0, 9, 9, 1) }, axis)]).toEqual([0, 0]);
  expect([...rebin({ ...even(0, 5, 5, 1) }, axis)]).toEqual([0, 1]);
});

test("a range that drifts a million times keeps every count of every step", () => {
  const steps = Array.from({ length: 12 }, (_, i) => even(i, 0, 10 ** (i / 2)));
  const [axis] = axesOf([steps], "all", false) as [Float64Array];
  for (const step of steps) expect(rebin(step, axis).reduce((a, b) => a + b)).toBeCloseTo(20, 6);
});
