import { compile } from "vega-lite";
import { describe, expect, it } from "vitest";
import type { Spec } from "./logic";
import { bare, filling } from "./miniature";

const place = { width: 200, height: 120 };
const encoding = {
  x: { field: "a", type: "nominal", axis: { title: "names" } },
  y: { field: "b", type: "quantitative" },
  color: { field: "c", type: "nominal" },
};
const single: Spec = { title: "mine", data: { name: "wandb" }, mark: "bar", encoding };
const vega = (spec: Spec): Spec => compile(spec as never).spec as unknown as Spec;
const roles = (spec: Spec): unknown[] =>
  ((spec.marks ?? []) as Spec[]).flatMap((mark) => [
    mark.role,
    ...(mark.type === "group" ? roles(mark) : []),
  ]);

describe("a miniature", () => {
  it("fills its place unless its chart has a size of its own", () => {
    expect(filling(single, place)).toMatchObject(place);
    expect(filling({ ...single, width: { step: 20 } }, place)).toMatchObject(place);
    for (const spec of [
      { ...single, width: 300 },
      { hconcat: [single] },
      { ...single, encoding: { ...encoding, row: { field: "c" } } },
      { $schema: "https://vega.github.io/schema/vega/v6.json", width: 9, marks: [] },
    ])
      expect(filling(spec, place)).toBe(spec);
  });

  it("has the marks of its chart, and no words beside them", () => {
    const made = bare(vega(single));
    expect((made.marks as Spec[]).map(({ type }) => type)).toEqual(["rect"]);
    expect(made.scales).toEqual(vega(single).scales);
    const faceted = vega({ ...single, encoding: { ...encoding, row: { field: "c" } } });
    expect(roles(faceted)).toContain("row-header");
    for (const whole of [made, bare(faceted), bare(vega({ hconcat: [single, single] } as Spec))]) {
      expect(JSON.stringify(whole)).not.toMatch(/"(axes|legends|title)":/);
      expect(roles(whole).join()).not.toMatch(/header|title/);
    }
  });
});
