// Histograms over steps without a DOM: reading rows, one common value axis, colors, layout and hit tests.

import type { Json, MediaRow } from "../../core/wire";

export interface Histogram {
  step: number;
  /** Counts, or densities when the user's own histogram held them. */
  values: Float64Array;
  /** `values.length + 1` rising bounds. */
  edges: Float64Array;
  total: number;
  /** Values that were not binned. */
  nan: number;
  inf: number;
}

/** The row as a histogram, or null when it holds none (still being encoded, or damaged). */
export function parseHistogram(row: MediaRow): Histogram | null {
  const values = numbers(row.meta.values);
  const edges = numbers(row.meta.bins);
  if (!values || !edges || edges.length !== values.length + 1) return null;
  for (let i = 1; i < edges.length; i++) if (!(at(edges, i) >= at(edges, i - 1))) return null;
  let total = 0;
  for (const v of values) total += v;
  if (!Number.isFinite(total) || !edges.every(Number.isFinite)) return null;
  return { step: row.step, values, edges, total, nan: count(row.meta.nan), inf: count(row.meta.inf) };
}

function numbers(value: Json | undefined): Float64Array | null {
  return Array.isArray(value) ? Float64Array.from(value, Number) : null;
}

function count(value: Json | undefined): number {
  return typeof value === "number" ? value : 0;
}

/** Index into a typed array whose bounds the caller has checked. */
export function at(array: ArrayLike<number>, index: number): number {
  return array[index] as number;
}

/**
 * One axis for all of `histograms`: their own edges when they are all the same, else equal bins over the whole
 * range, fine enough for the narrowest one up to `maxBins`.
 */
export function commonAxis(histograms: readonly Histogram[], maxBins = 160): Float64Array {
  const first = histograms[0];
  if (!first) return Float64Array.of(0, 1);
  let lo = Number.POSITIVE_INFINITY;
  let hi = Number.NEGATIVE_INFINITY;
  let width = Number.POSITIVE_INFINITY;
  let same = true;
  for (const { edges } of histograms) {
    const from = at(edges, 0);
    const to = at(edges, edges.length - 1);
    lo = Math.min(lo, from);
    hi = Math.max(hi, to);
    if (to > from) width = Math.min(width, (to - from) / (edges.length - 1));
    same &&= edges.length === first.edges.length && edges.every((e, i) => e === first.edges[i]);
  }
  if (same && hi > lo && isUniform(first.edges)) return first.edges;
  if (!(hi > lo)) {
    const pad = Math.abs(lo) * 0.5 || 0.5;
    return Float64Array.of(lo - pad, lo + pad);
  }
  return equalBins(lo, hi, width, maxBins);
}

/** Edges of equal bins from `lo` to `hi`, about `width` wide. */
export function equalBins(lo: number, hi: number, width: number, most = 160): Float64Array {
  const n = Math.max(1, Math.min(most, Math.round((hi - lo) / width)));
  return Float64Array.from({ length: n + 1 }, (_, i) => (i === n ? hi : lo + ((hi - lo) * i) / n));
}

function isUniform(edges: Float64Array): boolean {
  const n = edges.length - 1;
  const width = (at(edges, n) - at(edges, 0)) / n;
  for (let i = 0; i < n; i++)
    if (Math.abs(at(edges, i + 1) - at(edges, i) - width) > width * 1e-3) return false;
  return true;
}

/**
 * Spread the counts over `axis`, each bin in proportion to its overlap: the total stays the same when the axis covers the
 * histogram; what lies beyond it is left out.
 */
