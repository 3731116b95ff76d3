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

/** Whose steps they are matters only where runs are aligned. */
const any = new RunModel("any");

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
    expect(cursor.resolve([0, 10], any)).toBe(10);
    expect(cursor.resolve([0, 9, 11], any)).toBeNull();
  });

  it("nearest shows the latest at or before, and nothing before the first", () => {
    const cursor = over(logged(0, 10));
    cursor.setMode("nearest");
    cursor.moveTo(7);
    expect([[0, 10], [7], [8], []].map((steps) => cursor.resolve(steps, any))).toEqual([0, 7, null, null]);
  });

  it("latest shows the last of each, and follows the run", () => {
    const model = logged(0, 10);
    const cursor = over(model);
    expect(cursor.step.value).toBe(10);
    model.apply(delta({ rev: 2, media: [medium({ step: 30, blob: "b30" })] }), []);
    expect(cursor.step.value).toBe(30);
    expect(cursor.resolve([0, 4], model)).toBe(4);
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
    expect([cursor.step.value, cursor.playing.value, cursor.resolve([], any)]).toEqual([0, false, null]);
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

describe("an axis that is not the step", () => {
  /** Logged at steps 0, 10, 20, ...; `seconds` of each. */
  const timed = (seconds: number[], pictures: number[]): RunModel => {
    const model = new RunModel("r");
    const steps = seconds.map((_, i) => 10 * i);
    const pairs = steps.map((step, i) => [step, seconds[i] as number] as const);
    const media = pictures.map((step) => medium({ step, blob: `b${step}` }));
    const lastStep = 10 * (seconds.length - 1);
    model.apply(...points("_runtime", 0, pairs, { full: true, info: info({ lastStep }), media }));
    return model;
  };
  const slow = timed([0, 60, 120], [0, 10, 20]);
  const fast = timed([0, 20, 40, 60], [0, 20]);
  const cursor = new Cursor(() => [slow, fast], "_runtime");

  it("puts all media on one slider, in order", () => {
    expect([...cursor.steps.value]).toEqual([0, 40, 60, 120]);
    expect(cursor.range.value).toEqual([0, 120]);
  });

  it("shows of each run what it had logged by then", () => {
    cursor.setMode("nearest");
    cursor.moveTo(60);
    expect(cursor.resolve([0, 10, 20], slow)).toBe(10);
    expect(cursor.resolve([0, 20], fast)).toBe(20);
    cursor.moveTo(30);
    expect([cursor.resolve([0, 10, 20], slow), cursor.resolve([0, 20], fast)]).toEqual([0, 0]);
    cursor.setMode("exact");
    cursor.moveTo(40);
    expect([cursor.resolve([0, 10, 20], slow), cursor.resolve([0, 20], fast)]).toEqual([null, 20]);
    cursor.setMode("nearest");
  });

  it("goes to where a step of a run lies", () => {
    cursor.goTo(20, fast);
    expect(cursor.step.value).toBe(40);
    expect(cursor.at(slow)).toBe(9);
    cursor.goTo(20, slow);
    expect([cursor.step.value, cursor.at(fast)]).toEqual([120, 30]);
  });
});
