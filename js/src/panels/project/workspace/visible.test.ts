import { expect, test } from "vitest";
import type { RunView } from "../../../core/registry";
import { RunModel } from "../../../core/run-model";
import { delta, info } from "../../../core/testing";
import type { Json } from "../../../core/wire";
import { axisName, axisOf, lookEdits, lookOf, maxRunsOf } from "./settings";
import { fieldOf, groupKeyOf, idsNeeded, keptOf, shownInGroups, visibleOf } from "./visible";

function run(id: string, config: { [key: string]: Json }): RunView {
  const model = new RunModel(id);
  model.apply(delta({ run: id, full: true, info: info({ id, group: "g", tags: ["a"] }), config }), []);
  return { model, color: "#000", label: id };
}

test("the first runs whose eye is on are drawn; hidden ones do not count", () => {
  const ids = ["a", "b", "c", "d"];
  expect(visibleOf(ids, { a: { hidden: true }, c: { color: "#fff" } }, 2)).toEqual(["b", "c"]);
  expect(visibleOf(ids, undefined, 10)).toEqual(ids);
  expect(idsNeeded({ a: { hidden: true }, c: {} }, 10)).toBe(11);
});

test("runs that were drawn just now are kept, some of them", () => {
  expect(keptOf(["a", "b"], ["b", "c"])).toEqual(["a", "b", "c"]);
  expect(
    keptOf(
      [],
      Array.from({ length: 500 }, (_, i) => `r${i}`),
    ).length,
  ).toBeLessThan(100);
});

test("groups are named by the values of their fields", () => {
  const one = run("r", { lr: 0.1, "a.b": 2, nested: { deep: "x" } });
  expect(groupKeyOf(one, ["config.lr", "run.group", "config.none"])).toBe('[0.1,"g",null]');
  expect(fieldOf(one, "config.a.b")).toBe(2);
  expect(fieldOf(one, "config.nested.deep")).toBe("x");
  expect(fieldOf(one, "tags")).toEqual(["a"]);
  expect(fieldOf(one, "run.job_type")).toBe(null);
});

test("a hidden group takes its runs along", () => {
  const runs = [run("a", { lr: 1 }), run("b", { lr: 2 })];
  const view = { query: { group: ["config.lr"] }, groups: { "[1]": { hidden: true } } };
  expect(shownInGroups(runs, view).map(({ label }) => label)).toEqual(["b"]);
  expect(shownInGroups(runs, { groups: view.groups })).toHaveLength(2);
});

test("settings are stored under the names of wandb-workspaces, and only what differs", () => {
  const look = lookOf({ x_axis: "WallTime", smoothing_type: "gaussian", smoothing_weight: 0.5 });
  expect(look).toMatchObject({ axis: "_timestamp", smoothing: { kind: "gaussian", amount: 0.5 } });
  expect(lookEdits({}, lookOf({}))).toEqual([]);
  expect(lookEdits({}, { ...lookOf({}), axis: "_runtime", logY: true })).toEqual([
    { op: "set", path: ["settings", "x_axis"], value: "RelativeTime(Process)" },
    { op: "set", path: ["settings", "log_y"], value: true },
  ]);
  for (const axis of ["", "_runtime", "_timestamp", "epoch"]) expect(axisOf(axisName(axis))).toBe(axis);
  expect(maxRunsOf({ max_runs: 5000 })).toBe(1000);
});