export function rebin(histogram: Histogram, axis: Float64Array): Float64Array {
  if (axis === histogram.edges) return histogram.values;
  const { values, edges } = histogram;
  const out = new Float64Array(axis.length - 1);
  const [first, last] = [at(axis, 0), at(axis, out.length)];
  let k = 0;
  for (let i = 0; i < values.length; i++) {
    const value = at(values, i);
    const lo = Math.max(first, at(edges, i));
    const hi = Math.min(last, at(edges, i + 1));
    if (value === 0 || hi < lo) continue;
    while (k < out.length - 1 && at(axis, k + 1) <= lo) k++;
    const width = at(edges, i + 1) - at(edges, i);
    if (!(width > 0)) {
      out[k] = at(out, k) + value;
      continue;
    }
    let rest = hi - lo === width ? value : (value * (hi - lo)) / width;
    let j = k;
    for (; j < out.length - 1 && at(axis, j + 1) < hi; j++) {
      const share = (value * (at(axis, j + 1) - Math.max(lo, at(axis, j)))) / width;
      out[j] = at(out, j) + share;
      rest -= share;
    }
    out[j] = at(out, j) + rest;
  }
  return out;
}

/** The pixel columns of a heat map: histogram i fills the columns [start[i], start[i + 1]). */
export interface Layout {
  /** Steps at the left and right border. */
  lo: number;
  hi: number;
  /** Border between neighbors: halfway, in pixels (fractions kept). Length n + 1. */
  starts: Float64Array;
}

/** Lay out rising `steps` over `width` pixels. With `range`, several heat maps share their x axis. */
export function layout(steps: ArrayLike<number>, width: number, range?: readonly [number, number]): Layout {
  const n = steps.length;
  const first = range ? range[0] : n ? at(steps, 0) : 0;
  const last = range ? range[1] : n ? at(steps, n - 1) : 0;
  // Half a gap beyond the ends, so that the first and the last column are as wide as the others.
  const gap = n > 1 ? (at(steps, n - 1) - at(steps, 0)) / (n - 1) : Math.max(1, last - first);
  const lo = first - gap / 2;
  const hi = last + gap / 2;
  const starts = new Float64Array(n + 1);
  const x = (step: number) => ((step - lo) / (hi - lo)) * width;
  for (let i = 0; i <= n; i++) {
    if (i === 0) starts[i] = n ? Math.max(0, x(at(steps, 0) - gap / 2)) : 0;
    else if (i === n) starts[i] = Math.min(width, x(at(steps, n - 1) + gap / 2));
    else starts[i] = x((at(steps, i - 1) + at(steps, i)) / 2);
  }
  return { lo, hi, starts };
}

/**
 * Average counts per pixel column and axis bin (column-major, `width * bins`), and the largest of them.
 * NaN marks columns in which nothing was logged.
 */
export function raster(
  columns: readonly Float64Array[],
  starts: Float64Array,
  width: number,
  bins: number,
): { cells: Float64Array; max: number } {
  const cells = new Float64Array(width * bins).fill(Number.NaN);
  const n = columns.length;
  let max = 0;
  let i = 0;
  for (let x = 0; x < width; x++) {
    while (i < n && at(starts, i + 1) <= x) i++;
    if (i >= n || at(starts, i) >= x + 1) continue;
    let end = i + 1;
    while (end < n && at(starts, end) < x + 1) end++;
    for (let b = 0; b < bins; b++) {
      let sum = 0;
      for (let k = i; k < end; k++) sum += at(columns[k] as Float64Array, b);
      const mean = sum / (end - i);
      cells[x * bins + b] = mean;
      if (mean > max) max = mean;
    }
  }
  return { cells, max };
}

export type Scale = "log" | "linear";

/** 0 for nothing, else 1..255: on the logarithmic scale of `max` even one value among millions shows. */
export function shade(value: number, max: number, scale: Scale = "log"): number {
  if (!(value > 0) || !(max > 0)) return 0;
  const unit = Math.min(1, max); // densities below 1 would all look alike on log(1 + x)
  const share = scale === "log" ? Math.log1p(value / unit) / Math.log1p(max / unit) : value / max;
  return Math.max(1, Math.min(255, Math.round(255 * share)));
}

