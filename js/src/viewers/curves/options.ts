// How all curves of a panel are drawn. Kept by cursor, as a panel has one.

import { type Signal, signal } from "@preact/signals";
import type { Cursor } from "../../core/cursor";
import type { Band, Center } from "./grouping";
import type { CurveDef } from "./points";
import type { Smoothing } from "./smoothing";

/** The x axis: "" is the step (or the metric that `define_metric` names for the key), else a key. */
export type Axis = string;
export const STEP = "";
export const TIME = "_runtime";
export const CLOCK = "_timestamp";

export interface Grouping {
  /** See `groupings` in grouping.ts; several are joined by a line break. */
  by: string;
  center: Center;
  band: Band;
  /** Colors that groups were given, by their labels. */
  colors?: { [label: string]: string };
}

/** What is seen of the x axis in all charts that have the same one. */
export interface Zoom {
  axis: string;
  lo: number;
  hi: number;
}

export interface CurveOptions {
  axis: Signal<Axis>;
  logX: Signal<boolean>;
  logY: Signal<boolean>;
  smoothing: Signal<Smoothing>;
  /** The y axis leaves out the farthest values, 2 % on either side. */
  clip: Signal<boolean>;
  grouping: Signal<Grouping | null>;
  /** Whether a range that is chosen in one chart is shown by all. */
  linked: Signal<boolean>;
  zoom: Signal<Zoom | null>;
  /** Curves that are computed from others. */
  expressions: Signal<readonly CurveDef[]>;
  /** Runs that the box under the pointer names at most; 0: there is no box. */
  hoverRows: Signal<number>;
}

const byCursor = new WeakMap<Cursor, CurveOptions>();

export function optionsOf(cursor: Cursor): CurveOptions {
  let options = byCursor.get(cursor);
  if (!options) {
    options = {
      axis: signal(cursor.axis),
      logX: signal(false),
      logY: signal(false),
      smoothing: signal({ kind: "time-ema", amount: 0 }),
      clip: signal(false),
      grouping: signal(null),
      linked: signal(true),
      zoom: signal(null),
      expressions: signal([]),
      hoverRows: signal(10),
    };
    byCursor.set(cursor, options);
  }
  return options;
}
