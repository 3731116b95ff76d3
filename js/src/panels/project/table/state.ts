// What a runs table holds while it is shown. What outlives it is in the project's document: see changes.ts.

import { computed, effect, type ReadonlySignal, type Signal, signal, untracked } from "@preact/signals";
import type { Json } from "../../../core/wire";
import type { Project } from "../project";
import type { Groups, Problem, RunIds, RunRow, RunsPage, RunsQuery } from "../wire";
import { type Laid, type Looks, laidOut, NAME } from "./columns";
import { GroupList, keyOf, queryOf } from "./groups";
import { RunPages } from "./pages";
import { NONE, type Selection } from "./selection";
import { type Block, blocksOf } from "./window";

export const ROW = 28;
export const GROUP_HEAD = 46;

/** The cell with the keyboard. Line -1: the headings. Column 0: the name. */
export interface Active {
  line: number;
  column: number;
}

export class TableState {
  readonly project: Project;
  readonly compact: boolean;
  readonly pages: RunPages;
  readonly groups: GroupList;
  readonly selection: Signal<Selection> = signal(NONE);
  readonly active: Signal<Active | null> = signal(null);
  /** Groups whose runs are shown, by their keys. */
  readonly opened: Signal<ReadonlySet<string>> = signal(new Set());
  readonly deleted: Signal<boolean> = signal(false);

  readonly looks: ReadonlySignal<Looks>;
  readonly columns: ReadonlySignal<readonly Laid[]>;
  readonly query: ReadonlySignal<RunsQuery>;
  readonly by: ReadonlySignal<readonly string[]>;
  readonly blocks: ReadonlySignal<readonly Block[]>;
  /** What the runs of opened groups are held in. */
  readonly #inside = new Map<string, RunPages>();
  /** Line of the last click on a checkbox: where a range begins. */
  from: number | null = null;

  constructor(project: Project, compact: boolean) {
    this.project = project;
    this.compact = compact;
    this.pages = this.#newPages();
    this.groups = new GroupList((query, by, fields, stop) =>
      project.ask<Groups | Problem>({ what: "groups", query, by, fields }, stop),
    );
    this.looks = computed(() => project.view.value.columns ?? {});
    this.columns = computed(() => {
      const laid = laidOut(project.columns.value, this.looks.value);
      return compact ? laid.filter(({ pinned }) => pinned) : laid;
    });
    this.query = computed(() => ({
      ...project.query.value,
      ...(this.deleted.value && { deleted: true }),
    }));
    this.by = computed(() => project.view.value.query?.group ?? []);
    this.blocks = computed(() => this.#blocks());
  }

  /** Follow the project until the returned function is called. */
  follow(): () => void {
    const stops = [
      effect(() => {
        // an equal query asks nothing
        if (this.by.value.length === 0) this.pages.ask(this.query.value);
      }),
      effect(() => {
        void this.query.value;
        void this.by.value;
        this.active.value = null;
        this.from = null;
        if (this.selection.peek().all) this.selection.value = NONE;
      }),
      effect(() => {
        if (this.project.pulse.value > 0) untracked(() => this.refresh());
      }),
    ];
    return () => {
      for (const stop of stops) stop();
      this.pages.close();
      this.groups.close();
      for (const pages of this.#inside.values()) pages.close();
      this.#inside.clear();
    };
  }

  /** Look again whether the runs are the same. */
  refresh(): void {
    if (this.by.peek().length > 0) this.groups.refresh();
    else this.pages.refresh();
    for (const pages of this.#inside.values()) pages.refresh();
  }

  #newPages(): RunPages {
    return new RunPages((query, fields, offset, limit, stop) =>
      this.project.ask<RunsPage | Problem>({ what: "page", query, fields, offset, limit }, stop),
    );
  }

  #blocks(): readonly Block[] {
    if (this.by.value.length === 0) {
      void this.pages.version.value;
      return blocksOf([{ key: "", group: -1, head: 0, rows: this.pages.head?.matched ?? 0 }], ROW);
    }
    void this.groups.version.value;
    const parts = this.groups.groups.map((group, i) => {
      const key = keyOf(group.key);
      const rows = this.opened.value.has(key) ? group.count : 0;
      return { key, group: i, head: GROUP_HEAD, rows };
    });
    return blocksOf(parts, ROW);
  }

  /** What holds the runs of a block; who draws it is told of what comes. */
  pagesOf(block: Block): RunPages {
    let pages = block.group < 0 ? this.pages : this.#inside.get(block.key);
    if (!pages) {
      pages = this.#newPages();
      this.#inside.set(block.key, pages);
    }
    void pages.version.value;
    return pages;
  }

  /** Ask for the runs of a group that was opened. */
  askFor(block: Block): void {
    const values = this.groups.groups[block.group]?.key;
    if (values) this.pagesOf(block).ask(queryOf(this.query.peek(), this.by.peek(), values));
  }

  rowAt(block: Block, row: number): RunRow | undefined {
    return row < 0 ? undefined : this.pagesOf(block).row(row);
  }

  valueAt(block: Block, row: number, field: string): Json | undefined {
    return this.pagesOf(block).value(row, field);
  }

  toggleGroup(key: string): void {
    const next = new Set(this.opened.peek());
    if (!next.delete(key)) next.add(key);
    else {
      this.#inside.get(key)?.close();
      this.#inside.delete(key);
    }
    this.opened.value = next;
  }

  /** A run that is, or was, on the page. */
  find(id: string): RunRow | undefined {
    for (const pages of [this.pages, ...this.#inside.values()]) {
      const row = pages.find(id);
      if (row) return row;
    }
    return undefined;
  }

  /** The ids of chosen runs; of all that match the store is asked. */
  async idsOf(selection: Selection): Promise<string[]> {
    if (!selection.all) return [...selection.ids];
    const limit = this.counts?.matched ?? 0;
    const answer = await this.project.ask<RunIds | Problem>({ what: "ids", query: this.query.peek(), limit });
    if ("problem" in answer) throw new Error(answer.problem.message);
    return answer.ids;
  }

  /** The ids of the runs of these lines; those that were never on the page are asked for. */
  async idsBetween(first: number, last: number): Promise<string[]> {
    const found: string[] = [];
    for (const block of this.blocks.peek()) {
      const top = block.line + (block.head > 0 ? 1 : 0);
      const [from, to] = [Math.max(0, first - top), Math.min(block.rows - 1, last - top)];
      if (from > to) continue;
      const pages = this.pagesOf(block);
      const rows = Array.from({ length: to - from + 1 }, (_, i) => pages.row(from + i));
      if (rows.every((row) => row !== undefined)) {
        found.push(...rows.map((row) => row.id));
        continue;
      }
      const query = pages.query ?? this.query.peek();
      const answer = await this.project.ask<RunIds | Problem>({ what: "ids", query, limit: to + 1 });
      if ("problem" in answer) throw new Error(answer.problem.message);
      found.push(...answer.ids.slice(from));
    }
    return found;
  }

  /** Runs of the project and those that the query finds; null before the first answer. */
  get counts(): { total: number; matched: number } | null {
    if (this.by.value.length === 0) {
      void this.pages.version.value;
      return this.pages.head;
    }
    void this.groups.version.value;
    return this.groups.answer;
  }

  get source(): RunPages | GroupList {
    return this.by.value.length === 0 ? this.pages : this.groups;
  }

  retry(): void {
    if (this.by.peek().length === 0) this.pages.ask(this.query.peek());
    else this.groups.refresh();
  }

  get nameWidth(): number | undefined {
    return this.looks.value[NAME]?.width;
  }
}
