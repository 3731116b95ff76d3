import { describe, expect, test } from "vitest";
import type { Json, MediaRow } from "../../core/wire";
import {
  binAt,
  colorMap,
  columnAt,
  commonAxis,
  type Histogram,
  layout,
  oklch,
  outline,
  parseHistogram,
  raster,
  rebin,
  shade,
  ticks,
  unshade,
} from "./logic";

function row(meta: { [key: string]: Json }, step = 0): MediaRow {
  return { key: "w", step, idx: 0, count: 0, kind: "histogram", meta, blob: null, pending: false };
}

function histogram(values: number[], bins: number[], step = 0): Histogram {
  const parsed = parseHistogram(row({ values, bins }, step));
  if (!parsed) throw new Error("not a histogram");
  return parsed;
}

const sum = (values: Iterable<number>) => [...values].reduce((a, b) => a + b, 0);

/** Small deterministic generator, so that a failure can be repeated. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

describe("parseHistogram", () => {
  test("reads counts, edges and what was not binned", () => {
    const h = parseHistogram(row({ values: [1, 2], bins: [0, 1, 2], nan: 3, inf: 1 }, 7));
    expect(h).toMatchObject({ step: 7, total: 3, nan: 3, inf: 1 });
    expect([...(h as Histogram).edges]).toEqual([0, 1, 2]);
  });

  test("refuses what is not a histogram", () => {
    expect(parseHistogram(row({}))).toBeNull();
    expect(parseHistogram(row({ values: [1], bins: [0] }))).toBeNull();
    expect(parseHistogram(row({ values: [1, 1], bins: [0, 2, 1] }))).toBeNull();
    expect(parseHistogram(row({ values: [1], bins: [0, "Infinity"] }))).toBeNull();
    expect(parseHistogram(row({ values: ["NaN"], bins: [0, 1] }))).toBeNull();
  });
});

describe("commonAxis", () => {
  test("keeps the edges that all share, so that nothing is blurred", () => {
    const a = histogram([1, 2], [0, 1, 2]);
    expect(commonAxis([a, histogram([3, 4], [0, 1, 2])])).toBe(a.edges);
  });

  test("covers every histogram when the ranges drift", () => {
    const axis = commonAxis([histogram([1, 2], [0, 1, 2]), histogram([1, 1], [-3, 0.5, 4])]);
    expect(axis[0]).toBe(-3);
    expect(axis.at(-1)).toBe(4);
    expect(axis.length - 1).toBe(7);
  });

  test("is bounded however far they drift", () => {
    expect(commonAxis([histogram([1], [0, 1e-9]), histogram([1], [0, 1e9])], 100)).toHaveLength(101);
  });

  test("gives a width to a single value", () => {
    const axis = commonAxis([histogram([5], [2, 2])]);
    expect(axis[0]).toBeLessThan(2);
    expect(axis[1]).toBeGreaterThan(2);
  });

  test("exists for no histogram at all", () => {
    expect(commonAxis([])).toHaveLength(2);
  });
});

describe("rebin", () => {
  test("conserves the counts for random bins and axes", () => {
    const random = generator(42);
    for (let round = 0; round < 200; round++) {
      const n = 1 + Math.floor(random() * 40);
      const edges = [random() * 10 - 5];
      for (let i = 0; i < n; i++) edges.push((edges.at(-1) as number) + (random() < 0.1 ? 0 : random()));
      const h = histogram(
        edges.slice(1).map(() => Math.floor(random() * 100)),
        edges,
      );
      const other = histogram([1], [random() * 10 - 9, random() * 10 + 5]);
      const out = rebin(h, commonAxis([h, other], 1 + Math.floor(random() * 80)));
      expect(sum(out)).toBeCloseTo(h.total, 6);
      expect(Math.min(...out)).toBeGreaterThanOrEqual(-1e-9);
    }
  });

  test("splits a bin in proportion to the overlap", () => {
    const out = rebin(histogram([6], [0, 3]), Float64Array.of(0, 1, 3));
    expect([...out]).toEqual([2, 4]);
  });

  test("puts a bin without width into the one that holds it", () => {
    expect([...rebin(histogram([9], [1, 1]), Float64Array.of(0, 1, 2))]).toEqual([0, 9]);
    expect([...rebin(histogram([9], [2, 2]), Float64Array.of(0, 1, 2))]).toEqual([0, 9]);
  });

  test("hands back the counts when the axis is the histogram's own", () => {
    const h = histogram([1, 2], [0, 1, 2]);
    expect(rebin(h, h.edges)).toBe(h.values);
  });
});

describe("layout and raster", () => {
  test("columns fill the width without gaps", () => {
    const { starts } = layout([0, 10, 20], 300);
    expect([...starts]).toEqual([0, 100, 200, 300]);
  });

  test("uneven steps meet halfway", () => {
    const { starts, lo, hi } = layout([0, 10, 40], 60);
    expect(lo).toBe(-10);
    expect(hi).toBe(50);
    expect([...starts].map(Math.round)).toEqual([0, 15, 35, 60]);
  });

  test("a single step takes everything", () => {
    expect([...layout([7], 100).starts]).toEqual([0, 100]);
  });

  test("a shared range leaves the part without data empty", () => {
    const { starts } = layout([0, 10], 200, [0, 30]);
    const { cells } = raster([Float64Array.of(1), Float64Array.of(2)], starts, 200, 1);
    expect(cells[0]).toBe(1);
    expect(cells[199]).toBeNaN();
  });

  test("several steps in one pixel are averaged, and the maximum is of what is drawn", () => {
    const columns = [1, 3, 5, 7].map((v) => Float64Array.of(v, 0));
    const { cells, max } = raster(columns, layout([0, 1, 2, 3], 2).starts, 2, 2);
    expect([...cells]).toEqual([2, 0, 6, 0]);
    expect(max).toBe(6);
  });

  test("no step is skipped when there are more steps than pixels", () => {
    const steps = Array.from({ length: 1000 }, (_, i) => i);
    const columns = steps.map(() => Float64Array.of(1));
    const { cells } = raster(columns, layout(steps, 97).starts, 97, 1);
    expect([...cells].every((c) => c === 1)).toBe(true);
  });
});

describe("colors", () => {
  test("nothing is transparent, and one value among millions is seen", () => {
    expect(shade(0, 1e6)).toBe(0);
    expect(shade(1e-9, 1e6)).toBe(1);
    expect(shade(1e6, 1e6)).toBe(255);
    expect(shade(1, 0)).toBe(0);
  });

  test("grows with the count, also for densities below 1", () => {
    expect(shade(0.02, 0.1)).toBeLessThan(shade(0.05, 0.1));
    expect(shade(0.1, 0.1)).toBe(255);
  });

  test("the legend reads the scale back", () => {
    for (const max of [0.3, 12, 1e6]) expect(shade(unshade(128, max), max)).toBe(128);
  });

  test.each([true, false])("lightness moves evenly away from the background (dark: %s)", (dark) => {
    const map = colorMap(dark);
    const luminance = (i: number) => {
      const linear = [0, 1, 2].map((c) => {
        const v = (map[i * 4 + c] as number) / 255;
        return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
      }) as [number, number, number];
      return Math.cbrt(0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]);
    };
    const steps = Array.from({ length: 16 }, (_, k) => luminance(1 + k * 16));
    const rises = steps.slice(1).map((v, k) => (v - (steps[k] as number)) * (dark ? 1 : -1));
    expect(Math.min(...rises)).toBeGreaterThan(0.015);
    expect(Math.max(...rises) / Math.min(...rises)).toBeLessThan(2.5);
    expect(map[3]).toBe(0);
  });

  test("oklch knows white and black", () => {
    expect(oklch(1, 0, 0)).toEqual([255, 255, 255]);
    expect(oklch(0, 0, 0)).toEqual([0, 0, 0]);
  });
});

describe("hit tests", () => {
  const { starts } = layout([0, 10, 20], 300);

  test("every pixel belongs to the column that covers it", () => {
    expect([0, 99, 100, 299].map((x) => columnAt(starts, x))).toEqual([0, 0, 1, 2]);
    expect(columnAt(starts, -1)).toBe(-1);
    expect(columnAt(starts, 300)).toBe(-1);
  });

  test("the last bin holds its upper bound, as numpy's does", () => {
    const edges = Float64Array.of(0, 1, 2);
    expect([0, 0.5, 1, 2].map((v) => binAt(edges, v))).toEqual([0, 0, 1, 1]);
    expect(binAt(edges, 2.1)).toBe(-1);
    expect(binAt(edges, Number.NaN)).toBe(-1);
  });
});

describe("axes", () => {
  test("ticks are round and inside", () => {
    expect(ticks(0, 1, 5)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
    expect(ticks(-3.3, 4.1, 4)).toEqual([-2, 0, 2, 4]);
    expect(ticks(2, 2, 4)).toEqual([2]);
    expect(ticks(1e-9, 3e-9, 2)).toEqual([1e-9, 2e-9, 3e-9]);
  });

  test("an outline is closed and keeps to its box", () => {
    expect(outline(histogram([1, 2], [0, 1, 2]), 0, 2, 2, 100, 10)).toBe(
      "M0.00,10V5.00H50.00V0.00H100.00V10",
    );
  });
});

test("linear shades are in proportion, logarithmic ones raise the small", () => {
  expect(shade(50, 100, "linear")).toBe(128);
  expect(shade(50, 100)).toBeGreaterThan(200);
  expect(unshade(128, 100, "linear")).toBeCloseTo(50.2, 1);
  for (const scale of ["log", "linear"] as const)
    expect([shade(0, 100, scale), shade(1e-9, 100, scale), shade(100, 100, scale)]).toEqual([0, 1, 255]);
});
