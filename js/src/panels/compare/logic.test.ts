import { expect, test } from "vitest";
import { colorOfRun, keysOf, labelsOf } from "./logic";

test("runs of one name are told apart by their ids, runs without a name are their ids", () => {
  const runs = [
    { id: "a1", name: "lr 0.1" },
    { id: "b2", name: "lr 0.1" },
    { id: "c3", name: "lr 0.3" },
    { id: "d4", name: "" },
    { id: "e5", name: "" },
  ];
  expect(labelsOf(runs)).toEqual(["lr 0.1 · a1", "lr 0.1 · b2", "lr 0.3", "d4", "e5"]);
});

test("twenty runs have twenty colors, written so that a chart can add its opacity", () => {
  const colors = Array.from({ length: 20 }, (_, i) => colorOfRun(i));
  expect(new Set(colors).size).toBe(20);
  expect(colors.every((color) => /^#[0-9a-f]{6}$/.test(color))).toBe(true);
});

test("a key is shown once, with the runs that have it", () => {
  const keys = keysOf([
    {
      run: "one",
      keys: [
        { key: "layer10", kind: "histogram" },
        { key: "x", kind: "image-file" },
      ],
    },
    {
      run: "two",
      keys: [
        { key: "layer2", kind: "histogram" },
        { key: "x", kind: "image-file" },
      ],
    },
    { run: "three", keys: [{ key: "x", kind: "histogram" }] },
  ]);
  expect(keys).toEqual([
    { key: "layer2", kind: "histogram", runs: ["two"] },
    { key: "layer10", kind: "histogram", runs: ["one"] },
    { key: "x", kind: "histogram", runs: ["three"] },
    { key: "x", kind: "image-file", runs: ["one", "two"] },
  ]);
});
