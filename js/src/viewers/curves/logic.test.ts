import { describe, expect, it } from "vitest";
import { align, between, holes, legendOf, minMax, onAxis, type Points, shortNumber, smoothed } from "./logic";

const f = (...values: number[]): Float64Array => Float64Array.from(values);
const curve = (n: number, value: (i: number) => number): Points => {
  const x = Float64Array.from({ length: n }, (_, i) => i);
  return { x, y: Float64Array.from({ length: n }, (_, i) => value(i)), steps: x };
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

describe("onAxis", () => {
  it("joins on the step, and leaves out what has no place", () => {
    const joined = onAxis(f(0, 1, 2, 3), f(10, 11, 12, 13), f(0, 2), f(0, 1), false);
    expect([[...joined.x], [...joined.y], [...joined.steps]]).toEqual([
      [0, 1],
      [10, 12],
      [0, 2],
    ]);
  });

  it("goes between the known places when asked to", () => {
    const joined = onAxis(f(0, 1, 4, 9), f(1, 2, 3, 4), f(0, 2, 4), f(0, 10, 30), true);
    expect([...joined.x]).toEqual([0, 5, 30, 30]);
  });

  it("sorts by the other axis, keeping each point together", () => {
    const joined = onAxis(f(0, 1, 2), f(10, 11, 12), f(0, 1, 2), f(5, 1, 3), false);
    expect([[...joined.x], [...joined.y], [...joined.steps]]).toEqual([
      [1, 3, 5],
      [11, 12, 10],
      [1, 2, 0],
    ]);
  });
});

describe("align", () => {
  it("puts runs with other steps over one x: undefined where a run has no point, null where it has a gap", () => {
    expect(
      align(
        [
          { x: f(0, 2), y: f(1, Number.NaN) },
          { x: f(1, 2), y: f(5, 6) },
        ],
        false,
      ),
    ).toEqual([
      [0, 1, 2],
      [1, undefined, null],
      [undefined, 5, 6],
    ]);
  });

  it("leaves out what a logarithm has no place for", () => {
    expect(align([{ x: f(0, 1), y: f(0, 10) }], true)).toEqual([
      [0, 1],
      [null, 10],
    ]);
  });
});

describe("smoothed", () => {
  it("keeps a constant from its first value on", () => {
    expect([...smoothed(f(3, 3, 3), 0.9)].map((v) => v.toFixed(9))).toEqual(Array(3).fill("3.000000000"));
  });

  it("passes over gaps", () => {
    const out = smoothed(f(1, Number.NaN, 1), 0.5);
    expect([out[0], Number.isNaN(out[1]), out[2]]).toEqual([1, true, 1]);
  });
});

describe("shortNumber", () => {
  it.each([
    [0, "0"],
    [950, "950"],
    [12_000, "12k"],
    [1_500_000, "1.5M"],
    [-0.25, "−0.25"],
    [0.00002, "2e−5"],
    [-1.5e-12, "−1.5e−12"],
    [2e12, "2T"],
    [3e15, "3e15"],
  ])("%d is %s", (value, text) => expect(shortNumber(value)).toBe(text));
});

it("shows the values of a few runs in one line, of many in three, and counts the rest", () => {
  expect([1, 2, 4, 5, 10, 12, 13, 50].map((runs) => legendOf(runs).lines)).toEqual([0, 1, 1, 2, 3, 3, 3, 3]);
  expect([1, 12, 13, 50].map((runs) => legendOf(runs).values)).toEqual([1, 12, 11, 11]);
});
