// A filter as rows of conditions, and as text. The text is what is stored; rows are read from it where it is simple
// enough: comparisons of one column with values, all joined by `and` or all by `or`.

import { type Token, tokens, unquoted } from "./tokens";

export type Scalar = string | number | boolean;

export const OPERATORS = [
  "=",
  "≠",
  "<",
  "≤",
  ">",
  "≥",
  "in",
  "not in",
  "contains",
  "lacks",
  "within last",
  "is null",
  "is not null",
] as const;
export type Operator = (typeof OPERATORS)[number];

export interface Condition {
  /** As it is typed. */
  column: string;
  op: Operator;
  /** One of "=", a list of "in", text of "contains", [5, "days"] of "within last"; of "is null" nothing. */
  values: Scalar[];
}

export interface Rows {
  join: "and" | "or";
  conditions: Condition[];
}

export const UNITS = ["minutes", "hours", "days", "weeks"] as const;

const SIGNS: { [typed: string]: Operator } = {
  "=": "=",
  "==": "=",
  "!=": "≠",
  "≠": "≠",
  "<>": "≠",
  "<": "<",
  "<=": "≤",
  "≤": "≤",
  ">": ">",
  ">=": "≥",
  "≥": "≥",
};
const TYPED: { [op in Operator]?: string } = { "≠": "!=", "≤": "<=", "≥": ">=" };

// ---- writing ---------------------------------------------------------------------------------------------------

export function literal(value: Scalar): string {
  if (typeof value === "string") return JSON.stringify(value);
  return String(value);
}

/** Conditions that lack something are left out. */
export function written({ join, conditions }: Rows): string {
  return conditions.filter(isWhole).map(one).join(` ${join} `);
}

export function isWhole({ column, op, values }: Condition): boolean {
  if (column === "") return false;
  if (op === "is null" || op === "is not null") return true;
  if (op === "within last") return typeof values[0] === "number" && typeof values[1] === "string";
  return values.length > 0;
}

function one({ column, op, values }: Condition): string {
  const first = literal(values[0] ?? "");
  switch (op) {
    case "is null":
    case "is not null":
      return `${column} ${op}`;
    case "within last":
      return `${column} within_last ${values[0]} ${values[1]}`;
    case "in":
    case "not in":
      // one value in brackets would be read as the value, which is the same
      return `${column} ${op} (${values.map(literal).join(", ")})`;
    case "contains":
      return `${first} in ${column}`;
    case "lacks":
      return `${first} not in ${column}`;
    default:
      return `${column} ${TYPED[op] ?? op} ${first}`;
  }
}

// ---- reading ---------------------------------------------------------------------------------------------------

/** The rows of a text; null where only text can say it (or where it is no filter yet). */
export function rowsOf(text: string): Rows | null {
  const pieces = tokens(text).filter(({ kind }) => kind !== "space");
  if (pieces.length === 0) return { join: "and", conditions: [] };
  const reader = new Reader(pieces);
  const conditions: Condition[] = [];
  let join: "and" | "or" | null = null;
  for (;;) {
    const condition = reader.condition();
    if (!condition) return null;
    conditions.push(condition);
    if (reader.done) return { join: join ?? "and", conditions };
    const word = reader.takeWord("and", "or") as "and" | "or" | null;
    if (!word || (join && join !== word)) return null;
    join = word;
  }
}

class Reader {
  #at = 0;
  readonly #pieces: readonly Token[];

  constructor(pieces: readonly Token[]) {
    this.#pieces = pieces;
  }

  get done(): boolean {
    return this.#at >= this.#pieces.length;
  }

