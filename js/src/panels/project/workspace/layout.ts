// Panels of their own sizes on a grid of twelve columns: nothing overlaps, and nothing hangs in the air. Pure.

export const GRID_COLUMNS = 12;
/** A row of the grid and what lies between two, in pixels. */
export const ROW = 44;
export const GAP = 8;

/** Columns and rows. */
export interface Box {
  id: string;
  x: number;
  y: number;
  w: number;
  h: number;
}

export interface Wanted {
  id: string;
  x?: number;
  y?: number;
  w?: number;
  h?: number;
}

const LEAST_W = 2;
const LEAST_H = 3;

export function overlap(a: Box, b: Box): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}

/** A box that fits into the grid. */
export function fitted(box: Box): Box {
  const whole = (value: number, least: number, most: number): number =>
    Math.max(least, Math.min(most, Math.round(Number.isFinite(value) ? value : least)));
  const w = whole(box.w, LEAST_W, GRID_COLUMNS);
  return {
    id: box.id,
    w,
    x: whole(box.x, 0, GRID_COLUMNS - w),
    y: whole(box.y, 0, 10_000),
    h: whole(box.h, LEAST_H, 60),
  };
}

/** The first free place for a box of this size, row by row. */
function free(taken: readonly Box[], id: string, w: number, h: number): Box {
  for (let y = 0; ; y++)
    for (let x = 0; x + w <= GRID_COLUMNS; x++) {
      const box = { id, x, y, w, h };
      if (!taken.some((other) => overlap(box, other))) return box;
    }
}

const byPlace = (a: Box, b: Box): number => a.y - b.y || a.x - b.x || (a.id < b.id ? -1 : 1);

/** Let every box fall up until it meets another. */
function settled(boxes: readonly Box[]): Box[] {
  const down: Box[] = [];
  for (const box of [...boxes].sort(byPlace)) {
    let at = box;
    while (at.y > 0) {
      const up = { ...at, y: at.y - 1 };
      if (down.some((other) => overlap(up, other))) break;
      at = up;
    }
    down.push(at);
  }
  return down;
}

/** Push what is in the way of `first`, and of one another, downwards. */
function pushed(first: Box | null, others: readonly Box[]): Box[] {
  const done: Box[] = first ? [first] : [];
  for (const box of [...others].sort(byPlace)) {
    let at = box;
    for (;;) {
      const blocked = done.filter((other) => overlap(at, other));
      if (blocked.length === 0) break;
      at = { ...at, y: Math.max(...blocked.map((other) => other.y + other.h)) };
    }
    done.push(at);
  }
  return done;
}

/**
 * Where all panels stand: those whose place is known there, the others (in their order) where there is room. Two who
 * edited at once may have put two panels on one place: the lower one gives way.
 */
export function arranged(panels: readonly Wanted[], size: { w: number; h: number }): Box[] {
  const known: Box[] = [];
  const rest: { id: string; w: number; h: number }[] = [];
  for (const { id, x, y, w = size.w, h = size.h } of panels) {
    if (x !== undefined && y !== undefined) known.push(fitted({ id, x, y, w, h }));
    else rest.push(fitted({ id, x: 0, y: 0, w, h }));
  }
  const boxes = settled(pushed(null, known));
  for (const { id, w, h } of rest) boxes.push(free(boxes, id, w, h));
  return boxes;
}

/** After one box came to stand elsewhere, or got another size: it stands there, and the others make room. */
export function moved(boxes: readonly Box[], box: Box): Box[] {
  const wanted = fitted(box);
  return settled(
    pushed(
      wanted,
      boxes.filter(({ id }) => id !== box.id),
    ),
  );
}

/** Rows that the grid takes. */
export function rowsOf(boxes: readonly Box[]): number {
  return boxes.reduce((most, { y, h }) => Math.max(most, y + h), 0);
}

/** Pixels of so many rows, or columns of this width. */
export function pixels(count: number, unit: number): number {
  return count * unit + Math.max(0, count - 1) * GAP;
}

/** The width of a column in a grid of so many pixels. */
export function columnOf(width: number): number {
  return (width - GAP * (GRID_COLUMNS - 1)) / GRID_COLUMNS;
}

/**
 * How many panels stand on each page of so many columns and rows. `widths` are the columns that each takes: one that
 * does not fit into what is left of a row begins the next.
 */
export function paged(widths: readonly number[], columns: number, rows: number): number[] {
  const pages: number[] = [];
  let [count, row, column] = [0, 0, 0];
  for (const width of widths) {
    const wide = Math.min(width, columns);
    if (column + wide > columns) [row, column] = [row + 1, 0];
    if (row >= rows) {
      pages.push(count);
      [count, row, column] = [0, 0, 0];
    }
    count++;
    column += wide;
  }
  return [...pages, count];
}
