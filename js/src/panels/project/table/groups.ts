// The groups of one query with the numbers of the fields that are looked at; what is held stays until newer ones come.

import { batch, type Signal, signal } from "@preact/signals";
import { messageOf } from "../../../core/message";
import type { Json } from "../../../core/wire";
import type { Group, Groups, Problem, RunsQuery } from "../wire";

export type AskGroups = (
  query: RunsQuery,
  by: string[],
  fields: string[],
  stop: AbortSignal,
) => Promise<Groups | Problem>;

/** What tells a group from others, and its look's name in the document. */
export function keyOf(values: readonly Json[]): string {
  return JSON.stringify(values);
}

/** The query of a group's runs. */
export function queryOf(query: RunsQuery, by: readonly string[], values: readonly Json[]): RunsQuery {
  return { ...query, within: by.map((field, i) => [field, values[i] ?? null]) };
}

export class GroupList {
  readonly version: Signal<number> = signal(0);
  readonly problem: Signal<Problem["problem"] | null> = signal(null);
  readonly error: Signal<string | null> = signal(null);
  readonly loading: Signal<boolean> = signal(false);
  readonly #ask: AskGroups;
  #held: { name: string; answer: Groups } | null = null;
  #name = "";
  #fields = new Set<string>();
  #wanted: { query: RunsQuery; by: string[] } | null = null;
  #stop = new AbortController();

  constructor(ask: AskGroups) {
    this.#ask = ask;
  }

  get answer(): Groups | null {
    return this.#held?.answer ?? null;
  }

  get groups(): readonly Group[] {
    return this.#held?.answer.groups ?? [];
  }

  /** Ask for the groups of a query, or for further fields of them. */
  ask(query: RunsQuery, by: string[], fields: readonly string[]): void {
    const name = JSON.stringify([query, by]);
    const isOther = name !== this.#name;
    const lacking = fields.filter((field) => !this.#fields.has(field));
    if (!isOther && lacking.length === 0) return;
    if (isOther) this.#fields = new Set(fields);
    else for (const field of lacking) this.#fields.add(field);
    this.#name = name;
    this.#wanted = { query, by };
    this.loading.value = isOther;
    this.#load(isOther ? [...fields] : lacking, !isOther);
  }

  /** Look again whether the runs are the same. */
  refresh(): void {
    if (this.#wanted) this.#load([...this.#fields], false);
  }

  close(): void {
    this.#stop.abort();
  }

  #load(fields: string[], isMore: boolean): void {
    const wanted = this.#wanted;
    if (!wanted) return;
    if (!isMore) {
      this.#stop.abort();
      this.#stop = new AbortController();
    }
    const { signal } = this.#stop;
    const name = this.#name;
    this.#ask(wanted.query, wanted.by, fields, signal).then(
      (answer) => {
        if (!signal.aborted) batch(() => this.#take(name, answer, isMore));
      },
      (reason: unknown) => {
        if (signal.aborted) return;
        this.#name = ""; // asked again when somebody looks again
        this.error.value = messageOf(reason);
        this.loading.value = false;
      },
    );
  }

  #take(name: string, answer: Groups | Problem, isMore: boolean): void {
    this.loading.value = false;
    this.error.value = null;
    if ("problem" in answer) {
      this.problem.value = answer.problem;
      return;
    }
    this.problem.value = null;
    const held = this.#held;
    if (isMore && held?.name === name && held.answer.revision === answer.revision)
      this.#held = { name, answer: merged(held.answer, answer) };
    else if (isMore && held) {
      // the runs changed in between: what is held lacks what others have
      this.#load([...this.#fields], false);
      return;
    } else this.#held = { name, answer };
    this.version.value++;
  }
}

/** Groups with the fields of both answers. */
export function merged(first: Groups, second: Groups): Groups {
  const byKey = new Map(second.groups.map((group) => [keyOf(group.key), group]));
  return {
    ...second,
    spans: { ...first.spans, ...second.spans },
    groups: first.groups.map((group) => ({
      ...group,
      fields: { ...group.fields, ...byKey.get(keyOf(group.key))?.fields },
    })),
  };
}
