import { expect, test } from "vitest";
import { arranged, type Box, fitted, GRID_COLUMNS, moved, overlap, paged, rowsOf } from "./layout";

const SIZE = { w: 4, h: 5 };
const wanted = (n: number) => Array.from({ length: n }, (_, i) => ({ id: `p${i}` }));

function sound(boxes: readonly Box[]): void {
  const outside = boxes.filter(({ x, w }) => x < 0 || x + w > GRID_COLUMNS);
  const colliding = boxes.filter((box) => boxes.some((other) => other.id < box.id && overlap(box, other)));
  expect([...outside, ...colliding]).toEqual([]);
}

test("panels without a place stand in rows", () => {
  const boxes = arranged(wanted(4), SIZE);
  expect(boxes.map(({ x, y }) => [x, y])).toEqual([
    [0, 0],
    [4, 0],
    [8, 0],
    [0, 5],
  ]);
  expect(rowsOf(boxes)).toBe(10);
});

test("a known place is kept, and the others fill what is free", () => {
  const boxes = arranged([{ id: "a" }, { id: "b", x: 0, y: 0, w: 12, h: 4 }], SIZE);
  sound(boxes);
  expect(boxes.find(({ id }) => id === "a")).toMatchObject({ x: 0, y: 4 });
});

test("two panels on one place are told apart", () => {
  const same = { x: 0, y: 0, w: 6, h: 4 };
  const boxes = arranged(
    [
      { id: "a", ...same },
      { id: "b", ...same },
    ],
    SIZE,
  );
  sound(boxes);
  expect(boxes.map(({ id, y }) => [id, y])).toEqual([
    ["a", 0],
    ["b", 4],
  ]);
});

test("what is in the way makes room, and nothing hangs in the air", () => {
  const boxes = moved(arranged(wanted(3), SIZE), { id: "p2", x: 0, y: 0, w: 4, h: 5 });
  sound(boxes);
  expect(boxes.find(({ id }) => id === "p2")).toMatchObject({ x: 0, y: 0 });
  expect(boxes.find(({ id }) => id === "p0")).toMatchObject({ x: 0, y: 5 });
  const fallen = moved(boxes, { id: "p2", x: 8, y: 40, w: 4, h: 5 });
  sound(fallen);
  expect(fallen.find(({ id }) => id === "p2")).toMatchObject({ x: 8, y: 0 });
  expect(fallen.find(({ id }) => id === "p0")).toMatchObject({ x: 0, y: 0 });
});

test("many moves never overlap", () => {
  let boxes = arranged(wanted(20), SIZE);
  let seed = 7;
  const next = (most: number): number => {
    seed = (seed * 1103515245 + 12345) % 2 ** 31;
    return seed % most;
  };
  for (let i = 0; i < 200; i++) {
    boxes = moved(boxes, { id: `p${next(20)}`, x: next(12), y: next(30), w: 2 + next(10), h: 3 + next(8) });
    sound(boxes);
    expect(boxes).toHaveLength(20);
  }
});

test("a box fits into the grid whatever is asked", () => {
  expect(fitted({ id: "a", x: 30, y: -2, w: 99, h: 0 })).toEqual({ id: "a", x: 0, y: 0, w: 12, h: 3 });
  expect(fitted({ id: "a", x: Number.NaN, y: 1.4, w: 2, h: 3 })).toMatchObject({ x: 0, y: 1 });
});

test("pages hold as many panels as fit, a wide one more than its place", () => {
  expect(paged([1, 1, 1, 1, 1], 2, 2)).toEqual([4, 1]);
  expect(paged([2, 1, 1, 1, 1, 1], 3, 1)).toEqual([2, 3, 1]);
  expect(paged([1, 1, 2, 1], 3, 2)).toEqual([4]);
  expect(paged([2, 2], 1, 1)).toEqual([1, 1]);
  expect(paged([], 3, 2)).toEqual([0]);
});
