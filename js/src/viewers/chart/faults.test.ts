import { compile } from "vega-lite";
import { describe, expect, it } from "vitest";
import { brokenBy, emptiness, logarithmic, positive, unplaced, warned } from "./faults";
import type { Chart, Spec } from "./logic";

const chart = (columns: Chart["columns"], of = Object.values(columns)[0]?.length ?? 0): Chart => ({
  spec: {},
  columns,
  rows: of,
  of,
});

describe("a broken specification", () => {
  it("is told what it has and what is accepted, then what Vega said", () => {
    expect(brokenBy({ mark: "points" }, "Cannot read 'filled'")).toMatch(
      /^The mark is "points"; accepted are arc, .*, trail\. Vega: Cannot read 'filled'$/,
    );
    const typed = { hconcat: [{ mark: { type: "bar" }, encoding: { x: { field: "a", type: "number" } } }] };
    expect(brokenBy(typed, "no")).toMatch(/^The type of x is "number"; accepted are quantitative, /);
    const vega = { marks: [{ type: "group", marks: [{ type: "bar" }] }] };
    expect(brokenBy(vega, "TypeError: no")).toMatch(/^The mark is "bar"; accepted are .*\. Vega: no$/);
  });

  it("is left to Vega's own words where nothing is known to be wrong", () => {
    const whole = {
      layer: [{ mark: "bar", encoding: { x: { field: "a", type: "nominal" }, y: { value: 1 } } }],
    };
    expect(brokenBy(whole, "Unexpected token *")).toBe("Vega: Unexpected token *");
  });
});

describe("a chart with nothing to draw", () => {
  it("says whether it has no rows, or none in a column", () => {
    expect(emptiness([chart({ x: [], y: [] })], [])).toBe("The table of this chart has no rows");
    expect(emptiness([chart({}, 0)], ["x"])).toBe("The table of this chart has no rows");
    expect(emptiness([chart({ fpr: [], tpr: [] })], ["fpr", "tpr"])).toMatch(/^No curve/);
    expect(emptiness([chart({ x: [1], y: [null] })], ["x", "y"])).toContain(
      'cells of the column "y" are NaN',
    );
    expect(emptiness([chart({ x: [1], y: [null] }), chart({ x: [1], y: [2] })], ["x", "y"])).toBeNull();
    expect(emptiness([chart({})], [])).toBeNull();
  });

  it("names the columns that there are", () => {
    const said = 'Infinite extent for field "z": [Infinity, -Infinity]';
    expect(warned(said, chart({ x: [1], y: [2] }))).toBe('The table has no column "z"; it has "x", "y"');
    expect(warned(said, chart({ z: ["a"] }))).toBe('No row has a number or a time in "z"');
    expect(warned(said, chart({}))).toBe(said);
    expect(warned("another", chart({ x: [1] }))).toBe("another");
  });
});

describe("a logarithmic axis", () => {
  const encoding = {
    x: { field: "x", type: "quantitative" },
    y: { field: "y", type: "quantitative", scale: { type: "log" } },
  };

  it("leaves out what has no logarithm, in each of several charts", () => {
    const layered: Spec = {
      layer: [
        { mark: "line", encoding },
        { mark: "point", encoding: { x: encoding.x } },
      ],
    };
    expect(logarithmic(layered)).toEqual(["y"]);
    const [first, second] = positive(layered).layer as Spec[];
    expect(first?.transform).toEqual([{ calculate: "datum['y'] > 0 ? datum['y'] : null", as: "y" }]);
    expect(second?.transform).toBeUndefined();
    expect(() => compile(positive({ ...layered, data: { name: "wandb" } }) as never)).not.toThrow();
  });

  it("says how many cells it has no place for", () => {
    const spec = { mark: "line", encoding };
    const held = { ...chart({ x: [1, 2, 3], y: [0, -2, 5] }), spec };
    expect(unplaced([held])).toContain('2 of 3 cells of "y" are not drawn');
    expect(unplaced([{ ...held, columns: { y: [1, null] } }])).toBeNull();
    const own = { ...spec, data: { name: "d" }, datasets: { d: [{ y: -1 }, { y: 1 }] } };
    expect(unplaced([{ ...chart({}), spec: own }])).toContain("1 of 2 cells");
  });

  it("is left alone where it does not show the cells themselves", () => {
    const counted = { mark: "bar", encoding: { y: { aggregate: "count", scale: { type: "log" } } } };
    expect(positive(counted)).toEqual(counted);
    expect(logarithmic(counted)).toEqual([]);
  });
});
