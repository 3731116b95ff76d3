import { describe, expect, test } from "vitest";
import { countChanges, diffLines, hunks, type Line, pairOf, splitLines } from "./logic";

const text = (lines: readonly Line[]) =>
  lines.map((l) => ({ same: " ", removed: "-", added: "+" })[l.kind] + l.text);

describe("diffLines", () => {
  test("names the changed line of a notebook cell", () => {
    const before = "run = init()\nlr = 0.1\nfor i in range(10):\n    step()\n";
    const after = "run = init()\nlr = 0.3\nfor i in range(10):\n    step()\n";
    expect(text(diffLines(before, after))).toEqual([
      " run = init()",
      "-lr = 0.1",
      "+lr = 0.3",
      " for i in range(10):",
      "     step()",
    ]);
  });

  test("keeps line numbers of both sides", () => {
    expect(diffLines("a\nb\nc", "a\nc\nd")).toEqual([
      { kind: "same", text: "a", before: 1, after: 1 },
      { kind: "removed", text: "b", before: 2, after: null },
      { kind: "same", text: "c", before: 3, after: 2 },
      { kind: "added", text: "d", before: null, after: 3 },
    ]);
  });

  test("from nothing and to nothing", () => {
    expect(text(diffLines("", "a\nb"))).toEqual(["+a", "+b"]);
    expect(text(diffLines("a\nb", ""))).toEqual(["-a", "-b"]);
    expect(diffLines("", "")).toEqual([]);
  });

  test("line endings and a final line break are no change", () => {
    expect(countChanges(diffLines("a\r\nb", "a\nb\n"))).toEqual({ added: 0, removed: 0 });
  });

  test("is minimal on the textbook case", () => {
    const lines = diffLines("a\nb\nc\na\nb\nb\na", "c\nb\na\nb\na\nc");
    expect(countChanges(lines)).toEqual({ added: 2, removed: 3 });
  });

  test("both sides can be read back from the diff of random sources, and it is as short as the LCS allows", () => {
    let state = 7;
    const random = (n: number) => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return Math.floor((state / 2 ** 32) * n);
    };
    for (let round = 0; round < 300; round++) {
      const make = () => Array.from({ length: random(14) }, () => "abcd".charAt(random(4)));
      const a = make();
      const b = make();
      const lines = diffLines(a.join("\n"), b.join("\n"));
      expect(lines.filter((l) => l.kind !== "added").map((l) => l.text)).toEqual(a);
      expect(lines.filter((l) => l.kind !== "removed").map((l) => l.text)).toEqual(b);
      expect(lines.filter((l) => l.kind === "same")).toHaveLength(lcs(a, b));
    }
  });

  test("two long sources without anything in common are a plain replacement", () => {
    const a = Array.from({ length: 3000 }, (_, i) => `a${i}`).join("\n");
    const b = Array.from({ length: 3000 }, (_, i) => `b${i}`).join("\n");
    expect(countChanges(diffLines(a, b))).toEqual({ added: 3000, removed: 3000 });
  });
});

function lcs(a: readonly string[], b: readonly string[]): number {
  const table = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0));
  for (let i = 1; i <= a.length; i++)
    for (let j = 1; j <= b.length; j++) {
      const up = table[i - 1] as number[];
      const here = table[i] as number[];
      here[j] =
        a[i - 1] === b[j - 1] ? (up[j - 1] as number) + 1 : Math.max(up[j] as number, here[j - 1] as number);
    }
  return table[a.length]?.[b.length] as number;
}

describe("hunks", () => {
  const source = (changed: number[]) =>
    Array.from({ length: 30 }, (_, i) => (changed.includes(i) ? `changed ${i}` : `line ${i}`)).join("\n");

  test("shows context around a change and says what it left out", () => {
    const { hunks: parts, skippedAtEnd } = hunks(diffLines(source([]), source([10])), 2);
    expect(parts).toHaveLength(1);
    expect(parts[0]?.skipped).toBe(8);
    expect(text(parts[0]?.lines ?? [])).toEqual([
      " line 8",
      " line 9",
      "-line 10",
      "+changed 10",
      " line 11",
      " line 12",
    ]);
    expect(skippedAtEnd).toBe(17);
  });

  test("changes whose context touches share a hunk, far ones do not", () => {
    expect(hunks(diffLines(source([]), source([5, 9])), 2).hunks).toHaveLength(1);
    expect(hunks(diffLines(source([]), source([5, 20])), 2).hunks).toHaveLength(2);
  });

  test("no line is lost or shown twice", () => {
    for (const changed of [[0], [29], [0, 29], [3, 4, 8, 15, 16, 23], []]) {
      const lines = diffLines(source([]), source(changed));
      const { hunks: parts, skippedAtEnd } = hunks(lines, 3);
      const shown = parts.flatMap((h) => h.lines);
      const skipped = parts.reduce((n, h) => n + h.skipped, skippedAtEnd);
      expect(shown.length + skipped).toBe(lines.length);
      expect(shown.filter((l) => l.kind !== "same")).toEqual(lines.filter((l) => l.kind !== "same"));
    }
  });
});

test("splitLines does not invent a last line", () => {
  expect(splitLines("a\nb\n")).toEqual(["a", "b"]);
  expect(splitLines("a\n\n")).toEqual(["a", ""]);
});

test("the cells of the first two runs are compared until others are chosen", () => {
  expect(pairOf(["a"], null)).toBeNull();
  expect(pairOf(["a", "b", "c"], null)).toEqual(["a", "b"]);
  expect(pairOf(["a", "b", "c"], ["c", "a"])).toEqual(["c", "a"]);
  expect(pairOf(["a", "b", "c"], ["d", "a"])).toEqual(["a", "b"]);
});
