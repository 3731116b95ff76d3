import { expect, test } from "vitest";
import { describeHertz } from "./pointed";
import { describeSpan, following, panned, selected, ticks, zoomed } from "./span";

test("what is at the pointer stays where it is, in and out again", () => {
  const near = zoomed(null, 3600, 4, 900, 1e-3);
  expect(near).toEqual({ from: 675, to: 1575 });
  const nearer = zoomed(near, 3600, 2, 1575, 1e-3);
  expect(nearer).toEqual({ from: 1125, to: 1575 });
  expect(zoomed(nearer, 3600, 0.5, 1575, 1e-3)).toEqual(near);
  expect(zoomed(near, 3600, 0.25, 900, 1e-3)).toBeNull();
});

test("nothing is looked at that is shorter than the least or lies beyond the ends", () => {
  let span = zoomed(null, 3600, 1, 1800, 0.001);
  expect(span).toBeNull();
  for (let i = 0; i < 60; i++) span = zoomed(span, 3600, 2, 3600, 0.001);
  expect(span?.to).toBe(3600);
  expect((span?.to ?? 0) - (span?.from ?? 0)).toBeCloseTo(0.001, 9);
  expect(zoomed({ from: 0, to: 1 }, 10, 0.5, 0, 0.001)).toEqual({ from: 0, to: 2 });
  expect(zoomed(null, 0.0001, 2, 0, 0.001)).toBeNull();
});

test("moving along stops at the ends; with everything seen there is nowhere to go", () => {
  expect(panned({ from: 2, to: 4 }, 10, 0.5)).toEqual({ from: 3, to: 5 });
  expect(panned({ from: 2, to: 4 }, 10, -9)).toEqual({ from: 0, to: 2 });
  expect(panned({ from: 2, to: 4 }, 10, 9)).toEqual({ from: 8, to: 10 });
  expect(panned(null, 10, 1)).toBeNull();
});

test("a selection may be drawn in both directions; a tiny one was not meant", () => {
  expect(selected(3, 1, 10, 0.1)).toEqual({ from: 1, to: 3 });
  expect(selected(-5, 2, 10, 0.1)).toEqual({ from: 0, to: 2 });
  expect(selected(1, 1.01, 10, 0.1)).toBeNull();
  expect(selected(0, 10, 10, 0.1)).toBeNull();
});

test("what plays is followed page by page", () => {
  const span = { from: 2, to: 4 };
  expect(following(span, 3, 10)).toBe(span);
  expect(following(span, 4.1, 10)).toEqual({ from: 4.1, to: 6.1 });
  expect(following(span, 0, 10)).toEqual({ from: 0, to: 2 });
  expect(following(span, 9.5, 10)).toEqual({ from: 8, to: 10 });
});

test.each([
  [{ from: 0, to: 3600 }, 900],
  [{ from: 0, to: 4 }, 600],
  [{ from: 1799.9, to: 1800.2 }, 1000],
  [{ from: 12.3456, to: 12.3461 }, 800],
  [{ from: 0, to: 90_000 }, 300],
])("ticks of %j on %i pixels are round, apart, and told from each other", (span, width) => {
  const found = ticks(span, width);
  expect(found.length).toBeGreaterThan(1);
  expect(new Set(found.map((tick) => tick.text)).size).toBe(found.length);
  for (const [i, tick] of found.entries()) {
    expect(tick.share).toBeGreaterThanOrEqual(-1e-9);
    expect(tick.share).toBeLessThanOrEqual(1 + 1e-9);
    const next = found[i + 1];
    if (next) expect((next.share - tick.share) * width).toBeGreaterThan(tick.text.length * 6 + 20);
  }
});

test("an axis without width or length has no ticks", () => {
  expect(ticks({ from: 0, to: 0 }, 100)).toEqual([]);
  expect(ticks({ from: 0, to: 1 }, 0)).toEqual([]);
});

test("a span is said with the digits that tell its ends apart", () => {
  expect(describeSpan({ from: 60, to: 120 })).toBe("1:00 – 2:00");
  expect(describeSpan({ from: 1.25, to: 1.26 })).toBe("0:01.2500 – 0:01.2600");
});

test("frequencies are said with three digits", () => {
  expect([440.2, 3520, 12_345].map(describeHertz)).toEqual(["440 Hz", "3.52 kHz", "12.3 kHz"]);
});
