import { expect, test } from "vitest";
import type { Histogram } from "./logic";
import { quantileLines, quantiles } from "./quantiles";

function histogram(values: number[], edges: number[], step = 0): Histogram {
  const total = values.reduce((a, b) => a + b, 0);
  return {
    step,
    values: Float64Array.from(values),
    edges: Float64Array.from(edges),
    total,
    nan: 0,
    inf: 0,
  };
}

test("evenly spread values have their quantiles where the shares are", () => {
  const found = quantiles(histogram([10, 10, 10, 10], [0, 25, 50, 75, 100])) as number[];
  expect(found.map((q) => Math.round(q))).toEqual([5, 25, 50, 75, 95]);
});

test("empty bins are stepped over", () => {
  const found = quantiles(histogram([4, 0, 0, 4], [0, 1, 2, 3, 4])) as number[];
  expect(found[1]).toBeCloseTo(0.5);
  expect(found[3]).toBeCloseTo(3.5);
});

test("densities weigh by the width of their bins", () => {
  // 0.5 over [0, 1] and 0.125 over [1, 5]: half of the values in each
  const found = quantiles(histogram([0.5, 0.125], [0, 1, 5])) as number[];
  expect(found[2]).toBeCloseTo(1);
  expect(found[4]).toBeCloseTo(4.6);
});

test("they rise, and lie within the range", () => {
  for (let seed = 1; seed < 40; seed++) {
    const values = Array.from({ length: 9 }, (_, i) => ((seed * (i + 3) * 7919) % 11) + 1);
    const found = quantiles(histogram(values, values.map((_, i) => i - 4).concat(5))) as number[];
    expect([...found].sort((a, b) => a - b)).toEqual(found);
    expect(found[0]).toBeGreaterThanOrEqual(-4);
    expect(found[4]).toBeLessThanOrEqual(5);
  }
});

test("nothing counted has none, and leaves a gap in the lines", () => {
  const empty = histogram([0, 0], [0, 1, 2], 1);
  expect(quantiles(empty)).toBeNull();
  const full = [0, 2].map((step) => histogram([1, 1], [0, 1, 2], step));
  const [low] = quantileLines(
    [full[0] as Histogram, empty, full[1] as Histogram],
    Float64Array.of(0, 10, 20, 30),
    0,
    2,
    30,
    100,
  );
  expect(low).toBe("M5.0,95.0M25.0,95.0");
});
