// Smoothing of a curve. Pure. Values that cannot be drawn stay gaps and weigh nothing.

export type SmoothingKind = "time-ema" | "ema" | "gaussian" | "average";

export interface Smoothing {
  kind: SmoothingKind;
  /** 0 draws the values alone; below 1. */
  amount: number;
}

export const SMOOTHINGS: Record<SmoothingKind, string> = {
  "time-ema": "Time-weighted average",
  ema: "Exponential average",
  gaussian: "Gaussian",
  average: "Running average",
};

/** A point weighs as if the x axis had so many steps, however densely it was logged: so W&B's curves do. */
const VIEWPORT = 1000;

/** As many points as an average of this weight remembers: 1 for 0.5, 9 for 0.9, 99 for 0.99. */
export function spanOf(amount: number): number {
  return amount / (1 - amount);
}

export function smoothed(x: Float64Array, y: Float64Array, { kind, amount }: Smoothing): Float64Array {
  switch (kind) {
    case "ema":
      return average(y, () => amount);
    case "time-ema": {
      // W&B's "exponentialTimeWeighted": a weight for each thousandth of the axis that lies between two points.
      const weight = Math.min(Math.sqrt(amount), 0.999);
      const range = (x[x.length - 1] as number) - (x[0] as number) || 1;
      return average(y, (i, before) => {
        const passed = before < 0 ? 0 : (((x[i] as number) - (x[before] as number)) / range) * VIEWPORT;
        return weight ** passed;
      });
    }
    case "gaussian":
      return gaussian(y, spanOf(amount));
    case "average":
      return running(y, Math.round(spanOf(amount)));
  }
}

/** Sum of all values before, each with its weight, by the sum of these weights: nothing pulls the start to 0. */
function average(y: Float64Array, weightOf: (i: number, before: number) => number): Float64Array {
  const out = new Float64Array(y.length).fill(Number.NaN);
  let sum = 0;
  let weights = 0;
  let before = -1;
  for (let i = 0; i < y.length; i++) {
    const value = y[i] as number;
    if (!Number.isFinite(value)) continue;
    const weight = weightOf(i, before);
    sum = sum * weight + value;
    weights = weights * weight + 1;
    out[i] = sum / weights;
    before = i;
  }
  return out;
}

/** `sigma` in points; cut off where a point weighs less than a percent. */
function gaussian(y: Float64Array, sigma: number): Float64Array {
  const out = new Float64Array(y.length).fill(Number.NaN);
  const reach = Math.ceil(sigma * 3);
  const weights = Float64Array.from({ length: reach + 1 }, (_, d) => Math.exp(-0.5 * (d / sigma) ** 2));
  for (let i = 0; i < y.length; i++) {
    if (!Number.isFinite(y[i])) continue;
    let sum = 0;
    let total = 0;
    for (let j = Math.max(0, i - reach); j <= Math.min(y.length - 1, i + reach); j++) {
      const value = y[j] as number;
      if (!Number.isFinite(value)) continue;
      const weight = weights[Math.abs(i - j)] as number;
      sum += weight * value;
      total += weight;
    }
    out[i] = sum / total;
  }
  return out;
}

/** Mean of the point and of `reach` on either side, as many as there are. */
function running(y: Float64Array, reach: number): Float64Array {
  const out = new Float64Array(y.length).fill(Number.NaN);
  let sum = 0;
  let count = 0;
  const add = (i: number, sign: 1 | -1): void => {
    const value = y[i];
    if (value === undefined || !Number.isFinite(value)) return;
    sum += sign * value;
    count += sign;
  };
  for (let i = 0; i < Math.min(reach, y.length); i++) add(i, 1);
  for (let i = 0; i < y.length; i++) {
    add(i + reach, 1);
    add(i - reach - 1, -1);
    if (Number.isFinite(y[i])) out[i] = sum / count;
  }
  return out;
}
