// What the table viewer does without a page: which files, which columns, what stands in a cell, where a row is.

import { formatValue } from "../../core/format";
import type { RunModel } from "../../core/run-model";
import type { Json, MediaRow, TableColumn } from "../../core/wire";

export type Sort = [column: string, way: "asc" | "desc"][];

/** Files of one table, as the kernel is asked for it. */
export interface TableRef {
  run: string;
  shas: string[];
  /** Rows of earlier increments that are still being stored. */
  waiting: number;
}

/** How the columns are laid out; names that a table lacks are skipped, columns that it has beyond come last. */
export interface Layout {
  order: readonly string[];
  pinned: readonly string[];
  hidden: ReadonlySet<string>;
  widths: ReadonlyMap<string, number>;
}

/** A medium in a cell: W&B's `_type`, its file, and the meta of its kind. */
export interface MediaCell {
  kind: string;
  sha: string | null;
  meta: { [key: string]: Json };
}

/** Columns shown at first of a wide table; the others are in the menu. */
export const FIRST_COLUMNS = 60;
/** Columns shown at most: as many as one answer has, see nbtrack/panels/tables/page.py. */
export const MOST_COLUMNS = 1000;
export const MIN_WIDTH = 48;
const MAX_AUTO = 320;
/** Widths of pictures in cells. */
const MIN_THUMB = 12;
const MOST_THUMB = 300;
/** Width of a chart that is drawn in a row, for its height. */
export const CHART_RATIO = 1.6;
/** The kind of tables that are logged in increments. */
const INCREMENTAL = "incremental-table-file";
const JSON_KINDS = new Set(["any", "list", "dict", "ndarray", "object", "media"]);

/** What is a table of its own among the rows of one step: of increments the last stands for all. */
export function tablesAt(model: RunModel, key: string, kind: string, step: number): MediaRow[] {
  const rows = model.mediaAt(key, kind, step);
  return kind === INCREMENTAL ? rows.slice(-1) : rows;
}

/** The files of the table that `row` is: of an increment all before it too. Null while it is being stored. */
export function tableOf(model: RunModel, row: MediaRow): TableRef | null {
  if (!row.blob) return null;
  if (row.kind !== INCREMENTAL) return { run: model.id, shas: [row.blob], waiting: 0 };
  const shas: string[] = [];
  let waiting = 0;
  for (const step of model.mediaSteps(row.key, row.kind)) {
    if (step > row.step) break;
    for (const one of model.mediaAt(row.key, row.kind, step)) {
      if (step === row.step && one.idx > row.idx) break;
      if (one.blob) shas.push(one.blob);
      else waiting += Number(one.meta.nrows) || 0;
    }
  }
  return { run: model.id, shas, waiting };
}

/** Visible columns in their order, pinned ones first. */
export function visibleColumns(columns: readonly TableColumn[], layout: Layout): TableColumn[] {
  const byName = new Map(columns.map((column) => [column.name, column]));
  const named = (names: readonly string[]): TableColumn[] =>
    names.flatMap((name) => byName.get(name) ?? []).filter(({ name }) => !layout.hidden.has(name));
  const pinned = named(layout.pinned);
  const ordered = named(layout.order);
  const placed = new Set([...pinned, ...ordered].map(({ name }) => name));
  const rest = columns.filter(({ name }) => !placed.has(name) && !layout.hidden.has(name));
  const taken = new Set(pinned.map(({ name }) => name));
  return [...pinned, ...ordered.filter(({ name }) => !taken.has(name)), ...rest];
}

/** The order of names with `name` put before `before` (at the end when that is null). */
export function moved(names: readonly string[], name: string, before: string | null): string[] {
  if (name === before) return [...names];
  const rest = names.filter((other) => other !== name);
  const at = before === null ? rest.length : rest.indexOf(before);
  return at < 0 ? [...rest, name] : [...rest.slice(0, at), name, ...rest.slice(at)];
}

/** Ascending, descending, not at all; `add` keeps the other columns as further keys. */
export function nextSort(sort: Sort, name: string, add: boolean): Sort {
  const now = sort.find(([column]) => column === name)?.[1];
  const next: Sort = now === undefined ? [[name, "asc"]] : now === "asc" ? [[name, "desc"]] : [];
  if (!add) return next;
  if (now !== "asc") return [...sort.filter(([column]) => column !== name), ...next];
  return sort.map(([column, way]) => [column, column === name ? "desc" : way]);
}

// ---- cells ---------------------------------------------------------------------------------------------------

interface Cut {
  cut: string;
  length: number;
}

function isCut(value: Json | undefined): value is Json & Cut {
  return (
    typeof value === "object" && value !== null && !Array.isArray(value) && typeof value.cut === "string"
  );
}

function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

function mediumOf(value: Json | undefined): MediaCell | null {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  const { _type, sha256, ...meta } = value;
  if (typeof _type !== "string" || !(_type.endsWith("-file") || _type === "histogram")) return null;
  return { kind: _type, sha: typeof sha256 === "string" ? sha256 : null, meta };
}

/** The media in a cell; null when it holds none. */
export function mediaOf(value: Json | undefined, column: TableColumn): MediaCell[] | null {
  if (typeof value !== "string" || !JSON_KINDS.has(column.kind) || !value.includes('"_type"')) return null;
  const content = parsed(value);
  const found = (Array.isArray(content) ? content : [content]).map(mediumOf);
  return found.length > 0 && found.every((one) => one !== null) ? found : null;
}

export interface CellText {
  text: string;
  /** Null: nothing is there. */
  kind: "text" | "number" | "code" | "missing";
}

