// How large a video is shown, and how it is described.

import type { MediaRow } from "../../core/wire";
import { numberOf } from "../playback/source";
import { formatTime } from "../playback/transport";

/** CSS pixels. Smaller videos are enlarged, by whole pixels; a single one may be larger than one of several. */
const SMALLEST = 200;
const LARGEST = { one: 640, several: 420 };
const HIGHEST = 420;

/** Width in CSS pixels at which to show a video of `width` x `height`. */
export function shownWidth(width: number, height: number, several: boolean): number {
  const largest = several ? LARGEST.several : LARGEST.one;
  const high = HIGHEST * (width / height);
  if (width >= SMALLEST) return Math.round(Math.min(width, largest, high));
  const times = Math.max(1, Math.ceil(SMALLEST / Math.max(width, height)));
  return Math.min(width * times, largest, Math.max(high, width));
}

/** Whether pixels are so large that they are to be seen as squares. */
export function isEnlarged(width: number, shown: number): boolean {
  return shown >= 2 * width;
}

/** Frames a second for stepping: of the fastest of the videos, so that no frame is skipped. */
export function stepRate(rows: readonly MediaRow[]): number {
  return Math.max(0, ...rows.map((row) => numberOf(row, "fps") ?? 0)) || 25;
}

/** "320 × 240 · 30 fps · 0:02.0 · mp4". */
export function describe(row: MediaRow): string {
  const [width, height] = [numberOf(row, "width"), numberOf(row, "height")];
  const [fps, duration] = [numberOf(row, "fps"), numberOf(row, "duration")];
  const words: string[] = [];
  if (width && height) words.push(`${width} × ${height}`);
  if (fps) words.push(`${Number(fps.toPrecision(3))} fps`);
  if (duration) words.push(formatTime(duration));
  words.push(String(row.meta.format ?? ""));
  return words.join(" · ");
}

/** When each frame of a GIF ends, in seconds. Browsers show frames of up to 10 ms for 100 ms. */
export function frameEnds(milliseconds: readonly number[]): number[] {
  let end = 0;
  return milliseconds.map((ms) => {
    end += (ms <= 10 ? 100 : ms) / 1000;
    return end;
  });
}

/** Index of the frame that is shown at `time`. */
export function frameIndex(ends: readonly number[], time: number): number {
  let lo = 0;
  let hi = ends.length - 1;
  while (lo < hi) {
    const mid = (lo + hi) >>> 1;
    if ((ends[mid] as number) > time + 1e-6) hi = mid;
    else lo = mid + 1;
  }
  return Math.max(lo, 0);
}
