// What the 3-D viewer computes without a page: parts of a cloud as numbers, colors, projection, picking. The format of
// the parts is that of nbtrack/media/cloud_parts.py.

import { PALETTE } from "../../core/palette";
import type { Json } from "../../core/wire";

export type Triple = readonly [number, number, number];

/** A column of numbers that came with the points. */
export interface Column {
  name: string;
  lo: number;
  scale: number;
}

/** The stored meta of a cloud, as far as it is drawn by it. */
export interface CloudMeta {
  points: number;
  columns: string[];
  lo: Triple;
  scale: Triple;
  wide: boolean;
  rgb: boolean;
  category: boolean;
  chunks: number[];
  values: Column[];
  absent: number;
}

/** Some points of a cloud. */
export interface Part {
  n: number;
  /** x, y, z, category of each. */
  place: Uint16Array<ArrayBuffer> | Float32Array<ArrayBuffer>;
  rgba: Uint8Array<ArrayBuffer> | null;
  values: Uint16Array<ArrayBuffer>[];
}

/** "Category" of a point that has no position. */
export const NOWHERE = 65_535;
export const CATEGORIES = 14;

/** Colors of the categories 1 to 14, and of boxes without one. */
export const CATEGORY_COLORS: readonly string[] = [...PALETTE, "#5f9e3a", "#c24f86", "#4a62a8", "#b08a3c"];
/** Low to high: viridis without the ends that vanish on light or dark ground. */
export const RAMP: readonly string[] = [
  "#482878",
  "#3e4989",
  "#31688e",
  "#26828e",
  "#1f9e89",
  "#35b779",
  "#6ece58",
  "#a5db36",
];

/** What a row says of its cloud; null when it is a mesh, or not encoded. */
export function cloudMeta(meta: { [key: string]: Json }): CloudMeta | null {
  if (meta.format !== "npy" || !Array.isArray(meta.chunks)) return null;
  const columns = meta.columns as string[];
  return {
    points: meta.points as number,
    columns,
    lo: meta.lo as unknown as Triple,
    scale: meta.scale as unknown as Triple,
    wide: meta.positions === "f4",
    rgb: meta.rgb === true,
    category: columns.includes("category"),
    chunks: meta.chunks as number[],
    values: (meta.scalars ?? []) as unknown as Column[],
    absent: typeof meta.absent === "number" ? meta.absent : 0,
  };
}

/** The part `index` of a cloud, viewed in its bytes: nothing is copied. */
export function partOf(meta: CloudMeta, index: number, bytes: ArrayBuffer): Part {
  const n = meta.chunks[index] ?? 0;
  const place = meta.wide ? new Float32Array(bytes, 0, 4 * n) : new Uint16Array(bytes, 0, 4 * n);
  let at = place.byteLength;
  const rgba = meta.rgb ? new Uint8Array(bytes, at, 4 * n) : null;
  at += rgba?.byteLength ?? 0;
  const values = meta.values.map((_, i) => new Uint16Array(bytes, at + i * 4 * Math.ceil(n / 2), n));
  return { n, place, rgba, values };
}

/** Bytes that a part must have. */
export function partBytes(meta: CloudMeta, index: number): number {
  const n = meta.chunks[index] ?? 0;
  return n * ((meta.wide ? 16 : 8) + (meta.rgb ? 4 : 0)) + meta.values.length * 4 * Math.ceil(n / 2);
}

const ODD = [0x9e3779b1, 0x85ebca77, 0xc2b2ae3d] as const;

/** The row in the logged array of the point at `place` of `n`: `rows_of` in cloud_parts.py. */
export function rowOf(place: number, n: number): number {
  const bits = Math.max(32 - Math.clz32(n - 1), 2);
  const mask = bits === 32 ? 0xffffffff : 2 ** bits - 1;
  const fold = Math.floor(bits / 2) + 1;
  let x = place;
  do {
    for (const odd of ODD) {
      x = ((Math.imul(x, odd) + (odd >>> 7)) & mask) >>> 0;
      x = (x ^ (x >>> fold)) >>> 0;
    }
  } while (x >= n);
  return x;
}

