import { describe, expect, it } from "vitest";
import { type SmoothingKind, smoothed } from "./smoothing";

const f = (...values: number[]): Float64Array => Float64Array.from(values);
const kinds: SmoothingKind[] = ["time-ema", "ema", "gaussian", "average"];
const upTo = (n: number): Float64Array => Float64Array.from({ length: n }, (_, i) => i);

describe.each(kinds)("%s", (kind) => {
  it("keeps a constant from its first value on", () => {
    const out = smoothed(upTo(30), new Float64Array(30).fill(3), { kind, amount: 0.9 });
    for (const value of out) expect(value).toBeCloseTo(3, 9);
  });

  it("passes over gaps", () => {
    const out = smoothed(upTo(3), f(1, Number.NaN, 1), { kind, amount: 0.5 });
    expect([out[0], Number.isNaN(out[1]), out[2]]).toEqual([1, true, 1]);
  });

  it("takes out noise", () => {
    const noisy = upTo(400).map((i) => (i % 2 ? 1 : -1));
    const out = smoothed(upTo(400), noisy, { kind, amount: 0.95 });
    expect(Math.max(...out.subarray(200).map(Math.abs))).toBeLessThan(0.25);
  });
});

it("weighs by distance on the axis when the average is weighted by time", () => {
  const y = f(0, 0, 1);
  const near = smoothed(f(0, 999, 1000), y, { kind: "time-ema", amount: 0.9 });
  const far = smoothed(f(0, 1, 1000), y, { kind: "time-ema", amount: 0.9 });
  expect(near[2] as number).toBeLessThan(0.6);
  expect(far[2]).toBeCloseTo(1, 6);
});

it("weighs the last value as much as it says", () => {
  // 1, 0, 0 with weight 1/2: (1/4) / (1/4 + 1/2 + 1)
  expect(smoothed(upTo(3), f(1, 0, 0), { kind: "ema", amount: 0.5 })[2]).toBeCloseTo(1 / 7, 12);
});

it("means over the point and as many on either side as it says, fewer at the ends", () => {
  expect([...smoothed(upTo(5), f(0, 3, 6, 9, 12), { kind: "average", amount: 0.5 })]).toEqual([
    1.5, 3, 6, 9, 10.5,
  ]);
});
