// Search, filter, groups and sorting of a project's runs in one line.

import type { Signal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";
import type { Project } from "../project";
import { setFilter, setGroup, setSort } from "../table/changes";
import { Icon } from "../table/icons";
import { Popover } from "../table/popover";
import type { Column } from "../wire";
import { Builder } from "./builder";
import { conditionCount } from "./conditions";
import { Draft, newCondition } from "./draft";
import { Expression } from "./expression";
import { SearchBox } from "./search";

export interface FilterBarProps {
  project: Project;
  /** A column that somebody wants to filter by: the popover opens with a row for it. */
  wanted?: Signal<Column | null>;
}

export function FilterBar(props: FilterBarProps): JSX.Element {
  const { project, wanted } = props;
  const filter = project.query.value.filter ?? "";
  const count = conditionCount(filter);
  const root = useRef<HTMLSpanElement>(null);
  const column = wanted?.value;
  useEffect(() => {
    if (!column) return;
    const button = root.current?.querySelector<HTMLElement>(".nb-filter-button");
    if (button?.getAttribute("aria-expanded") === "false") button.click();
  }, [column]);
  return (
    <span ref={root} class="nb-filter-bar">
      <SearchBox project={project} />
      <Popover
        label={count === 0 ? "Filter" : `Filter: ${count} ${count === 1 ? "condition" : "conditions"}`}
        title={filter === "" ? "Filter" : filter}
        kind="dialog"
        class={`nb-button nb-filter-button${count > 0 ? " nb-on" : ""}`}
        boxClass="nb-filter-box"
        icon={
          <span class="nb-runs-iconed">
            <Icon name="filter" size={12} /> Filter {count > 0 && <b class="nb-filter-count">{count}</b>}
          </span>
        }
      >
        {(close) => <FilterBox project={project} wanted={wanted} close={close} />}
      </Popover>
      <Chips project={project} />
    </span>
  );
}

function FilterBox(props: {
  project: Project;
  wanted: Signal<Column | null> | undefined;
  close: () => void;
}): JSX.Element {
  const { project, wanted } = props;
  const draft = useMemo(() => new Draft(project), [project]);
  useEffect(() => draft.follow(), [draft]);
  const rows = draft.rows.value;
  const column = wanted?.value;
  useEffect(() => {
    if (!column || !wanted) return;
    wanted.value = null;
    const rows = draft.rows.peek();
    if (!rows) return;
    const whole = rows.conditions.filter((one) => one.column !== "");
    draft.build({ ...rows, conditions: [...whole, newCondition(column)] });
  }, [column]);
  return (
    <>
      {rows ? (
        <Builder project={project} rows={rows} onChange={(next) => draft.build(next)} />
      ) : (
        <p class="nb-quiet nb-only-text">
          Only text can say this filter: it has brackets, functions or both and, or.
        </p>
      )}
      <div class="nb-expression-label">Expression</div>
      <Expression project={project} draft={draft} />
      <div class="nb-filter-foot">
        <button
          type="button"
          class="nb-link"
          disabled={draft.text.value === "" && (project.query.value.filter ?? "") === ""}
          onClick={() => {
            setFilter(project, "");
            draft.build({ join: "and", conditions: [newCondition(undefined)] });
          }}
        >
          Clear
        </button>
        <span class="nb-spring" />
        <button type="button" class="nb-button" onClick={props.close}>
          Done
        </button>
      </div>
    </>
  );
}

/** What the runs are grouped and sorted by: taken away by a click. */
function Chips(props: { project: Project }): JSX.Element {
  const { project } = props;
  const columns = project.columns.value;
  const by = project.view.value.query?.group ?? [];
  const sort = project.query.value.sort ?? [];
  const label = (field: string): string => columns.find((one) => one.field === field)?.label ?? field;
  const chip = (kind: string, field: string, text: JSX.Element | string, remove: () => void): JSX.Element => (
    <span class="nb-chip" key={`${kind} ${field}`}>
      {text}
      <button
        type="button"
        class="nb-runs-plain"
        aria-label={`Do not ${kind} by ${label(field)}`}
        onClick={remove}
      >
        <Icon name="close" size={9} />
      </button>
    </span>
  );
  return (
    <>
      {by.map((field) =>
        chip(
          "group",
          field,
          <>
            <Icon name="group" size={11} />
            <span class="nb-chip-text">{label(field)}</span>
          </>,
          () =>
            setGroup(
              project,
              by.filter((one) => one !== field),
            ),
        ),
      )}
      {sort.map(([field, descending]) =>
        chip(
          "sort",
          field,
          <button
            type="button"
            class="nb-chip-turn"
            title={descending ? "Descending: turn round" : "Ascending: turn round"}
            onClick={() =>
              setSort(
                project,
                sort.map(([one, before]) => [one, one === field ? !before : before]),
              )
            }
          >
            <span aria-hidden="true">{descending ? "↓" : "↑"}</span>
            <span class="nb-chip-text">{label(field)}</span>
          </button>,
          () =>
            setSort(
              project,
              sort.filter(([one]) => one !== field),
            ),
        ),
      )}
    </>
  );
}
