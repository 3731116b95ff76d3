// The project that a page shows: asks about it, holds its document, and keeps both up to date while somebody looks.

import { batch, computed, effect, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { Unpacked } from "../../core/packed";
import { PALETTE } from "../../core/palette";
import type { RunModel } from "../../core/run-model";
import type { Json } from "../../core/wire";
import { colorOfRun } from "../compare/logic";
import type { ProjectTree, ViewDoc } from "./document";
import { applied, inverse, leaves } from "./edits";
import type { Column, Columns, Document, Edit, ProjectAsk, ProjectName, RunIds, RunsQuery } from "./wire";

/** Of `ProjectAsk` without the project's name. */
export type Question = ProjectAsk extends infer One
  ? One extends ProjectName
    ? Omit<One, keyof ProjectName>
    : never
  : never;

/** The part of a session that a project needs. */
export interface Asks {
  project(ask: ProjectAsk, stop?: AbortSignal): Promise<Unpacked>;
  readonly runs: readonly RunModel[];
}

interface Step {
  label: string;
  forth: Edit[];
  back: Edit[];
}

/** How often the page looks for what others did, while it is seen. */
const PULSE_MS = 2_000;
const STEPS = 200;
/** Edits that the store takes in one question (nbtrack/panels/project/changes.py). */
const PORTION = 1_000;
/** The view of who has saved none. */
export const OWN_VIEW = "default";

export class Project {
  readonly name: ProjectName;
  /** Grows when runs changed, or may have: who shows some asks again. */
  readonly pulse: Signal<number> = signal(0);
  readonly viewId: Signal<string> = signal(OWN_VIEW);
  readonly tree: ReadonlySignal<ProjectTree>;
  readonly view: ReadonlySignal<ViewDoc>;
  readonly query: ReadonlySignal<RunsQuery>;
  readonly columns: Signal<Column[]> = signal([]);
  /** The run whose page is open. */
  readonly run: Signal<string | null> = signal(null);
  /** Why the last change could not be stored. */
  readonly failure: Signal<string | null> = signal(null);
  readonly ready: Signal<boolean> = signal(false);
  /** While many runs are read that nobody has read before: how many are, of how many. */
  readonly indexing: Signal<readonly [done: number, of: number] | null> = signal(null);
  readonly undoLabel: ReadonlySignal<string | null>;
  readonly redoLabel: ReadonlySignal<string | null>;

  readonly #asks: Asks;
  readonly #stored: Signal<Document> = signal({ version: "", tree: {} });
  /** Edits on their way to the store, in order. */
  readonly #waiting: Signal<readonly Edit[][]> = signal([]);
  readonly #done: Signal<readonly Step[]> = signal([]);
  readonly #undone: Signal<readonly Step[]> = signal([]);
  readonly #colors = new Map<string, string>();
  /** Colors of the palette that runs have in this round of it. */
  readonly #taken = new Set<number>();
  #revision = "";
  #columnsOf = "";
  #looking = false;
  /** Counts writes: what was asked before the last one may not know of it. */
  #written = 0;
  #writing: Promise<void> = Promise.resolve();

  constructor(name: ProjectName, asks: Asks) {
    this.name = name;
    this.#asks = asks;
    this.tree = computed(
      () =>
        this.#waiting.value.reduce(
          (tree, edits) => applied(tree, edits),
          this.#stored.value.tree,
        ) as ProjectTree,
    );
    this.view = computed(() => this.tree.value.views?.[this.viewId.value] ?? {});
    this.query = computed(() => {
      const { group: _, ...query } = this.view.value.query ?? {};
      return query;
    });
    this.undoLabel = computed(() => this.#done.value.at(-1)?.label ?? null);
    this.redoLabel = computed(() => this.#undone.value.at(-1)?.label ?? null);
  }

  async ask<T>(question: Question, stop?: AbortSignal): Promise<T> {
    return (await this.packed(question, stop)).content as T;
  }

  /** As `ask`, with the bytes that come beside the answer. */
  packed(question: Question, stop?: AbortSignal): Promise<Unpacked> {
    return this.#asks.project({ ...this.name, ...question } as ProjectAsk, stop);
  }

  // ---- the document --------------------------------------------------------------------------------------------

  /** Change the document: seen at once, stored soon, and one step of undo. */
  edit(edits: Edit[], label: string): void {
    if (edits.length === 0) return;
    const tree = this.tree.peek() as { [key: string]: Json };
    const step = { label, forth: edits, back: inverse(tree, edits) };
    batch(() => {
      this.#done.value = [...this.#done.peek(), step].slice(-STEPS);
      this.#undone.value = [];
      this.#write(edits);
    });
  }

  /** As `edit`, with paths below the current view. */
  editView(edits: Edit[], label: string): void {
    const below = ["views", this.viewId.peek()];
    this.edit(
      edits.map((edit) => ({ ...edit, path: [...below, ...edit.path] })),
      label,
    );
  }

  undo(): void {
    this.#go(this.#done, this.#undone, "back");
  }

  redo(): void {
    this.#go(this.#undone, this.#done, "forth");
  }

  #go(from: Signal<readonly Step[]>, to: Signal<readonly Step[]>, way: "forth" | "back"): void {
    const step = from.peek().at(-1);
    if (!step) return;
    batch(() => {
      from.value = from.peek().slice(0, -1);
      to.value = [...to.peek(), step];
      this.#write(step[way]);
    });
  }

  #write(edits: readonly Edit[]): void {
    // Each leaf is stored by itself, so that two people who change different things never undo each other.
    const single = edits.flatMap((edit) =>
      edit.op === "set" ? leaves(edit.path, edit.value ?? null) : [edit],
    );
    this.#waiting.value = [...this.#waiting.peek(), single];
    this.#writing = this.#writing.then(async () => {
      try {
        let stored = this.#stored.peek();
        for (let i = 0; i < single.length; i += PORTION)
          stored = await this.ask<Document>({ what: "edit", edits: single.slice(i, i + PORTION) });
        batch(() => {
          this.failure.value = null;
          this.#stored.value = stored;
          this.#written++;
          this.#waiting.value = this.#waiting.peek().filter((other) => other !== single);
        });
      } catch (error) {
        batch(() => {
          this.failure.value = error instanceof Error ? error.message : String(error);
          this.#waiting.value = this.#waiting.peek().filter((other) => other !== single);
        });
      }
    });
  }

  // ---- keeping up ----------------------------------------------------------------------------------------------

  /** Look for what others did as long as `visible`; call what it returns at the end. */
  follow(visible: ReadonlySignal<boolean>): () => void {
    let timer: ReturnType<typeof setInterval> | undefined;
    const stop = effect(() => {
      clearInterval(timer);
      if (!visible.value) return;
      void this.look();
      timer = setInterval(() => void this.look(), PULSE_MS);
    });
    return () => {
      clearInterval(timer);
      stop();
    };
  }

  /** Look whether runs or the document changed, and tell who shows them. */
  async look(): Promise<void> {
    if (this.#looking || document.hidden) return;
    this.#looking = true;
    const written = this.#written;
    try {
      const [stored, { revision, indexing }] = await Promise.all([
        this.ask<Document>({ what: "document" }),
        this.ask<RunIds>({ what: "ids", query: {}, limit: 0 }),
      ]);
      // they may be counted less often than runs change: then they are asked for again
      const found = revision === this.#columnsOf ? null : await this.ask<Columns>({ what: "columns" });
      batch(() => {
        const isNew = this.#waiting.peek().length === 0 && this.#written === written;
        if (isNew && stored.version !== this.#stored.peek().version) this.#stored.value = stored;
        if (found && found.revision !== this.#columnsOf) this.columns.value = found.columns;
        this.#columnsOf = found?.revision ?? this.#columnsOf;
        if (revision !== this.#revision) this.pulse.value++;
        this.#revision = revision;
        this.indexing.value = indexing ?? null;
        this.ready.value = true;
        this.failure.value = null;
      });
    } catch (error) {
      this.failure.value = error instanceof Error ? error.message : String(error);
    } finally {
      this.#looking = false;
    }
  }

  // ---- runs ----------------------------------------------------------------------------------------------------

  openRun(id: string): void {
    this.run.value = id;
  }

  /**
   * The color of a run: as somebody chose it, else one that its id asks for, so that it has the same tomorrow, among
   * others; where another run has that already, the next that is free.
   */
  colorOf(id: string): string {
    const chosen = this.view.value.runs?.[id]?.color;
    if (chosen) return chosen;
    let color = this.#colors.get(id);
    if (!color) {
      const round = Math.floor(this.#colors.size / PALETTE.length) * PALETTE.length;
      if (this.#colors.size === round) this.#taken.clear();
      let slot = hashOf(id) % PALETTE.length;
      while (this.#taken.has(slot)) slot = (slot + 1) % PALETTE.length;
      this.#taken.add(slot);
      color = colorOfRun(round + slot);
      this.#colors.set(id, color);
    }
    return color;
  }
}

/** FNV-1a, of 32 bits. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
