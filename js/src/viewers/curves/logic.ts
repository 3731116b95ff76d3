// What a curve shows: which points, on which axis, how many of them. Pure.

import { floorIndex } from "../../core/cursor";

export interface Points {
  x: Float64Array;
  y: Float64Array;
  /** The step of each point, whatever the axis. */
  steps: Float64Array;
}

/** The points that have a place on another axis: `axisSteps`/`axisValues` is the series that gives it. */
export function onAxis(
  steps: Float64Array,
  values: Float64Array,
  axisSteps: Float64Array,
  axisValues: Float64Array,
  interpolate: boolean,
): Points {
  const x = new Float64Array(steps.length);
  const y = new Float64Array(steps.length);
  const kept = new Float64Array(steps.length);
  let n = 0;
  let sorted = true;
  for (let i = 0; i < steps.length; i++) {
    const step = steps[i] as number;
    const place = placeOf(step, axisSteps, axisValues, interpolate);
    if (!Number.isFinite(place)) continue;
    if (n > 0 && place < (x[n - 1] as number)) sorted = false;
    x[n] = place;
    y[n] = values[i] as number;
    kept[n] = step;
    n++;
  }
  const points = { x: x.subarray(0, n), y: y.subarray(0, n), steps: kept.subarray(0, n) };
  return sorted ? points : sortedByX(points);
}

function placeOf(step: number, steps: Float64Array, values: Float64Array, interpolate: boolean): number {
  const at = floorIndex(steps, step);
  if (at < 0) return Number.NaN;
  const s0 = steps[at] as number;
  const v0 = values[at] as number;
  if (s0 === step) return v0;
  if (!interpolate || at + 1 >= steps.length) return interpolate ? v0 : Number.NaN;
  const s1 = steps[at + 1] as number;
  return v0 + (((values[at + 1] as number) - v0) * (step - s0)) / (s1 - s0);
}

function sortedByX(points: Points): Points {
  const order = Array.from(points.x.keys()).sort((a, b) => (points.x[a] as number) - (points.x[b] as number));
  const pick = (from: Float64Array): Float64Array => Float64Array.from(order, (i) => from[i] as number);
  return { x: pick(points.x), y: pick(points.y), steps: pick(points.steps) };
}

/** At most about 2 * buckets points: the least and the greatest of each bucket, the first, the last, all gaps. */
export function minMax(points: Points, buckets: number): Points {
  const { x, y, steps } = points;
  const n = x.length;
  if (n <= buckets * 2 + 2) return points;
  const lo = x[0] as number;
  const width = ((x[n - 1] as number) - lo) / buckets || 1;
  const kept: number[] = [];
  const keep = (i: number): void => {
    if (i >= 0 && kept[kept.length - 1] !== i) kept.push(i);
  };
  let i = 0;
  while (i < n) {
    const bucket = Math.min(buckets - 1, Math.floor(((x[i] as number) - lo) / width));
    let least = -1;
    let most = -1;
    let gap = -1;
    const start = i;
    for (; i < n && Math.min(buckets - 1, Math.floor(((x[i] as number) - lo) / width)) === bucket; i++) {
      const value = y[i] as number;
      if (!Number.isFinite(value)) gap = i;
      else {
        if (least < 0 || value < (y[least] as number)) least = i;
        if (most < 0 || value > (y[most] as number)) most = i;
      }
    }
    const ends = [start === 0 ? 0 : -1, least, most, gap, i === n ? n - 1 : -1];
    for (const at of ends.sort((a, b) => a - b)) keep(at);
  }
  const pick = (from: Float64Array): Float64Array => Float64Array.from(kept, (at) => from[at] as number);
  return { x: pick(x), y: pick(y), steps: pick(steps) };
}

/** The points from `lo` to `hi`, and one beyond on either side, so that lines leave the picture. */
export function between(points: Points, lo: number, hi: number): Points {
  const last = floorIndex(points.x, hi);
  let first = floorIndex(points.x, lo);
  // Where several points stand at `lo`, all of them are wanted.
  while (first > 0 && points.x[first - 1] === points.x[first]) first--;
  const [from, to] = [Math.max(0, first), last + 2];
  return {
    x: points.x.subarray(from, to),
    y: points.y.subarray(from, to),
    steps: points.steps.subarray(from, to),
  };
}

/** Exponential moving average without the bias of its start; gaps stay gaps. `weight` is of the past, 0 to 1. */
export function smoothed(y: Float64Array, weight: number): Float64Array {
  const out = new Float64Array(y.length);
  let last = 0;
  let seen = 0;
  for (let i = 0; i < y.length; i++) {
    const value = y[i] as number;
    if (!Number.isFinite(value)) {
      out[i] = Number.NaN;
      continue;
    }
    last = last * weight + (1 - weight) * value;
    seen++;
    out[i] = last / (1 - weight ** seen);
  }
  return out;
}

export type Cell = number | null | undefined;

/**
 * Curves of several runs over one x, as uPlot takes them: null is a gap (a value that cannot be drawn), undefined
 * only says that this run has no point there.
 */
export function align(
  curves: readonly { x: Float64Array; y: Float64Array }[],
  log: boolean,
): [number[], ...Cell[][]] {
  const drawn = (value: number): number | null =>
    Number.isFinite(value) && !(log && value <= 0) ? value : null;
  const first = curves[0];
  if (curves.length === 1 && first) return [Array.from(first.x), Array.from(first.y, drawn)];
  const all = new Set<number>();
  for (const { x } of curves) for (const at of x) all.add(at);
  const union = Float64Array.from(all).sort();
  const rows = curves.map(({ x, y }) => {
    const row: Cell[] = new Array(union.length).fill(undefined);
    let at = 0;
    for (let i = 0; i < x.length; i++) {
      while ((union[at] as number) < (x[i] as number)) at++;
      row[at] = drawn(y[i] as number);
    }
    return row;
  });
  return [Array.from(union), ...rows];
}

/** Places where a value was logged that cannot be drawn: NaN and infinities. */
export function holes(points: Points): number[] {
  const found: number[] = [];
  for (let i = 0; i < points.y.length; i++)
    if (!Number.isFinite(points.y[i])) found.push(points.x[i] as number);
  return found;
}

/** Ticks of a step axis in few characters: 950, 12k, 1.5M. */
export function shortNumber(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e15) return Number(value.toPrecision(4)).toExponential().replace("e+", "e").replace("-", "−");
  for (const [unit, sign] of [
    [1e12, "T"],
    [1e9, "G"],
    [1e6, "M"],
    [1e3, "k"],
  ] as const) {
    if (size >= unit) return `${Number((value / unit).toPrecision(4))}${sign}`;
  }
  if (size !== 0 && size < 1e-3) return Number(value.toPrecision(4)).toExponential().replaceAll("-", "−");
  return String(Number(value.toPrecision(6))).replace("-", "−");
}

/** Values beside or under a chart's name: how many runs', in how many lines of their own, with how many digits. */
export function legendOf(runs: number): { values: number; lines: number; digits: number } {
  const values = runs > 12 ? 11 : runs;
  // Four stand in a line of the narrowest card; fewer digits where there are many.
  return { values, lines: runs > 1 ? Math.ceil(Math.min(runs, 12) / 4) : 0, digits: runs > 3 ? 4 : 5 };
}