/** What points can be colored by: "rgb", "category", "x", "y", "z", "=<name of a column>". */
export function colorings(metas: readonly CloudMeta[]): { value: string; label: string }[] {
  const found = [{ value: "z", label: "Height" }];
  if (metas.some((meta) => meta.category)) found.unshift({ value: "category", label: "Category" });
  if (metas.some((meta) => meta.rgb)) found.unshift({ value: "rgb", label: "RGB" });
  found.push({ value: "x", label: "x" }, { value: "y", label: "y" });
  for (const name of new Set(metas.flatMap((meta) => meta.values.map((column) => column.name))))
    found.push({ value: `=${name}`, label: name });
  return found;
}

/** Numbers of a coloring in a part: where they lie and how to read them. Null: the cloud has none of that name. */
export function scalar(
  meta: CloudMeta,
  by: string,
): { of: (part: Part) => ArrayLike<number>; stride: number; at: number; lo: number; scale: number } | null {
  const axis = "xyz".indexOf(by);
  if (axis >= 0)
    return {
      of: (part) => part.place,
      stride: 4,
      at: axis,
      lo: meta.lo[axis] as number,
      scale: meta.scale[axis] as number,
    };
  const index = meta.values.findIndex((column) => by === `=${column.name}`);
  const column = meta.values[index];
  if (!column) return null;
  return {
    of: (part) => part.values[index] as Uint16Array,
    stride: 1,
    at: 0,
    lo: column.lo,
    scale: column.scale,
  };
}

export type Range = readonly [lo: number, hi: number];

/** The middle 98 percent of a coloring's numbers: a few stray points do not stretch the scale. */
export function spread(meta: CloudMeta, part: Part, by: string): Range | null {
  const found = scalar(meta, by);
  if (!found) return null;
  const numbers = found.of(part);
  const some = new Float32Array(Math.min(part.n, 20_000));
  let n = 0;
  // The points are shuffled: the first are as good a sample as any.
  for (let i = 0; i < part.n && n < some.length; i++)
    if (part.place[4 * i + 3] !== NOWHERE) some[n++] = numbers[i * found.stride + found.at] as number;
  if (n === 0) return null;
  const sorted = some.subarray(0, n).sort();
  const at = (share: number): number =>
    found.lo + (sorted[Math.round(share * (n - 1))] as number) * found.scale;
  return [at(0.01), at(0.99)];
}

/** A range that holds both. */
export function joined(a: Range | undefined, b: Range): Range {
  return a ? [Math.min(a[0], b[0]), Math.max(a[1], b[1])] : b;
}

/** Which categories the points of a part have, as bits. */
export function categoriesIn(part: Part): number {
  let bits = 0;
  for (let i = 3; i < 4 * part.n; i += 4) {
    const category = part.place[i] as number;
    if (category !== NOWHERE) bits |= 1 << category;
  }
  return bits;
}

/** Center and radius of the ball around most of the points, and all of these `places`. Null: there is nothing. */
export function ballOf(
  meta: CloudMeta,
  part: Part | null,
  places: readonly Triple[] = [],
): { center: Triple; radius: number } | null {
  const ranges = ([0, 1, 2] as const).map((i) => {
    let [lo, hi] = (part && spread(meta, part, "xyz".charAt(i))) ?? [Infinity, -Infinity];
    for (const place of places) [lo, hi] = [Math.min(lo, place[i]), Math.max(hi, place[i])];
    return [lo, hi] as Range;
  });
  const [x, y, z] = ranges as [Range, Range, Range];
  if (!(x[0] <= x[1])) return null;
  const middle = (range: Range): number => (range[0] + range[1]) / 2;
  const radius = Math.hypot(x[1] - x[0], y[1] - y[0], z[1] - z[0]) / 2;
  return { center: [middle(x), middle(y), middle(z)], radius: radius || 1 };
}

