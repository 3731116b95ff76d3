import { describe, expect, test } from "vitest";
import type { Json, MediaRow } from "../../core/wire";
import {
  defaultSize,
  displaySize,
  drawnSize,
  fetchedSize,
  gridOf,
  hex,
  naturalSize,
  panBy,
  pixelAt,
  place,
  tileState,
  WHOLE,
  zoomAt,
} from "./logic";

function row(
  idx: number,
  count: number,
  meta: { [key: string]: Json } = {},
  more: Partial<MediaRow> = {},
): MediaRow {
  return {
    key: "samples",
    step: 0,
    idx,
    count,
    kind: "image-file",
    meta: { width: 8, height: 8, ...meta },
    blob: "a".repeat(64),
    pending: false,
    ...more,
  };
}

describe("rows", () => {
  test("say what can be shown of them", () => {
    expect(tileState(row(0, 0))).toBe("ready");
    expect(tileState(row(0, 0, {}, { blob: null, pending: true }))).toBe("pending");
    expect(tileState(row(0, 0, {}, { blob: null }))).toBe("lost");
    expect(tileState(row(0, 0, { error: "cannot encode" }, { blob: null }))).toBe("failed");
  });

  test("have a size even before it is known", () => {
    expect(naturalSize(row(0, 0, { width: null }))).toEqual({ width: 64, height: 64 });
    expect(naturalSize(row(0, 0, { width: 0 }))).toEqual({ width: 64, height: 64 });
  });
});

describe("size on screen", () => {
  test("small digits grow by a whole factor and are crisp", () => {
    expect(displaySize({ width: 8, height: 8 }, 100)).toEqual({ width: 96, height: 96, crisp: true });
    expect(displaySize({ width: 28, height: 14 }, 100)).toEqual({ width: 84, height: 42, crisp: true });
  });

  test("photos shrink in proportion and are smooth", () => {
    expect(displaySize({ width: 1024, height: 512 }, 128)).toEqual({ width: 128, height: 64, crisp: false });
    expect(displaySize({ width: 10000, height: 1 }, 64)).toEqual({ width: 64, height: 1, crisp: false });
  });

  test("one picture is large, sixty-four are small", () => {
    const digit = { width: 8, height: 8 };
    expect(defaultSize(1, 1, digit)).toBeGreaterThan(defaultSize(9, 1, digit));
    expect(defaultSize(9, 1, digit)).toBeGreaterThan(defaultSize(64, 1, digit));
    expect(defaultSize(1, 1, { width: 2000, height: 1000 })).toBe(512);
  });
});

describe("grid", () => {
  const rows = Array.from({ length: 10 }, (_, i) => row(i, 10));

  test("fills the width", () => {
    expect(gridOf(rows, 48, 300)).toEqual({ columns: 5, width: 48, height: 48 });
  });

  test("is no wider than its pictures, and has a column even where none fits", () => {
    expect(gridOf(rows.slice(0, 2), 48, 900).columns).toBe(2);
    expect(gridOf(rows, 48, 10).columns).toBe(1);
  });

  test("keeps the user's grouping", () => {
    expect(
      gridOf(
        rows.map((r) => ({ ...r, meta: { ...r.meta, grouping: 3 } })),
        48,
        900,
      ).columns,
    ).toBe(3);
  });

  test("does not grow beyond what a canvas can hold, whatever the grouping", () => {
    const many = Array.from({ length: 1000 }, (_, i) => row(i, 1000, { grouping: 1000 }));
    const { columns, width } = gridOf(many, 96, 900);
    expect(columns * (width + 4)).toBeLessThan(8300);
    expect(columns).toBeGreaterThan(50);
  });

  test("leaves room for the largest of mixed sizes", () => {
    const grid = gridOf([row(0, 2), row(1, 2, { width: 200, height: 50 })], 100, 500);
    expect(grid).toMatchObject({ width: 100, height: 96 });
  });
});

