// What all pictures of histograms have around them: numbers below, and a tooltip at the pointer.

import type { ComponentChildren, JSX } from "preact";
import { formatValue } from "../../core/format";
import { ticks } from "./logic";

/** Pixels between two numbers, about. */
const APART = 80;

/** Numbers below a plot of `width` pixels that ranges from `lo` to `hi`; only those `within`, where that is narrower. */
export function NumbersBelow(props: {
  lo: number;
  hi: number;
  width: number;
  least?: number;
  within?: readonly [number, number];
  format?: (value: number) => string;
}): JSX.Element {
  const {
    lo,
    hi,
    width,
    least = 2,
    within = [lo, hi],
    format = (value: number) => formatValue(value, 4),
  } = props;
  return (
    <div class="nb-heat-steps" aria-hidden="true">
      {ticks(within[0], within[1], Math.max(least, Math.floor(width / APART))).map((tick) => (
        <span key={tick} style={{ left: `${((tick - lo) / (hi - lo)) * 100}%` }}>
          {format(tick)}
        </span>
      ))}
    </div>
  );
}

/** A tooltip beside the pointer, on the side that has more room. */
export function AtPointer(props: {
  x: number;
  y: number;
  width: number;
  children: ComponentChildren;
}): JSX.Element {
  const { x, y, width } = props;
  const side = x > width / 2 ? { right: `${width - x + 12}px` } : { left: `${x + 12}px` };
  return (
    <div class="nb-hover" style={{ top: `${y}px`, ...side }}>
      {props.children}
    </div>
  );
}
