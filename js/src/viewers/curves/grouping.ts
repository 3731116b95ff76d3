// Runs that belong together as one curve: which they are, their middle, and a band around it. Pure.

import { unionSteps } from "../../core/cursor";
import type { RunView } from "../../core/registry";
import type { Json } from "../../core/wire";
import { legendOf } from "./logic";
import type { Points } from "./points";

export type Center = "mean" | "median";
export type Band = "minmax" | "std" | "sem" | "none";

export const CENTERS: Record<Center, string> = { mean: "Mean", median: "Median" };
export const BANDS: Record<Band, string> = {
  minmax: "min to max",
  std: "± standard deviation",
  sem: "± standard error",
  none: "no band",
};

/** Everything as one group. */
export const ALL = "*";

export interface RunGroup {
  label: string;
  runs: number[];
}

/** By what the runs can be grouped: all, their group, job type or tags, and each setting in which they differ. */
export function groupings(runs: readonly RunView[]): { by: string; label: string }[] {
  const found = [{ by: ALL, label: "all runs" }];
  const given = [
    { by: "group", label: "group" },
    { by: "jobType", label: "job type" },
    { by: "tags", label: "tags" },
  ];
  for (const one of given) if (runs.some((run) => settingOf(run, one.by) !== "")) found.push(one);
  const paths = new Set<string>();
  for (const { model } of runs) for (const path of leaves(model.config.value, "")) paths.add(path);
  for (const path of [...paths].sort()) {
    const by = `config.${path}`;
    if (new Set(runs.map((run) => settingOf(run, by))).size > 1) found.push({ by, label: path });
  }
  return found;
}

/** The groups in the order in which their first runs stand; `by` may be several settings, joined by line breaks. */
export function groupsOf(runs: readonly RunView[], by: string): RunGroup[] {
  const groups = new Map<string, number[]>();
  const settings = by.split("\n");
  runs.forEach((run, i) => {
    const values = settings.map((setting) => settingOf(run, setting));
    const label = settings
      .map((setting, at) => `${setting.replace(/^(config|summary)\./, "")}: ${values[at] || "–"}`)
      .join(", ");
    const members = groups.get(label);
    if (members) members.push(i);
    else groups.set(label, [i]);
  });
  return [...groups].map(([label, members]) => ({ label: by === ALL ? "all runs" : label, runs: members }));
}

/** Lines under a chart's name: values of runs, or names of groups, of which two stand in one of the narrowest card. */
export function legendLines(runs: readonly RunView[], by: string | undefined): number {
  if (by === undefined || runs.length < 2) return legendOf(runs.length).lines;
  return Math.min(4, Math.ceil(groupsOf(runs, by).length / 2));
}

function settingOf({ model }: RunView, by: string): string {
  const info = model.info.value;
  if (by === ALL) return "";
  if (by === "group") return info?.group ?? "";
  if (by === "jobType") return info?.jobType ?? "";
  if (by === "tags") return (info?.tags ?? []).join(", ");
  if (by === "state" || by === "name" || by === "host") return info?.[by] ?? "";
  const dot = by.indexOf(".");
  const path = by.slice(dot + 1);
  let value: Json | undefined = by.startsWith("summary.") ? model.summary.value : model.config.value;
  // A key may have dots of its own.
  for (const part of Object.hasOwn(value, path) ? [path] : path.split(".")) {
    if (value === null || typeof value !== "object" || Array.isArray(value)) return "";
    value = value[part];
  }
  return value === undefined ? "" : typeof value === "string" ? value : JSON.stringify(value);
}

function* leaves(value: { [key: string]: Json }, before: string): Generator<string> {
  for (const [key, inner] of Object.entries(value)) {
    if (inner !== null && typeof inner === "object" && !Array.isArray(inner))
      yield* leaves(inner, `${before}${key}.`);
    else yield before + key;
  }
}

export interface Grouped {
  points: Points;
  lo: Float64Array;
  hi: Float64Array;
}

/** More places than these are a grid of so many: nobody sees more of a band. */
const GRID = 1000;

/**
 * The middle of several curves and the band around it, at every x at which one of them has a point. Between its own
 * points a curve is read off its line, and it counts only from its first point to its last.
 */
export function grouped(curves: readonly Points[], center: Center, band: Band): Grouped {
  const x = gridOf(curves);
  const rows = curves.map((curve) => readOff(curve, x));
  const y = new Float64Array(x.length).fill(Number.NaN);
  const lo = y.slice();
  const hi = y.slice();
  const at = new Float64Array(curves.length);
  for (let i = 0; i < x.length; i++) {
    let n = 0;
    for (const row of rows) if (Number.isFinite(row[i])) at[n++] = row[i] as number;
    if (n === 0) continue;
    const values = at.subarray(0, n).sort();
    const mean = values.reduce((sum, value) => sum + value, 0) / n;
    const half = n >> 1;
    const median = n % 2 ? values[half] : ((values[half - 1] as number) + (values[half] as number)) / 2;
    const middle = (center === "mean" ? mean : median) as number;
    y[i] = middle;
    if (band === "minmax") {
      lo[i] = values[0] as number;
      hi[i] = values[n - 1] as number;
    } else if (band !== "none") {
      // of the sample: n - 1, as numpy's ddof=1
      const variance = n > 1 ? values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1) : 0;
      const spread = Math.sqrt(band === "sem" ? variance / n : variance);
      lo[i] = middle - spread;
      hi[i] = middle + spread;
    }
  }
  return { points: { x, y, steps: x }, lo, hi };
}

function gridOf(curves: readonly Points[]): Float64Array {
  const union = unionSteps(curves.map(({ x }) => x));
  if (union.length <= GRID * 2) return union;
  const lo = union[0] as number;
  const width = ((union[union.length - 1] as number) - lo) / (GRID - 1);
  return Float64Array.from({ length: GRID }, (_, i) => lo + i * width);
}

function readOff({ x, y }: Points, places: Float64Array): Float64Array {
  const out = new Float64Array(places.length).fill(Number.NaN);
  let at = 0;
  for (let i = 0; i < places.length; i++) {
    const place = places[i] as number;
    while (at + 1 < x.length && (x[at + 1] as number) <= place) at++;
    const x0 = x[at];
    if (x0 === undefined || place < x0) continue;
    const x1 = x[at + 1];
    if (x0 === place) out[i] = y[at] as number;
    else if (x1 !== undefined)
      out[i] = (y[at] as number) + (((y[at + 1] as number) - (y[at] as number)) * (place - x0)) / (x1 - x0);
  }
  return out;
}
