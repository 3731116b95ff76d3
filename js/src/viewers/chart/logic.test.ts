import { describe, expect, it } from "vitest";
import {
  type Chart,
  canOverlay,
  configOf,
  flat,
  isVega,
  overlaid,
  pointed,
  rowsOf,
  sized,
  tipOf,
} from "./logic";

const encoding = { x: { field: "a", type: "quantitative" }, y: { field: "b", type: "quantitative" } };
const overlay = { color: { field: "_run", type: "nominal" }, strokeDash: { field: "s" } };
const chart = (more: object = {}): Chart => ({
  spec: { mark: "line", encoding, usermeta: { overlay }, ...more },
  columns: { a: [1, 2], b: ["x", null] },
  rows: 2,
  of: 2,
});

describe("rows of a chart", () => {
  it("are in the order of the table, with what is missing as null", () => {
    expect(rowsOf(chart())).toEqual([
      { _row: 0, a: 1, b: "x", _count: 1 },
      { _row: 1, a: 2, b: null, _count: 1 },
    ]);
    expect(rowsOf(chart(), "first")[0]).toMatchObject({ _run: "first" });
    const counted = { ...chart(), columns: { a: [1, 2], _count: [7, 1] }, counted: true };
    expect(rowsOf(counted)[0]).toEqual({ _row: 0, a: 1, _count: 7 });
  });
});

describe("several runs in one chart", () => {
  it("needs the same specification, and one that says how", () => {
    expect(canOverlay([chart(), chart()])).toBe(true);
    expect(canOverlay([chart()])).toBe(false);
    expect(canOverlay([chart(), chart({ mark: "bar" })])).toBe(false);
    expect(canOverlay([chart({ usermeta: {} }), chart({ usermeta: {} })])).toBe(false);
  });

  it("gives each run its own color and keeps the other channels", () => {
    const runs = [
      { label: "one", color: "#111111" },
      { label: "two", color: "#222222" },
    ];
    const made = overlaid(chart().spec, runs).encoding as Record<string, Record<string, unknown>>;
    expect(made.x).toEqual(encoding.x);
    expect(made.color?.scale).toEqual({ domain: ["one", "two"], range: ["#111111", "#222222"] });
    expect(made.strokeDash).toEqual({ field: "s" });
  });
});

describe("the size of a chart", () => {
  it("is that of its place unless it says its own", () => {
    expect(sized(chart().spec, 500)).toMatchObject({ width: 500, height: 260 });
    expect(sized({ ...chart().spec, width: "container" }, 500)).toMatchObject({ width: 500 });
    expect(sized({ ...chart().spec, width: 80 }, 500)).toMatchObject({ width: 80 });
    expect(sized({ ...chart().spec, height: 90 }, 500)).toMatchObject({ height: 90 });
  });

  it("leaves bars of names as high as their labels, and several charts as they are", () => {
    const bars = { mark: "bar", encoding: { y: { field: "n", type: "nominal" } } };
    expect(sized(bars, 500).height).toBeUndefined();
    const several = { hconcat: [chart().spec] };
    expect(sized(several, 500)).toBe(several);
    const vega = { $schema: "https://vega.github.io/schema/vega/v6.json", marks: [] };
    expect(isVega(vega)).toBe(true);
    expect(sized(vega, 500)).toBe(vega);
    expect(isVega({ $schema: "https://vega.github.io/schema/vega-lite/v6.json", mark: "bar" })).toBe(false);
  });
});

it("what the pointer is over is text, without what only Vega needs", () => {
  const long = "z".repeat(300);
  expect(tipOf({ _row: 3, _run: "first", a: 1.5, b: "<b>", c: null, d: long })).toEqual([
    ["run", "first"],
    ["a", "1.5"],
    ["b", "<b>"],
    ["c", "null"],
    ["d", `${"z".repeat(119)}…`],
  ]);
  expect(tipOf(null)).toEqual([]);
  expect(tipOf("plain")).toEqual([["", "plain"]]);
});

it("charts look like the panel around them", () => {
  const look = { ink: "rgb(1, 1, 1)", quiet: "#222", line: "#333", font: "sans", palette: ["#444", "#555"] };
  expect(configOf(look)).toMatchObject({
    background: "transparent",
    title: { color: "rgb(1, 1, 1)" },
    axis: { labelColor: "#222", gridColor: "#333" },
    range: { category: ["#444", "#555"] },
    mark: { color: "#444" },
  });
});

describe("small things that Vega-Lite leaves undone", () => {
  const color = { field: "c\\.d", type: "nominal" };
  const rows = (...lines: string[]) => lines.map((line, i) => ({ _row: i, a: i, "c.d": line }));

  it("shows the points of a line that is one somewhere", () => {
    const spec = { mark: "line", encoding: { ...encoding, color } };
    expect(pointed(spec, rows("p", "p", "q")).mark).toMatchObject({ type: "line", point: { size: 30 } });
    expect(pointed(spec, rows("p", "p", "q", "q"))).toBe(spec);
    expect(pointed({ ...spec, mark: "bar" }, rows("p")).mark).toBe("bar");
  });

  it("lays short names flat", () => {
    const spec = { mark: "bar", encoding: { x: color, y: encoding.y } };
    const made = flat(spec, rows("p", "q"), 600).encoding as Record<string, Record<string, unknown>>;
    expect(made.x?.axis).toEqual({ labelAngle: 0 });
    expect(flat(spec, rows("p".repeat(30), "q".repeat(30)), 600)).toBe(spec);
  });
});