  get #next(): Token | undefined {
    return this.#pieces[this.#at];
  }

  takeWord(...words: string[]): string | null {
    const next = this.#next;
    const word = next?.kind === "word" ? next.text.toLowerCase() : null;
    if (word === null || !words.includes(word)) return null;
    this.#at++;
    return word;
  }

  #takeSign(...signs: string[]): string | null {
    const next = this.#next;
    if (next?.kind !== "sign" || !signs.includes(next.text)) return null;
    this.#at++;
    return next.text;
  }

  condition(): Condition | null {
    if (this.#next?.kind === "string") {
      const text = this.#scalar();
      const op = this.takeWord("not") ? "lacks" : "contains";
      if (typeof text !== "string" || !this.takeWord("in")) return null;
      const column = this.#name();
      return column === null ? null : { column, op, values: [text] };
    }
    const column = this.#name();
    if (column === null) return null;
    const sign = this.#takeSign(...Object.keys(SIGNS));
    if (sign !== null) return this.#compared(column, SIGNS[sign] as Operator);
    if (this.takeWord("is")) {
      const op = this.takeWord("not") ? "is not null" : "is null";
      return this.takeWord("null", "none") ? { column, op, values: [] } : null;
    }
    if (this.takeWord("within_last")) {
      const number = this.#scalar();
      const unit = this.takeWord(...UNITS, ...UNITS.map((name) => name.slice(0, -1)), "second", "seconds");
      if (typeof number !== "number" || unit === null) return null;
      return { column, op: "within last", values: [number, unit.endsWith("s") ? unit : `${unit}s`] };
    }
    const op = this.takeWord("not") ? "not in" : "in";
    if (!this.takeWord("in")) return null;
    const values = this.#list();
    return values && { column, op, values };
  }

  #compared(column: string, op: Operator): Condition | null {
    if (this.takeWord("null", "none"))
      return op === "=" || op === "≠"
        ? { column, op: op === "=" ? "is null" : "is not null", values: [] }
        : null;
    const value = this.#scalar();
    // `1 < lr < 3` goes on with another sign: no row says that
    return value === null ? null : { column, op, values: [value] };
  }

  /** A column as it was typed: config.lr, `val/loss`, summary["val/loss"]. */
  #name(): string | null {
    const first = this.#next;
    if (!first || first.open || (first.kind !== "word" && first.kind !== "quoted")) return null;
    if (/^(not|true|false|none|null|and|or|in|is)$/i.test(first.text)) return null;
    this.#at++;
    let name = first.text;
    for (;;) {
      if (this.#takeSign(".")) {
        const part = this.#next;
        if (part?.kind !== "word") return null;
        this.#at++;
        name += `.${part.text}`;
      } else if (this.#takeSign("[")) {
        const key = this.#next;
        this.#at++;
        if (key?.kind !== "string" || key.open || !this.#takeSign("]")) return null;
        name += `[${key.text}]`;
      } else return name;
    }
  }

  #scalar(): Scalar | null {
    const minus = this.#takeSign("-") !== null;
    const next = this.#next;
    if (!next || next.open) return null;
    if (next.kind === "number") {
      const number = Number(next.text.replaceAll("_", ""));
      this.#at++;
      return Number.isNaN(number) ? null : minus ? -number : number;
    }
    if (minus) return null;
    if (next.kind === "string") {
      this.#at++;
      return unquoted(next.text);
    }
    const word = this.takeWord("true", "false");
    return word === null ? null : word === "true";
  }

  #list(): Scalar[] | null {
    const end = { "(": ")", "[": "]", "{": "}" }[this.#takeSign("(", "[", "{") ?? ""];
    if (end === undefined) return null;
    const values: Scalar[] = [];
    while (!this.#takeSign(end)) {
      const value = this.#scalar();
      if (value === null) return null;
      values.push(value);
      if (!this.#takeSign(",")) {
        if (this.#takeSign(end)) return values;
        return null;
      }
    }
    return values.length > 0 ? values : null;
  }
}

/** Both filters at once. */
export function both(first: string, second: string): string {
  if (first.trim() === "") return second;
  if (second.trim() === "") return first;
  const rows = rowsOf(first);
  const alone = rows && (rows.join === "and" || rows.conditions.length === 1);
  return alone ? `${first.trim()} and ${second}` : `(${first.trim()}) and ${second}`;
}

/** How many conditions a filter has, for a badge; 1 of what no rows can show. */
export function conditionCount(text: string): number {
  if (text.trim() === "") return 0;
  return rowsOf(text)?.conditions.length ?? 1;
}
