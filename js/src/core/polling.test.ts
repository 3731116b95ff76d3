import { describe, expect, it } from "vitest";
import { nextInterval, type PollState, shouldPoll } from "./polling";

const state = (over: Partial<PollState>): PollState => ({
  now: 100_000,
  gone: false,
  running: true,
  complete: true,
  lastPush: 99_900,
  lastPoll: 0,
  lastSync: 0,
  interval: 1000,
  settled: false,
  ...over,
});

describe("shouldPoll", () => {
  it.each([
    ["a run that pushes", {}, false],
    ["a run that has been quiet for long", { lastPush: 97_000 }, true],
    ["a run that has been quiet, looked up a moment ago", { lastPush: 97_000, lastPoll: 99_500 }, false],
    ["a finished run of a living kernel", { running: false, lastPush: 0 }, false],
    ["a running run of a dead kernel", { gone: true }, true],
    ["a dead kernel's finished run that may have more", { gone: true, running: false }, true],
    ["a dead kernel's finished run that has no more", { gone: true, running: false, settled: true }, false],
    [
      "a dead kernel's run of which nothing came",
      { gone: true, running: false, settled: true, complete: false },
      true,
    ],
    ["a new panel whose kernel was just asked", { complete: false, lastSync: 99_800 }, false],
    ["a new panel whose kernel does not answer", { complete: false, lastSync: 99_000, lastPush: 0 }, true],
    ["a new panel to which runs are being pushed", { complete: false, lastSync: 99_000 }, false],
  ] as const)("%s: %o is %s", (_, over, expected) => {
    expect(shouldPoll(state(over))).toBe(expected);
  });
});

describe("nextInterval", () => {
  it("slows down to five seconds while nothing changes, and is quick again after a change", () => {
    let interval = 1000;
    for (let i = 0; i < 9; i++) interval = nextInterval(interval, false);
    expect(interval).toBe(5000);
    expect(nextInterval(interval, true)).toBe(1000);
  });
});
