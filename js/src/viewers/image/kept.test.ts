import { expect, test } from "vitest";
import { Kept } from "./kept";

test("what was not used for longest makes room, and never what has just come", () => {
  const kept = new Kept<string>(5, (text) => text.length);
  kept.put("a", "aa");
  kept.put("b", "bb");
  expect(kept.get("a")).toBe("aa");
  kept.put("c", "cc");
  expect(["a", "b", "c"].map((name) => kept.get(name))).toEqual(["aa", null, "cc"]);
  kept.put("large", "12345678");
  expect(["a", "c", "large"].map((name) => kept.get(name))).toEqual([null, null, "12345678"]);
});

test("what comes again under its name is counted once", () => {
  const kept = new Kept<string>(5, (text) => text.length);
  for (let i = 0; i < 9; i++) kept.put("a", "aa");
  kept.put("b", "bbb");
  expect([kept.get("a"), kept.get("b")]).toEqual(["aa", "bbb"]);
});

test("what goes, and what another takes the place of, is told of once", () => {
  const gone: string[] = [];
  const kept = new Kept<string>(
    4,
    (text) => text.length,
    (text) => gone.push(text),
  );
  kept.put("a", "aa");
  kept.put("a", "AA");
  kept.put("b", "bb");
  expect(gone).toEqual(["aa"]);
  kept.put("b", "bb");
  kept.put("c", "cc");
  expect(gone).toEqual(["aa", "AA"]);
  expect([kept.get("b"), kept.get("c")]).toEqual(["bb", "cc"]);
});