/** The place of a point, as exactly as it is drawn. */
export function placeOf(meta: CloudMeta, part: Part, i: number): Triple {
  const at = (axis: 0 | 1 | 2): number =>
    meta.lo[axis] + (part.place[4 * i + axis] as number) * meta.scale[axis];
  return [at(0), at(1), at(2)];
}

/** Decimal places with which a coordinate is worth saying. */
export function decimals(scale: number): number {
  return Math.min(6, Math.max(0, Math.ceil(-Math.log10(scale || 1))));
}

export interface Hit {
  index: number;
  /** Distance from the eye. */
  depth: number;
}

/**
 * The nearest point of a part around a place on the screen.
 *
 * `matrix` (column-major) takes the part's raw numbers to clip space; `x`, `y` and the radii are of clip space
 * after division, -1 to 1. Bits in `hidden` are categories that are not shown.
 */
export function pick(
  part: Part,
  matrix: ArrayLike<number>,
  x: number,
  y: number,
  radiusX: number,
  radiusY: number,
  hidden: number,
): Hit | null {
  const [a0, a1, , a3, b0, b1, , b3, c0, c1, , c3, d0, d1, , d3] = Array.from(matrix) as Matrix;
  const { place, n } = part;
  let index = -1;
  let depth = Number.POSITIVE_INFINITY;
  for (let i = 0; i < n; i++) {
    const px = place[4 * i] as number;
    const py = place[4 * i + 1] as number;
    const pz = place[4 * i + 2] as number;
    const w = a3 * px + b3 * py + c3 * pz + d3;
    if (w <= 0 || w >= depth) continue;
    if (Math.abs(a0 * px + b0 * py + c0 * pz + d0 - x * w) > radiusX * w) continue;
    if (Math.abs(a1 * px + b1 * py + c1 * pz + d1 - y * w) > radiusY * w) continue;
    const category = place[4 * i + 3] as number;
    if (category === NOWHERE || (hidden >> category) & 1) continue;
    index = i;
    depth = w;
  }
  return index < 0 ? null : { index, depth };
}

type N = number;
type Matrix = [N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N];

/** A place in clip space before division, and whether it is in front of the eye. */
export type Clip = readonly [x: number, y: number, w: number];

/** The part of a line that lies in front of the eye, as screen places; null: all of it is behind. */
export function segment(
  a: Clip,
  b: Clip,
  width: number,
  height: number,
  near = 1e-6,
): [number, number, number, number] | null {
  if (a[2] < near && b[2] < near) return null;
  const cut = (from: Clip, to: Clip): Clip => {
    if (from[2] >= near) return from;
    const t = (near - from[2]) / (to[2] - from[2]);
    return [from[0] + t * (to[0] - from[0]), from[1] + t * (to[1] - from[1]), near];
  };
  const [p, q] = [cut(a, b), cut(b, a)];
  const sx = (c: Clip): number => ((c[0] / c[2] + 1) / 2) * width;
  const sy = (c: Clip): number => ((1 - c[1] / c[2]) / 2) * height;
  return [sx(p), sy(p), sx(q), sy(q)];
}

/** A color of 0 to 255 each, as CSS; `fallback` chooses one when there is none. */
export function cssColor(color: readonly number[] | undefined, fallback: number): string {
  if (!color) return CATEGORY_COLORS[fallback % CATEGORY_COLORS.length] as string;
  return `rgb(${color.map((c) => Math.round(c)).join(" ")})`;
}

/** "#rrggbb" as three numbers of 0 to 1. */
export function unit(color: string): Triple {
  const at = (i: number): number => Number.parseInt(color.slice(i, i + 2), 16) / 255;
  return [at(1), at(3), at(5)];
}

/** Names of the scene's boxes as numbers that choose a color: boxes of one label look alike. */
export function labelIndex(labels: readonly (string | undefined)[]): number[] {
  const known = new Map<string, number>();
  return labels.map((label) => {
    const name = label ?? "";
    if (!known.has(name)) known.set(name, known.size);
    return known.get(name) as number;
  });
}
