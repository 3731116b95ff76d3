// The saved views of a project: which there are, and what is done with them. Pure.

import type { Json } from "../../../core/wire";
import type { ProjectTree, ViewDoc } from "../document";
import { leaves } from "../edits";
import type { Edit } from "../wire";

export interface SavedView {
  id: string;
  name: string;
  /** "": of all. */
  owner: string;
}

/** What the view is called in which everybody begins. */
export const FIRST_NAME = "Workspace";

/** The views that `user` sees: those of all, then one's own, each by name; the first one is always there. */
export function viewsOf(tree: ProjectTree, first: string, user: string): SavedView[] {
  const views = Object.entries({ [first]: {} as ViewDoc, ...tree.views })
    .filter(([, doc]) => !doc.deleted && (!doc.owner || doc.owner === user))
    .map(([id, doc]) => ({ id, owner: doc.owner ?? "", name: doc.name || (id === first ? FIRST_NAME : id) }));
  return views.sort(
    (a, b) =>
      Number(b.id === first) - Number(a.id === first) ||
      Number(a.owner !== "") - Number(b.owner !== "") ||
      a.name.localeCompare(b.name),
  );
}

/** A view as a copy of another, under a name of its own. */
export function copied(from: ViewDoc, id: string, name: string, owner: string, now: number): Edit[] {
  const { deleted: _, ...rest } = from;
  const doc = { ...rest, name, owner, created: now } as unknown as Json;
  return leaves(["views", id], doc);
}

/** "Losses (2)" where there are views of that name. */
export function freeName(name: string, taken: readonly SavedView[]): string {
  const names = new Set(taken.map((view) => view.name));
  if (!names.has(name)) return name;
  for (let n = 2; ; n++) if (!names.has(`${name} (${n})`)) return `${name} (${n})`;
}