test("pictures are decoded to the pixels that they have on the screen, and never enlarged", () => {
  expect(drawnSize({ width: 64, height: 20 }, 64, 1)).toBeNull();
  expect(drawnSize({ width: 256, height: 20 }, 64, 1)).toBe(64);
  expect(drawnSize({ width: 256, height: 20 }, 64, 1.3)).toBe(84);
});

test("the kernel is asked for few sizes, and never to enlarge", () => {
  const large = { width: 2000, height: 1000 };
  expect(fetchedSize({ width: 128, height: 8 }, 96)).toBeNull();
  expect([96, 192, 384, 1024, null].map((drawn) => fetchedSize(large, drawn))).toEqual([
    128,
    256,
    512,
    null,
    null,
  ]);
});

describe("lightbox", () => {
  const picture = { width: 8, height: 8 };
  const box = { width: 500, height: 420 };

  test("shows the whole picture in the middle, small ones by a whole factor", () => {
    expect(place(WHOLE, picture, box)).toEqual({ scale: 52, x: 42, y: 2 });
    expect(place(WHOLE, { width: 1000, height: 1000 }, box)).toEqual({ scale: 0.42, x: 40, y: 0 });
  });

  test("the point under the pointer stays under it while zooming", () => {
    const zoomed = zoomAt(WHOLE, 1.7, 200, 100, picture, box);
    const before = place(WHOLE, picture, box);
    const after = place(zoomed, picture, box);
    expect(after.scale).toBeCloseTo(52 * 1.7, 9);
    expect((200 - after.x) / after.scale).toBeCloseTo((200 - before.x) / before.scale, 9);
    expect((100 - after.y) / after.scale).toBeCloseTo((100 - before.y) / before.scale, 9);
  });

  test("zooming out ends at the whole picture, zooming in at large squares", () => {
    const near = zoomAt(WHOLE, 1e9, 250, 210, picture, box);
    expect(place(near, picture, box).scale).toBeCloseTo(160, 9);
    expect(zoomAt(near, 1e-9, 0, 0, picture, box)).toEqual(WHOLE);
  });

  test("one view shows the same part of pictures of different sizes", () => {
    const view = zoomAt(WHOLE, 4, 400, 300, picture, box);
    const large = { width: 800, height: 800 };
    const a = pixelAt(place(view, picture, box), picture, 250, 210);
    const b = pixelAt(place(view, large, box), large, 250, 210);
    expect(a?.x).toBe(Math.floor((b?.x ?? -1) / 100));
    expect(a?.y).toBe(Math.floor((b?.y ?? -1) / 100));
  });

  test("the picture follows the hand, and cannot be lost", () => {
    const near = zoomAt(WHOLE, 3, 250, 210, picture, box);
    const moved = place(panBy(near, 10, -6, picture, box), picture, box);
    const before = place(near, picture, box);
    expect(moved.x - before.x).toBeCloseTo(10, 9);
    expect(moved.y - before.y).toBeCloseTo(-6, 9);
    const far = place(panBy(near, 99999, -99999, picture, box), picture, box);
    expect(far.x).toBe(box.width / 2);
    expect(far.y + picture.height * far.scale).toBeCloseTo(box.height / 2, 6);
  });

  test("finds the pixel under the pointer, also at fractions, and none beside the picture", () => {
    const at = place(WHOLE, picture, box);
    expect(pixelAt(at, picture, 42, 2)).toEqual({ x: 0, y: 0 });
    expect(pixelAt(at, picture, 42 + 52 * 7 + 51.9, 2 + 52)).toEqual({ x: 7, y: 1 });
    expect(pixelAt(at, picture, 41.9, 2)).toBeNull();
    expect(pixelAt(at, picture, 42 + 52 * 8, 2)).toBeNull();
  });

  test("colors are written as people copy them", () => {
    expect(hex([255, 0, 16, 255])).toBe("#ff0010");
    expect(hex([255, 0, 16, 128])).toBe("#ff001080");
  });
});
