// Config and summary as rows: flattening, comparing runs, writing numbers.

import type { Json } from "../../core/wire";

export type Facts = { [key: string]: Json };

export interface FactRow {
  /** Dotted path. */
  key: string;
  /** One per run; undefined where the run has no such key. */
  values: (Json | undefined)[];
  /** Not all runs agree (a missing value is a difference). */
  differs: boolean;
}

/** Dotted path -> value. Lists, media and empty dicts stay whole. */
export function flatten(facts: Facts): Map<string, Json> {
  const out = new Map<string, Json>();
  const walk = (prefix: string, value: Json) => {
    if (isDict(value) && typeof value._type !== "string" && Object.keys(value).length > 0)
      for (const key of Object.keys(value)) walk(prefix ? `${prefix}.${key}` : key, value[key] ?? null);
    else out.set(prefix, value);
  };
  for (const key of Object.keys(facts)) walk(key, facts[key] ?? null);
  return out;
}

function isDict(value: Json): value is { [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const collator = new Intl.Collator(undefined, { numeric: true });

/** Rows of all runs' facts, sorted by key (layer2 before layer10). */
export function compareFacts(runs: readonly Facts[]): FactRow[] {
  const flat = runs.map(flatten);
  const keys = new Set(flat.flatMap((facts) => [...facts.keys()]));
  return [...keys].sort(collator.compare).map((key) => {
    const values = flat.map((facts) => facts.get(key));
    return { key, values, differs: values.some((v) => !equal(v, values[0])) };
  });
}

function equal(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b))
    return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((v, i) => equal(v, b[i]));
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((k) => Object.hasOwn(b, k) && equal(a[k], b[k]));
}

/** Rows in which the key or a value holds `query`, whatever the case. */
export function search(rows: readonly FactRow[], query: string): FactRow[] {
  const wanted = query.trim().toLowerCase();
  if (!wanted) return [...rows];
  return rows.filter(
    ({ key, values }) =>
      key.toLowerCase().includes(wanted) ||
      values.some((v) => v !== undefined && exactText(v).toLowerCase().includes(wanted)),
  );
}

/** The value in full, as it is copied. */
export function exactText(value: Json): string {
  if (typeof value === "string") return value;
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "number") return String(value);
  // One line with spaces after commas, as Python prints it; strings hold no bare line breaks in JSON.
  return JSON.stringify(value, null, 1)
    .replace(/([[{])\n */g, "$1")
    .replace(/\n *([\]}])/g, "$1")
    .replace(/\n */g, " ");
}

/** The value as it is shown. */
export function shownText(value: Json): string {
  if (typeof value === "number") return formatNumber(value);
  const first = Array.isArray(value) ? value[0] : value;
  if (first !== undefined && isDict(first) && typeof first._type === "string")
    return mediaText(first === value ? first : { count: (value as Json[]).length, ...first });
  return exactText(value);
}

export function isNumeric(value: Json | undefined): boolean {
  return typeof value === "number" || value === "NaN" || value === "Infinity" || value === "-Infinity";
}

/** How far a number is from that of the baseline, with its sign; null where there is nothing to compare. */
export function delta(
  value: Json | undefined,
  base: Json | undefined,
): { text: string; share: string } | null {
  if (typeof value !== "number" || typeof base !== "number") return null;
  const by = value - base;
  // What floating point adds to equal numbers is no difference.
  const none = Math.abs(by) <= 1e-12 * Math.max(Math.abs(value), Math.abs(base));
  const text = none ? "±0" : `${by > 0 ? "+" : "−"}${formatNumber(Math.abs(Number(by.toPrecision(3))))}`;
  const percent =
    base === 0 || none ? "" : `${by > 0 ? "+" : "−"}${Math.abs((100 * by) / base).toPrecision(3)} %`;
  return { text, share: percent };
}

/** Integers whole, others to six significant digits. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value) || Number.isInteger(value)) return String(value);
  const size = Math.abs(value);
  const text = size >= 1e-4 && size < 1e9 ? String(Number(value.toPrecision(6))) : value.toExponential(5);
  return text.replace(/\.?0+e/, "e");
}

/** A logged medium in one phrase. */
function mediaText(value: { [key: string]: Json }): string {
  const { _type: type, width, height, count, values } = value;
  const parts = [String(type)];
  if (typeof count === "number") parts.push(`×${count}`);
  if (typeof width === "number" && typeof height === "number") parts.push(`${width}×${height}`);
  if (Array.isArray(values)) parts.push(`${values.length} bins`);
  return parts.join(" ");
}

/** Tab-separated text of the rows, which spreadsheets paste as a table. */
export function toTsv(rows: readonly FactRow[], names: readonly string[]): string {
  const clean = (text: string) => text.replace(/[\t\n\r]+/g, " ");
  const lines = rows.map(({ key, values }) => [
    key,
    ...values.map((v) => (v === undefined ? "" : exactText(v))),
  ]);
  return [["", ...names], ...lines].map((cells) => cells.map(clean).join("\t")).join("\n");
}
