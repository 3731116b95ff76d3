import { describe, expect, it } from "vitest";
import { applied, at, inverse, leaves } from "./edits";
import type { Edit } from "./wire";

const tree = { views: { a: { name: "A", columns: { lr: { pinned: true } } } }, project: { starred: true } };

describe("edits", () => {
  it("are applied by path, and leave the rest as it is", () => {
    const after = applied(tree, [
      { op: "set", path: ["views", "a", "columns", "acc", "hidden"], value: true },
      { op: "del", path: ["views", "a", "name"] },
    ]);
    expect(after).toEqual({
      views: { a: { columns: { lr: { pinned: true }, acc: { hidden: true } } } },
      project: { starred: true },
    });
    expect(after.project).toBe(tree.project);
    expect(tree.views.a.name).toBe("A");
  });

  it("take away nothing where nothing is", () => {
    expect(applied(tree, [{ op: "del", path: ["views", "b", "name"] }])).toEqual(tree);
    expect(applied(tree, [{ op: "del", path: ["project", "starred", "deep"] }])).toEqual(tree);
  });

  it.each<[string, Edit[]]>([
    ["set", [{ op: "set", path: ["project", "starred"], value: false }]],
    ["new", [{ op: "set", path: ["project", "description"], value: "x" }]],
    ["a whole section deleted", [{ op: "del", path: ["views", "a"] }]],
    ["over a tree", [{ op: "set", path: ["views", "a"], value: 1 }]],
    [
      "one path twice",
      [
        { op: "set", path: ["project", "starred"], value: 1 },
        { op: "set", path: ["project", "starred"], value: 2 },
      ],
    ],
    [
      "below what is deleted",
      [
        { op: "set", path: ["views", "a", "columns", "lr", "pinned"], value: false },
        { op: "del", path: ["views", "a", "columns"] },
      ],
    ],
  ])("can be taken back: %s", (_, edits) => {
    expect(applied(applied(tree, edits), inverse(tree, edits))).toEqual(tree);
  });

  it("are stored leaf by leaf", () => {
    expect(leaves(["v"], { a: { b: 1 }, c: [1, 2], d: {} })).toEqual([
      { op: "set", path: ["v", "a", "b"], value: 1 },
      { op: "set", path: ["v", "c"], value: [1, 2] },
      { op: "set", path: ["v", "d"], value: {} },
    ]);
    expect(at(tree, ["views", "a", "columns", "lr"])).toEqual({ pinned: true });
    expect(at(tree, ["views", "a", "name", "x"])).toBeUndefined();
  });
});
