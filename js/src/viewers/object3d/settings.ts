// What a person set for the 3-D views of one key; all runs and steps share it.

import type { Signal } from "@preact/signals";
import { type CloudMeta, colorings, joined, type Part, type Range, spread } from "./logic";
import type { Motion } from "./rig";

export interface Settings {
  /** A coloring; null: the first that there is. */
  by: string | null;
  /** CSS pixels; null: by the number of points. */
  size: number | null;
  /** Bits of the categories that are not shown. */
  hidden: number;
  boxes: boolean;
  labels: boolean;
  /** null: all boxes. */
  minScore: number | null;
  motion: Motion;
  linked: boolean;
}

export const DEFAULTS: Settings = {
  by: null,
  size: null,
  hidden: 0,
  boxes: true,
  labels: true,
  minScore: null,
  motion: "orbit",
  linked: true,
};

/** What was found in the clouds so far: it only grows, so that colors mean the same at all steps and in all runs. */
export interface Found {
  ranges: { [by: string]: Range };
  categories: number;
  scores: Range | null;
}

export const NOTHING: Found = { ranges: {}, categories: 0, scores: null };

/** The coloring to use for these clouds. */
export function coloring(settings: Settings, metas: readonly CloudMeta[]): string {
  const options = colorings(metas).map((option) => option.value);
  return settings.by !== null && options.includes(settings.by) ? settings.by : (options[0] as string);
}

/** A cloud's own: a run without the chosen numbers is colored by height. */
export function ownColoring(by: string, meta: CloudMeta): string {
  return colorings([meta]).some((option) => option.value === by) ? by : "z";
}

/** Side of a point in CSS pixels, where nobody has set it. */
export function pointSize(points: number): number {
  if (points < 500) return 6;
  if (points < 5_000) return 4;
  return points < 50_000 ? 3 : points < 1_000_000 ? 2 : 1.5;
}

/** Note what the first part of a cloud holds. */
export function note(found: Signal<Found>, meta: CloudMeta, first: Part | null, categories: number): void {
  const ranges = { ...found.value.ranges };
  for (const { value } of colorings([meta])) {
    const range = first && spread(meta, first, value);
    if (range) ranges[value] = joined(ranges[value], range);
  }
  found.value = { ...found.value, ranges, categories: found.value.categories | categories };
}
