// Which columns the runs table shows, in which order and how wide: what somebody set, over defaults that suit most.
// A column that was moved carries a key that sorts; those with keys come first, all others in their default order.

import { generateNKeysBetween } from "fractional-indexing";
import type { ColumnLook } from "../document";
import type { Column, Edit } from "../wire";

/** The field of the first column, which is fixed. */
export const NAME = "run.name";
export const NAME_WIDTH = 240;
export const MIN_WIDTH = 44;
export const MOST_WIDTH = 1200;

export type Looks = { readonly [field: string]: ColumnLook };

export interface Laid {
  column: Column;
  width: number;
  pinned: boolean;
}

/** Fields of runs that are shown unless somebody hides them, in this order; some only where a run has them. */
const FIRST = [
  "run.state",
  "run.created",
  "run.duration",
  "tags",
  "run.user",
  "run.group",
  "run.job_type",
  "run.notes",
];
const SOME = new Set(["tags", "run.user", "run.group", "run.job_type", "run.notes"]);
const WIDTHS: { [kind in Column["kind"]]: number } = {
  number: 92,
  time: 96,
  text: 128,
  tags: 150,
  mixed: 110,
  other: 140,
};

/** Whether a column is shown. */
export function isShown(column: Column, looks: Looks): boolean {
  if (column.field === NAME) return true;
  return !(looks[column.field]?.hidden ?? isHiddenAtFirst(column));
}

export function isHiddenAtFirst(column: Column): boolean {
  if (column.section !== "run") return false;
  return !FIRST.includes(column.field) || (SOME.has(column.field) && column.count === 0);
}

/** All columns but the name, hidden ones too, in their order. */
export function ordered(columns: readonly Column[], looks: Looks): Column[] {
  const place = new Map(FIRST.map((field, i) => [field, i]));
  const rest = columns.filter(({ field }) => field !== NAME).map((column) => titled(column, looks));
  const byDefault = rest
    .map((column, i) => ({ column, rank: place.get(column.field) ?? FIRST.length + i }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ column }) => column);
  const keyOf = (column: Column): string => looks[column.field]?.order ?? "";
  const keyed = byDefault
    .filter((column) => keyOf(column) !== "")
    .sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : keyOf(a) > keyOf(b) ? 1 : 0));
  return [...keyed, ...byDefault.filter((column) => keyOf(column) === "")];
}

/** A column under the heading that somebody gave it. */
function titled(column: Column, looks: Looks): Column {
  const title = looks[column.field]?.title;
  return title ? { ...column, label: title } : column;
}

/** The columns that are shown beside the name: pinned ones first. */
export function laidOut(columns: readonly Column[], looks: Looks): Laid[] {
  const shown = ordered(columns, looks)
    .filter((column) => isShown(column, looks))
    .map((column) => ({
      column,
      width: widthOf(column, looks),
      pinned: looks[column.field]?.pinned === true,
    }));
  return [...shown.filter(({ pinned }) => pinned), ...shown.filter(({ pinned }) => !pinned)];
}

export function widthOf(column: Column, looks: Looks): number {
  const chosen = looks[column.field]?.width;
  if (chosen !== undefined && Number.isFinite(chosen)) return clampWidth(chosen);
  if (column.field === "run.state") return 92;
  // the heading's letters, its sign of sorting and its menu
  return Math.round(Math.max(WIDTHS[column.kind], Math.min(200, 44 + textWidth(column.label))));
}

export function clampWidth(width: number): number {
  return Math.round(Math.min(MOST_WIDTH, Math.max(MIN_WIDTH, width)));
}

/** Roughly, at 12 pixels: letters of CJK and emoji are twice as wide. */
export function textWidth(text: string): number {
  let width = 0;
  for (const letter of text.slice(0, 200)) width += (letter.codePointAt(0) as number) > 0x1100 ? 12.5 : 6.8;
  return width;
}

/**
 * The edits that put a column before another (at the end when that is null). Columns before the place get a key too if
 * they have none; a key that somebody wrote by hand and that cannot be split has all keys made anew.
 */
export function movedBefore(
  columns: readonly Column[],
  looks: Looks,
  field: string,
  before: string | null,
): Edit[] {
  if (field === before) return [];
  const others = ordered(columns, looks)
    .map((column) => column.field)
    .filter((one) => one !== field);
  const at = before === null ? others.length : others.indexOf(before);
  if (at < 0) return [];
  const keys = others.map((one) => looks[one]?.order ?? "");
  const isKeyed = (i: number): boolean => (keys[i] ?? "") !== "";
  const lacking = keys.slice(0, at).flatMap((key, i) => (key === "" ? [i] : []));
  try {
    // what has a key stands before what has none, so those that lack one end the row before the place
    const lastKey = lacking.length > 0 ? (keys[(lacking[0] as number) - 1] ?? null) : (keys[at - 1] ?? null);
    const nextKey = isKeyed(at) ? (keys[at] as string) : null;
    const made = generateNKeysBetween(lastKey, nextKey, lacking.length + 1);
    return [...lacking.map((i) => others[i] as string), field].map((one, i) => order(one, made[i] as string));
  } catch {
    const all = [...others.slice(0, at), field, ...others.slice(at)];
    const made = generateNKeysBetween(null, null, all.length);
    return all.map((one, i) => order(one, made[i] as string));
  }
}

const order = (field: string, value: string): Edit => ({
  op: "set",
  path: ["columns", field, "order"],
  value,
});
