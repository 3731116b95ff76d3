import { describe, expect, it } from "vitest";
import type { Column } from "../wire";
import { ago, cellText, exactTime } from "./value";

const at = (kind: Column["kind"], field = "config.x"): Pick<Column, "field" | "kind"> => ({ field, kind });
const NOW = 1_800_000_000;

describe("a cell", () => {
  it("shows numbers short and tells them exactly", () => {
    expect(cellText(0.123456789, at("number"), NOW)).toEqual({
      kind: "number",
      text: "0.12346",
      title: "0.123456789",
    });
    expect(cellText(3, at("number"), NOW)).toEqual({ kind: "number", text: "3" });
    expect(cellText("NaN", at("number"), NOW)).toMatchObject({ kind: "number", text: "NaN" });
    expect(cellText("-Infinity", at("mixed"), NOW)).toMatchObject({ kind: "number", text: "−∞" });
    expect(cellText("NaN", at("text"), NOW).kind).toBe("text");
  });

  it("shows any other value too", () => {
    expect(cellText(null, at("mixed"), NOW).kind).toBe("missing");
    expect(cellText(false, at("mixed"), NOW).text).toBe("false");
    expect(cellText("a\n  b", at("text"), NOW)).toMatchObject({ text: "a b", title: "a\n  b" });
    expect(cellText({ a: [1] }, at("other"), NOW)).toMatchObject({ kind: "code", text: '{"a":[1]}' });
    expect(cellText(["x", "y"], at("tags", "tags"), NOW)).toEqual({ kind: "tags", text: "x, y" });
  });

  it("says how long a text is that was cut", () => {
    const cell = cellText({ cut: "x".repeat(400), length: 5000 }, at("text"), NOW);
    expect(cell.text).toHaveLength(301);
    expect(cell.title).toContain("5,000 characters");
  });

  it("shows times as how long ago, and exactly", () => {
    expect(cellText(NOW - 7200, at("time", "run.created"), NOW)).toEqual({
      kind: "quiet",
      text: "2 h ago",
      title: exactTime(NOW - 7200),
    });
    expect([30, 300, 86_400 * 3].map((s) => ago(NOW - s, NOW))).toEqual(["now", "5 m ago", "3 d ago"]);
    expect(ago(NOW - 86_400 * 60, NOW)).toMatch(/^\d{4}-\d\d-\d\d$/);
    expect(ago(NOW + 86_400 * 60, NOW)).toMatch(/^\d{4}-\d\d-\d\d$/);
    expect(cellText(75, at("number", "run.duration"), NOW)).toMatchObject({
      text: "1 m 15 s",
      title: "75 s",
    });
  });
});
