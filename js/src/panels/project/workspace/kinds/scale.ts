// From values to pixels: linear and logarithmic axes, and where their ticks stand. Pure.

export interface Scale {
  lo: number;
  hi: number;
  log: boolean;
  /** Pixels of a value. */
  at: (value: number) => number;
  /** The value at pixels. */
  of: (pixel: number) => number;
  ticks: number[];
}

/** Round places between two values, about `count` of them. */
export function roundTicks(lo: number, hi: number, count: number): number[] {
  const span = hi - lo;
  if (!(span > 0) || count < 1) return [lo];
  const raw = span / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = ([1, 2, 5].find((one) => one * power >= raw * 0.999) ?? 10) * power;
  const ticks: number[] = [];
  const first = Math.ceil(lo / step - 1e-9);
  // Whole numbers of steps: sums of fractions would drift.
  for (let i = first; i * step <= hi + step * 1e-9; i++) ticks.push(Number((i * step).toPrecision(12)));
  return ticks;
}

/** Powers of ten, about `count` of them; twos and fives where these are too few. */
export function logTicks(lo: number, hi: number, count: number): number[] {
  const inside = (parts: readonly number[]): number[] => {
    const found: number[] = [];
    for (let power = Math.floor(Math.log10(lo)); power <= Math.ceil(Math.log10(hi)); power++)
      for (const part of parts) {
        const tick = Number((part * 10 ** power).toPrecision(12));
        if (tick >= lo * (1 - 1e-9) && tick <= hi * (1 + 1e-9)) found.push(tick);
      }
    return found;
  };
  const powers = inside([1]);
  if (powers.length > 1) {
    const every = Math.ceil(powers.length / Math.max(2, count));
    const more = powers.length * 3 <= count ? inside([1, 2, 5]) : powers;
    return every > 1 ? powers.filter((_, i) => i % every === 0) : more;
  }
  const few = inside([1, 2, 5]);
  return few.length > 1 ? few : roundTicks(lo, hi, count);
}

/** An axis from pixel `from` to pixel `to` over these values; logarithmic only where none is at or below 0. */
export function scaleOf(
  values: readonly number[],
  from: number,
  to: number,
  options: { log?: boolean; pad?: number; count?: number } = {},
): Scale {
  const { pad = 0.05, count = Math.max(3, Math.round(Math.abs(to - from) / 55)) } = options;
  const log = options.log === true;
  const fit = log ? values.filter((value) => value > 0) : values;
  let [lo, hi] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of fit) {
    if (value < lo) lo = value;
    if (value > hi) hi = value;
  }
  if (!(lo <= hi)) [lo, hi] = log ? [1, 10] : [0, 1];
  if (lo === hi)
    [lo, hi] = log ? [lo / 2, hi * 2] : [lo - (Math.abs(lo) || 1) / 2, hi + (Math.abs(hi) || 1) / 2];
  const [a, b] = log ? [Math.log10(lo), Math.log10(hi)] : [lo, hi];
  const room = (b - a) * pad;
  const [start, end] = [a - room, b + room];
  const place = (value: number): number =>
    from + (((log ? Math.log10(value) : value) - start) / (end - start)) * (to - from);
  const back = (pixel: number): number => {
    const value = start + ((pixel - from) / (to - from)) * (end - start);
    return log ? 10 ** value : value;
  };
  const [least, most] = log ? [10 ** start, 10 ** end] : [start, end];
  return {
    lo: least,
    hi: most,
    log,
    at: place,
    of: back,
    ticks: log ? logTicks(least, most, count) : roundTicks(least, most, count),
  };
}

/** Equal parts of a range and how many values fall into each; the greatest belongs to the last. */
export function binned(values: readonly number[], count: number): { lo: number; hi: number; n: number }[] {
  if (values.length === 0) return [];
  let [lo, hi] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (value < lo) lo = value;
    if (value > hi) hi = value;
  }
  if (lo === hi) return [{ lo, hi, n: values.length }];
  const width = (hi - lo) / count;
  const bins = Array.from({ length: count }, (_, i) => ({
    lo: lo + i * width,
    hi: lo + (i + 1) * width,
    n: 0,
  }));
  for (const value of values) {
    const bin = bins[Math.min(count - 1, Math.floor((value - lo) / width))];
    if (bin) bin.n++;
  }
  return bins;
}

/** From cold to warm, readable on light and dark: for numbers that color tells. `share` is 0 to 1. */
export function heat(share: number): string {
  const stops = [
    [47, 127, 209],
    [122, 111, 240],
    [184, 85, 156],
    [217, 115, 13],
  ] as const;
  const at = Math.max(0, Math.min(1, share)) * (stops.length - 1);
  const i = Math.min(stops.length - 2, Math.floor(at));
  const [a, b] = [stops[i], stops[i + 1]] as [readonly number[], readonly number[]];
  const mixed = a.map((channel, k) => Math.round(channel + ((b[k] as number) - channel) * (at - i)));
  return `rgb(${mixed.join(" ")})`;
}
