import { describe, expect, it } from "vitest";
import { applied } from "../edits";
import type { Column, Edit } from "../wire";
import { type Looks, laidOut, movedBefore, ordered, widthOf } from "./columns";
import { cycled, sortedBy } from "./sorting";
import { across, blocksOf, edges, heightOf, lineAt, lineCount, linesIn, scrollFor } from "./window";

const column = (field: string, kind: Column["kind"] = "number", count = 1): Column => {
  const [section, ...rest] = field.split(".");
  return {
    field,
    name: field,
    label: rest.join(".") || field,
    section: section === "config" || section === "summary" ? section : "run",
    kind,
    count,
  };
};
const COLUMNS = [
  column("run.name", "text"),
  column("run.id", "text"),
  column("run.state", "text"),
  column("tags", "tags", 0),
  column("run.created", "time"),
  column("run.duration"),
  column("run.user", "text", 4),
  column("config.lr"),
  column("config.optimizer", "text"),
  column("summary.acc"),
];
const fields = (looks: Looks): string[] => laidOut(COLUMNS, looks).map((laid) => laid.column.field);

describe("columns", () => {
  it("stand in an order that suits most, without what no run has", () => {
    expect(fields({})).toEqual([
      "run.state",
      "run.created",
      "run.duration",
      "run.user",
      "config.lr",
      "config.optimizer",
      "summary.acc",
    ]);
  });

  it("are hidden, shown and pinned as somebody set it", () => {
    expect(
      fields({
        "run.id": { hidden: false },
        "run.state": { hidden: true },
        "run.user": { hidden: true },
        "summary.acc": { pinned: true },
      }),
    ).toEqual(["summary.acc", "run.created", "run.duration", "run.id", "config.lr", "config.optimizer"]);
  });

  it("have the headings that somebody gave them", () => {
    const laid = laidOut(COLUMNS, { "config.lr": { title: "Rate" } });
    expect(laid.find(({ column }) => column.field === "config.lr")?.column.label).toBe("Rate");
  });

  it("have widths that make sense, whatever is stored", () => {
    const lr = column("config.lr");
    expect(widthOf(lr, { "config.lr": { width: 5 } })).toBe(44);
    expect(widthOf(lr, { "config.lr": { width: 1e9 } })).toBe(1200);
    expect(widthOf(lr, { "config.lr": { width: Number.NaN } })).toBe(widthOf(lr, {}));
    expect(widthOf(column("config.a_name_that_is_rather_long"), {})).toBeGreaterThan(widthOf(lr, {}));
  });
});

describe("moving columns", () => {
  const move = (looks: Looks, field: string, before: string | null): Looks => {
    const edits: Edit[] = movedBefore(COLUMNS, looks, field, before);
    return applied({ columns: looks as never }, edits).columns as Looks;
  };

  it("puts a column where it was dropped, and leaves all others in their order", () => {
    let looks: Looks = {};
    // the same as moving within an array, many times over
    const all = ordered(COLUMNS, {}).map((one) => one.field);
    let wanted = [...all];
    let seed = 7;
    const random = (n: number): number => {
      seed = (seed * 48271) % 2147483647;
      return seed % n;
    };
    for (let i = 0; i < 200; i++) {
      const field = all[random(all.length)] as string;
      const rest = wanted.filter((one) => one !== field);
      const at = random(rest.length + 1);
      looks = move(looks, field, rest[at] ?? null);
      wanted = [...rest.slice(0, at), field, ...rest.slice(at)];
      expect(ordered(COLUMNS, looks).map((one) => one.field)).toEqual(wanted);
    }
  });

  it("leaves columns behind the place without a key, so that new ones find their place", () => {
    expect(Object.keys(move({}, "summary.acc", "run.created"))).toEqual(["run.state", "summary.acc"]);
  });

  it("makes keys anew where one was written by hand", () => {
    const looks = { "config.lr": { order: "!!" }, "run.state": { order: "a0" } };
    const after = move(looks, "summary.acc", "run.state");
    expect(
      ordered(COLUMNS, after)
        .map((one) => one.field)
        .slice(0, 3),
    ).toEqual(["config.lr", "summary.acc", "run.state"]);
  });

  it("does nothing where nothing is meant", () => {
    expect(movedBefore(COLUMNS, {}, "config.lr", "config.lr")).toEqual([]);
    expect(movedBefore(COLUMNS, {}, "config.lr", "config.gone")).toEqual([]);
  });
});

