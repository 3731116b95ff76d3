// How all curves of a panel are drawn. Kept by cursor, as a panel has one.

import { type Signal, signal } from "@preact/signals";
import type { Cursor } from "../../core/cursor";

export type Axis = "step" | "time";

export interface CurveOptions {
  axis: Signal<Axis>;
  log: Signal<boolean>;
  /** Weight of the past in the moving average; 0 draws the values alone. */
  smooth: Signal<number>;
}

const byCursor = new WeakMap<Cursor, CurveOptions>();

export function optionsOf(cursor: Cursor): CurveOptions {
  let options = byCursor.get(cursor);
  if (!options) {
    options = { axis: signal("step"), log: signal(false), smooth: signal(0) };
    byCursor.set(cursor, options);
  }
  return options;
}
