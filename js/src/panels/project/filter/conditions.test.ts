import { describe, expect, it } from "vitest";
import { both, type Condition, conditionCount, OPERATORS, rowsOf, written } from "./conditions";
import { tokens, unquoted } from "./tokens";

describe("reading rows from text", () => {
  it.each([
    ["acc > 0.9", { column: "acc", op: ">", values: [0.9] }],
    ["config.lr <= 1e-3", { column: "config.lr", op: "≤", values: [0.001] }],
    ["`val/loss` ≠ -2", { column: "`val/loss`", op: "≠", values: [-2] }],
    ['summary["a`b"] = "x"', { column: 'summary["a`b"]', op: "=", values: ["x"] }],
    ["state = 'run\"ning'", { column: "state", op: "=", values: ['run"ning'] }],
    ['lr in (0.1, 1, "auto",)', { column: "lr", op: "in", values: [0.1, 1, "auto"] }],
    ['name NOT IN ["a"]', { column: "name", op: "not in", values: ["a"] }],
    ['"base" in tags', { column: "tags", op: "contains", values: ["base"] }],
    ['"base" not in notes', { column: "notes", op: "lacks", values: ["base"] }],
    ["created_at within_last 5 day", { column: "created_at", op: "within last", values: [5, "days"] }],
    ["고양이 is not null", { column: "고양이", op: "is not null", values: [] }],
    ["lr = None", { column: "lr", op: "is null", values: [] }],
    ["config.flag = True", { column: "config.flag", op: "=", values: [true] }],
  ] as [string, Condition][])("%s", (text, condition) => {
    expect(rowsOf(text)).toEqual({ join: "and", conditions: [condition] });
  });

  it("reads what is joined alike", () => {
    expect(rowsOf("a > 1 OR b > 2 or c is null")?.join).toBe("or");
    expect(rowsOf("a > 1 and b > 2")?.conditions).toHaveLength(2);
    expect(rowsOf("  ")).toEqual({ join: "and", conditions: [] });
  });

  it.each([
    "a > 1 and b > 2 or c > 3",
    "(a > 1)",
    "not a > 1",
    "1 < lr < 3",
    "0.1 < lr",
    "name.matches('x')",
    "acc >",
    "acc > 0.9 and",
    "lr in ()",
    'name = "open',
    "lr = ago(days=5)",
    "flag",
  ])("leaves to text what rows cannot show: %s", (text) => {
    expect(rowsOf(text)).toBeNull();
  });
});

describe("writing rows as text", () => {
  it("comes back as the same rows", () => {
    const values: { [op: string]: Condition["values"] } = {
      in: [1, "two", true],
      "not in": ["a, b", 'say "hi"', "back\\slash"],
      contains: ["고양이\n🐈"],
      "within last": [2, "weeks"],
      "is null": [],
      "is not null": [],
    };
    for (const join of ["and", "or"] as const) {
      const conditions = OPERATORS.map((op, i) => ({
        column: ["config.lr", "`val/loss`", 'summary["a`b"]', "tags"][i % 4] as string,
        op,
        values: values[op] ?? ["x"],
      }));
      expect(rowsOf(written({ join, conditions }))).toEqual({ join, conditions });
    }
  });

  it("leaves out what is not whole yet", () => {
    expect(
      written({
        join: "and",
        conditions: [
          { column: "", op: "=", values: [1] },
          { column: "lr", op: "=", values: [] },
          { column: "lr", op: "is null", values: [] },
          { column: "created_at", op: "within last", values: [5] },
        ],
      }),
    ).toBe("lr is null");
  });

  it("joins a filter with another, in brackets where it needs them", () => {
    expect(both("", "a > 1")).toBe("a > 1");
    expect(both("b = 2", "a > 1")).toBe("b = 2 and a > 1");
    expect(both("b = 2 or c = 3", "a > 1")).toBe("(b = 2 or c = 3) and a > 1");
    expect(both("not b = 2", "a > 1")).toBe("(not b = 2) and a > 1");
  });

  it("counts conditions", () => {
    expect([conditionCount(" "), conditionCount("a > 1 or b > 2"), conditionCount("not (a > 1)")]).toEqual([
      0, 2, 1,
    ]);
  });
});

describe("pieces of text", () => {
  it.each(["", "a > 'x", "`a", '"\\', "1 🐈 \n\t& # é"])("add up to the text: %j", (text) => {
    expect(
      tokens(text)
        .map((token) => token.text)
        .join(""),
    ).toBe(text);
  });

  it("knows what only Python can read", () => {
    expect(unquoted('"\\x41"')).toBeNull();
    expect(unquoted("'\\d+ \\' \\u00e9'")).toBe("\\d+ ' é");
  });
});
