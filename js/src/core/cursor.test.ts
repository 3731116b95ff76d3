import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Cursor, floorIndex, unionSteps } from "./cursor";
import { RunModel } from "./run-model";
import { delta, info, medium, points } from "./testing";

const logged = (...steps: number[]): RunModel => {
  const model = new RunModel("r");
  model.apply(
    delta({ full: true, info: info(), media: steps.map((step) => medium({ step, blob: `b${step}` })) }),
    [],
  );
  return model;
};

function over(...models: RunModel[]): Cursor {
  return new Cursor(() => models);
}

describe("floorIndex", () => {
  it("finds the greatest that is not above", () => {
    expect([-1, 1, 1.5, 4, 9].map((step) => floorIndex([1, 2, 4], step))).toEqual([-1, 0, 0, 2, 2]);
    expect(floorIndex([], 1)).toBe(-1);
  });
});

describe("unionSteps", () => {
  it("sorts and drops what is there twice", () => {
    expect([...unionSteps([[1, 1, 2]])]).toEqual([1, 2]);
    expect([
      ...unionSteps([
        [1, 1, 2],
        [1, 1, 2],
      ]),
    ]).toEqual([1, 2]);
    expect([...unionSteps([[1, 5], [0, 5, 7], []])]).toEqual([0, 1, 5, 7]);
  });
});

describe("steps", () => {
  it("are those of all media of all runs", () => {
    expect([...over(logged(0, 10), logged(5, 10)).steps.value]).toEqual([0, 5, 10]);
  });

  it("are those of the numbers when there are no media", () => {
    const model = new RunModel("r");
    model.apply(
      ...points(
        "loss",
        0,
        [
          [3, 1],
          [4, 1],
        ],
        { full: true },
      ),
    );
    expect([...over(model).steps.value]).toEqual([3, 4]);
  });

  it("span what numbers and media span", () => {
    const model = logged(10, 20);
    model.apply(
      ...points(
        "_timestamp",
        0,
        [
          [0, 1],
          [35, 1],
        ],
        { rev: 2 },
      ),
    );
    expect(over(model).range.value).toEqual([0, 35]);
  });
});

describe("modes", () => {
  it("exact shows only what was logged at that step", () => {
    const cursor = over(logged(0, 10));
    cursor.setMode("exact");
    cursor.moveTo(10);
    expect(cursor.resolve([0, 10])).toBe(10);
    expect(cursor.resolve([0, 9, 11])).toBeNull();
  });

  it("nearest shows the latest at or before, and nothing before the first", () => {
    const cursor = over(logged(0, 10));
    cursor.setMode("nearest");
    cursor.moveTo(7);
    expect([[0, 10], [7], [8], []].map((steps) => cursor.resolve(steps))).toEqual([0, 7, null, null]);
  });

  it("latest shows the last of each, and follows the run", () => {
    const model = logged(0, 10);
    const cursor = over(model);
    expect(cursor.step.value).toBe(10);
    model.apply(delta({ rev: 2, media: [medium({ step: 30, blob: "b30" })] }), []);
    expect(cursor.step.value).toBe(30);
    expect(cursor.resolve([0, 4])).toBe(4);
  });

  it("whoever moves no longer follows, and takes up the mode used before", () => {
    const model = logged(0, 10);
    const cursor = over(model);
    cursor.setMode("exact");
    cursor.setMode("latest");
    cursor.prev();
    expect([cursor.mode.value, cursor.step.value]).toEqual(["exact", 0]);
    model.apply(delta({ rev: 2, media: [medium({ step: 30, blob: "b30" })] }), []);
    expect(cursor.step.value).toBe(0);
  });

  it("exact goes to a step that exists", () => {
    const cursor = over(logged(0, 10));
    cursor.moveTo(7);
    cursor.setMode("exact");
    expect(cursor.step.value).toBe(10);
  });
});

describe("moves", () => {
  it("go over the steps that exist, from between them too", () => {
    const cursor = over(logged(0, 10, 20));
    cursor.moveTo(12);
    cursor.prev();
    expect(cursor.step.value).toBe(10);
    cursor.moveTo(12);
    cursor.next();
    expect(cursor.step.value).toBe(20);
    expect(cursor.next()).toBe(false);
    cursor.first();
    expect(cursor.prev()).toBe(false);
    expect(cursor.step.value).toBe(0);
    cursor.last();
    expect(cursor.step.value).toBe(20);
  });

  it("ignore what is no number", () => {
    const cursor = over(logged(0, 10));
    cursor.moveTo(Number.NaN);
    expect([cursor.step.value, cursor.mode.value]).toEqual([10, "latest"]);
  });

  it("do nothing in an empty run", () => {
    const cursor = over(new RunModel("r"));
    cursor.next();
    cursor.last();
    cursor.play();
    expect([cursor.step.value, cursor.playing.value, cursor.resolve([])]).toEqual([0, false, null]);
  });
});

describe("playing", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("starts over at the end, runs through, and stops there", () => {
    const cursor = over(logged(0, 10, 20));
    cursor.play();
    expect([cursor.step.value, cursor.playing.value]).toEqual([0, true]);
    const seen: number[] = [];
    while (cursor.playing.value) {
      vi.advanceTimersToNextTimer();
      seen.push(cursor.step.value);
    }
    expect(seen).toEqual([10, 20, 20]);
  });

  it("leaves no timer behind", () => {
    const cursor = over(logged(0, 10, 20));
    cursor.play();
    cursor.dispose();
    expect(vi.getTimerCount()).toBe(0);
  });
});
