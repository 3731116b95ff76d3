import { expect, it } from "vitest";
import type { MediaCell } from "./logic";
import { shapesOf, sketchOf } from "./sketch";

const cell = (kind: string, meta: MediaCell["meta"] = {}): MediaCell => ({ kind, sha: "s", meta });
const figure = (trace: object, layout: object = {}) =>
  sketchOf(cell("plotly-file"), JSON.stringify({ data: [trace], layout }));
const chart = (name: string, fields: { [hole: string]: string }, columns: object, owner = "wandb") =>
  sketchOf(cell("chart-file", { spec_name: `${owner}/${name}/v0`, fields }), JSON.stringify({ columns }));

it("draws lines and points of a figure in their colors", () => {
  expect(figure({ y: [1, 3], line: { color: "rgba(255,0,0,1)" } })).toEqual([
    { kind: "line", x: [0, 1], y: [1, 3], color: "rgba(255,0,0,1)" },
  ]);
  expect(figure({ type: "scattergl", mode: "markers", x: ["a", "b"], y: [1, 3] })?.[0]).toMatchObject({
    kind: "points",
    x: [0, 1],
  });
});

it("takes no text for a color that is none", () => {
  expect(figure({ y: [1], line: { color: "url(//x.test)" } })?.[0]?.color).toMatch(/^#/);
});

it("reads plotly's packed numbers", () => {
  const bytes = new Uint8Array(new Float64Array([2, 4]).buffer);
  const packed = { dtype: "f8", bdata: btoa(String.fromCharCode(...bytes)) };
  expect(figure({ x: packed, y: packed })?.[0]).toMatchObject({ x: [2, 4], y: [2, 4] });
});

it("draws on the scale of the axis", () => {
  const made = figure({ y: [1, 100, -1], yaxis: "y2" }, { yaxis2: { type: "log" } });
  expect(made?.[0]?.y).toEqual([0, 2, Number.NaN]);
});

it("draws presets by the columns that fill them", () => {
  const columns = { a: [0, 1, 0, 1], b: [5, 6, 7, 8], c: ["p", "p", "q", "q"] };
  const lines = chart("area-under-curve", { x: "a", y: "b", class: "c" }, columns);
  expect(lines?.map(({ y }) => y)).toEqual([
    [5, 6],
    [7, 8],
  ]);
  expect(chart("histogram", { value: "b" }, columns)?.[0]?.y.reduce((a, b) => a + b)).toBe(4);
  expect(chart("bar", { label: "c", value: "b" }, columns)?.[0]).toMatchObject({
    kind: "bars",
    y: [5, 6, 7, 8],
  });
});

it("counts the rows that each value of a long histogram stands for", () => {
  const file = { columns: { v: [0, 1, null], _count: [90, 10, 5] }, counted: true };
  const made = cell("chart-file", { spec_name: "wandb/histogram/v0", fields: { value: "v" } });
  const y = sketchOf(made, JSON.stringify(file))?.[0]?.y;
  expect([y?.[0], y?.at(-1), y?.reduce((a, b) => a + b)]).toEqual([90, 10, 100]);
});

it.each([
  ["a heat map", () => figure({ type: "heatmap", z: [[1]] })],
  ["bars on their side", () => figure({ type: "bar", orientation: "h", x: [1], y: ["a"] })],
  ["a figure without numbers", () => figure({ y: [] })],
  ["a chart of its own", () => chart("", {}, {})],
  ["a confusion matrix", () => chart("confusion_matrix", {}, { a: [1] })],
  ["somebody's preset called line", () => chart("line", { x: "a", y: "a" }, { a: [1] }, "ada")],
])("%s is no sketch", (_what, made) => {
  expect(made()).toBeNull();
});

it("fits everything into the box, lifts the pen at gaps and begins bars at zero", () => {
  const [line] = shapesOf(
    [{ kind: "line", x: [0, 1, 2, 3], y: [0, 1, Number.NaN, 4], color: "red" }],
    64,
    44,
  );
  expect(line?.d).toBe("M2.0 42.0L22.0 32.0M62.0 2.0");
  const [bar] = shapesOf([{ kind: "bars", x: [0], y: [2], color: "red" }], 14, 44);
  expect(bar).toEqual({ d: "M3.0 42.0V2.0h8.0V42.0z", fill: true, color: "red", width: 1.25 });
});
