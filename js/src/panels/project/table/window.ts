// What of a long and wide table is in its window. Pure.

import type { Laid } from "./columns";

/** Columns beyond the window that are drawn, and asked for, too: in pixels on each side. */
const MARGIN = 400;

export interface Across {
  /** Of the columns that scroll: from, to (exclusive). */
  first: number;
  last: number;
}

/** Left edges of the columns, and at the end where the last one ends. */
export function edges(columns: readonly Laid[]): number[] {
  const found = [0];
  for (const { width } of columns) found.push((found.at(-1) as number) + width);
  return found;
}

/** The columns in the window [left, left + room], with a margin; in steps, so that not each pixel changes them. */
export function across(edgesOf: readonly number[], left: number, room: number): Across {
  const from = Math.floor(left / MARGIN) * MARGIN - MARGIN;
  const to = Math.ceil((left + room) / MARGIN) * MARGIN + MARGIN;
  const count = edgesOf.length - 1;
  let first = 0;
  while (first < count && (edgesOf[first + 1] as number) <= from) first++;
  let last = first;
  while (last < count && (edgesOf[last] as number) < to) last++;
  return { first, last };
}

/** A run of rows below each other: those of a group below its heading, or all. */
export interface Block {
  key: string;
  /** Place among the groups; -1 for rows without a group. */
  group: number;
  /** Height of the heading, 0 for none. */
  head: number;
  rows: number;
  /** Top in pixels, and number of the first line (a heading is a line, each row is one). */
  y: number;
  line: number;
}

export interface Line {
  block: Block;
  /** -1: the heading of the group. */
  row: number;
  y: number;
  line: number;
}

export function blocksOf(
  parts: readonly { key: string; group: number; head: number; rows: number }[],
  rowHeight: number,
): Block[] {
  let y = 0;
  let line = 0;
  return parts.map((part) => {
    const block = { ...part, y, line };
    y += part.head + part.rows * rowHeight;
    line += part.rows + (part.head > 0 ? 1 : 0);
    return block;
  });
}

export function heightOf(blocks: readonly Block[], rowHeight: number): number {
  const last = blocks.at(-1);
  return last ? last.y + last.head + last.rows * rowHeight : 0;
}

export function lineCount(blocks: readonly Block[]): number {
  const last = blocks.at(-1);
  return last ? last.line + last.rows + (last.head > 0 ? 1 : 0) : 0;
}

/** The lines between two heights. */
export function linesIn(blocks: readonly Block[], from: number, to: number, rowHeight: number): Line[] {
  const found: Line[] = [];
  for (let i = blockAt(blocks, (block) => block.y <= from); i < blocks.length; i++) {
    const block = blocks[i] as Block;
    if (block.y >= to) break;
    if (block.head > 0 && block.y + block.head > from)
      found.push({ block, row: -1, y: block.y, line: block.line });
    const top = block.y + block.head;
    const first = Math.max(0, Math.floor((from - top) / rowHeight));
    const last = Math.min(block.rows, Math.ceil((to - top) / rowHeight));
    for (let row = first; row < last; row++) found.push(rowOf(block, row, rowHeight));
  }
  return found;
}

/** The line of a number, where it stands. */
export function lineAt(blocks: readonly Block[], line: number, rowHeight: number): Line | null {
  if (line < 0 || line >= lineCount(blocks)) return null;
  const block = blocks[blockAt(blocks, (one) => one.line <= line)] as Block;
  const row = line - block.line - (block.head > 0 ? 1 : 0);
  return row < 0 ? { block, row: -1, y: block.y, line } : rowOf(block, row, rowHeight);
}

function rowOf(block: Block, row: number, rowHeight: number): Line {
  return {
    block,
    row,
    y: block.y + block.head + row * rowHeight,
    line: block.line + row + (block.head > 0 ? 1 : 0),
  };
}

/** The last block of which `before` holds; 0 at least. */
function blockAt(blocks: readonly Block[], before: (block: Block) => boolean): number {
  let low = 0;
  let high = blocks.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (before(blocks[middle] as Block)) low = middle;
    else high = middle - 1;
  }
  return Math.max(0, low);
}

/** How far to scroll so that what spans [from, to] is inside a window of `room` at `now`. */
export function scrollFor(now: number, room: number, from: number, to: number): number {
  if (from < now) return from;
  if (to > now + room) return Math.min(from, to - room);
  return now;
}
