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
