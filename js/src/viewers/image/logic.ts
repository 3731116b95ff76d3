// Pictures without a DOM: which rows to show, how large, and the geometry of the lightbox.

import type { MediaRow } from "../../core/wire";

export type TileState = "ready" | "pending" | "failed" | "lost";

/** What a tile can show of a row. */
export function tileState(row: MediaRow): TileState {
  if (typeof row.meta.error === "string") return "failed";
  if (row.pending) return "pending";
  return row.blob === null ? "lost" : "ready";
}

/** Rows of one key and step in list order; without what an earlier, longer list left behind. */
export function rowsInOrder(rows: readonly MediaRow[]): MediaRow[] {
  return rows.filter((r) => r.idx < Math.max(r.count, 1)).sort((a, b) => a.idx - b.idx);
}

/** Natural size in pixels; a square where it is not known yet. */
export function naturalSize(row: MediaRow): { width: number; height: number } {
  const { width, height } = row.meta;
  return typeof width === "number" && typeof height === "number" && width > 0 && height > 0
    ? { width, height }
    : { width: 64, height: 64 };
}

export function captionOf(row: MediaRow): string {
  return typeof row.meta.caption === "string" ? row.meta.caption : "";
}

/** Pictures per line that the user asked for with `grouping`, or null. */
export function groupingOf(row: MediaRow | undefined): number | null {
  const grouping = row?.meta.grouping;
  return typeof grouping === "number" && grouping >= 1 ? Math.floor(grouping) : null;
}

/** Longest sides offered by the size control. */
export const SIZES = [32, 48, 64, 96, 128, 192, 256, 384, 512] as const;

/** A size at which a list of `count` pictures of a run is a picture at a glance. */
export function defaultSize(count: number, runs: number, natural: { width: number; height: number }): number {
  const wanted = count <= 1 ? (runs > 2 ? 192 : 256) : count <= 4 ? 128 : count <= 16 ? 96 : 64;
  // A picture that already fits is not made small again, and a tiny one is not blown up beyond recognition.
  const side = Math.max(natural.width, natural.height);
  return count <= 1 && side > 256 ? Math.min(512, nearestSize(side)) : wanted;
}

export function nearestSize(side: number): number {
  return SIZES.reduce((best, s) => (Math.abs(s - side) < Math.abs(best - side) ? s : best), SIZES[0]);
}

/** Enlarged to twice or more, pixels are to be seen as squares. */
export const CRISP_FROM = 2;

/**
 * Size on screen within a box of `side`: in proportion, and a whole multiple of the picture's own pixels once
 * these are seen, so that all squares are equal.
 */
export function displaySize(
  natural: { width: number; height: number },
  side: number,
): { width: number; height: number; crisp: boolean } {
  const scale = side / Math.max(natural.width, natural.height);
  const crisp = scale >= CRISP_FROM;
  const factor = crisp ? Math.floor(scale) : scale;
  return {
    width: Math.max(1, Math.round(natural.width * factor)),
    height: Math.max(1, Math.round(natural.height * factor)),
    crisp,
  };
}

export interface Grid {
  columns: number;
  /** Width and height of every cell without the caption. */
  width: number;
  height: number;
}

/** Columns and cell size of a list of pictures in `available` pixels. */
export function gridOf(rows: readonly MediaRow[], side: number, available: number, gap: number): Grid {
  let width = 1;
  let height = 1;
  for (const row of rows) {
    const shown = displaySize(naturalSize(row), side);
    width = Math.max(width, shown.width);
    height = Math.max(height, shown.height);
  }
  const fit = Math.max(1, Math.floor((available + gap) / (width + gap)));
  return { columns: groupingOf(rows[0]) ?? Math.min(fit, Math.max(1, rows.length)), width, height };
}

/**
 * Longest side to ask the kernel for: enough for the screen, in few distinct sizes so that what was fetched is
 * used again; null for the picture as it was logged.
 */
export function pixelsFor(
  natural: { width: number; height: number },
  side: number,
  density: number,
): number | null {
  const wanted = side * density <= 256 ? 256 : 512;
  return side * density > 512 || Math.max(natural.width, natural.height) <= wanted ? null : wanted;
}

// ---- lightbox ----

/** Screen = picture * scale + offset; offset in screen pixels. */
export interface View {
  scale: number;
  x: number;
  y: number;
}

export interface Size {
  width: number;
  height: number;
}

/** Whole picture in the middle of the box; small ones enlarged by a whole factor. */
export function fitView(picture: Size, box: Size): View {
  const raw = Math.min(box.width / picture.width, box.height / picture.height);
  const scale = raw >= CRISP_FROM ? Math.floor(raw) : Math.max(raw, 1e-3);
  return {
    scale,
    x: (box.width - picture.width * scale) / 2,
    y: (box.height - picture.height * scale) / 2,
  };
}

export const MAX_SCALE = 128;

/** Zoom by `factor`, keeping the picture's point under (x, y) where it is. */
export function zoomAt(view: View, factor: number, x: number, y: number, smallest: number): View {
  const scale = Math.min(MAX_SCALE, Math.max(smallest, view.scale * factor));
  const ratio = scale / view.scale;
  return { scale, x: x - (x - view.x) * ratio, y: y - (y - view.y) * ratio };
}

/** Keep at least a part of the picture in the box: the middle of the box stays over it. */
export function clampView(view: View, picture: Size, box: Size): View {
  const clamp = (offset: number, length: number, room: number) =>
    Math.min(room / 2, Math.max(room / 2 - length, offset));
  return {
    scale: view.scale,
    x: clamp(view.x, picture.width * view.scale, box.width),
    y: clamp(view.y, picture.height * view.scale, box.height),
  };
}

/** The picture's pixel under a point of the box, or null beside it. */
export function pixelAt(view: View, picture: Size, x: number, y: number): { x: number; y: number } | null {
  const px = Math.floor((x - view.x) / view.scale);
  const py = Math.floor((y - view.y) / view.scale);
  return px >= 0 && py >= 0 && px < picture.width && py < picture.height ? { x: px, y: py } : null;
}

/** "#" form of a pixel's color, as people copy it. */
export function hex(rgba: readonly number[]): string {
  const bytes = rgba[3] === 255 ? rgba.slice(0, 3) : rgba;
  return `#${bytes.map((v) => v.toString(16).padStart(2, "0")).join("")}`;
}
