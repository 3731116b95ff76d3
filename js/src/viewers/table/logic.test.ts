import { expect, test } from "vitest";
import { RunModel } from "../../core/run-model";
import { delta, medium } from "../../core/testing";
import type { MediaRow, TableColumn } from "../../core/wire";
import {
  autoWidth,
  bothFilters,
  type Extent,
  groupFilter,
  lastTop,
  MAX_HEIGHT,
  type MediaCell,
  mediaOf,
  moved,
  nextSort,
  quoted,
  scrollAt,
  tableOf,
  tablesAt,
  textOf,
  thumbSize,
  topAt,
  virtualHeight,
  visibleColumns,
} from "./logic";

const column = (name: string, kind = "string"): TableColumn => ({ name, kind });
const layout = { order: [], pinned: [], hidden: new Set<string>(), widths: new Map<string, number>() };
const names = (columns: TableColumn[]): string[] => columns.map(({ name }) => name);

const INCREMENTAL = "incremental-table-file";

/** The n-th increment, as `log()` stores it. */
function increment(n: number, step: number, blob: string | null = `f${n}`): MediaRow {
  const place = { key: "t", kind: INCREMENTAL, step, idx: n, count: 2 ** 31 - 1 };
  return medium({ ...place, blob, pending: blob === null, meta: { nrows: 2, increment_num: n } });
}

test("a table is one file, an increment all files up to it", () => {
  const model = new RunModel("r");
  const rows = [0, 1, 2].map((n) => increment(n, n));
  model.apply(delta({ media: rows }), []);
  const alone = tableOf(model, medium({ kind: "table-file", blob: "x" }));
  expect(alone).toEqual({ run: "r", shas: ["x"], waiting: 0 });
  expect(tableOf(model, rows[1] as MediaRow)?.shas).toEqual(["f0", "f1"]);
  expect(tableOf(model, increment(3, 3, null))).toBeNull();
});

test("of increments at one step all are kept, and the last stands for them", () => {
  const model = new RunModel("r");
  model.apply(delta({ media: [increment(0, 0), increment(1, 0), increment(2, 4)] }), []);
  expect(tablesAt(model, "t", INCREMENTAL, 0).map((row) => row.blob)).toEqual(["f1"]);
  expect(tableOf(model, increment(1, 0))?.shas).toEqual(["f0", "f1"]);
  expect(tableOf(model, increment(2, 4))?.shas).toEqual(["f0", "f1", "f2"]);
});

test("an earlier increment that is still being stored is told of, and takes its place when it is there", () => {
  const model = new RunModel("r");
  model.apply(delta({ media: [increment(0, 0, null), increment(1, 0)] }), []);
  expect(tableOf(model, increment(1, 0))).toEqual({ run: "r", shas: ["f1"], waiting: 2 });
  model.apply(delta({ rev: 2, since: 1, media: [increment(0, 0)] }), []);
  expect(tableOf(model, increment(1, 0))).toEqual({ run: "r", shas: ["f0", "f1"], waiting: 0 });
});

test("a picture is as high as its row, unless it were too wide or too narrow to be seen", () => {
  const cell = (width: number, height: number): MediaCell => ({
    kind: "image-file",
    sha: "s",
    meta: { width, height },
  });
  expect(thumbSize(cell(200, 100), 50)).toEqual({ width: 100, height: 50 });
  expect(thumbSize(cell(4000, 100), 50)).toEqual({ width: 300, height: 7.5 });
  expect(thumbSize(cell(1, 1000), 50)).toEqual({ width: 12, height: 50 });
});

test("pinned columns come first, hidden ones not at all, new ones last", () => {
  const columns = ["a", "b", "c", "d"].map((name) => column(name));
  expect(names(visibleColumns(columns, layout))).toEqual(["a", "b", "c", "d"]);
  const set = { ...layout, order: ["d", "gone", "a"], pinned: ["c"], hidden: new Set(["b"]) };
  expect(names(visibleColumns(columns, set))).toEqual(["c", "d", "a"]);
  expect(names(visibleColumns([...columns, column("e")], set))).toEqual(["c", "d", "a", "e"]);
});

test("a column is moved before another, or to the end", () => {
  expect(moved(["a", "b", "c"], "c", "a")).toEqual(["c", "a", "b"]);
  expect(moved(["a", "b", "c"], "a", null)).toEqual(["b", "c", "a"]);
  expect(moved(["a", "b"], "a", "a")).toEqual(["a", "b"]);
});

