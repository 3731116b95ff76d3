// Group and sort of the runs, where there is no room for the table's headings.

import { useSignal } from "@preact/signals";
import type { ComponentChildren, JSX } from "preact";
import type { Project } from "../project";
import { setGroup, setSort, toggleGroupBy } from "../table/changes";
import { Item, Popover } from "../table/popover";
import type { Column } from "../wire";

/** Columns that are listed at once; the search finds the others. */
const LISTED = 60;

export function GroupButton(props: { project: Project }): JSX.Element {
  const { project } = props;
  const by = project.view.value.query?.group ?? [];
  return (
    <Columns
      project={project}
      label="Group"
      on={by.length > 0}
      offered={({ kind, section, count }) =>
        kind !== "other" && (section !== "run" || kind === "text" || kind === "tags") && count > 0
      }
      marked={(field) => by.includes(field)}
      clear={by.length > 0 ? () => setGroup(project, []) : undefined}
      onChoose={(field) => toggleGroupBy(project, field)}
    />
  );
}

export function SortButton(props: { project: Project }): JSX.Element {
  const { project } = props;
  const sort = project.query.value.sort ?? [];
  const [first] = sort;
  return (
    <Columns
      project={project}
      label="Sort"
      on={sort.length > 0}
      offered={({ kind }) => kind !== "other" && kind !== "tags"}
      marked={(field) => first?.[0] === field}
      mark={first?.[1] ? "↓" : "↑"}
      clear={sort.length > 0 ? () => setSort(project, []) : undefined}
      // The same column again turns it around.
      onChoose={(field) => setSort(project, [[field, first?.[0] === field ? !first[1] : false]])}
    />
  );
}

function Columns(props: {
  project: Project;
  label: string;
  on: boolean;
  offered: (column: Column) => boolean;
  marked: (field: string) => boolean;
  mark?: ComponentChildren;
  clear: (() => void) | undefined;
  onChoose: (field: string) => void;
}): JSX.Element {
  const { label, marked, mark = "✓" } = props;
  const query = useSignal("");
  return (
    <Popover
      label={label}
      kind="dialog"
      class={props.on ? "nb-button nb-ws-chosen-button" : "nb-button"}
      boxClass="nb-ws-columns"
      icon={label}
    >
      {(close) => {
        const words = query.value.toLowerCase().split(/\s+/).filter(Boolean);
        const found = props.project.columns.value
          .filter(props.offered)
          .filter(({ name }) => words.every((word) => name.toLowerCase().includes(word)));
        // What is chosen stays in sight.
        found.sort((a, b) => Number(marked(b.field)) - Number(marked(a.field)));
        return (
          <>
            <input
              type="search"
              class="nb-search"
              placeholder="Search columns"
              aria-label={`Search columns to ${label.toLowerCase()} by`}
              value={query.value}
              onInput={(event) => {
                query.value = event.currentTarget.value;
              }}
            />
            {props.clear && (
              <Item
                onClick={() => {
                  props.clear?.();
                  close();
                }}
              >
                Do not {label.toLowerCase()}
              </Item>
            )}
            {found.slice(0, LISTED).map(({ field, label: name, section }) => (
              <Item key={field} hint={section} onClick={() => props.onChoose(field)}>
                <span class="nb-ws-mark" aria-hidden="true">
                  {marked(field) && mark}
                </span>
                {name}
                {marked(field) && <span class="nb-visually-hidden"> (chosen)</span>}
              </Item>
            ))}
            {found.length > LISTED && (
              <div class="nb-ws-menu-title">{found.length - LISTED} more: search for them</div>
            )}
            {found.length === 0 && <div class="nb-ws-menu-title">No such column</div>}
          </>
        );
      }}
    </Popover>
  );
}
