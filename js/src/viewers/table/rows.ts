// The rows of one question, a page at a time. While a new question (a filter, another step) is answered, the rows
// before it stay, so that nothing flickers.

import { type Signal, signal } from "@preact/signals";
import type { Io } from "../../core/io";
import { messageOf } from "../../core/message";
import type { Json, TableAsk, TableComparison, TablePage, TableProblem } from "../../core/wire";

/** Rows that are asked for at once. */
export const PAGE = 100;
const KEPT = 60;

export type Question = Omit<TableAsk, "offset" | "limit" | "full">;
export type Head = Pick<TablePage, "columns" | "shown" | "total" | "matched" | "held"> &
  Partial<Pick<TableComparison, "counts" | "differing">>;

export interface Row {
  id: number;
  cells: Json[];
  /** Of a comparison: the other table's cells, what the row is, and which cells differ. */
  other?: Json[];
  state?: number;
  marks?: Json[];
}

interface Answered {
  name: string;
  question: Question;
  head: Head | null;
  pages: Map<number, Row[]>;
  asked: Set<number>;
  stop: AbortController;
}

export class Rows {
  /** Grows whenever something else is to be drawn. */
  readonly version: Signal<number> = signal(0);
  readonly problem: Signal<TableProblem | null> = signal(null);
  readonly error: Signal<string | null> = signal(null);
  readonly loading: Signal<boolean> = signal(false);
  readonly #io: Io;
  #shown: Answered | null = null;
  #next: Answered | null = null;
  #first = 0;
  #last = 0;

  constructor(io: Io) {
    this.#io = io;
  }

  get head(): Head | null {
    return this.#shown?.head ?? null;
  }

  get question(): Question | null {
    return (this.#next ?? this.#shown)?.question ?? null;
  }

  row(i: number): Row | undefined {
    return this.#shown?.pages.get(Math.floor(i / PAGE))?.[i % PAGE];
  }

  /** Ask something (else). Asking the same again changes nothing, unless it failed. */
  ask(question: Question, again = false): void {
    const name = JSON.stringify(question);
    if (!again && (this.#next ?? this.#shown)?.name === name) return;
    this.#next?.stop.abort();
    if (!again && this.#shown?.name === name) {
      this.#next = null;
      this.loading.value = false;
      return;
    }
    this.#next = {
      name,
      question,
      head: null,
      pages: new Map(),
      asked: new Set(),
      stop: new AbortController(),
    };
    this.loading.value = true;
    this.#load(this.#next, Math.floor(this.#first / PAGE));
  }

  /** These rows are looked at: fetch what is missing. */
  look(first: number, last: number): void {
    this.#first = Math.max(0, first);
    this.#last = last;
    const on = this.#shown;
    if (!on?.head) return;
    const end = Math.min(last, on.head.matched - 1);
    for (let page = Math.floor(this.#first / PAGE); page * PAGE <= end; page++)
      if (!on.asked.has(page)) this.#load(on, page);
  }

  close(): void {
    this.#next?.stop.abort();
    this.#shown?.stop.abort();
  }

  #load(on: Answered, page: number): void {
    on.asked.add(page);
    this.#io.table({ ...on.question, offset: page * PAGE, limit: PAGE }, on.stop.signal).then(
      ({ content }) => this.#take(on, page, content as unknown as TablePage & { problem?: TableProblem }),
      (reason: unknown) => {
        on.asked.delete(page);
        if (on.stop.signal.aborted) return;
        this.error.value = messageOf(reason);
        this.loading.value = false;
        if (on === this.#next) this.#next = null;
      },
    );
  }

  #take(on: Answered, page: number, found: TablePage & { problem?: TableProblem }): void {
    if (on.stop.signal.aborted) return;
    this.error.value = null;
    if (found.problem) {
      this.problem.value = found.problem;
      this.loading.value = false;
      return;
    }
    on.head = found;
    on.pages.set(page, rowsOf(found));
    for (const old of on.pages.keys()) {
      if (on.pages.size <= KEPT) break;
      on.pages.delete(old);
      on.asked.delete(old);
    }
    if (on === this.#next) {
      // fewer rows than before: the ones that were looked at may be no more
      const at = Math.min(Math.floor(this.#first / PAGE), Math.max(0, Math.ceil(found.matched / PAGE) - 1));
      if (!on.pages.has(at) && !on.asked.has(at)) {
        this.#load(on, at);
        return;
      }
      this.#shown?.stop.abort();
      this.#shown = on;
      this.#next = null;
      this.problem.value = null;
      this.loading.value = false;
    }
    this.version.value++;
    this.look(this.#first, this.#last);
  }
}

export function rowsOf(found: TablePage): Row[] {
  const both = found as Partial<TableComparison>;
  return found.rows.map((cells, i) => {
    const row: Row = { id: found.ids[i] as number, cells };
    if (both.other && both.states && both.marks) {
      row.other = both.other[i] ?? [];
      row.state = both.states[i] ?? 0;
      row.marks = both.marks[i] ?? [];
    }
    return row;
  });
}
