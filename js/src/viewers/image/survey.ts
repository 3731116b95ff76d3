// What can be switched on and off: the groups, classes and scores of a key over all its steps. A group that a step has
// not stays in the list, as W&B does it: switching it changes nothing there.

import type { RunView } from "../../core/registry";
import type { MediaRow } from "../../core/wire";
import { classKey, labelOf } from "./classes";
import { groupsOf, type Kind, parts } from "./parts";
import { groupKey } from "./settings";

export interface FoundClass {
  id: number;
  label: string;
  /** Whether a mask or a box has it; labels without either are not offered. */
  kinds: Set<Kind>;
}

export interface Found {
  /** By `groupKey`, in the order in which they came. */
  groups: Map<string, { kind: Kind; name: string }>;
  classes: Map<string, FoundClass>;
  /** Least and most of each score. */
  scores: Map<string, [number, number]>;
}

export function nothingFound(): Found {
  return { groups: new Map(), classes: new Map(), scores: new Map() };
}

/** Add what a picture has. */
export function add(found: Found, row: MediaRow): void {
  for (const kind of ["masks", "boxes"] as const) {
    for (const [name, entry] of groupsOf(row, kind)) {
      found.groups.set(groupKey(kind, name), { kind, name });
      const labels = parts.labels(row, kind, name);
      for (const id of Array.isArray(entry.classes) ? entry.classes : []) {
        if (typeof id !== "number") continue;
        const label = labelOf(labels, id);
        const key = classKey(id, label);
        const known = found.classes.get(key);
        if (known) known.kinds.add(kind);
        else found.classes.set(key, { id, label, kinds: new Set([kind]) });
      }
      const scores = typeof entry.scores === "object" && entry.scores !== null ? entry.scores : {};
      for (const [score, range] of Object.entries(scores)) {
        const [low, high] = Array.isArray(range) ? range : [];
        if (typeof low !== "number" || typeof high !== "number") continue;
        const before = found.scores.get(score) ?? [low, high];
        found.scores.set(score, [Math.min(before[0], low), Math.max(before[1], high)]);
      }
    }
  }
}

/** A survey that grows with its runs: rows are read once. */
export class Survey {
  readonly found = nothingFound();
  #seen = new WeakSet<MediaRow>();
  #read = new WeakMap<object, string>();

  update(runs: readonly RunView[], name: string, kind: string): Found {
    for (const { model } of runs) {
      const steps = model.mediaSteps(name, kind);
      for (const step of steps) {
        const rows = model.mediaAt(name, kind, step);
        const state = `${rows.length} ${rows.filter((row) => row.pending).length}`;
        if (this.#read.get(rows) === state) continue;
        this.#read.set(rows, state);
        for (const row of rows) {
          if (this.#seen.has(row)) continue;
          // Until its labels are here, a class would be listed under a name that it has not.
          if (parts.waitsForLabels(row)) this.#read.delete(rows);
          else {
            if (!row.pending) this.#seen.add(row);
            add(this.found, row);
          }
        }
      }
    }
    return this.found;
  }
}
