import { describe, expect, it } from "vitest";
import { between, type Held, holes, minMax, type Points, pointsOf, stepsBetween } from "./points";

const f = (...values: number[]): Float64Array => Float64Array.from(values);
const curve = (n: number, value: (i: number) => number): Points => {
  const x = Float64Array.from({ length: n }, (_, i) => i);
  return { x, y: Float64Array.from({ length: n }, (_, i) => value(i)), steps: x };
};

const held = (steps: number[], values: number[], sampled = false): Held => ({
  steps: f(...steps),
  values: f(...values),
  sampled,
});
const shown = ({ x, y, steps }: Points): number[][] => [[...x], [...y], [...steps]];
const key = { name: "a", keys: ["a"] };
const ratio = {
  name: "a / b",
  keys: ["a", "b"],
  value: (at: ArrayLike<number>) => (at[0] as number) / (at[1] as number),
};

describe("minMax", () => {
  it("leaves short curves alone", () => {
    const points = curve(20, Math.sin);
    expect(minMax(points, 50)).toBe(points);
  });

  it("keeps first, last, both extremes and each lonely spike", () => {
    const points = curve(10_000, (i) => (i === 4321 ? 99 : i === 777 ? -99 : Math.sin(i)));
    const small = minMax(points, 100);
    expect(small.x.length).toBeLessThanOrEqual(202);
    expect([small.x[0], small.x.at(-1)]).toEqual([0, 9999]);
    expect(small.steps[small.y.indexOf(99)]).toBe(4321);
    expect(small.steps[small.y.indexOf(-99)]).toBe(777);
  });

  it("gives the extremes of every bucket, in order", () => {
    const points = curve(1000, (i) => (i * 7919) % 1000);
    const small = minMax(points, 10);
    for (let b = 0; b < 10; b++) {
      const inside = (x: number): boolean => Math.floor((x - 0) / 99.9) === b;
      const all = points.y.filter((_, i) => inside(i));
      const kept = small.y.filter((_, i) => inside(small.x[i] as number));
      expect([Math.min(...kept), Math.max(...kept)]).toEqual([Math.min(...all), Math.max(...all)]);
    }
    expect([...small.x]).toEqual([...small.x].sort((a, b) => a - b));
  });

  it("does not hide values that cannot be drawn", () => {
    const small = minMax(
      curve(10_000, (i) => (i === 5000 ? Number.NaN : 1)),
      50,
    );
    expect(holes(small)).toEqual([5000]);
    expect(
      minMax(
        curve(10_000, () => Number.NaN),
        50,
      ).x.length,
    ).toBeGreaterThan(0);
  });

  it("takes all points at one place", () => {
    const x = new Float64Array(1000);
    const small = minMax({ x, y: Float64Array.from(x, (_, i) => i), steps: x }, 10);
    expect([Math.min(...small.y), Math.max(...small.y)]).toEqual([0, 999]);
  });
});

describe("between", () => {
  it.each([
    [2.5, 4.5, [2, 3, 4, 5]],
    [-5, 1, [0, 1, 2]],
    [8, 99, [8, 9]],
    [-9, -5, [0]],
  ])("%d to %d", (lo, hi, expected) => {
    const points = curve(10, (i) => i);
    expect([...between(points, lo, hi).steps]).toEqual(expected);
  });
});

describe("pointsOf", () => {
  it("joins on the step, and leaves out what has no place on the axis", () => {
    const joined = pointsOf(key, [held([0, 1, 2, 3], [10, 11, 12, 13])], held([0, 2], [0, 1]), false);
    expect(shown(joined)).toEqual([
      [0, 1],
      [10, 12],
      [0, 2],
    ]);
  });

  it("goes between the known places when asked to", () => {
    const axis = held([0, 2, 4], [0, 10, 30]);
    expect([...pointsOf(key, [held([0, 1, 4, 9], [1, 2, 3, 4])], axis, true).x]).toEqual([0, 5, 30, 30]);
  });

  it("sorts by the other axis, keeping each point together", () => {
    const joined = pointsOf(key, [held([0, 1, 2], [10, 11, 12])], held([0, 1, 2], [5, 1, 3]), false);
    expect(shown(joined)).toEqual([
      [1, 3, 5],
      [11, 12, 10],
      [1, 2, 0],
    ]);
  });

  it("computes where all keys have a value, and nowhere else", () => {
    const series = [held([0, 1, 2, 4], [1, 2, 3, 4]), held([1, 2, 3, 4], [2, 0, 9, 8])];
    expect(shown(pointsOf(ratio, series, null, false))).toEqual([
      [1, 2, 4],
      [1, Number.POSITIVE_INFINITY, 0.5],
      [1, 2, 4],
    ]);
  });

  it("reads a reduced series off its line", () => {
    const series = [held([0, 5, 10], [10, 10, 10]), held([0, 10], [1, 3], true)];
    expect([...pointsOf(ratio, series, null, false).y]).toEqual([10, 5, 10 / 3]);
  });
});

it("knows the steps behind a range of another axis", () => {
  const points = { x: f(0, 10, 20, 30), y: f(1, 1, 1, 1), steps: f(7, 3, 9, 1) };
  expect(stepsBetween(points, 10, 20)).toEqual([1, 9]);
  expect(stepsBetween({ x: f(), y: f(), steps: f() }, 0, 1)).toBeNull();
});
