// Quantiles of a histogram, as well as its bins tell them, and their lines over a heat map.

import { at, type Histogram, type Layout } from "./logic";

/** The shares below which values lie, with what they are called. */
export const SHARES = [
  { share: 0.05, label: "5%" },
  { share: 0.25, label: "25%" },
  { share: 0.5, label: "median" },
  { share: 0.75, label: "75%" },
  { share: 0.95, label: "95%" },
] as const;
export const MEDIAN = 2;

const known = new WeakMap<Histogram, readonly number[] | null>();

/**
 * The values below which 5, 25, 50, 75 and 95 % of the weight lie, values of a bin taken as spread evenly over it. Null
 * for a histogram without weight. Densities weigh by the width of their bins.
 */
export function quantiles(histogram: Histogram): readonly number[] | null {
  let found = known.get(histogram);
  if (found === undefined) {
    found = measure(histogram);
    known.set(histogram, found);
  }
  return found;
}

function measure({ values, edges }: Histogram): readonly number[] | null {
  // Counts weigh by themselves, densities (they are no whole numbers) by their area.
  const counts = values.every(Number.isInteger);
  const weights = values.map((value, i) => (counts ? value : value * (at(edges, i + 1) - at(edges, i))));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  if (!(total > 0) || !weights.every((weight) => weight >= 0)) return null;
  const found: number[] = [];
  let below = 0;
  let bin = 0;
  for (const { share } of SHARES) {
    const wanted = share * total;
    while (bin < weights.length - 1 && below + at(weights, bin) < wanted) below += at(weights, bin++);
    const inside = at(weights, bin) > 0 ? Math.min(1, (wanted - below) / at(weights, bin)) : 0;
    found.push(at(edges, bin) + inside * (at(edges, bin + 1) - at(edges, bin)));
  }
  return found;
}

/** The lines of the quantiles over a heat map, one SVG path each; a gap where a step has none. */
export function quantileLines(
  histograms: readonly Histogram[],
  starts: Layout["starts"],
  lo: number,
  hi: number,
  width: number,
  height: number,
): string[] {
  const every = Math.max(1, Math.floor(histograms.length / Math.max(1, width)));
  const paths = SHARES.map(() => "");
  let open = false;
  for (let i = 0; i < histograms.length; i += every) {
    const found = quantiles(histograms[i] as Histogram);
    if (!found) {
      open = false;
      continue;
    }
    const x = ((at(starts, i) + at(starts, i + 1)) / 2).toFixed(1);
    for (let k = 0; k < paths.length; k++) {
      const y = (((hi - Math.min(hi, Math.max(lo, at(found, k)))) / (hi - lo)) * height).toFixed(1);
      paths[k] += `${open ? "L" : "M"}${x},${y}`;
    }
    open = true;
  }
  return paths;
}
