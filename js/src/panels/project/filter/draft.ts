// A filter while it is written: as text and, where rows can show it, as rows. The project gets each text that the kernel
// understands; until then the last good one counts.

import { batch, effect, type Signal, signal } from "@preact/signals";
import { messageOf } from "../../../core/message";
import type { Project } from "../project";
import type { Column, Problem } from "../wire";
import { type Condition, type Rows, rowsOf, written } from "./conditions";
import { operatorsOf } from "./values";

export const CHECK_MS = 150;

export class Draft {
  readonly text: Signal<string>;
  /** Null: only text can say it. */
  readonly rows: Signal<Rows | null>;
  readonly problem: Signal<Problem["problem"] | null> = signal(null);
  readonly failure: Signal<string | null> = signal(null);
  readonly #project: Project;
  #told: string;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stop = new AbortController();

  constructor(project: Project) {
    this.#project = project;
    this.#told = project.query.peek().filter ?? "";
    this.text = signal(this.#told);
    this.rows = signal(begun(rowsOf(this.#told)));
  }

  /** Follow what others, and undo, do to the filter; until the returned function is called. */
  follow(): () => void {
    const stop = effect(() => {
      const now = this.#project.query.value.filter ?? "";
      if (now === this.#told) return;
      this.#told = now;
      batch(() => {
        this.text.value = now;
        this.rows.value = begun(rowsOf(now));
        this.problem.value = null;
      });
    });
    return () => {
      stop();
      clearTimeout(this.#timer);
      this.#stop.abort();
    };
  }

  write(text: string): void {
    batch(() => {
      this.text.value = text;
      // what is half typed is no reason to take the rows away
      this.rows.value = rowsOf(text) ?? (this.problem.peek() ? this.rows.peek() : null);
    });
    this.#check();
  }

  build(rows: Rows): void {
    batch(() => {
      this.rows.value = rows;
      this.text.value = written(rows);
    });
    this.#check();
  }

  /** Without a delay: at Enter, or when the field is left. */
  async settle(): Promise<void> {
    clearTimeout(this.#timer);
    this.#stop.abort();
    this.#stop = new AbortController();
    const { signal } = this.#stop;
    const text = this.text.peek();
    if (text === this.#told) {
      this.problem.value = null;
      return;
    }
    try {
      const answer =
        text.trim() === ""
          ? {}
          : await this.#project.ask<Partial<Problem>>({ what: "check", filter: text }, signal);
      if (signal.aborted) return;
      batch(() => {
        this.failure.value = null;
        this.problem.value = answer.problem ?? null;
        const rows = rowsOf(text);
        if (!answer.problem && !rows) this.rows.value = null;
      });
      if (answer.problem) return;
      this.#told = text;
      this.#project.editView([{ op: "set", path: ["query", "filter"], value: text }], "filter");
    } catch (error) {
      if (!signal.aborted) this.failure.value = messageOf(error);
    }
  }

  #check(): void {
    clearTimeout(this.#timer);
    this.#stop.abort();
    this.#timer = setTimeout(() => void this.settle(), CHECK_MS);
  }
}

/** With a row to begin with. */
function begun(rows: Rows | null): Rows | null {
  return rows?.conditions.length === 0 ? { ...rows, conditions: [newCondition(undefined)] } : rows;
}

/** A row for a column, with what is asked of such columns most. */
export function newCondition(column: Column | undefined): Condition {
  const op = operatorsOf(column?.kind)[0] ?? "=";
  const values = op === "within last" ? [7, "days"] : [];
  return { column: column?.name ?? "", op, values };
}
