import { describe, expect, it } from "vitest";
import { formatDuration, formatRate, formatStep, formatTime, formatValue } from "./format";

describe("formatValue", () => {
  it.each([
    [0, "0"],
    [0.041273, "0.041273"],
    [1 / 3, "0.33333"],
    [-12.5, "−12.5"],
    [1234567, "1,234,567"],
    [1.3e-7, "1.3e−7"],
    [-2.5e12, "−2.5e12"],
    [Number.NaN, "NaN"],
    [Number.NEGATIVE_INFINITY, "−∞"],
  ])("%d is %s", (value, text) => expect(formatValue(value)).toBe(text));
});

describe("steps, times and rates", () => {
  it("are short", () => {
    expect([1234, 0.5].map(formatStep)).toEqual(["1,234", "0.5"]);
    expect([0, 59.4, 61, 3725, 90_000].map(formatDuration)).toEqual([
      "0 s",
      "59 s",
      "1 m 01 s",
      "1 h 02 m",
      "1 d 1 h",
    ]);
    expect([45.26, 0.25, 0, Number.NaN].map(formatRate)).toEqual(["45 steps/s", "4 s/step", "", ""]);
  });
});

describe("formatTime", () => {
  it.each([
    [0.1747167, "0.175 s"],
    [0, "0 s"],
    [12.5, "12.5 s"],
    [90, formatDuration(90)],
  ])("%d is %s", (seconds, text) => expect(formatTime(seconds)).toBe(text));
});
