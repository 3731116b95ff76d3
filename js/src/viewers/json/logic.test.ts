import { expect, test } from "vitest";
import type { Json, MediaRow } from "../../core/wire";
import { oneLine, valueText, windowAround } from "./logic";

function row(value: Json): MediaRow {
  return {
    key: "note",
    step: 0,
    idx: 0,
    count: 0,
    kind: "json",
    meta: { value },
    blob: null,
    pending: false,
  };
}

test("strings are shown as they were logged, other values as Python and JSON write them", () => {
  expect(valueText(row("a\n  b"))).toBe("a\n  b");
  expect(valueText(row(null))).toBe("None");
  expect(valueText(row(false))).toBe("False");
  expect(valueText(row([1, "a", null]))).toBe('[1,"a",null]');
  expect(valueText(row([[1], [2]]))).toBe("[\n  [\n    1\n  ],\n  [\n    2\n  ]\n]");
  expect(valueText(row("12345678901234567890123"))).toBe("12345678901234567890123");
});

test("a long text takes one line in the list", () => {
  expect(oneLine("a\n\tb   c", 10)).toBe("a b c");
  expect(oneLine("abcdefghij", 5)).toBe("abcd…");
});

test("the list is centered on the step that is shown, and never leaves the steps", () => {
  expect(windowAround(100, 50, 10)).toEqual({ from: 45, to: 55 });
  expect(windowAround(100, 0, 10)).toEqual({ from: 0, to: 10 });
  expect(windowAround(100, 99, 10)).toEqual({ from: 90, to: 100 });
  expect(windowAround(3, 1, 10)).toEqual({ from: 0, to: 3 });
  expect(windowAround(0, -1, 10)).toEqual({ from: 0, to: 0 });
});
