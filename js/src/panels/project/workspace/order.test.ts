import { expect, test } from "vitest";
import { between, byOrder, placeAt, placeOf } from "./order";

const NAMES = [
  "acc",
  "layer2",
  "layer10",
  "loss",
  "Loss2",
  "val",
  "학습",
  "🎉",
  "a b",
  "x".repeat(80),
  "007",
  "7",
];

test("names stand in natural order", () => {
  const sorted = ["layer10", "Acc", "loss", "layer2", "loss2"]
    .map((id) => ({ id, order: placeOf(5, id) }))
    .sort(byOrder)
    .map(({ id }) => id);
  expect(sorted).toEqual(["Acc", "layer2", "layer10", "loss", "loss2"]);
});

test("a lower rank comes first", () => {
  expect(placeOf(1, "z") < placeOf(2, "a")).toBe(true);
});

test("something fits between any two names, before the first and after the last", () => {
  const places = NAMES.map((name) => placeOf(7, name)).sort();
  for (let i = 0; i <= places.length; i++) {
    const [before, after] = [places[i - 1] ?? null, places[i] ?? null];
    if (before === after) continue;
    const found = between(before, after);
    if (before !== null) expect(found > before).toBe(true);
    if (after !== null) expect(found < after).toBe(true);
  }
});

test("again and again between two", () => {
  const [before, first] = [placeOf(3, "a"), placeOf(3, "b")];
  let after = first;
  for (let i = 0; i < 40; i++) {
    const found = between(before, after);
    expect(found > before && found < after).toBe(true);
    after = found;
  }
});

test("equal places, and places of other makers, do not break it", () => {
  expect(between("a5", "a5") > "a5").toBe(true);
  expect(typeof between("not a key!", null)).toBe("string");
});

test("the place at an index does not count what is moved", () => {
  const list = ["a", "b", "c"].map((id) => ({ id, order: placeOf(1, id) }));
  const moved = list.map((one) => (one.id === "a" ? { ...one, order: placeAt(list, 1, "a") } : one));
  expect(moved.sort(byOrder).map(({ id }) => id)).toEqual(["b", "a", "c"]);
});
