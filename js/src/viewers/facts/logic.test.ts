import { describe, expect, test } from "vitest";
import {
  compareFacts,
  delta,
  exactText,
  flatten,
  formatNumber,
  isNumeric,
  search,
  shownText,
  toTsv,
} from "./logic";

describe("flatten", () => {
  test("turns nested dicts into dotted paths and leaves lists, media and empty dicts whole", () => {
    const flat = flatten({
      lr: 0.1,
      model: { layers: [64, 10], act: { name: "relu" }, extra: {} },
      sample: { _type: "image-file", width: 8, height: 8 },
      none: null,
    });
    expect([...flat]).toEqual([
      ["lr", 0.1],
      ["model.layers", [64, 10]],
      ["model.act.name", "relu"],
      ["model.extra", {}],
      ["sample", { _type: "image-file", width: 8, height: 8 }],
      ["none", null],
    ]);
  });

  test("keys that JavaScript has its own idea of are only keys", () => {
    const facts = JSON.parse('{"__proto__": {"a": 1}, "constructor": 2, "": 3}');
    expect([...flatten(facts).keys()].sort()).toEqual(["", "__proto__.a", "constructor"]);
  });
});

describe("compareFacts", () => {
  test("marks what differs, and what only some have", () => {
    const rows = compareFacts([
      { lr: 0.1, seed: 1, tags: ["a", { b: 1 }] },
      { lr: 0.3, seed: 1, tags: ["a", { b: 1 }], note: "x" },
    ]);
    expect(rows.map((r) => [r.key, r.differs])).toEqual([
      ["lr", true],
      ["note", true],
      ["seed", false],
      ["tags", false],
    ]);
    expect(rows[1]?.values).toEqual([undefined, "x"]);
  });

  test("sorts numbers inside keys as numbers", () => {
    expect(compareFacts([{ layer10: 1, layer2: 1, 손실: 1 }]).map((r) => r.key)).toEqual([
      "layer2",
      "layer10",
      "손실",
    ]);
  });

  test("lists and dicts are compared by content", () => {
    const differs = (a: never[] | object, b: never[] | object) =>
      compareFacts([JSON.parse(JSON.stringify({ k: [a] })), JSON.parse(JSON.stringify({ k: [b] }))])[0]
        ?.differs;
    expect(differs({ x: 1, y: 2 }, { y: 2, x: 1 })).toBe(false);
    expect(differs({ x: 1 }, { y: 1 })).toBe(true);
    expect(differs([], {})).toBe(true);
  });

  test("one run never differs from itself", () => {
    expect(compareFacts([{ a: 1 }])[0]?.differs).toBe(false);
    expect(compareFacts([])).toEqual([]);
  });
});

describe("search", () => {
  const rows = compareFacts([{ "optim.lr": 0.1, name: "Adam", 옵션: "값" }]);

  test("finds keys and values, whatever the case", () => {
    expect(search(rows, "LR").map((r) => r.key)).toEqual(["optim.lr"]);
    expect(search(rows, "adam").map((r) => r.key)).toEqual(["name"]);
    expect(search(rows, "값").map((r) => r.key)).toEqual(["옵션"]);
    expect(search(rows, "  ")).toHaveLength(3);
    expect(search(rows, "nothing")).toEqual([]);
  });
});

describe("text of values", () => {
  test("numbers to six digits, in full where asked", () => {
    expect(formatNumber(0.123456789)).toBe("0.123457");
    expect(formatNumber(1 / 3e7)).toBe("3.33333e-8");
    expect(formatNumber(1.5e-8)).toBe("1.5e-8");
    expect(formatNumber(1234567)).toBe("1234567");
    expect(formatNumber(0.1 + 0.2)).toBe("0.3");
    expect(exactText(0.1 + 0.2)).toBe("0.30000000000000004");
  });

  test("as Python writes them", () => {
    expect(exactText(true)).toBe("True");
    expect(exactText(null)).toBe("None");
    expect(exactText([1, "a"])).toBe('[1, "a"]');
  });

  test("nested values on one line, with the spaces inside strings untouched", () => {
    expect(exactText({ a: [1, { b: "x [  y" }], c: [] })).toBe('{"a": [1, {"b": "x [  y"}], "c": []}');
  });

  test("media in a phrase", () => {
    expect(shownText({ _type: "image-file", width: 8, height: 4 })).toBe("image-file 8×4");
    expect(shownText([{ _type: "image-file", width: 8, height: 4 }, null])).toBe("image-file ×2 8×4");
    expect(shownText({ _type: "histogram", values: [1, 2], bins: [0, 1, 2] })).toBe("histogram 2 bins");
  });

  test("non-finite numbers travel as words and are numbers still", () => {
    expect(isNumeric("NaN")).toBe(true);
    expect(isNumeric("nan")).toBe(false);
    expect(isNumeric(undefined)).toBe(false);
  });
});

test("copied rows are a table for a spreadsheet", () => {
  const rows = compareFacts([{ a: "x\ty\nz" }, { b: 1.25 }]);
  expect(toTsv(rows, ["one", "two"])).toBe("\tone\ttwo\na\tx y z\t\nb\t\t1.25");
});

describe("deltas", () => {
  test.each([
    [0.5, 0.4, "+0.1", "+25.0 %"],
    [0.1 + 0.2, 0.3, "±0", ""],
    [-2, 0, "−2", ""],
    [3, 4, "−1", "−25.0 %"],
  ])("%d against %d is %s", (value, base, text, share) => {
    expect(delta(value, base)).toEqual({ text, share });
  });

  test("are for numbers only", () => {
    expect(delta("sgd", "adam")).toBeNull();
    expect(delta(1, undefined)).toBeNull();
    expect(delta("NaN", 1)).toBeNull();
  });
});
