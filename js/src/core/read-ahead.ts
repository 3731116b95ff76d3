// Once the slider rests, what stands beside the cursor is fetched, so that the next step does not wait.

import { effect } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { type Cursor, floorIndex } from "./cursor";
import type { Io } from "./io";
import { viewerOf } from "./registry";
import type { RunModel } from "./run-model";
import type { MediaRow } from "./wire";

const REST_MS = 120;
/** Steps to either side; what the cursor moves towards comes first. */
const REACH = 2;
const PX = 512;
/** Pictures of one key and step that are fetched ahead. */
const WIDTH = 32;

export function useReadAhead(io: Io, cursor: Cursor, runs: readonly RunModel[]): void {
  useEffect(() => {
    if (cursor.axis) return undefined; // which step comes next differs from run to run
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = effect(() => {
      const step = cursor.step.value;
      clearTimeout(timer);
      timer = setTimeout(() => {
        for (const run of runs) readAhead(io, run, step);
      }, REST_MS);
    });
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, [io, cursor, runs]);
}

function readAhead(io: Io, run: RunModel, step: number): void {
  for (const { key, kind } of run.mediaKeys.peek()) {
    const px = viewerOf(kind)?.prefetchPx;
    if (px === null) continue;
    const steps = run.mediaSteps(key, kind);
    const at = floorIndex(steps, step);
    for (let by = 1; by <= REACH; by++) {
      for (const index of [at + by, at - by]) {
        const near = steps[index];
        if (near === undefined) continue;
        for (const row of run.mediaAt(key, kind, near).slice(0, WIDTH))
          if (row.blob) io.prefetch(run.id, [row.blob], sizeOf(row, px ?? PX));
      }
    }
  }
}

/** Of a picture that is no larger viewers show the original: nothing less would spare them the wait. */
function sizeOf(row: MediaRow, px: number): number | null {
  const { width, height } = row.meta;
  const known = typeof width === "number" && typeof height === "number";
  return known && Math.max(width, height) <= px ? null : px;
}
