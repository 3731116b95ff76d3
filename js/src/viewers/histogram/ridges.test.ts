import { expect, test } from "vitest";
import { ground, ridge, ridgeAt, ridgeRows } from "./ridges";

test("few steps all stand; of many an even choice with both ends", () => {
  expect(ridgeRows(3, 10, 1)).toEqual([0, 1, 2]);
  expect(ridgeRows(101, 5, 0)).toEqual([0, 25, 50, 75, 100]);
  expect(ridgeRows(5, 1, -1)).toEqual([4]);
});

test("the current step stands in place of its neighbor, in order", () => {
  for (let current = 0; current < 101; current++) {
    const rows = ridgeRows(101, 7, current);
    expect(rows).toContain(current);
    expect(rows).toHaveLength(7);
    expect([...rows].sort((a, b) => a - b)).toEqual(rows);
  }
});

test("the highest ridge of the back row stays in the box, and the front one stands on its floor", () => {
  for (const n of [1, 2, 20]) {
    const { baselines, rise } = ground(n, 176);
    expect((baselines[0] as number) - rise).toBeGreaterThanOrEqual(0);
    expect(baselines.at(-1)).toBe(175);
  }
});

test("a ridge rises with its counts from its baseline", () => {
  expect(ridge(Float64Array.of(0, 4, 2), 4, 30, 100, 40)).toBe(
    "M0,100.0L5.0,100.0L15.0,60.0L25.0,80.0L30.0,100.0",
  );
  expect(ridge(Float64Array.of(0, 0), 0, 20, 10, 40)).not.toMatch(/NaN/);
});

test("a point belongs to the ridge whose baseline lies below it", () => {
  const baselines = [30, 60, 90];
  expect([0, 31, 45, 62, 88, 300].map((y) => ridgeAt(baselines, y))).toEqual([0, 0, 1, 1, 2, 2]);
});
