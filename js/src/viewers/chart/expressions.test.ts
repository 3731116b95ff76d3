import { parse, type Spec, View } from "vega";
import { expressionInterpreter } from "vega-interpreter";
import { compile } from "vega-lite";
import { describe, expect, it, vi } from "vitest";
import { expressions } from "./expressions";

const VALUES = [
  { a: 1, b: "u", t: "2026-01-01" },
  { a: null, b: "v", t: "2026-01-02" },
  { a: -2.5, b: "u", t: null },
  { a: "7", b: null, t: "2026-02-01" },
];

/** All that is drawn, as numbers and colors. */
async function drawn(spec: object, expr: object): Promise<unknown> {
  const vega = "marks" in spec ? spec : compile({ data: { values: VALUES }, ...spec } as never).spec;
  const runtime = parse(vega as Spec, undefined, { ast: true });
  const view = new View(runtime, { expr, renderer: "none" } as never);
  await view.runAsync();
  return JSON.parse((view.scenegraph() as unknown as { toJSON(): string }).toJSON());
}

const a = { field: "a", type: "quantitative" };
const point = { mark: "point", encoding: { x: a, y: { field: "b", type: "nominal" } } };
const encoding = (more: object): object => ({ ...point, encoding: { ...point.encoding, ...more } });
const marks = (update: object): object => ({
  data: [{ name: "d", values: VALUES }],
  signals: [{ name: "s", value: 3 }],
  marks: [{ type: "symbol", from: { data: "d" }, encode: { update } }],
});

describe("what is drawn is what the interpreter draws", () => {
  it.each([
    ["points", point],
    ["colors and times", encoding({ color: { field: "b" }, x: { field: "t", type: "temporal" } })],
    ["conditions", encoding({ color: { condition: { test: "datum.a > 0", value: "red" }, value: "blue" } })],
    ["lines", { mark: "line", encoding: { x: a, y: a, color: { field: "b" } } }],
    ["bars", { mark: "bar", encoding: { x: { ...a, bin: true }, y: { aggregate: "count" } } }],
    [
      "calculations",
      { ...point, transform: [{ calculate: "abs(datum.a) * PI + length(datum.b || '')", as: "a" }] },
    ],
    [
      "filters",
      { ...point, transform: [{ filter: "isValid(datum.a) && !(datum['b'] === 'v') ? true : false" }] },
    ],
    [
      "signals",
      marks({ x: { signal: "s * 2 + (item.y || 1)" }, y: { signal: "datum.a < s ? -datum.a : +datum.a" } }),
    ],
  ])("%s", async (_name, spec) => {
    expect(await drawn(spec, expressions)).toEqual(await drawn(spec, expressionInterpreter));
  });
});

it("leads no way out of the data", async () => {
  const said = vi.spyOn(console, "error").mockReturnValue();
  const ways = [
    "datum.a.constructor.constructor",
    "datum['constructor']",
    "(0).constructor.constructor('x')",
  ];
  for (const way of ways) {
    const run = drawn(marks({ x: { value: 1 }, text: { signal: way } }), expressions);
    const found = await run.then(JSON.stringify, (error: Error) => error.message);
    expect(found).not.toMatch(/function|native/i);
  }
  said.mockRestore();
});
