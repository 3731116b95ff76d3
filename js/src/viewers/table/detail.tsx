// One row in full: every column under the other, long text whole, media by the viewers of their kinds.

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Io } from "../../core/io";
import { messageOf } from "../../core/message";
import { ErrorLine, IconButton } from "../../core/panel";
import type { RunView } from "../../core/registry";
import type { Json, TableColumn, TableComparison } from "../../core/wire";
import { mediaOf, textOf } from "./logic";
import { Large } from "./media-cell";
import { type Row, type Rows, rowsOf } from "./rows";
import type { TableState } from "./state";

export function Detail(props: {
  rows: Rows;
  columns: TableColumn[];
  state: TableState;
  run: RunView;
  /** Of a comparison: the run on the right. */
  other?: RunView | undefined;
  io: Io;
}): JSX.Element | null {
  const { rows, columns, state, io } = props;
  void rows.version.value;
  const active = state.active.value;
  const total = rows.head?.matched ?? 0;
  const i = active ? Math.min(active.row, total - 1) : -1;
  const found = useSignal<{ row: Row; place: Map<string, number> } | null>(null);
  const error = useSignal<string | null>(null);
  const place = useRef<HTMLDivElement>(null);
  const question = rows.question;
  const name = JSON.stringify(question);

  useEffect(() => {
    if (i < 0 || !question) return undefined;
    const stop = new AbortController();
    const ask = { ...question, columns: columns.map((one) => one.name), offset: i, limit: 1, full: true };
    io.table(ask, stop.signal).then(
      ({ content }) => {
        const page = content as unknown as TableComparison;
        const row = page.rows && rowsOf(page)[0];
        if (!row) return;
        error.value = null;
        found.value = { row, place: new Map(page.shown.map((one, at) => [one, at])) };
      },
      (reason: unknown) => {
        if (!stop.signal.aborted) error.value = messageOf(reason);
      },
    );
    return () => stop.abort();
  }, [i, name, columns.length]);

  // What was clicked comes first into view.
  useEffect(() => {
    place.current?.querySelector(".nb-chosen")?.scrollIntoView({ block: "nearest" });
  }, [active?.column, found.value !== null]);

  if (!active || i < 0) return null;
  const go = (by: number): void => {
    const row = Math.min(total - 1, Math.max(0, i + by));
    state.active.value = { ...active, row };
    if (row < state.top.peek() || row > state.top.peek() + 3) state.top.value = Math.max(0, row - 1);
  };
  const shown = found.value;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keys of what is inside
    <div
      ref={place}
      class="nb-table-detail nb-own-keys"
      onKeyDown={(event) => {
        if (event.key !== "Escape" || event.defaultPrevented) return;
        event.preventDefault();
        event.stopPropagation();
        state.open.value = false;
      }}
    >
      <div class="nb-table-detail-bar">
        <IconButton icon="prev" label="Previous row" disabled={i === 0} onClick={() => go(-1)} />
        <span class="nb-number">
          row {(shown?.row.id ?? i) + 1}
          <span class="nb-quiet">
            {" "}
            · {i + 1} of {total.toLocaleString("en-US")}
          </span>
        </span>
        <IconButton icon="next" label="Next row" disabled={i >= total - 1} onClick={() => go(1)} />
        <span class="nb-spring" />
        <IconButton icon="close" label="Close (Escape)" onClick={() => (state.open.value = false)} />
      </div>
      {error.value && <ErrorLine text={error.value} />}
      {shown && (
        <dl>
          {columns.map((column) => {
            const at = shown.place.get(column.name);
            const differs = at !== undefined && shown.row.marks?.includes(at);
            const onlyRight = shown.row.state === 3;
            return (
              <div
                key={column.name}
                class={`nb-table-field${column.name === active.column ? " nb-chosen" : ""}${differs ? " nb-differs" : ""}`}
              >
                <dt>{column.name}</dt>
                <dd>
                  {!onlyRight && at !== undefined && (
                    <Whole value={shown.row.cells[at]} column={column} run={props.run} io={io} />
                  )}
                  {(differs || onlyRight) && at !== undefined && (
                    <Whole
                      value={shown.row.other?.[at]}
                      column={column}
                      run={props.other ?? props.run}
                      io={io}
                    />
                  )}
                </dd>
              </div>
            );
          })}
        </dl>
      )}
    </div>
  );
}

function Whole(props: { value: Json | undefined; column: TableColumn; run: RunView; io: Io }): JSX.Element {
  const { value, column, run, io } = props;
  const media = mediaOf(value, column);
  if (media) return <Large cells={media} run={run} io={io} name={column.name} />;
  const { text, kind } = textOf(value, column, true);
  return <div class={`nb-table-whole nb-table-${kind}`}>{text}</div>;
}