/** What stands in a cell that holds no media. `whole`: not abridged. */
export function textOf(value: Json | undefined, column: TableColumn, whole = false): CellText {
  if (value === null || value === undefined) return { text: "–", kind: "missing" };
  if (isCut(value)) return { text: `${value.cut}…`, kind: JSON_KINDS.has(column.kind) ? "code" : "text" };
  if (typeof value === "number")
    return { text: whole ? String(value) : formatValue(value, 6), kind: "number" };
  if (typeof value === "boolean") return { text: String(value), kind: "text" };
  if (typeof value !== "string") return { text: JSON.stringify(value), kind: "code" };
  if (column.kind === "timestamp") return { text: timeText(value), kind: "number" };
  if (column.kind === "number")
    return { text: value.replace("Infinity", "∞").replace("-", "−"), kind: "number" };
  if (JSON_KINDS.has(column.kind)) return { text: jsonText(value, whole), kind: "code" };
  return { text: value, kind: "text" };
}

/** A time without the zeros at the end of its fraction of a second. */
function timeText(value: string): string {
  return value
    .replace("T", " ")
    .replace(/(\.\d*?)0+(?=$|[+Z-])/, (_, fraction: string) => (fraction === "." ? "" : fraction))
    .replace(/\+00:00$/, " UTC");
}

function jsonText(text: string, whole: boolean): string {
  const value = parsed(text);
  if (value === undefined) return text;
  if (typeof value === "string") return value;
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    if (value._type === "ndarray" && Array.isArray(value.shape))
      return `${value.shape.join("×")} ${whole ? JSON.stringify(value.value, null, 1) : JSON.stringify(value.value)}`;
    if (typeof value._type === "string" && typeof value.value === "string") return value.value;
  }
  return whole ? JSON.stringify(value, null, 2) : JSON.stringify(value);
}

export interface Size {
  width: number;
  height: number;
}

/** The size in pixels of a picture in a row: so high, unless it were too wide. */
export function thumbSize(cell: MediaCell, height: number): Size {
  const ratio = (Number(cell.meta.width) || 1) / (Number(cell.meta.height) || 1);
  const width = Math.min(MOST_THUMB, Math.max(MIN_THUMB, height * ratio));
  return { width, height: Math.min(height, width / ratio) };
}

/** Width in pixels that fits the heading and these cells. */
export function autoWidth(column: TableColumn, cells: readonly (Json | undefined)[], thumb: number): number {
  let width = 62 + textWidth(column.name) * 1.1;
  for (const cell of cells.slice(0, 40)) {
    const media = mediaOf(cell, column);
    if (media) {
      const first = media[0] as MediaCell;
      const pictured = first.kind === "image-file" || first.kind === "video-file";
      const drawn = first.kind === "plotly-file" || first.kind === "chart-file";
      const one = pictured ? thumbSize(first, thumb).width : drawn ? thumb * CHART_RATIO : 84;
      width = Math.max(width, media.length * (one + 4) + 18);
    } else
      width = Math.max(width, textWidth(textOf(cell, column).text) + (column.kind === "string" ? 40 : 22));
  }
  return Math.round(Math.min(MAX_AUTO, Math.max(64, width)));
}

/** Roughly, at 12 pixels: letters of CJK and emoji are twice as wide. */
function textWidth(text: string): number {
  let width = 0;
  for (const letter of text.slice(0, 60)) width += (letter.codePointAt(0) as number) > 0x1100 ? 13 : 7.4;
  return width;
}

// ---- where rows are --------------------------------------------------------------------------------------------

/** Browsers draw no element beyond some 17 to 33 million pixels: longer tables scroll in proportion. */
export const MAX_HEIGHT = 8_000_000;

export interface Extent {
  rows: number;
  rowHeight: number;
  /** Height of the window on the rows. */
  view: number;
}

export function virtualHeight({ rows, rowHeight }: Extent): number {
  return Math.min(rows * rowHeight, MAX_HEIGHT);
}

/** The last position (in rows) that can be scrolled to. */
export function lastTop({ rows, rowHeight, view }: Extent): number {
  return Math.max(0, rows - view / rowHeight);
}

/** The row (with fractions) at the top of the window. */
export function topAt(scrollTop: number, extent: Extent): number {
  const room = virtualHeight(extent) - extent.view;
  return room <= 0 ? 0 : Math.min(1, Math.max(0, scrollTop / room)) * lastTop(extent);
}

/** Where to scroll so that the row `top` is at the top of the window. */
export function scrollAt(top: number, extent: Extent): number {
  const last = lastTop(extent);
  return last <= 0 ? 0 : (Math.min(top, last) / last) * Math.max(0, virtualHeight(extent) - extent.view);
}

// ---- expressions -----------------------------------------------------------------------------------------------

/** A column's name as filters write it. */
export function quoted(name: string): string {
  if (
    /^[\p{L}_][\p{L}\p{N}_]*$/u.test(name) &&
    !/^(and|or|not|in|is|if|else|None|True|False|row|lambda)$/.test(name)
  )
    return name;
  return name.includes("`") ? `row[${JSON.stringify(name)}]` : `\`${name}\``;
}

/** The filter that is true of the rows of a group. */
export function groupFilter(by: string, value: Json): string {
  const name = quoted(by);
  if (value === null) return `${name} is None`;
  if (Array.isArray(value)) return `${name} >= ${value[0]} and ${name} <= ${value[1]}`;
  if (typeof value === "boolean") return `${name} == ${value ? "True" : "False"}`;
  return `${name} == ${typeof value === "number" ? value : JSON.stringify(value)}`;
}

/** Both filters at once. */
export function bothFilters(first: string, second: string): string {
  return first.trim() === "" ? second : `(${first.trim()}) and ${second}`;
}