test("a heading sorts up, down, not at all; with shift the others stay", () => {
  expect(nextSort([], "a", false)).toEqual([["a", "asc"]]);
  expect(nextSort([["a", "asc"]], "a", false)).toEqual([["a", "desc"]]);
  expect(nextSort([["a", "desc"]], "a", false)).toEqual([]);
  expect(nextSort([["b", "asc"]], "a", false)).toEqual([["a", "asc"]]);
  expect(nextSort([["b", "asc"]], "a", true)).toEqual([
    ["b", "asc"],
    ["a", "asc"],
  ]);
  expect(
    nextSort(
      [
        ["b", "asc"],
        ["a", "asc"],
      ],
      "b",
      true,
    ),
  ).toEqual([
    ["b", "desc"],
    ["a", "asc"],
  ]);
});

test("cells are written as what they are", () => {
  expect(textOf(null, column("a"))).toEqual({ text: "–", kind: "missing" });
  expect(textOf(0.123456789, column("a", "number"))).toEqual({ text: "0.123457", kind: "number" });
  expect(textOf(0.123456789, column("a", "number"), true).text).toBe("0.123456789");
  expect(textOf("-Infinity", column("a", "number")).text).toBe("−∞");
  expect(textOf({ cut: "abc", length: 5000 }, column("a")).text).toBe("abc…");
  expect(textOf("2026-01-02T03:04:05.120000", column("a", "timestamp")).text).toBe("2026-01-02 03:04:05.12");
  expect(textOf("2026-10-20", column("a", "timestamp")).text).toBe("2026-10-20");
  expect(textOf("2026-01-02T03:04:05+00:00", column("a", "timestamp")).text).toBe("2026-01-02 03:04:05 UTC");
  expect(
    textOf('{"_type":"ndarray","dtype":"<i2","shape":[2,1],"value":[[1],[2]]}', column("a", "ndarray")).text,
  ).toBe("2×1 [[1],[2]]");
  expect(textOf('{"a":1}', column("a", "dict"))).toEqual({ text: '{"a":1}', kind: "code" });
  expect(textOf('"just text"', column("a", "any")).text).toBe("just text");
});

test("media are found in cells, alone and in lists; text that looks like one is text", () => {
  const cell = '{"_type":"image-file","sha256":"s","width":8,"caption":"c"}';
  expect(mediaOf(cell, column("a", "media"))).toEqual([
    { kind: "image-file", sha: "s", meta: { width: 8, caption: "c" } },
  ]);
  expect(mediaOf(`[${cell},${cell}]`, column("a", "media"))).toHaveLength(2);
  expect(mediaOf(cell, column("a", "string"))).toBeNull();
  expect(mediaOf(`[${cell},1]`, column("a", "any"))).toBeNull();
  expect(mediaOf('{"_type":"ndarray"', column("a", "any"))).toBeNull();
});

test("a column is as wide as its cells, within bounds", () => {
  expect(autoWidth(column("a"), ["x".repeat(500)], 20)).toBe(320);
  expect(autoWidth(column("a"), ["고양이가 있어요"], 20)).toBeGreaterThan(
    autoWidth(column("a"), ["abcdefgh"], 20),
  );
});

test.each([100, 10_000, 1_000_000, 300_000_000])(
  "%i rows: each can be scrolled to and read off again",
  (rows) => {
    const extent: Extent = { rows, rowHeight: 26, view: 400 };
    expect(virtualHeight(extent)).toBeLessThanOrEqual(MAX_HEIGHT);
    for (const share of [0, 0.1, 0.5, 0.99, 1]) {
      const top = share * lastTop(extent);
      expect(topAt(scrollAt(top, extent), extent)).toBeCloseTo(top, 3);
    }
    expect(scrollAt(lastTop(extent), extent)).toBeCloseTo(virtualHeight(extent) - extent.view, 6);
  },
);

test("a table that fits does not scroll", () => {
  const extent: Extent = { rows: 3, rowHeight: 26, view: 78 };
  expect(lastTop(extent)).toBe(0);
  expect(scrollAt(5, extent)).toBe(0);
  expect(topAt(0, extent)).toBe(0);
});

test("names and values are written as filters understand them", () => {
  expect(quoted("score")).toBe("score");
  expect(quoted("점수")).toBe("점수");
  expect(quoted("F1 score")).toBe("`F1 score`");
  expect(quoted("in")).toBe("`in`");
  expect(quoted("a`b")).toBe('row["a`b"]');
  expect(groupFilter("label", 'say "hi"')).toBe('label == "say \\"hi\\""');
  expect(groupFilter("x", [0, 0.5])).toBe("x >= 0 and x <= 0.5");
  expect(groupFilter("ok", true)).toBe("ok == True");
  expect(groupFilter("ok", null)).toBe("ok is None");
  expect(bothFilters("a > 1 or b", "c == 2")).toBe("(a > 1 or b) and c == 2");
  expect(bothFilters(" ", "c == 2")).toBe("c == 2");
});
