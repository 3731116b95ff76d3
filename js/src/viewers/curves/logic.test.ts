import { describe, expect, it } from "vitest";
import { align, formatClock, legendOf, shortNumber } from "./logic";

const f = (...values: number[]): Float64Array => Float64Array.from(values);

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

describe("formatClock", () => {
  const noon = new Date(2026, 10, 21, 12, 5, 9).getTime() / 1000;
  it.each([
    [0, "12:05:09"],
    [7200, "12:05"],
    [100_000, "11-21 12:05"],
    [1e6, "26-11-21"],
  ])("over %d s", (stretch, text) => expect(formatClock(noon, stretch)).toBe(text));
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
