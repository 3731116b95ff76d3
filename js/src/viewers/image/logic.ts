// Pictures without a DOM: which rows to show, how large, and the geometry of the lightbox.

import type { MediaRow } from "../../core/wire";

export interface Size {
  width: number;
  height: number;
}

export type TileState = "ready" | "pending" | "failed" | "lost";

/** What a tile can show of a row. */
export function tileState(row: MediaRow): TileState {
  if (typeof row.meta.error === "string") return "failed";
  if (row.pending) return "pending";
  return row.blob === null ? "lost" : "ready";
}

/** Natural size in pixels; a square where it is not known yet. */
export function naturalSize(row: MediaRow): Size {
  const { width, height } = row.meta;
  return typeof width === "number" && typeof height === "number" && width > 0 && height > 0
    ? { width, height }
    : { width: 64, height: 64 };
}

/** Its caption; of a figure that became a picture without one, why it is a picture. */
export function captionOf(row: MediaRow): string {
  const { caption, note } = row.meta;
  return typeof caption === "string" ? caption : typeof note === "string" ? note : "";
}

/** Pictures per line that the user asked for with `grouping`, or null. */
export function groupingOf(row: MediaRow | undefined): number | null {
  const grouping = row?.meta.grouping;
  return typeof grouping === "number" && grouping >= 1 ? Math.floor(grouping) : null;
}

/** Longest sides offered by the size control. */
export const SIZES = [32, 48, 64, 96, 128, 192, 256, 384, 512] as const;

/** A size at which a list of `count` pictures of a run is a picture at a glance. */
export function defaultSize(count: number, runs: number, natural: Size): number {
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
export function displaySize(natural: Size, side: number): { width: number; height: number; crisp: boolean } {
  const scale = side / Math.max(natural.width, natural.height);
  const crisp = scale >= CRISP_FROM;
  const factor = crisp ? Math.floor(scale) : scale;
  return {
    width: Math.max(1, Math.round(natural.width * factor)),
    height: Math.max(1, Math.round(natural.height * factor)),
    crisp,
  };
}

/** Pixels between neighbors. */
export const GAP = 4;

/** A block of lines is one canvas, whose width browsers limit. */
const LONGEST_LINE = 8192;

export interface Grid {
  columns: number;
  /** Width and height of every cell without the caption. */
  width: number;
  height: number;
}

/** Columns and cell size of a list of pictures in `available` pixels. */
export function gridOf(rows: readonly MediaRow[], side: number, available: number): Grid {
  let width = 1;
  let height = 1;
  for (const row of rows) {
    const shown = displaySize(naturalSize(row), side);
    width = Math.max(width, shown.width);
    height = Math.max(height, shown.height);
  }
  const columnsIn = (room: number): number => Math.max(1, Math.floor((room + GAP) / (width + GAP)));
  const wanted = Math.min(groupingOf(rows[0]) ?? columnsIn(available), columnsIn(LONGEST_LINE));
  return { columns: Math.min(wanted, Math.max(1, rows.length)), width, height };
}

/** Lines that share a canvas: few canvases on the page, yet none so large that its tiles take long to begin. */
export function linesPerBlock(lineHeight: number): number {
  return Math.max(1, Math.floor(280 / (lineHeight + GAP)));
}

/**
 * Longest side to decode a picture and its masks to: as many pixels as the screen shows of it, so that a thousand
 * thumbnails fit in memory and are drawn pixel by pixel; null for the picture as it was logged.
 */
export function drawnSize(natural: Size, side: number, density: number): number | null {
  const wanted = Math.ceil(side * density);
  return Math.max(natural.width, natural.height) <= wanted ? null : wanted;
}

const FETCHED = [128, 256, 512];

/**
 * Longest side to ask the kernel for, to decode it to `drawn` pixels: in few distinct sizes, so that what was
 * fetched is used again; null for the bytes as they were logged.
 */
export function fetchedSize(natural: Size, drawn: number | null): number | null {
  const wanted = FETCHED.find((px) => drawn !== null && drawn <= px);
  if (wanted === undefined) return null;
  return Math.max(natural.width, natural.height) <= wanted ? null : wanted;
}

// ---- lightbox ----

/**
 * What a lightbox looks at, whatever the size of picture and box, so that one view serves several pictures:
 * `zoom` 1 shows the whole picture; (u, v) is the point of the picture, 0..1, in the middle of the box.
 */
export interface View {
  zoom: number;
  u: number;
  v: number;
}

export const WHOLE: View = { zoom: 1, u: 0.5, v: 0.5 };

/** Where the picture's upper left corner lies in the box, and how many screen pixels a pixel takes. */
export interface Placement {
  scale: number;
  x: number;
  y: number;
}

const MAX_SCALE = 160;

export function place(view: View, picture: Size, box: Size): Placement {
  const scale = wholeScale(picture, box) * view.zoom;
  return {
    scale,
    x: box.width / 2 - view.u * picture.width * scale,
    y: box.height / 2 - view.v * picture.height * scale,
  };
}

/** The scale that shows the whole picture; a whole number once its pixels are seen. */
function wholeScale(picture: Size, box: Size): number {
  const scale = Math.min(box.width / picture.width, box.height / picture.height);
  return scale >= CRISP_FROM ? Math.floor(scale) : Math.max(scale, 1e-3);
}

/** Zoom by `factor`; the picture's point under (x, y) of the box stays there. */
export function zoomAt(view: View, factor: number, x: number, y: number, picture: Size, box: Size): View {
  const before = place(view, picture, box);
  const most = Math.max(1, MAX_SCALE / wholeScale(picture, box));
  const zoom = Math.min(most, Math.max(1, view.zoom * factor));
  if (zoom === 1) return WHOLE;
  const scale = (before.scale / view.zoom) * zoom;
  return bounded({
    zoom,
    u: view.u + ((x - box.width / 2) * (1 / before.scale - 1 / scale)) / picture.width,
    v: view.v + ((y - box.height / 2) * (1 / before.scale - 1 / scale)) / picture.height,
  });
}

/** Move the picture by screen pixels. */
export function panBy(view: View, dx: number, dy: number, picture: Size, box: Size): View {
  const { scale } = place(view, picture, box);
  return bounded({
    zoom: view.zoom,
    u: view.u - dx / (picture.width * scale),
    v: view.v - dy / (picture.height * scale),
  });
}

/** The middle of the box stays over the picture, so that the picture cannot be lost. */
function bounded(view: View): View {
  const clamp = (value: number) => Math.min(1, Math.max(0, value));
  return { zoom: view.zoom, u: clamp(view.u), v: clamp(view.v) };
}

/** The picture's pixel under a point of the box, or null beside it. */
export function pixelAt(
  placement: Placement,
  picture: Size,
  x: number,
  y: number,
): { x: number; y: number } | null {
  const px = Math.floor((x - placement.x) / placement.scale);
  const py = Math.floor((y - placement.y) / placement.scale);
  return px >= 0 && py >= 0 && px < picture.width && py < picture.height ? { x: px, y: py } : null;
}

/** A pixel's color as people copy it. */
export function hex(rgba: readonly number[]): string {
  const bytes = rgba[3] === 255 ? rgba.slice(0, 3) : rgba;
  return `#${bytes.map((value) => value.toString(16).padStart(2, "0")).join("")}`;
}
