import { compile } from "vega-lite";
import { describe, expect, it } from "vitest";
import type { Spec } from "./logic";
import { pictured } from "./points";
import { added, type Stamp } from "./stamps";

const x = { field: "a", type: "quantitative" };
const y = { field: "b.c", type: "quantitative" };
const chart = (more: object = {}, mark: object = { type: "point", filled: true }): Spec =>
  pictured(
    compile({ config: { aria: false }, data: { name: "wandb" }, mark, encoding: { x, y, ...more } } as never)
      .spec as unknown as Spec,
  );
const typesOf = (vega: Spec): unknown[] => (vega.marks as Spec[]).map((mark) => mark.type);

describe("points become one picture", () => {
  it("when they differ in place and color only", () => {
    const zoom = [{ name: "zoom", select: "interval", bind: "scales" }];
    const spec = { data: { name: "wandb" }, mark: "point", params: zoom, encoding: { x, y } };
    const config = { aria: false };
    expect(typesOf(chart())).toEqual(["image"]);
    expect(typesOf(chart({ color: { field: "run" } }, { type: "square", opacity: 0.3 }))).toEqual(["image"]);
    expect(typesOf(pictured(compile({ ...spec, config } as never).spec as unknown as Spec))).toEqual([
      "image",
    ]);
  });

  it("and stay marks when there is more to them", () => {
    for (const more of [
      { size: { field: "a", type: "quantitative" } },
      { tooltip: { field: "a" } },
      { color: { condition: { test: "datum.a > 0", value: "red" }, value: "blue" } },
    ])
      expect(typesOf(chart(more))).toEqual(["symbol"]);
    expect(typesOf(chart({}, { type: "bar" }))).toEqual(["rect"]);
    const clicked = {
      data: { name: "wandb" },
      mark: "point",
      params: [{ name: "one", select: "point" }],
      encoding: { x, y },
    };
    const vega = compile({ ...clicked, config: { aria: false } } as never).spec as unknown as Spec;
    expect(typesOf(pictured(vega))).toEqual(["symbol"]);
  });

  it("which is painted again when a scale or the rows change", () => {
    const [mark] = chart({ color: { field: "run" } }).marks as Record<string, never>[];
    const code = String(
      (mark as unknown as { encode: { update: { image: Spec } } }).encode.update.image.signal,
    );
    for (const watched of ['data("data_0")', 'domain("x")', 'range("y")', 'domain("color")'])
      expect(code).toContain(watched);
  });
});

it("stamps lie over each other in order, and none is outside", () => {
  // one pixel in the middle of a stamp of 2 x 2, on a picture of 4 x 3 plus the edge
  const to = { pixels: 1, half: 1, width: 8, height: 7 };
  const place = 4 * (1 * to.width + 1);
  const stamp = (red: number, blue: number, alpha: number): Stamp => ({
    at: Int32Array.of(place),
    ink: Float32Array.of(red * alpha, 0, blue * alpha, alpha),
  });
  const stamps = [stamp(255, 0, 1), stamp(0, 255, 0.5), stamp(255, 0, 1), stamp(255, 0, 1), stamp(255, 0, 1)];
  const places = { x: Float32Array.of(2, 2, 4.4, 90, Number.NaN), y: Float32Array.of(1, 1, 0, 0, 0) };
  const found = added(places, (i) => stamps[i] as Stamp, to);
  const pixel = (column: number, row: number): number[] => {
    const from = 4 * ((row + 2) * to.width + column + 2);
    return [...found.slice(from, from + 4)];
  };
  expect(pixel(2, 1)).toEqual([128, 0, 128, 255]);
  expect(pixel(4, 0)).toEqual([255, 0, 0, 255]);
  expect(found.filter((value, i) => i % 4 === 3 && value > 0)).toHaveLength(2);
});
