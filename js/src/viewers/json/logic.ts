// Strings, lists and other plain values over steps.

import type { Json, MediaRow } from "../../core/wire";

/** What was logged, as text: strings as they are, the rest as indented JSON with Python's None and booleans alone. */
export function valueText(row: MediaRow): string {
  const value = loggedValue(row);
  if (typeof value === "string") return value;
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  return typeof value === "object" && !isFlat(value) ? JSON.stringify(value, null, 2) : JSON.stringify(value);
}

function loggedValue(row: MediaRow): Json {
  return "value" in row.meta ? (row.meta.value ?? null) : row.meta;
}

/** A list of plain values reads best on one line. */
function isFlat(value: Json): boolean {
  return Array.isArray(value) && value.every((item) => typeof item !== "object" || item === null);
}

/** The first line, for lists of many steps. */
export function oneLine(text: string, length: number): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > length ? `${line.slice(0, length - 1)}…` : line;
}

/** At most `room` neighboring indices of 0..n around `at`: what a list shows of many steps. */
export function windowAround(n: number, at: number, room: number): { from: number; to: number } {
  const from = Math.max(0, Math.min(at - Math.floor(room / 2), n - room));
  return { from, to: Math.min(n, from + room) };
}
