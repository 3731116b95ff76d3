// What a person set in a table. It is held by the viewer, over all steps and runs: the slider keeps it.

import { type Signal, signal } from "@preact/signals";
import type { Sort } from "./logic";

export const ROW_HEIGHTS = { low: 26, middle: 64, high: 120 } as const;
export type RowSize = keyof typeof ROW_HEIGHTS;

/** The table on the right of a comparison: of another run at the cursor's step, or of another step. */
export interface Versus {
  run: string;
  /** Null: the cursor's. */
  step: number | null;
}

export class TableState {
  readonly filter: Signal<string> = signal("");
  readonly search: Signal<string> = signal("");
  readonly sort: Signal<Sort> = signal([]);
  readonly order: Signal<readonly string[]> = signal([]);
  readonly pinned: Signal<readonly string[]> = signal([]);
  /** Null: nobody has chosen; wide tables then show their first columns only. */
  readonly hidden: Signal<ReadonlySet<string> | null> = signal(null);
  readonly widths: Signal<ReadonlyMap<string, number>> = signal(new Map());
  /** Null: by what the table holds. */
  readonly size: Signal<RowSize | null> = signal(null);
  readonly by: Signal<string | null> = signal(null);
  readonly versus: Signal<Versus | null> = signal(null);
  /** Undefined: the table's primary key, or its first column. */
  readonly key: Signal<string | null | undefined> = signal(undefined);
  readonly only: Signal<"all" | "different"> = signal("all");
  /** The row at the top of the window, with fractions. */
  readonly top: Signal<number> = signal(0);
  readonly left: Signal<number> = signal(0);
  /** The cell with the keyboard, and whether its row's details are open. */
  readonly active: Signal<{ row: number; column: string } | null> = signal(null);
  readonly open: Signal<boolean> = signal(false);
}
