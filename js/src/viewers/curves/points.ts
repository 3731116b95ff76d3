// The points of a curve: what was logged, or what is computed from it, in its place on the x axis. Pure.

import { floorIndex } from "../../core/cursor";

export interface Points {
  x: Float64Array;
  y: Float64Array;
  /** The step of each point, whatever the axis. */
  steps: Float64Array;
}

/** What a chart draws of each run: the numbers of a key, or an expression over several. */
export interface CurveDef {
  name: string;
  keys: string[];
  /** The value from those of `keys`; absent where the key itself is drawn. */
  value?: (at: ArrayLike<number>) => number;
}

/** Steps that none is beyond. */
export const ALL_STEPS = [-(2 ** 53), 2 ** 53] as const;

/** The points that are held of one key. */
export interface Held {
  steps: Float64Array;
  values: Float64Array;
  /** Some were left out: what lies between two of them is read off the line. */
  sampled: boolean;
}

/**
 * The points of a curve: at each step of its first key at which the others have a value too. `axis` gives their x; it
 * may be read off between two of its points when `smooth` (time goes on between two steps, a metric may not).
 */
export function pointsOf(def: CurveDef, series: readonly Held[], axis: Held | null, smooth: boolean): Points {
  const first = series[0];
  if (!first) return { x: new Float64Array(0), y: new Float64Array(0), steps: new Float64Array(0) };
  const { steps } = first;
  if (series.length === 1 && !def.value && !axis) return { x: steps, y: first.values, steps };
  const others = series.slice(1).map((held) => reader(held, held.sampled));
  const place = axis ? reader(axis, smooth || axis.sampled) : null;
  const x = new Float64Array(steps.length);
  const y = new Float64Array(steps.length);
  const kept = new Float64Array(steps.length);
  const at = new Float64Array(series.length);
  let n = 0;
  let sorted = true;
  for (let i = 0; i < steps.length; i++) {
    const step = steps[i] as number;
    const where = place ? place(step) : step;
    if (where === undefined || !Number.isFinite(where)) continue;
    at[0] = first.values[i] as number;
    let whole = true;
    for (let k = 0; k < others.length && whole; k++) {
      const value = others[k]?.(step);
      if (value === undefined) whole = false;
      else at[k + 1] = value;
    }
    if (!whole) continue;
    if (n > 0 && where < (x[n - 1] as number)) sorted = false;
    x[n] = where;
    y[n] = def.value ? def.value(at) : (at[0] as number);
    kept[n] = step;
    n++;
  }
  const points = { x: x.subarray(0, n), y: y.subarray(0, n), steps: kept.subarray(0, n) };
  return sorted ? points : sortedByX(points);
}

/** Reads a series at a step: undefined where it has nothing to say. Made for steps that only grow. */
function reader({ steps, values }: Held, between: boolean): (step: number) => number | undefined {
  let at = -1;
  return (step) => {
    while (at + 1 < steps.length && (steps[at + 1] as number) <= step) at++;
    if (at < 0) return undefined;
    const [s0, v0] = [steps[at] as number, values[at] as number];
    if (s0 === step) return v0;
    if (!between) return undefined;
    const s1 = steps[at + 1];
    return s1 === undefined ? v0 : v0 + (((values[at + 1] as number) - v0) * (step - s0)) / (s1 - s0);
  };
}

function sortedByX(points: Points): Points {
  const order = Array.from(points.x.keys()).sort((a, b) => (points.x[a] as number) - (points.x[b] as number));
  const pick = (from: Float64Array): Float64Array => Float64Array.from(order, (i) => from[i] as number);
  return { x: pick(points.x), y: pick(points.y), steps: pick(points.steps) };
}

/** The steps that may hold what stands between `lo` and `hi` on the x axis; null when nothing does. */
export function stepsBetween(points: Points, lo: number, hi: number): [number, number] | null {
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  const { x, steps } = between(points, lo, hi);
  for (let i = 0; i < x.length; i++) {
    least = Math.min(least, steps[i] as number);
    most = Math.max(most, steps[i] as number);
  }
  return least <= most ? [least, most] : null;
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
export function between(points: Points, lo: number, hi: number, beyond = true): Points {
  const last = floorIndex(points.x, hi);
  let first = floorIndex(points.x, lo);
  // Where several points stand at `lo`, all of them are wanted.
  while (first > 0 && points.x[first - 1] === points.x[first]) first--;
  if (!beyond && first >= 0 && (points.x[first] as number) < lo) first++;
  const [from, to] = [Math.max(0, first), last + (beyond ? 2 : 1)];
  return {
    x: points.x.subarray(from, to),
    y: points.y.subarray(from, to),
    steps: points.steps.subarray(from, to),
  };
}

/** Places where a value was logged that cannot be drawn: NaN and infinities. */
export function holes(points: Points): number[] {
  const found: number[] = [];
  for (let i = 0; i < points.y.length; i++)
    if (!Number.isFinite(points.y[i])) found.push(points.x[i] as number);
  return found;
}
