import { expect, test } from "vitest";
import { medium } from "../../core/testing";
import { describe, frameEnds, frameIndex, isEnlarged, shownWidth, stepRate } from "./logic";

test("videos keep their size, within bounds; small ones are enlarged by whole pixels", () => {
  expect(shownWidth(320, 240, false)).toBe(320);
  expect(shownWidth(1920, 1080, false)).toBe(640);
  expect(shownWidth(1920, 1080, true)).toBe(420);
  expect(shownWidth(1080, 1920, false)).toBe(Math.round((420 * 1080) / 1920));
  expect(shownWidth(64, 64, false)).toBe(256);
  expect(shownWidth(64, 64, false) % 64).toBe(0);
  expect(shownWidth(1, 1, false)).toBe(200);
  expect(shownWidth(8, 4000, false)).toBeGreaterThan(0);
  expect(isEnlarged(64, 256)).toBe(true);
  expect(isEnlarged(320, 320)).toBe(false);
});

test("what is known of a video is said, and nothing else", () => {
  const meta = { width: 320, height: 240, fps: 29.97002997, duration: 2, format: "mp4" };
  expect(describe(medium({ kind: "video-file", meta }))).toBe("320 × 240 · 30 fps · 0:02.0 · mp4");
  expect(describe(medium({ kind: "video-file", meta: { format: "webm" } }))).toBe("webm");
});

test("frames are stepped at the rate of the fastest", () => {
  const rows = [4, 30, 12].map((fps) => medium({ kind: "video-file", meta: { fps } }));
  expect(stepRate(rows)).toBe(30);
  expect(stepRate([medium({ meta: {} })])).toBe(25);
});

test("the frames of a GIF have delays of their own", () => {
  const ends = frameEnds([250, 250, 0, 500]);
  expect(ends.map((end) => Number(end.toFixed(3)))).toEqual([0.25, 0.5, 0.6, 1.1]);
  expect([0, 0.1, 0.25, 0.55, 0.6, 1.1, 99].map((time) => frameIndex(ends, time))).toEqual([
    0, 0, 1, 2, 3, 3, 3,
  ]);
  expect(frameIndex([], 1)).toBe(0);
});
