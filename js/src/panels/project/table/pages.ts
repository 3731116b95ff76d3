// The rows of one query, a page at a time and only with the fields that are looked at. What is held stays on the screen
// until something newer has come: rows of the query before, pages of an earlier revision.

import { batch, type Signal, signal } from "@preact/signals";
import { messageOf } from "../../../core/message";
import type { Json } from "../../../core/wire";
import type { Problem, RunRow, RunsPage, RunsQuery } from "../wire";
import { isOwn, ownValue } from "./value";

/** Rows that are asked for at once. */
export const PAGE = 100;
const KEPT = 40;
/** How often answers of another revision have the other pages asked for again, before the next look at the store. */
const CHANCES = 3;

export type AskPage = (
  query: RunsQuery,
  fields: string[],
  offset: number,
  limit: number,
  stop: AbortSignal,
) => Promise<RunsPage | Problem>;

interface Page {
  rows: RunRow[];
  /** By field, of those that were asked for. */
  cells: Map<string, Json[]>;
  revision: string;
  /** Of an earlier revision than the newest: shown until it has been asked for again. */
  stale: boolean;
  /** Fields that are on their way. */
  coming: Set<string>;
}

interface Answered {
  name: string;
  query: RunsQuery;
  head: Head | null;
  pages: Map<number, Page>;
  stop: AbortController;
}

export interface Head {
  total: number;
  matched: number;
  revision: string;
}

export class RunPages {
  /** Grows whenever something else is to be drawn. */
  readonly version: Signal<number> = signal(0);
  readonly problem: Signal<Problem["problem"] | null> = signal(null);
  readonly error: Signal<string | null> = signal(null);
  /** While another query is being answered. */
  readonly loading: Signal<boolean> = signal(false);
  readonly #ask: AskPage;
  #shown: Answered | null = null;
  #next: Answered | null = null;
  #first = 0;
  #last = 0;
  #fields: readonly string[] = [];
  #chances = CHANCES;

  constructor(ask: AskPage) {
    this.#ask = ask;
  }

  get head(): Head | null {
    return this.#shown?.head ?? null;
  }

  /** The query whose rows are shown. */
  get query(): RunsQuery | null {
    return this.#shown?.query ?? null;
  }

  row(i: number): RunRow | undefined {
    return this.#shown?.pages.get(Math.floor(i / PAGE))?.rows[i % PAGE];
  }

  /** Undefined while it is not there. */
  value(i: number, field: string): Json | undefined {
    const page = this.#shown?.pages.get(Math.floor(i / PAGE));
    const row = page?.rows[i % PAGE];
    if (!page || !row) return undefined;
    return isOwn(field) ? ownValue(row, field) : page.cells.get(field)?.[i % PAGE];
  }

  /** A run that is held. */
  find(id: string): RunRow | undefined {
    for (const { rows } of this.#shown?.pages.values() ?? []) {
      const row = rows.find((one) => one.id === id);
      if (row) return row;
    }
    return undefined;
  }

  /** Where a run stands among the rows that are held. */
  placeOf(id: string): number | null {
    for (const [at, page] of this.#shown?.pages ?? []) {
      const i = page.stale ? -1 : page.rows.findIndex((row) => row.id === id);
      if (i >= 0) return at * PAGE + i;
    }
    return null;
  }

