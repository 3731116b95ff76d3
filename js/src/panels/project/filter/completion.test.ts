import { describe, expect, it } from "vitest";
import type { Column } from "../wire";
import { completions, placeAt } from "./completion";
import { columnOf, columnsLike } from "./names";
import { scalarOf, scalarsOf, shownScalar } from "./values";

const column = (field: string, kind: Column["kind"], name = field): Column => {
  const [section, ...rest] = field.split(".");
  return {
    field,
    name,
    label: section === "run" ? name : rest.join("."),
    section: section === "config" || section === "summary" ? section : "run",
    kind,
    count: 3,
  };
};
const COLUMNS = [
  column("run.name", "text", "name"),
  column("run.created", "time", "created_at"),
  column("tags", "tags"),
  column("config.lr", "number"),
  column("config.optimizer", "text"),
  column("summary.lr", "number"),
  column("summary.val/loss", "number", "`summary.val/loss`"),
];

describe("the place at the caret", () => {
  it.each([
    ["|", "column", ""],
    ["ac|", "column", "ac"],
    ["config.l|r > 3", "column", "config.l"],
    ["lr |", "operator", ""],
    ["lr <|", "operator", "<"],
    ["lr i|", "operator", "i"],
    ["lr <= |", "value", ""],
    ['optimizer = "ad|', "value", '"ad'],
    ["lr in (|", "value", ""],
    ["lr in (1, |", "value", ""],
    ["lr in (1, 2) |", "join", ""],
    ["lr > 3 |", "join", ""],
    ["lr > 3 a|", "join", "a"],
    ["lr > -3 and |", "column", ""],
    ["not (lr > 3 or |", "column", ""],
    ["(lr > 3) |", "join", ""],
    ['"base" |', "operator", ""],
    ['"base" in |', "column", ""],
    ['"base" in tags |', "join", ""],
    ["`summary.val/|", "column", "`summary.val/"],
    ["`summary.val/loss` |", "operator", ""],
    ['summary["val/loss"] |', "operator", ""],
    ["created_at within_last 5 |", "value", ""],
    ["created_at within_last 5 days |", "join", ""],
    ["lr is not |", "value", ""],
    ["lr is not null |", "join", ""],
  ])("%s", (text, expected, typed) => {
    const caret = text.indexOf("|");
    const place = placeAt(text.replace("|", ""), caret);
    expect([place.expected, place.typed]).toEqual([expected, typed]);
  });

  it("replaces the whole word that the caret is in", () => {
    expect(placeAt("config.lr > 3", 8)).toMatchObject({ from: 0, to: 9 });
  });

  it("knows of which column a value is", () => {
    expect(placeAt("`val/loss` > 1 and config.optimizer in (", 40).column).toBe("config.optimizer");
  });
});

describe("completions", () => {
  const of = (text: string): string[] =>
    completions(placeAt(text, text.length), COLUMNS).map(({ label }) => label);

  it("are columns by their beginnings, then by their parts", () => {
    expect(of("l")).toEqual(["lr", "lr", "val/loss"]);
    expect(of("val")).toEqual(["val/loss"]);
    expect(completions(placeAt("loss", 4), COLUMNS)[0]?.insert).toBe("`summary.val/loss` ");
  });

  it("are operators that the column's kind has", () => {
    expect(of("created_at w")).toEqual(["within_last"]);
    expect(of("config.optimizer ")).not.toContain("<");
    expect(of("config.lr <")).toEqual(["<", "<="]);
    expect(of('"x" ')).toEqual(["in", "not in"]);
  });

  it("are words that join", () => {
    expect(of("lr > 3 o")).toEqual(["or"]);
  });
});

describe("names", () => {
  it("find columns as the kernel does", () => {
    expect(columnOf(COLUMNS, "lr")?.field).toBe("summary.lr");
    expect(columnOf(COLUMNS, "config.lr")?.field).toBe("config.lr");
    expect(columnOf(COLUMNS, "`val/loss`")?.field).toBe("summary.val/loss");
    expect(columnOf(COLUMNS, "createdAt")?.field).toBe("run.created");
    expect(columnOf(COLUMNS, "nothing")).toBeUndefined();
  });

  it("are found by any part", () => {
    expect(columnsLike(COLUMNS, "opti", 9).map(({ field }) => field)).toEqual(["config.optimizer"]);
    expect(columnsLike(COLUMNS, "", 3)).toHaveLength(3);
  });
});

describe("values that are typed", () => {
  it("are what the column holds", () => {
    expect(scalarOf("3", "number")).toBe(3);
    expect(scalarOf("3", "text")).toBe("3");
    expect(scalarOf('"3"', "mixed")).toBe("3");
    expect(scalarOf("true", "mixed")).toBe(true);
    expect(scalarOf("−1e-3", "number")).toBe(-0.001);
    expect(scalarOf("  ", "text")).toBeNull();
    expect(scalarsOf('1, "a, b", x', "mixed")).toEqual([1, "a, b", "x"]);
  });

  it("come back as they were typed", () => {
    for (const value of ["3", "true", 'say "hi"', "a, b", "plain", 3, false])
      for (const kind of ["text", "mixed"] as const) {
        const own = typeof value === "string" || kind === "mixed";
        if (own) expect(scalarsOf(shownScalar(value, kind, true), kind)).toEqual([value]);
      }
  });
});