/** Inverse of `shade`, for the legend. */
export function unshade(index: number, max: number, scale: Scale = "log"): number {
  const unit = Math.min(1, max) || 1;
  const share = index / 255;
  return scale === "log" ? unit * Math.expm1(share * Math.log1p(max / unit)) : share * max;
}

/**
 * 256 RGBA colors whose lightness in OKLab moves in equal steps away from the background, through blue-green
 * to yellow (dark theme) or to deep violet (light theme). Entry 0 is transparent: nothing was counted.
 */
export function colorMap(dark: boolean): Uint8ClampedArray {
  const out = new Uint8ClampedArray(256 * 4);
  for (let i = 1; i < 256; i++) {
    const t = i / 255;
    const lightness = dark ? 0.3 + 0.64 * t : 0.93 - 0.68 * t;
    const hue = dark ? 265 - 165 * t : 190 + 110 * t;
    const chroma = dark
      ? 0.07 + 0.08 * Math.sin(Math.PI * t) + 0.05 * t
      : 0.05 + 0.1 * Math.sin(Math.PI * t * 0.8);
    out.set([...oklch(lightness, chroma, hue), 255], i * 4);
  }
  return out;
}

/** sRGB bytes of an OKLCH color (clamped to the gamut). */
export function oklch(lightness: number, chroma: number, hue: number): [number, number, number] {
  const h = (hue * Math.PI) / 180;
  const a = chroma * Math.cos(h);
  const b = chroma * Math.sin(h);
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    gamma(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    gamma(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    gamma(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  ];
}

function gamma(linear: number): number {
  const x = Math.max(0, Math.min(1, linear));
  return Math.round(255 * (x <= 0.0031308 ? 12.92 * x : 1.055 * x ** (1 / 2.4) - 0.055));
}

/** Index of the column under pixel `x`, or -1. */
export function columnAt(starts: Float64Array, x: number): number {
  if (starts.length < 2 || x < at(starts, 0) || x >= at(starts, starts.length - 1)) return -1;
  return lastNotAbove(starts, x);
}

/** Index of the histogram's own bin that holds `value` (the last bin includes its upper bound), or -1. */
export function binAt(edges: Float64Array, value: number): number {
  const n = edges.length - 1;
  if (n < 1 || value < at(edges, 0) || value > at(edges, n)) return -1;
  return Math.min(n - 1, lastNotAbove(edges, value));
}

function lastNotAbove(sorted: ArrayLike<number>, value: number): number {
  let lo = 0;
  let hi = sorted.length;
  while (lo < hi) {
    const mid = (lo + hi) >> 1;
    if (at(sorted, mid) <= value) lo = mid + 1;
    else hi = mid;
  }
  return lo - 1;
}

/** About `wanted` round numbers from `lo` to `hi`. */
export function ticks(lo: number, hi: number, wanted: number): number[] {
  const span = hi - lo;
  if (!(span > 0) || wanted < 1) return Number.isFinite(lo) ? [lo] : [];
  const raw = span / wanted;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = ([1, 2, 5, 10].find((m) => m * power >= raw * 0.75) ?? 10) * power;
  const out: number[] = [];
  for (let i = Math.ceil(lo / step - 1e-9); i * step <= hi + step * 1e-9; i++)
    out.push(Number((i * step).toPrecision(12)));
  return out;
}

/** Bars of one histogram in a box: its outline as an SVG path (y grows downward, density by bin height). */
export function outline(
  histogram: Histogram,
  lo: number,
  hi: number,
  max: number,
  width: number,
  height: number,
): string {
  const x = (v: number) => (((v - lo) / (hi - lo || 1)) * width).toFixed(2);
  const y = (v: number) => (height - (max > 0 ? v / max : 0) * height).toFixed(2);
  let path = `M${x(at(histogram.edges, 0))},${height}`;
  for (let i = 0; i < histogram.values.length; i++)
    path += `V${y(at(histogram.values, i))}H${x(at(histogram.edges, i + 1))}`;
  return `${path}V${height}`;
}
