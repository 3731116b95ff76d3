// The values of a condition as they are typed into a row of the builder: 0.1, adam, "0.1", true.

import type { Json } from "../../../core/wire";
import type { Column } from "../wire";
import { OPERATORS, type Operator, type Scalar } from "./conditions";
import { tokens, unquoted } from "./tokens";

/** What was typed, as the column's values are: text columns hold text, others what it looks like. */
export function scalarOf(typed: string, kind: Column["kind"] | undefined): Scalar | null {
  const text = typed.trim();
  if (text === "") return null;
  if (/^"(?:\\.|[^"\\])*"$/.test(text)) return unquoted(text) ?? text;
  if (kind === "text" || kind === "tags" || kind === "time") return text;
  if (text === "true" || text === "false") return text === "true";
  const number = Number(text.replace("−", "-"));
  return Number.isFinite(number) && /\d/.test(text) ? number : text;
}

/** As `scalarOf`, of several with commas between; a comma inside quotes is none. */
export function scalarsOf(typed: string, kind: Column["kind"] | undefined): Scalar[] {
  const parts: string[] = [""];
  for (const { kind: piece, text } of tokens(typed)) {
    if (piece === "sign" && text === ",") parts.push("");
    else parts[parts.length - 1] += text;
  }
  return parts.flatMap((part) => scalarOf(part, kind) ?? []);
}

/** The way back: text that would be read as something else is quoted. */
export function shownScalar(value: Scalar, kind: Column["kind"] | undefined, listed = false): string {
  if (typeof value !== "string") return String(value);
  const plain =
    scalarOf(value, kind) === value && !value.startsWith('"') && !(listed && /[,"'`]/.test(value));
  return plain ? value : JSON.stringify(value);
}

/** What can be asked of a column of this kind, the likeliest first. */
export function operatorsOf(kind: Column["kind"] | undefined): readonly Operator[] {
  switch (kind) {
    case "tags":
      return ["contains", "lacks", "is null", "is not null"];
    case "time":
      return ["within last", "≥", "≤", ">", "<", "=", "≠", "is null", "is not null"];
    case "number":
      return ["=", "≠", "<", "≤", ">", "≥", "in", "not in", "is null", "is not null"];
    case "text":
      return ["=", "≠", "in", "not in", "contains", "lacks", "is null", "is not null"];
    case "other":
      return ["is null", "is not null"];
    default:
      return OPERATORS.filter((op) => op !== "within last");
  }
}

export const OPERATOR_WORDS: { [op in Operator]: string } = {
  "=": "=",
  "≠": "≠",
  "<": "<",
  "≤": "≤",
  ">": ">",
  "≥": "≥",
  in: "IN",
  "not in": "NOT IN",
  contains: "contains",
  lacks: "does not contain",
  "within last": "within last",
  "is null": "is null",
  "is not null": "is not null",
};

/** A value from the store, where a filter can compare with it. */
export function comparable(value: Json): Scalar | null {
  if (typeof value === "string" || typeof value === "boolean") return value;
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}
