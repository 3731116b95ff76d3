// The list of all columns: a click shows or hides one, a pin keeps it beside the name.

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { columnsLike } from "../filter/names";
import type { Column } from "../wire";
import { setHidden, setPinned } from "./changes";
import { isShown, NAME, ordered } from "./columns";
import { Icon } from "./icons";
import { Popover } from "./popover";
import type { TableState } from "./state";

/** More are found by the search. */
const MOST = 400;

export function ColumnsMenu(props: { state: TableState }): JSX.Element {
  return (
    <Popover
      label="Columns: show, hide, pin"
      kind="dialog"
      boxClass="nb-runs-columns"
      icon={
        <span class="nb-runs-iconed">
          <Icon name="columns" /> Columns
        </span>
      }
    >
      {() => <List state={props.state} />}
    </Popover>
  );
}

function List(props: { state: TableState }): JSX.Element {
  const { state } = props;
  const { project } = state;
  const text = useSignal("");
  const looks = state.looks.value;
  const all = ordered(project.columns.value, looks);
  const found = text.value.trim() === "" ? all : columnsLike(all, text.value.trim(), MOST);
  const shown = found.filter((column) => isShown(column, looks));
  const hidden = found.filter((column) => !isShown(column, looks));
  const pinnedFirst = [
    ...shown.filter(({ field }) => looks[field]?.pinned),
    ...shown.filter(({ field }) => !looks[field]?.pinned),
  ];
  const item = (column: Column, isOn: boolean): JSX.Element => {
    const isPinned = isOn && looks[column.field]?.pinned === true;
    return (
      <li key={column.field}>
        <button
          type="button"
          class="nb-item"
          aria-pressed={isOn}
          title={isOn ? "Hide" : "Show"}
          onClick={() => setHidden(project, [column], isOn)}
        >
          <Icon name={isOn ? "eye" : "closed"} size={12} />
          <span class="nb-runs-text">{column.label}</span>
          <span class="nb-quiet">{column.section === "run" ? "" : column.section}</span>
        </button>
        <button
          type="button"
          class={`nb-runs-pin${isPinned ? " nb-on" : ""}`}
          aria-pressed={isPinned}
          aria-label={isPinned ? `Unpin ${column.label}` : `Pin ${column.label}`}
          title={isPinned ? "Unpin" : "Pin beside the name"}
          onClick={() => setPinned(project, column.field, !isPinned)}
        >
          <Icon name="pin" size={13} />
        </button>
      </li>
    );
  };
  return (
    <>
      <input
        class="nb-search"
        type="search"
        placeholder="Search columns"
        aria-label="Search columns"
        value={text.value}
        onInput={(event) => {
          text.value = event.currentTarget.value;
        }}
      />
      <div class="nb-runs-lists">
        <div class="nb-runs-list-head">
          <span>
            Shown <span class="nb-count">{shown.length}</span>
          </span>
          <button
            type="button"
            class="nb-link"
            disabled={shown.length === 0}
            onClick={() => setHidden(project, shown, true)}
          >
            Hide {text.value ? "these" : "all"}
          </button>
        </div>
        <ul>{pinnedFirst.slice(0, MOST).map((column) => item(column, true))}</ul>
        <div class="nb-runs-list-head">
          <span>
            Hidden <span class="nb-count">{hidden.length}</span>
          </span>
          <button
            type="button"
            class="nb-link"
            disabled={hidden.length === 0}
            onClick={() => setHidden(project, hidden, false)}
          >
            Show {text.value ? "these" : "all"}
          </button>
        </div>
        <ul>{hidden.slice(0, MOST).map((column) => item(column, false))}</ul>
        {found.length === 0 && <p class="nb-quiet">No column of this name</p>}
      </div>
      <button
        type="button"
        class="nb-item"
        onClick={() =>
          project.editView(
            project.columns
              .peek()
              .filter(({ field }) => looks[field] !== undefined)
              .map(({ field }) => ({ op: "del", path: ["columns", field] })),
            "reset columns",
          )
        }
        disabled={Object.keys(looks).every((field) => field === NAME)}
      >
        Reset order, pins, widths
      </button>
    </>
  );
}
