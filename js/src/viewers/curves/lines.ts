// From the points of each run to the lines of a chart: cut to what is seen, smoothed, grouped, reduced. Pure.

import { colorOf } from "../../core/palette";
import type { RunView } from "../../core/registry";
import { type Grouped, grouped, groupsOf } from "./grouping";
import type { Axis, Grouping } from "./options";
import { between, minMax, type Points } from "./points";
import { type Smoothing, smoothed } from "./smoothing";

export interface Look {
  axis: Axis;
  logX: boolean;
  logY: boolean;
  smoothing: Smoothing;
  clip: boolean;
  grouping: Grouping | null;
}

export interface Line {
  label: string;
  color: string;
  /** null: a group. */
  run: RunView | null;
  /** How many runs it stands for. */
  count: number;
  /** What the pointer reads: all points that are in sight, as they were logged. */
  points: Points;
  /** What is drawn: smoothed, and few enough for so many pixels. */
  drawn: Points;
  /** The values under a smoothed line. */
  faint: Points | null;
  band: Grouped | null;
}

/**
 * The lines of a chart. `curves` are the points of each run; of one that is held reduced, `means` are what it is
 * smoothed from, since the mean of extremes is not that of the values.
 */
export function linesOf(
  runs: readonly RunView[],
  curves: readonly Points[],
  means: readonly (Points | null)[],
  look: Look,
  range: readonly [number, number] | null,
  buckets: number,
): Line[] {
  const { smoothing, grouping } = look;
  const placed = (points: Points): Points =>
    look.logX ? between(points, Number.MIN_VALUE, Number.POSITIVE_INFINITY, false) : points;
  const seen = curves.map((points) => cut(placed(points), range));
  // Smoothed before it is cut, or a zoom would show another curve; and before it is reduced: the extremes of each
  // bucket have no mean.
  const soft =
    smoothing.amount > 0
      ? curves.map((points, i) => {
          const from = placed(means[i] ?? points);
          return cut({ ...from, y: smoothed(from.x, from.y, smoothing) }, range);
        })
      : seen;
  if (grouping)
    return groupsOf(runs, grouping.by).map(({ label, runs: members }, i) => {
      const made = grouped(
        members.map((member) => soft[member] as Points),
        grouping.center,
        grouping.band,
      );
      return {
        label,
        color: grouping.colors?.[label] ?? colorOf(i),
        run: null,
        count: members.length,
        points: made.points,
        drawn: made.points,
        faint: null,
        band: grouping.band === "none" ? null : made,
      };
    });
  return runs.map((run, i) => {
    const points = seen[i] as Points;
    return {
      label: run.label,
      color: run.color,
      run,
      count: 1,
      points,
      drawn: minMax(soft[i] as Points, buckets),
      faint: smoothing.amount > 0 && runs.length <= MANY ? minMax(points, buckets) : null,
      band: null,
    };
  });
}

function cut(points: Points, range: readonly [number, number] | null): Points {
  return range ? between(points, range[0], range[1]) : points;
}

/** Of more lines than these, what is under a smoothed one is not drawn: it would cover the others. */
export const MANY = 50;

/** Share of the values that a clipped axis leaves out on either side. */
const CLIPPED = 0.02;

/** From the least to the greatest value; of a clipped axis without the farthest. Null when nothing can be drawn. */
export function rangeOf(lines: readonly Line[], log: boolean, clip: boolean): [number, number] | null {
  const arrays = lines.flatMap(({ drawn, faint, band }) =>
    band ? [drawn.y, band.lo, band.hi] : faint ? [drawn.y, faint.y] : [drawn.y],
  );
  const inside = (value: number): boolean => Number.isFinite(value) && !(log && value <= 0);
  if (clip) {
    const sorted = Float64Array.from(arrays.flatMap((values) => Array.from(values.filter(inside)))).sort();
    const at = (share: number): number => sorted[Math.round(share * (sorted.length - 1))] as number;
    return sorted.length > 0 ? [at(CLIPPED), at(1 - CLIPPED)] : null;
  }
  let [lo, hi] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const values of arrays)
    for (const value of values) {
      if (!inside(value)) continue;
      if (value < lo) lo = value;
      if (value > hi) hi = value;
    }
  return lo <= hi ? [lo, hi] : null;
}
