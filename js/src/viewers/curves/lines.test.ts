import { describe, expect, it } from "vitest";
import type { RunView } from "../../core/registry";
import { RunModel } from "../../core/run-model";
import { type Look, linesOf, rangeOf } from "./lines";

const run = (id: string): RunView => ({ model: new RunModel(id), color: "red", label: id });
const wave = (n: number, value: (i: number) => number) => {
  const x = Float64Array.from({ length: n }, (_, i) => i);
  return { x, y: x.map(value), steps: x };
};
const look: Look = {
  axis: "",
  logX: false,
  logY: false,
  smoothing: { kind: "ema", amount: 0 },
  clip: false,
  grouping: null,
};
const runs = [run("a"), run("b")];
const curves = [wave(5000, Math.sin), wave(5000, (i) => 3 + Math.cos(i))];

describe("lines", () => {
  it("are reduced to the pixels, and the pointer reads all points", () => {
    const [line] = linesOf(runs, curves, [], look, null, 100);
    expect(line?.points.x.length).toBe(5000);
    expect(line?.drawn.x.length).toBeLessThanOrEqual(202);
    expect([line?.faint, line?.band]).toEqual([null, null]);
  });

  it("are cut to what is seen", () => {
    const [line] = linesOf(runs, curves, [], look, [10.5, 12.5], 100);
    expect([...(line?.points.x ?? [])]).toEqual([10, 11, 12, 13]);
  });

  it("leave their values faintly under a smoothed curve", () => {
    const [line] = linesOf(runs, curves, [], { ...look, smoothing: { kind: "ema", amount: 0.9 } }, null, 100);
    expect(Math.max(...(line?.drawn.y.subarray(50) ?? []))).toBeLessThan(0.3);
    expect(Math.max(...(line?.faint?.y ?? []))).toBeCloseTo(1, 3);
  });

  it("are smoothed from the means of what is left out", () => {
    const means = wave(50, () => 7);
    const [line] = linesOf(
      runs,
      curves,
      [means, null],
      { ...look, smoothing: { kind: "ema", amount: 0.5 } },
      null,
      100,
    );
    expect([line?.drawn.y[10], line?.points.x.length]).toEqual([7, 5000]);
  });

  it("become one of a group", () => {
    const grouping = { by: "*", center: "mean", band: "minmax" } as const;
    const [line, ...others] = linesOf(runs, curves, [], { ...look, grouping }, null, 100);
    expect(others).toEqual([]);
    expect([line?.run, line?.count, line?.label]).toEqual([null, 2, "all runs"]);
    expect(line?.band?.hi[0]).toBe(4);
  });

  it("begin after 0 on a logarithmic x axis", () => {
    expect(linesOf(runs, curves, [], { ...look, logX: true }, null, 100)[0]?.points.x[0]).toBe(1);
  });
});

describe("the range of the y axis", () => {
  const spiked = [wave(1000, (i) => (i === 500 ? 1e9 : i % 10))];
  const lines = linesOf([run("a")], spiked, [], look, null, 1000);

  it("holds every value", () => expect(rangeOf(lines, false, false)).toEqual([0, 1e9]));
  it("leaves the farthest out when asked to", () => expect(rangeOf(lines, false, true)).toEqual([0, 9]));
  it("has no place for 0 and below under a logarithm", () => expect(rangeOf(lines, true, true)?.[0]).toBe(1));
  it("is unknown where nothing can be drawn", () =>
    expect(
      rangeOf(linesOf([run("a")], [wave(3, () => Number.NaN)], [], look, null, 9), false, true),
    ).toBeNull());
});
