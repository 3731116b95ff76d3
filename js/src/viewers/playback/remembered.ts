// What a person has set in a panel, kept while its viewers come and go with scrolling and filtering.

import type { Cursor } from "../../core/cursor";

const panels = new WeakMap<Cursor, Map<string, unknown>>();

/** What `make` made when `name` was first asked for in the panel of this cursor; a panel has one cursor. */
export function remembered<T>(cursor: Cursor, name: string, make: () => T): T {
  let held = panels.get(cursor);
  if (!held) {
    held = new Map();
    panels.set(cursor, held);
  }
  if (!held.has(name)) held.set(name, make());
  return held.get(name) as T;
}
