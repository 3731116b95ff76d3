import { expect, test } from "vitest";
import type { Json } from "../../../../core/wire";
import { barsOf, groupBarsOf } from "./bar";
import { isFilled, KINDS, type Kind } from "./index";
import { axisFor, inBrushes } from "./parallel-axes";
import type { FieldRow } from "./rows";
import { chosenOf } from "./scalar";

const row = (id: string, ...values: Json[]): FieldRow => ({ id, name: id, color: "#000", values });
const label = String;

test("bars are of the runs that have a number", () => {
  const rows = [row("a", 1), row("b", null), row("c", "x"), row("d", true)];
  expect(barsOf(rows).map(({ id, value }) => [id, value])).toEqual([
    ["a", 1],
    ["d", 1],
  ]);
});

test("bars of groups are means, from the least to the greatest", () => {
  const rows = [row("a", 1, "adam"), row("b", 3, "adam"), row("c", 5, null)];
  const bars = groupBarsOf(rows, ["config.opt"], { '["adam"]': { color: "#123456" } });
  expect(bars.map(({ name, value, range, count }) => [name, value, range, count])).toEqual([
    ["adam", 2, [1, 3], 2],
    ["–", 5, [5, 5], 1],
  ]);
  expect(bars[0]?.color).toBe("#123456");
});

test("a scalar is of one run, or of all", () => {
  const rows = [row("a", 3), row("b", null), row("c", 1), row("d", 8)];
  expect(chosenOf(rows, "first")).toMatchObject({ value: 3, row: { id: "a" } });
  expect(chosenOf(rows, "min")).toMatchObject({ value: 1, row: { id: "c" } });
  expect(chosenOf(rows, "max")).toMatchObject({ value: 8, row: { id: "d" } });
  expect(chosenOf(rows, "mean")).toMatchObject({ value: 4, row: null, count: 3 });
  expect(chosenOf(rows, "median")?.value).toBe(3);
  expect(chosenOf([row("a", 1), row("b", 2)], "median")?.value).toBe(1.5);
  expect(chosenOf([row("b", null)], "mean")).toBe(null);
});

test("an axis of numbers goes up, flipped it goes down, and a logarithm leaves out what it cannot place", () => {
  const up = axisFor("x", [1, 10, 100], 0, 100, { label });
  expect(up.at(100) as number).toBeLessThan(up.at(1) as number);
  const down = axisFor("x", [1, 10, 100], 0, 100, { flip: true, log: true, label });
  expect(down.at(100) as number).toBeGreaterThan(down.at(1) as number);
  expect(down.at(10)).toBeCloseTo(((down.at(1) as number) + (down.at(100) as number)) / 2);
  expect(down.at(0)).toBe(null);
  expect(down.at(null)).toBe(null);
});

test("an axis with a word on it is one of words", () => {
  const axis = axisFor("x", ["b", 2, "a", null], 0, 90, { label });
  expect(axis.numeric).toBe(false);
  expect(axis.ticks.map((tick) => tick.label)).toEqual(["2", "a", "b"]);
  expect(axis.at("c")).toBe(null);
});

test("a run is kept that lies in every brushed range", () => {
  const places = new Map([
    ["x", 10],
    ["y", null],
  ]);
  expect(inBrushes(places, {})).toBe(true);
  expect(inBrushes(places, { x: [5, 15] })).toBe(true);
  expect(inBrushes(places, { x: [11, 15] })).toBe(false);
  expect(inBrushes(places, { y: [0, 99] })).toBe(false);
});

test("a form is filled when there is something to draw", () => {
  const line = KINDS.line as Kind;
  expect(isFilled(line, {})).toBe(false);
  expect(isFilled(line, { keys: ["loss"] })).toBe(true);
  expect(isFilled(KINDS.parallel as Kind, { fields: ["config.lr"] })).toBe(false);
  expect(isFilled(KINDS.markdown as Kind, {})).toBe(true);
});