describe("sorting", () => {
  it("goes up, down and away with clicks on a heading", () => {
    expect(cycled([], "a", false)).toEqual([["a", false]]);
    expect(cycled([["a", false]], "a", false)).toEqual([["a", true]]);
    expect(cycled([["a", true]], "a", false)).toEqual([]);
    expect(cycled([["b", true]], "a", false)).toEqual([["a", false]]);
  });

  it("keeps the other columns with shift, in their order", () => {
    expect(cycled([["b", true]], "a", true)).toEqual([
      ["b", true],
      ["a", false],
    ]);
    expect(
      cycled(
        [
          ["a", false],
          ["b", true],
        ],
        "a",
        true,
      ),
    ).toEqual([
      ["a", true],
      ["b", true],
    ]);
    expect(
      cycled(
        [
          ["a", true],
          ["b", true],
        ],
        "a",
        true,
      ),
    ).toEqual([["b", true]]);
    expect(
      sortedBy(
        [
          ["a", true],
          ["b", true],
        ],
        "a",
        false,
        true,
      ),
    ).toEqual([
      ["a", false],
      ["b", true],
    ]);
    expect(sortedBy([["b", true]], "a", true, true)).toEqual([
      ["b", true],
      ["a", true],
    ]);
    expect(sortedBy([["b", true]], "a", true, false)).toEqual([["a", true]]);
  });
});

describe("the window", () => {
  const laid = Array.from({ length: 500 }, (_, i) => ({
    column: column(`config.c${i}`),
    width: 100,
    pinned: false,
  }));

  it("holds the columns in sight and a margin, few of many", () => {
    const at = edges(laid);
    const { first, last } = across(at, 20_000, 900);
    expect(at[first]).toBeLessThanOrEqual(20_000 - 100);
    expect(at[last]).toBeGreaterThanOrEqual(20_900 + 100);
    expect(last - first).toBeLessThan(25);
    expect(across(at, 0, 900).first).toBe(0);
    expect(across(at, 49_100, 900).last).toBe(500);
    expect(across(edges([]), 0, 900)).toEqual({ first: 0, last: 0 });
  });

  it("changes in steps while it is scrolled", () => {
    const at = edges(laid);
    const seen = new Set<string>();
    for (let left = 0; left < 4000; left += 10) seen.add(JSON.stringify(across(at, left, 900)));
    expect(seen.size).toBeLessThan(25);
  });

  const blocks = blocksOf(
    [
      { key: "a", group: 0, head: 40, rows: 0 },
      { key: "b", group: 1, head: 40, rows: 1000 },
      { key: "c", group: 2, head: 40, rows: 3 },
    ],
    28,
  );

  it("knows where each line of each group stands", () => {
    expect(heightOf(blocks, 28)).toBe(120 + 1003 * 28);
    expect(lineCount(blocks)).toBe(1006);
    for (let line = 0; line < 1006; line++) {
      const found = lineAt(blocks, line, 28);
      expect(found?.line).toBe(line);
      expect(linesIn(blocks, (found?.y ?? 0) + 1, (found?.y ?? 0) + 2, 28)).toEqual([found]);
    }
    expect(lineAt(blocks, 1006, 28)).toBeNull();
    expect(lineAt(blocks, -1, 28)).toBeNull();
  });

  it("shows only the lines between two heights", () => {
    const found = linesIn(blocks, 80 + 500 * 28, 80 + 510 * 28, 28);
    expect(found.map(({ row }) => row)).toEqual([500, 501, 502, 503, 504, 505, 506, 507, 508, 509]);
    expect(linesIn([], 0, 100, 28)).toEqual([]);
    expect(linesIn(blocks, -50, 81, 28).map(({ row }) => row)).toEqual([-1, -1, 0]);
  });

  it("scrolls no further than it has to", () => {
    expect(scrollFor(100, 50, 110, 130)).toBe(100);
    expect(scrollFor(100, 50, 80, 100)).toBe(80);
    expect(scrollFor(100, 50, 160, 188)).toBe(138);
    expect(scrollFor(100, 50, 300, 400)).toBe(300);
  });
});
