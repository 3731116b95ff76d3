// What the runs table writes into the project's document: each is one step of undo.

import type { Project } from "../project";
import type { Column, Edit } from "../wire";
import { clampWidth, type Looks, movedBefore } from "./columns";
import { cycled, type Sort, sortedBy } from "./sorting";

const sortOf = (project: Project): Sort => project.view.peek().query?.sort ?? [];

export function setSort(project: Project, sort: Sort): void {
  project.editView([{ op: "set", path: ["query", "sort"], value: sort }], "sort");
}

export function cycleSort(project: Project, field: string, add: boolean): void {
  setSort(project, cycled(sortOf(project), field, add));
}

export function sortBy(project: Project, field: string, descending: boolean, add: boolean): void {
  setSort(project, sortedBy(sortOf(project), field, descending, add));
}

export function setGroup(project: Project, by: string[]): void {
  project.editView([{ op: "set", path: ["query", "group"], value: by }], "group");
}

export function toggleGroupBy(project: Project, field: string): void {
  const by = project.view.peek().query?.group ?? [];
  setGroup(project, by.includes(field) ? by.filter((one) => one !== field) : [...by, field]);
}

export function setFilter(project: Project, filter: string): void {
  project.editView([{ op: "set", path: ["query", "filter"], value: filter }], "filter");
}

export function clearFilter(project: Project): void {
  project.editView(
    [
      { op: "set", path: ["query", "filter"], value: "" },
      { op: "set", path: ["query", "search"], value: "" },
    ],
    "clear filter",
  );
}

const look = (field: string, name: string, value: boolean | number): Edit => ({
  op: "set",
  path: ["columns", field, name],
  value,
});

export function setPinned(project: Project, field: string, pinned: boolean): void {
  const edits = [look(field, "pinned", pinned)];
  // what is pinned is to be seen
  if (pinned) edits.push(look(field, "hidden", false));
  project.editView(edits, pinned ? "pin column" : "unpin column");
}

export function setHidden(project: Project, columns: readonly Column[], hidden: boolean): void {
  const edits = columns.map(({ field }) => look(field, "hidden", hidden));
  if (edits.length > 0) project.editView(edits, hidden ? "hide columns" : "show columns");
}

export function setWidth(project: Project, field: string, width: number): void {
  project.editView([look(field, "width", clampWidth(width))], "resize column");
}

/** Its heading; an empty one is the key again. */
export function setTitle(project: Project, field: string, title: string): void {
  const path = ["columns", field, "title"];
  project.editView([title ? { op: "set", path, value: title } : { op: "del", path }], "rename column");
}

export function moveColumn(
  project: Project,
  looks: Looks,
  field: string,
  before: string | null,
  pinned: boolean,
): void {
  const edits = movedBefore(project.columns.peek(), looks, field, before);
  if ((looks[field]?.pinned ?? false) !== pinned) edits.push(look(field, "pinned", pinned));
  if (edits.length > 0) project.editView(edits, "move column");
}

/** Whether runs are drawn in charts. */
export function setRunsHidden(project: Project, ids: readonly string[], hidden: boolean): void {
  const edits: Edit[] = ids.map((id) =>
    hidden
      ? { op: "set", path: ["runs", id, "hidden"], value: true }
      : { op: "del", path: ["runs", id, "hidden"] },
  );
  if (edits.length > 0) project.editView(edits, hidden ? "hide runs" : "show runs");
}

/** Null: the color that it has by itself. */
export function setRunColor(project: Project, id: string, color: string | null): void {
  const path = ["runs", id, "color"];
  project.editView([color === null ? { op: "del", path } : { op: "set", path, value: color }], "color");
}
