// How curves are handed to uPlot, and how numbers are written beside them. Pure.

import { unionSteps } from "../../core/cursor";
import type { RunView } from "../../core/registry";
import { byName } from "../../core/run-model";

/** The keys of numbers that any of the runs has. */
export function keysOfRuns(runs: readonly RunView[]): string[] {
  return [...new Set(runs.flatMap(({ model }) => model.numericKeys.value))].sort(byName);
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
  const union = unionSteps(curves.map(({ x }) => x));
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

/** A moment as the clock shows it, as exactly as the stretch of the axis (seconds) asks for; 0: to the second. */
export function formatClock(unix: number, stretch: number): string {
  const at = new Date(unix * 1000);
  const two = (n: number): string => String(n).padStart(2, "0");
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  const minute = `${two(at.getHours())}:${two(at.getMinutes())}`;
  if (stretch > 2 * 86400) return day.slice(2);
  if (stretch > 86400) return `${day.slice(5)} ${minute}`;
  if (stretch > 3600) return minute;
  return `${minute}:${two(at.getSeconds())}`;
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
