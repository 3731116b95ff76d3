import { describe, expect, it } from "vitest";
import type { RunView } from "../../core/registry";
import { RunModel } from "../../core/run-model";
import { ALL, grouped, groupings, groupsOf } from "./grouping";

const f = (...values: number[]): Float64Array => Float64Array.from(values);
const curve = (x: number[], y: number[]) => ({ x: f(...x), y: f(...y), steps: f(...x) });
const run = (id: string, config: RunModel["config"]["value"], group = ""): RunView => {
  const model = new RunModel(id);
  model.config.value = config;
  model.info.value = { id, group, jobType: "", tags: [] } as unknown as RunModel["info"]["value"];
  return { model, color: "red", label: id };
};

describe("groups", () => {
  const runs = [
    run("a", { lr: 0.1, seed: 1, net: { depth: 2 } }),
    run("b", { lr: 0.1, seed: 1, net: { depth: 3 } }),
    run("c", { lr: 1, seed: 1 }),
  ];

  it("are offered for what differs", () => {
    expect(groupings(runs).map(({ label }) => label)).toEqual(["all runs", "lr", "net.depth"]);
    expect(groupings([run("a", {}, "g")]).map(({ by }) => by)).toEqual([ALL, "group"]);
  });

  it("hold the runs with one value, also those without", () => {
    expect(groupsOf(runs, "config.lr")).toEqual([
      { label: "lr: 0.1", runs: [0, 1] },
      { label: "lr: 1", runs: [2] },
    ]);
    expect(groupsOf(runs, "config.net.depth").map(({ label }) => label)).toEqual([
      "net.depth: 2",
      "net.depth: 3",
      "net.depth: –",
    ]);
  });
});

describe("a group's curve", () => {
  const three = [curve([0, 2], [0, 2]), curve([0, 1, 2], [3, 3, 3]), curve([1, 2], [5, Number.NaN])];

  it("is the middle at every place, read off between points, within each curve's own range", () => {
    const { points, lo, hi } = grouped(three, "mean", "minmax");
    expect([...points.x]).toEqual([0, 1, 2]);
    expect([...points.y]).toEqual([1.5, 3, 2.5]);
    expect([[...lo], [...hi]]).toEqual([
      [0, 1, 2],
      [3, 5, 3],
    ]);
    expect([...grouped(three, "median", "none").points.y]).toEqual([1.5, 3, 2.5]);
  });

  it("has a band of the sample's deviation or error", () => {
    const two = [curve([0], [1]), curve([0], [3])];
    const std = grouped(two, "mean", "std");
    expect((std.hi[0] as number) - 2).toBeCloseTo(Math.SQRT2, 12);
    expect((grouped(two, "mean", "sem").hi[0] as number) - 2).toBeCloseTo(1, 12);
    expect(grouped([curve([0], [1])], "mean", "std").hi[0]).toBe(1);
  });

  it("stands on a grid where there are too many places", () => {
    const long = Array.from({ length: 5000 }, (_, i) => i);
    const { points } = grouped([curve(long, long)], "mean", "none");
    expect(points.x.length).toBe(1000);
    expect([points.y[0], points.y.at(-1)]).toEqual([0, 4999]);
  });
});
