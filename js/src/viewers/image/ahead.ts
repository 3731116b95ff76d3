// What the next arrow key will show, made ready before it is pressed.

import { useEffect, useRef } from "preact/hooks";
import { floorIndex } from "../../core/cursor";
import type { Io } from "../../core/io";
import type { ViewerProps } from "../../core/registry";
import type { RunModel } from "../../core/run-model";
import type { MediaRow } from "../../core/wire";
import { drawnSize, fetchedSize, naturalSize } from "./logic";
import type { Painter } from "./painter";
import { pictures } from "./pictures";

const REST_MS = 120;
/** Steps ahead of a cursor that goes step by step, and pictures after which no further step is begun. */
const STEPS = 3;
const ENOUGH = 32;
/** Pictures of one step. */
const WIDTH = 128;

/**
 * While the cursor goes step by step, fetch and decode what lies in its way; once it rests, decode what is already
 * here of both its neighbors (the bytes of others are fetched by core/read-ahead.ts).
 */
export function useReadyNeighbors(props: ViewerProps, side: number, painter: Painter | null): void {
  const { runs, name, kind, cursor, io } = props;
  const step = cursor.step.value;
  const before = useRef({ step, stop: new AbortController() });
  useEffect(() => {
    if (cursor.axis) return undefined; // which step comes next differs from run to run
    const last = before.current;
    const stop = new AbortController();
    before.current = { step, stop };
    const rowsAt = (model: RunModel, index: number): MediaRow[] => {
      const at = model.mediaSteps(name, kind)[index];
      return at === undefined ? [] : model.mediaAt(name, kind, at).slice(0, WIDTH);
    };
    for (const { model } of runs) {
      const steps = model.mediaSteps(name, kind);
      const at = floorIndex(steps, step);
      const way = at - floorIndex(steps, last.step);
      // A cursor that is dragged over many steps at once will hardly stop at the next one.
      if (Math.abs(way) !== 1) continue;
      for (let by = 1, left = ENOUGH; by <= STEPS && left > 0; by++) {
        const rows = rowsAt(model, at + way * by);
        for (const row of rows) makeReady(io, model.id, row, side, true, painter, stop.signal);
        left -= rows.length;
      }
    }
    // Only now: what was wanted before and still is would otherwise begin anew.
    last.stop.abort();
    const timer = setTimeout(() => {
      for (const { model } of runs) {
        const at = floorIndex(model.mediaSteps(name, kind), step);
        for (const row of [...rowsAt(model, at + 1), ...rowsAt(model, at - 1)])
          makeReady(io, model.id, row, side, false, painter, stop.signal);
      }
    }, REST_MS);
    return () => clearTimeout(timer);
  }, [step, side, runs.length]);
  useEffect(() => () => before.current.stop.abort(), []);
}

function makeReady(
  io: Io,
  run: string,
  row: MediaRow,
  side: number,
  fetch: boolean,
  painter: Painter | null,
  signal: AbortSignal,
): void {
  if (!row.blob) return;
  const natural = naturalSize(row);
  const sharpness = painter?.sharpness.peek() ?? 1;
  const drawn = drawnSize(natural, side * sharpness, globalThis.devicePixelRatio || 1);
  // A picture that cannot be had says so in its tile, once it is looked at.
  const quietly = (job: Promise<unknown> | null | undefined): unknown => job?.catch(() => undefined);
  if (!painter?.ready(row, drawn)) quietly(painter?.load(io, run, row, drawn, signal));
  if (pictures.peek(row, drawn)) return;
  if (!pictures.peekRough(row)) quietly(pictures.loadRough(io, row, drawn, signal));
  if (fetch || io.cached(row.blob, fetchedSize(natural, drawn)))
    quietly(pictures.load(io, run, row, drawn, signal));
}
