// What stands in a cell of the runs table, short, and in full for the pointer. Pure.

import { formatDuration, formatValue } from "../../../core/format";
import type { Json } from "../../../core/wire";
import type { Column, RunRow } from "../wire";

export interface CellText {
  kind: "number" | "text" | "quiet" | "code" | "tags" | "state" | "missing";
  text: string;
  /** In full, where it says more than the text. */
  title?: string;
}

const MISSING: CellText = { kind: "missing", text: "–" };
const MOST_TITLE = 2000;
const NUMBERS = new Set(["NaN", "Infinity", "-Infinity"]);

/** Fields that each row brings along without being asked. */
const OWN: { [field: string]: (row: RunRow) => Json } = {
  "run.id": (row) => row.id,
  "run.name": (row) => row.name,
  "run.state": (row) => row.state,
  "run.created": (row) => row.created,
  "run.heartbeat": (row) => row.heartbeat,
  "run.finished": (row) => row.finished,
  "run.duration": (row) => row.duration,
  "run.last_step": (row) => row.step,
  "run.group": (row) => row.group || null,
  "run.job_type": (row) => row.jobType || null,
  "run.notes": (row) => row.notes || null,
  "run.user": (row) => row.user || null,
  "run.host": (row) => row.host || null,
  tags: (row) => (row.tags.length > 0 ? row.tags : null),
};

export function isOwn(field: string): boolean {
  return field in OWN;
}

export function ownValue(row: RunRow, field: string): Json {
  return OWN[field]?.(row) ?? null;
}

export function cellText(
  value: Json | undefined,
  column: Pick<Column, "field" | "kind">,
  now: number,
): CellText {
  if (value === null || value === undefined || value === "") return MISSING;
  if (column.field === "run.state") return { kind: "state", text: String(value) };
  if (column.field === "run.duration" && typeof value === "number")
    return { kind: "number", text: formatDuration(value), title: `${value} s` };
  if (column.kind === "time" && typeof value === "number")
    return { kind: "quiet", text: ago(value, now), title: exactTime(value) };
  if (typeof value === "number") return numberText(value);
  if (typeof value === "boolean") return { kind: "text", text: String(value) };
  if (typeof value === "string") {
    if (column.kind !== "text" && NUMBERS.has(value))
      return { kind: "number", text: SPECIAL[value] ?? value };
    return { kind: "text", text: value.slice(0, 300).replace(/\s+/g, " "), title: short(value) };
  }
  if (Array.isArray(value)) {
    if (column.kind === "tags") return { kind: "tags", text: value.join(", ") };
    return codeText(value);
  }
  if (typeof value.cut === "string" && typeof value.length === "number") {
    const text = value.cut;
    return {
      kind: "text",
      text: `${text.slice(0, 300).replace(/\s+/g, " ")}…`,
      title: `${short(text)}\n(${formatValue(value.length)} characters; open the run for all of them)`,
    };
  }
  return codeText(value);
}

const SPECIAL: { [name: string]: string } = { NaN: "NaN", Infinity: "∞", "-Infinity": "−∞" };

function numberText(value: number): CellText {
  const text = formatValue(value);
  const exact = String(value);
  return exact === text ? { kind: "number", text } : { kind: "number", text, title: exact };
}

function codeText(value: Json): CellText {
  const text = JSON.stringify(value);
  return { kind: "code", text: text.slice(0, 300), title: short(text) };
}

function short(text: string): string {
  return text.length > MOST_TITLE ? `${text.slice(0, MOST_TITLE)}…` : text;
}

/** "now", "5 m ago", "3 h ago", "6 d ago", then the date. */
export function ago(time: number, now: number): string {
  const seconds = now - time;
  if (seconds < 60) return seconds < -60 ? dateOf(time) : "now";
  if (seconds < 3600) return `${Math.floor(seconds / 60)} m ago`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)} h ago`;
  if (seconds < 30 * 86400) return `${Math.floor(seconds / 86400)} d ago`;
  return dateOf(time);
}

const two = (n: number): string => String(n).padStart(2, "0");

function dateOf(time: number): string {
  const date = new Date(time * 1000);
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** A time as it is typed in filters, in the zone of who looks. */
export function exactTime(time: number): string {
  const date = new Date(time * 1000);
  return `${dateOf(time)} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}
