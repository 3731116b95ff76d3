// Tables at the cursor's step: one for each run, all sorted and filtered alike; or two joined by a key.

import type { JSX } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { formatStep } from "../../core/format";
import type { Io } from "../../core/io";
import { EmptyState, ErrorLine } from "../../core/panel";
import type { RunView, ViewerProps } from "../../core/registry";
import type { MediaRow, TableColumn } from "../../core/wire";
import { ActualStep, absence, RunLabel } from "../run-label";
import { Detail } from "./detail";
import { Grid } from "./grid";
import { Groups } from "./groups";
import { FIRST_COLUMNS, MOST_COLUMNS, tableOf, tablesAt, visibleColumns } from "./logic";
import { type Question, Rows } from "./rows";
import { TableState } from "./state";
import { Toolbar } from "./toolbar";
import { JoinBar, VersusChoice } from "./versus";

export function TableViewer(props: ViewerProps): JSX.Element {
  const { runs, name, kind, cursor, io } = props;
  const state = useMemo(() => new TableState(), []);
  const root = useRef<HTMLDivElement>(null);
  const shown = runs.map((run) => {
    const steps = run.model.mediaSteps(name, kind);
    const step = cursor.resolve(steps, run.model);
    return { run, steps, step, rows: step === null ? [] : tablesAt(run.model, name, kind, step) };
  });
  const first = shown.find((one) => one.rows.length > 0) ?? shown[0];
  const versus = state.versus.value;
  const right = versus && runs.find((run) => run.model.id === versus.run);
  const rightSteps = right ? right.model.mediaSteps(name, kind) : [];
  const rightStep = versus?.step ?? (right ? cursor.resolve(rightSteps, right.model) : null);
  const rightRow = right && rightStep !== null ? tablesAt(right.model, name, kind, rightStep)[0] : undefined;
  const joined = versus !== null && first?.rows[0] && right;
  const versusOf = (run: RunView, step: number | null): JSX.Element => (
    <VersusChoice runs={runs} left={run} name={name} kind={kind} state={state} step={step} />
  );

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: "/" goes to the search
    <div
      ref={root}
      class="nb-table"
      onKeyDown={(event) => {
        if (event.key !== "/" || (event.target as HTMLElement).closest("input, select, textarea")) return;
        event.preventDefault();
        root.current?.querySelector<HTMLInputElement>(".nb-table-find")?.focus();
      }}
    >
      {joined ? (
        <OneTable
          key="joined"
          state={state}
          run={first.run}
          row={first.rows[0] as MediaRow}
          other={{ run: right, row: rightRow, step: rightStep }}
          io={io}
          name={name}
          step={first.step}
          tools={versusOf(first.run, first.step)}
        />
      ) : (
        shown.map((one) => (
          <div class="nb-table-run" key={one.run.model.id}>
            {runs.length > 1 && (
              <RunLabel run={one.run}>
                <ActualStep step={one.step} cursor={cursor.at(one.run.model)} />
              </RunLabel>
            )}
            {one.rows.length === 0 && (
              <EmptyState
                title={absence(one.steps, cursor.at(one.run.model), cursor.mode.value === "exact")}
              />
            )}
            {one.rows.map((row) => (
              <OneTable
                key={one.rows.indexOf(row)}
                state={state}
                run={one.run}
                row={row}
                io={io}
                name={name}
                step={one.step}
                bare={one !== first || row !== one.rows[0]}
                tools={row === one.rows[0] ? versusOf(one.run, one.step) : null}
              />
            ))}
          </div>
        ))
      )}
    </div>
  );
}

