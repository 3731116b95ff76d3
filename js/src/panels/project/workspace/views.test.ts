import { expect, test } from "vitest";
import type { Json } from "../../../core/wire";
import type { ProjectTree } from "../document";
import { applied } from "../edits";
import { copied, freeName, viewsOf } from "./views";

const TREE: ProjectTree = {
  views: {
    b: { name: "Losses" },
    a: { name: "Attention", owner: "ada" },
    c: { name: "Old", deleted: true },
    d: { name: "Hers", owner: "eve" },
  },
};

test("the first view is always there, then those of all, then one's own", () => {
  expect(viewsOf(TREE, "default", "ada").map(({ name }) => name)).toEqual([
    "Workspace",
    "Losses",
    "Attention",
  ]);
  expect(viewsOf({}, "default", "")).toEqual([{ id: "default", name: "Workspace", owner: "" }]);
});

test("a copy has everything but the name and the owner", () => {
  const from = { name: "Losses", panels: { p: { kind: "scatter" as const, config: { x: "config.lr" } } } };
  const tree = applied({} as { [key: string]: Json }, copied(from, "n", "Mine", "ada", 5)) as ProjectTree;
  expect(tree.views?.n).toEqual({ ...from, name: "Mine", owner: "ada", created: 5 });
});

test("names that are taken get a number", () => {
  const views = viewsOf(TREE, "default", "ada");
  expect(freeName("New", views)).toBe("New");
  expect(freeName("Losses", views)).toBe("Losses (2)");
});
