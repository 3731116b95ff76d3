// Which runs are chosen for what is done with several at once. Pure values: each change is a new selection.

export interface Selection {
  readonly ids: ReadonlySet<string>;
  /** All that the query finds, whichever they are. */
  readonly all: boolean;
}

export const NONE: Selection = { ids: new Set(), all: false };
export const ALL: Selection = { ids: new Set(), all: true };

export function isChosen(selection: Selection, id: string): boolean {
  return selection.all || selection.ids.has(id);
}

export function withRuns(selection: Selection, ids: readonly string[], chosen: boolean): Selection {
  const next = new Set(selection.ids);
  for (const id of ids) {
    if (chosen) next.add(id);
    else next.delete(id);
  }
  return { ids: next, all: false };
}

export function countOf(selection: Selection, matched: number): number {
  return selection.all ? matched : selection.ids.size;
}