  /** Ask something (else). Asking the same again changes nothing, unless it failed. */
  ask(query: RunsQuery): void {
    const name = JSON.stringify(query);
    const failed = this.error.peek() !== null || this.problem.peek() !== null;
    if (!failed && (this.#next ?? this.#shown)?.name === name) return;
    this.#next?.stop.abort();
    if (!failed && this.#shown?.name === name) {
      this.#next = null;
      this.loading.value = false;
      return;
    }
    this.#next = { name, query, head: null, pages: new Map(), stop: new AbortController() };
    this.loading.value = true;
    this.#chances = CHANCES;
    this.#load(this.#next, 0, this.#fields);
  }

  /** Look again whether the runs are the same; what is shown stays until the answer has come. */
  refresh(): void {
    if (this.#next) return;
    this.#chances = CHANCES;
    for (const page of this.#shown?.pages.values() ?? []) {
      page.stale = true;
      page.coming.clear();
    }
    this.look(this.#first, this.#last, this.#fields);
  }

  /** These rows and fields are looked at: fetch what is missing. */
  look(first: number, last: number, fields: readonly string[]): void {
    this.#first = Math.max(0, first);
    this.#last = last;
    this.#fields = fields.filter((field) => !isOwn(field));
    const on = this.#shown;
    if (!on?.head) return;
    const pages = Math.max(1, Math.ceil(on.head.matched / PAGE));
    const end = Math.min(Math.floor(Math.max(0, last) / PAGE), pages - 1);
    for (let at = Math.min(Math.floor(this.#first / PAGE), pages - 1); at <= end; at++) {
      const page = on.pages.get(at);
      const lacking = this.#fields.filter(
        (field) => !page?.coming.has(field) && (page?.stale !== false || !page.cells.has(field)),
      );
      const isComing = page !== undefined && page.coming.size > 0;
      if (lacking.length > 0 || (page?.stale !== false && !isComing))
        this.#load(on, at, page?.stale === false ? lacking : this.#fields);
    }
  }

  close(): void {
    this.#next?.stop.abort();
    this.#shown?.stop.abort();
  }

  #load(on: Answered, at: number, fields: readonly string[]): void {
    let page = on.pages.get(at);
    if (!page) {
      page = { rows: [], cells: new Map(), revision: "", stale: true, coming: new Set() };
      on.pages.set(at, page);
    }
    // a page without fields is under way as well
    const coming = ["", ...fields];
    for (const field of coming) page.coming.add(field);
    const asked = page;
    this.#ask(on.query, [...fields], at * PAGE, PAGE, on.stop.signal).then(
      (answer) => {
        for (const field of coming) asked.coming.delete(field);
        if (!on.stop.signal.aborted) batch(() => this.#take(on, at, fields, answer));
      },
      (reason: unknown) => {
        if (on.stop.signal.aborted) return;
        // tried again when somebody looks again, or at the next change
        for (const field of coming) asked.coming.delete(field);
        batch(() => {
          this.error.value = messageOf(reason);
          this.loading.value = false;
          if (on === this.#next) this.#next = null;
          this.version.value++;
        });
      },
    );
  }

  #take(on: Answered, at: number, fields: readonly string[], answer: RunsPage | Problem): void {
    this.error.value = null;
    if ("problem" in answer) {
      this.problem.value = answer.problem;
      this.loading.value = false;
      if (on === this.#next) this.#next = null;
      this.version.value++;
      return;
    }
    const { revision, total, matched, rows } = answer;
    // a store that is written to without a pause would be asked without one
    if (on.head && on.head.revision !== revision && this.#chances-- > 0)
      for (const page of on.pages.values()) page.stale = true;
    on.head = { total, matched, revision };
    const before = on.pages.get(at);
    const cells = new Map(fields.map((field, i) => [field, rows.map((row) => row.values[i] ?? null)]));
    const isSame = before !== undefined && !before.stale && before.revision === revision;
    if (isSame) for (const [field, values] of before.cells) if (!cells.has(field)) cells.set(field, values);
    on.pages.delete(at); // the newest stands last
    on.pages.set(at, { rows, cells, revision, stale: false, coming: before?.coming ?? new Set() });
    for (const old of on.pages.keys()) {
      if (on.pages.size <= KEPT) break;
      on.pages.delete(old);
    }
    if (on === this.#next) {
      this.#shown?.stop.abort();
      this.#shown = on;
      this.#next = null;
      this.problem.value = null;
      this.loading.value = false;
    }
    this.version.value++;
    this.look(this.#first, this.#last, this.#fields);
  }
}
