// Which values the pictures of several steps and runs range over.

import { at, commonAxis, equalBins, type Histogram } from "./logic";
import { quantiles } from "./quantiles";

/** All values of all steps, or their core: a step that went astray does not press the others into a line. */
export type Extent = "all" | "core";

/** Steps that may lie outside of the core, on either side. */
const ASTRAY = 0.1;
/** Space around the core, as a share of it. */
const PADDING = 0.15;

/**
 * The axis of each run: the same one for all, unless each has its own.
 *
 * What lies beyond the axis of a core is not shown.
 */
export function axesOf(
  runs: readonly (readonly Histogram[])[],
  extent: Extent,
  own: boolean,
): Float64Array[] {
  const axis = (histograms: readonly Histogram[]): Float64Array =>
    (extent === "core" ? coreAxis(histograms) : null) ?? commonAxis(histograms);
  if (own) return runs.map(axis);
  const common = axis(runs.flat());
  return runs.map(() => common);
}

/** From the 5 % to the 95 % quantile of nine in ten steps; null where nothing has a quantile. */
export function core(histograms: readonly Histogram[]): readonly [number, number] | null {
  const found = histograms.flatMap((histogram) => [quantiles(histogram) ?? []].filter((q) => q.length > 0));
  if (found.length === 0) return null;
  const sorted = (share: number): Float64Array =>
    Float64Array.from(found, (q) => at(q, share === 0 ? 0 : q.length - 1)).sort();
  const spare = Math.floor(ASTRAY * found.length);
  const lo = at(sorted(0), spare);
  const hi = at(sorted(1), found.length - 1 - spare);
  return lo <= hi ? [lo, hi] : null;
}

function coreAxis(histograms: readonly Histogram[]): Float64Array | null {
  const found = core(histograms);
  if (!found || found[0] === found[1]) return null;
  const pad = PADDING * (found[1] - found[0]);
  let [lo, hi] = [found[0] - pad, found[1] + pad];
  // No emptiness beyond the outermost values, and bins as fine as those of the steps that are seen.
  let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  let width = Number.POSITIVE_INFINITY;
  for (const { edges } of histograms) {
    const [from, to] = [at(edges, 0), at(edges, edges.length - 1)];
    first = Math.min(first, from);
    last = Math.max(last, to);
    if (to > from) width = Math.min(width, (to - from) / (edges.length - 1));
  }
  [lo, hi] = [Math.max(lo, first), Math.min(hi, last)];
  return hi > lo ? equalBins(lo, hi, width) : null;
}
