// Which steps stand as ridges behind each other, and where.

/** `most` of `count` places, evenly, the first and the last among them, and `current` in place of its neighbor. */
export function ridgeRows(count: number, most: number, current: number): number[] {
  const n = Math.min(count, Math.max(1, most));
  const rows = Array.from({ length: n }, (_, i) =>
    n === 1 ? count - 1 : Math.round((i * (count - 1)) / (n - 1)),
  );
  if (current < 0 || current >= count || rows.includes(current)) return rows;
  let nearest = 0;
  rows.forEach((row, i) => {
    if (Math.abs(row - current) < Math.abs((rows[nearest] as number) - current)) nearest = i;
  });
  rows[nearest] = current;
  return rows;
}

/** How far each ridge may rise into those behind it, in distances between two. */
const RISE = 3;

export interface Ground {
  /** Baselines from back to front, in pixels from the top. */
  baselines: number[];
  /** Pixels that the largest count rises. */
  rise: number;
}

/** Where `n` ridges stand in a box. */
export function ground(n: number, height: number): Ground {
  const gap = (height - 1) / (n - 1 + RISE);
  const rise = n === 1 ? height - 4 : gap * RISE;
  return { baselines: Array.from({ length: n }, (_, i) => height - 1 - (n - 1 - i) * gap), rise };
}

/** The ridge of counts on equal bins, as an SVG path that ends where it began. */
export function ridge(
  counts: Float64Array,
  max: number,
  width: number,
  baseline: number,
  rise: number,
): string {
  const step = width / counts.length;
  let path = `M0,${baseline.toFixed(1)}`;
  counts.forEach((count, i) => {
    const y = baseline - (max > 0 ? count / max : 0) * rise;
    path += `L${((i + 0.5) * step).toFixed(1)},${y.toFixed(1)}`;
  });
  return `${path}L${width.toFixed(1)},${baseline.toFixed(1)}`;
}

/** Index of the ridge under `y`: the first whose baseline lies below it. */
export function ridgeAt(baselines: readonly number[], y: number): number {
  const found = baselines.findIndex((baseline) => baseline >= y - 2);
  return found < 0 ? baselines.length - 1 : found;
}