function OneTable(props: {
  state: TableState;
  run: RunView;
  row: MediaRow;
  other?: { run: RunView; row: MediaRow | undefined; step: number | null };
  io: Io;
  name: string;
  step: number | null;
  /** Without tools: those of the first table are for all. */
  bare?: boolean;
  tools?: JSX.Element | null;
}): JSX.Element {
  const { state, run, row, other, io, name } = props;
  const rows = useMemo(() => new Rows(io), [io]);
  useEffect(() => () => rows.close(), [rows]);
  void rows.version.value;
  const table = tableOf(run.model, row);
  const second = other?.row ? tableOf(other.run.model, other.row) : null;
  const head = rows.head;
  const columns = head ? visible(head.columns, state) : [];
  const key = state.key.value === undefined ? defaultKey(head?.columns) : state.key.value;
  const by = state.by.value;

  const question: Question | null =
    table && (!other || second)
      ? {
          run: table.run,
          shas: table.shas,
          what: second ? "compare" : "page",
          filter: state.filter.value,
          search: state.search.value,
          sort: state.sort.value,
          ...(second && { other: { run: second.run, shas: second.shas }, key, only: state.only.value }),
          ...((head?.columns.length ?? 0) > FIRST_COLUMNS && { columns: columns.map((one) => one.name) }),
        }
      : null;
  const asked = JSON.stringify(question);
  useEffect(() => {
    if (question) rows.ask(question);
  }, [rows, asked]);

  if (!table) {
    const failed = typeof row.meta.error === "string" ? row.meta.error : null;
    if (failed) return <ErrorLine text={failed} />;
    return <EmptyState title={row.pending ? "Being stored…" : "The table is not in the store"} />;
  }
  const error = rows.error.value;
  const nothing = head && head.matched === 0;
  const narrowed = state.filter.value.trim() !== "" || state.search.value.trim() !== "";
  return (
    <>
      {!props.bare && (
        <Toolbar state={state} rows={rows} columns={columns} io={io} name={name} count={count(rows)}>
          {props.tools ?? null}
        </Toolbar>
      )}
      {props.bare && head && <div class="nb-quiet nb-table-count">{count(rows)}</div>}
      {other && (
        <JoinBar
          state={state}
          rows={rows}
          left={run}
          leftStep={props.step}
          other={other}
          keyColumn={key ?? null}
        />
      )}
      {table.waiting > 0 && <div class="nb-quiet">{table.waiting} more rows are being stored…</div>}
      {error && <ErrorLine text={error} retry={() => question && rows.ask(question, true)} />}
      {other && !second ? (
        <EmptyState title={`${other.run.label} has no such table at this step`} />
      ) : by !== null && !other ? (
        <Groups table={table} by={by} state={state} io={io} />
      ) : !head ? (
        !error && <EmptyState title="Loading…" />
      ) : nothing ? (
        <EmptyState title={narrowed ? "No row fits" : other ? "No differences" : "The table has no rows"}>
          {narrowed ? (
            <button
              type="button"
              class="nb-link"
              onClick={() => {
                state.filter.value = "";
                state.search.value = "";
              }}
            >
              Show all
            </button>
          ) : (
            !other && columns.map((column) => column.name).join(", ")
          )}
        </EmptyState>
      ) : (
        <div class={rows.loading.value ? "nb-table-waiting" : ""}>
          <Grid
            rows={rows}
            columns={columns}
            state={state}
            run={run.model.id}
            otherRun={other?.run.model.id}
            io={io}
            label={`${name}: table`}
          />
          {state.open.value && (
            <Detail rows={rows} columns={columns} state={state} run={run} other={other?.run} io={io} />
          )}
        </div>
      )}
    </>
  );
}

function visible(columns: readonly TableColumn[], state: TableState): TableColumn[] {
  const hidden = state.hidden.value ?? new Set(columns.slice(FIRST_COLUMNS).map((one) => one.name));
  return visibleColumns(columns, {
    order: state.order.value,
    pinned: state.pinned.value,
    hidden,
    widths: state.widths.value,
  }).slice(0, MOST_COLUMNS);
}

function defaultKey(columns: readonly TableColumn[] | undefined): string | null {
  return columns?.find((column) => column.key)?.name ?? null;
}

function count(rows: Rows): string {
  const head = rows.head;
  if (!head) return "";
  const number = (n: number): string => n.toLocaleString("en-US");
  const held = head.held ?? head.total;
  const all = held < head.total ? `the first ${number(held)} of ${number(head.total)}` : number(head.total);
  const said = head.matched === held ? all : `${number(head.matched)} of ${all}`;
  return `${said} ${head.total === 1 ? "row" : "rows"} × ${formatStep(head.columns.length)}`;
}
