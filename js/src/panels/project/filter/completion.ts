// What may come at the caret of a filter text: columns, operators, values, and, or.

import type { Column } from "../wire";
import { columnOf, columnsLike } from "./names";
import { type Token, tokens } from "./tokens";
import { operatorsOf } from "./values";

export type Expected = "column" | "operator" | "value" | "join";

export interface Place {
  expected: Expected;
  /** What is typed of it so far, and where it stands. */
  typed: string;
  from: number;
  to: number;
  /** Of an operator or a value: of which column. */
  column?: string | undefined;
}

export interface Completion {
  /** What is put in place. */
  insert: string;
  label: string;
  detail: string;
}

const TYPED: { [op: string]: string } = {
  "≠": "!=",
  "≤": "<=",
  "≥": ">=",
  "within last": "within_last",
};

/** Pieces without blanks, a dotted or indexed name as one. */
function units(text: string): Token[] {
  const found: Token[] = [];
  for (const token of tokens(text)) {
    const last = found.at(-1);
    const touches = last?.end === token.at && (last.kind === "word" || last.kind === "quoted");
    const grows =
      touches &&
      (token.text === "." ||
        token.text === "[" ||
        (token.kind === "word" && last.text.endsWith(".")) ||
        (token.kind === "string" && last.text.endsWith("[")) ||
        (token.text === "]" && last.text.includes("[")));
    if (grows) {
      const open = token.open ? { open: true as const } : {};
      found[found.length - 1] = { ...last, text: last.text + token.text, end: token.end, ...open };
    } else if (token.kind !== "space") found.push(token);
  }
  return found;
}

/** What is expected at `caret`, and what of it is there already. */
export function placeAt(text: string, caret: number): Place {
  const before = units(text.slice(0, caret));
  const last = before.at(-1);
  if (last && last.end === caret && isGrowing(last)) {
    before.pop();
    return { ...expectedAfter(before), typed: last.text, from: last.at, to: wordEnd(text, caret, last) };
  }
  return { ...expectedAfter(before), typed: "", from: caret, to: caret };
}

/** Whether what is typed next may belong to this piece. */
function isGrowing({ kind, text, open }: Token): boolean {
  if (kind === "string" || kind === "quoted") return open === true;
  return kind !== "sign" || text === "<" || text === ">" || text === "!";
}

/** Where the word under the caret ends, so that all of it is replaced. */
function wordEnd(text: string, caret: number, { kind }: Token): number {
  if (kind !== "word" && kind !== "number") return caret;
  return caret + (/^[\p{L}\p{N}_.]*/u.exec(text.slice(caret))?.[0].length ?? 0);
}

/** Reads whole pieces and says what comes next. */
function expectedAfter(pieces: readonly Token[]): Pick<Place, "expected" | "column"> {
  let expected: Expected = "column";
  let column: string | undefined;
  /** A text came first, as in "a" in tags. */
  let contained = false;
  let listed = false;
  let values = 0;
  for (const { kind, text } of pieces) {
    const word = kind === "word" ? text.toLowerCase() : "";
    if (listed) {
      if (!")]}".includes(text)) continue;
      listed = false;
      expected = "join";
    } else if (text === ")") expected = "join";
    else if (word === "and" || word === "or") {
      expected = "column";
      contained = false;
      column = undefined;
    } else if (word === "not" || text === "(" || text === "-") {
      listed = text === "(" && expected === "value";
    } else if (expected === "column") {
      if (kind === "string") {
        contained = true;
        expected = "operator";
      } else {
        column = text;
        expected = contained ? "join" : "operator";
      }
    } else if (expected === "operator") {
      expected = contained ? "column" : "value";
      values = word === "within_last" ? 2 : 1; // a number and a unit
    } else if (expected === "value") {
      values--;
      if (text === "[" || text === "{") listed = true;
      else if (values <= 0) expected = "join";
    }
  }
  return { expected, column };
}

/** What fits a place, but for values, which are asked for. */
export function completions(place: Place, columns: readonly Column[], most = 40): Completion[] {
  const typed = place.typed.toLowerCase();
  const starting = (words: readonly [string, string][]): Completion[] =>
    words
      .filter(([word]) => word.toLowerCase().startsWith(typed))
      .map(([word, detail]) => ({ insert: `${word} `, label: word, detail }));
  switch (place.expected) {
    case "column":
      return columnsLike(columns, place.typed, most).map((column) => ({
        insert: `${column.name} `,
        label: column.label,
        detail: column.section === "run" ? column.kind : `${column.section} · ${column.kind}`,
      }));
    case "operator": {
      if (place.column === undefined)
        return starting([
          ["in", "is in the text or the tags"],
          ["not in", "is not in them"],
        ]);
      const column = columnOf(columns, place.column);
      return operatorsOf(column?.kind).flatMap((op) => {
        if (op === "contains" || op === "lacks") return [];
        const word = TYPED[op] ?? op;
        if (!word.startsWith(typed)) return [];
        return [{ insert: `${word} `, label: word, detail: MEANS[op] ?? "" }];
      });
    }
    case "join":
      return starting([
        ["and", "both"],
        ["or", "one of them"],
      ]);
    case "value":
      return [];
  }
}

const MEANS: { [op: string]: string } = {
  "=": "equal",
  "≠": "not equal",
  "<": "less",
  "≤": "at most",
  ">": "more",
  "≥": "at least",
  in: "one of (…)",
  "not in": "none of (…)",
  "within last": "5 days",
  "is null": "runs without it",
  "is not null": "runs with it",
};
