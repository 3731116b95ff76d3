// The table of a project's runs: its bar, the grid, and what stands in its place when there is nothing to show.

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { formatStep } from "../../../core/format";
import { messageOf } from "../../../core/message";
import { EmptyState, ErrorLine } from "../../../core/panel";
import { FilterBar } from "../filter/bar";
import type { Project } from "../project";
import type { Column } from "../wire";
import { exportRuns, runsText, type Told } from "./acts";
import { Bulk, Outcome } from "./bulk";
import { clearFilter } from "./changes";
import { NAME } from "./columns";
import { ColumnsMenu } from "./columns-menu";
import { Grid } from "./grid";
import { Item, Popover } from "./popover";
import { countOf, NONE } from "./selection";
import { TableState } from "./state";

export interface RunsTableProps {
  project: Project;
  /** Beside the charts: only the name and what is pinned, without the bar of filters. */
  compact?: boolean;
  /** Show some runs beside each other; without it nobody is asked to. */
  onCompare?: (ids: string[]) => void;
}

/** What was done is told for so long. */
const TOLD_MS = 12_000;

export function RunsTable(props: RunsTableProps): JSX.Element {
  const { project, compact = false } = props;
  const state = useMemo(() => new TableState(project, compact), [project, compact]);
  useEffect(() => state.follow(), [state]);
  const root = useRef<HTMLDivElement>(null);
  const told = useSignal<Told | null>(null);
  const wanted = useSignal<Column | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const tell = (now: Told | null): void => {
    clearTimeout(timer.current);
    told.value = now;
    if (now && now.failed.length === 0) timer.current = setTimeout(() => tell(null), TOLD_MS);
  };
  useEffect(() => () => clearTimeout(timer.current), []);
  const search = (): void => {
    const place = root.current?.closest(".nb-project") ?? root.current;
    place?.querySelector<HTMLInputElement>(".nb-runs-search input")?.focus();
  };
  const { value: selection } = state.selection;
  const isChoosing = countOf(selection, state.counts?.matched ?? 0) > 0;
  const error = state.source.error.value;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: "/" goes to the search
    <div
      ref={root}
      class={`nb-runs${compact ? " nb-compact" : ""}`}
      onKeyDown={(event) => {
        if (event.key !== "/" || (event.target as HTMLElement).closest("input, select, textarea")) return;
        event.preventDefault();
        search();
      }}
    >
      {!compact && (
        <div class="nb-runs-bar">
          <FilterBar project={project} wanted={wanted} />
          <span class="nb-runs-tools">
            <ColumnsMenu state={state} />
            <More state={state} tell={tell} />
          </span>
        </div>
      )}
      {/* beside the charts the count stands in their sidebar */}
      {(!compact || isChoosing || told.value) && (
        <div class="nb-runs-said">
          {isChoosing ? (
            <Bulk state={state} onCompare={props.onCompare} tell={tell} />
          ) : (
            !compact && <Count state={state} />
          )}
          {told.value && <Outcome state={state} told={told.value} tell={tell} />}
        </div>
      )}
      {error && <ErrorLine text={error} retry={() => state.retry()} />}
      <Body
        state={state}
        onSearch={search}
        onFilter={
          compact
            ? undefined
            : (column) => {
                wanted.value = column;
              }
        }
      />
    </div>
  );
}

function Body(props: {
  state: TableState;
  onSearch: () => void;
  onFilter: ((column: Column) => void) | undefined;
}): JSX.Element | null {
  const { state } = props;
  const { counts, source } = state;
  const problem = source.problem.value;
  if (problem && !counts)
    return (
      <EmptyState title={`This ${problem.in} cannot be understood: ${problem.message}`}>
        <button type="button" class="nb-link" onClick={() => clearFilter(state.project)}>
          Clear filter
        </button>
      </EmptyState>
    );
  if (counts?.matched === 0) return <Nothing state={state} total={counts.total} />;
  if (!counts && source.error.value) return null;
  return (
    <div class={source.loading.value && counts ? "nb-runs-waiting nb-runs-body" : "nb-runs-body"}>
      <Grid state={state} onFilter={props.onFilter} onSearch={props.onSearch} />
    </div>
  );
}

function Nothing(props: { state: TableState; total: number }): JSX.Element {
  const { state, total } = props;
  const { search, filter, within } = state.query.value;
  if (state.deleted.value)
    return (
      <EmptyState title="No run is deleted">
        <button
          type="button"
          class="nb-link"
          onClick={() => {
            state.deleted.value = false;
          }}
        >
          Back to the runs
        </button>
      </EmptyState>
    );
  if (total > 0 || search || filter || within)
    return (
      <EmptyState title="No run fits">
        <button type="button" class="nb-link" onClick={() => clearFilter(state.project)}>
          Clear filter
        </button>
      </EmptyState>
    );
  const { entity, project } = state.project.name;
  const where = entity ? `entity=${JSON.stringify(entity)}, ` : "";
  return (
    <EmptyState title="No runs yet">
      These two lines make one:
      <pre class="nb-runs-example">
        {`run = nbtrack.init(${where}project=${JSON.stringify(project)}, config={"lr": 0.1})\nrun.log({"loss": 0.5})`}
      </pre>
    </EmptyState>
  );
}

function Count(props: { state: TableState }): JSX.Element {
  const { state } = props;
  const { counts } = state;
  const by = state.by.value.length;
  const groups = by > 0 ? (state.groups.answer?.groups.length ?? 0) : 0;
  const others = by > 0 ? (state.groups.answer?.others ?? 0) : 0;
  const n = formatStep;
  return (
    <span class="nb-runs-count nb-quiet nb-number" role="status">
      {counts &&
        `${counts.matched === counts.total ? runsText(counts.total) : `${n(counts.matched)} of ${runsText(counts.total)}`}${
          by > 0
            ? ` in ${n(groups)} ${groups === 1 ? "group" : "groups"}${others > 0 ? `, ${n(others)} more left out` : ""}`
            : ""
        }`}
      {state.deleted.value && (
        <>
          {" deleted · "}
          <button
            type="button"
            class="nb-link"
            onClick={() => {
              state.deleted.value = false;
              state.selection.value = NONE;
            }}
          >
            Back to the others
          </button>
        </>
      )}
    </span>
  );
}

function More(props: { state: TableState; tell: (told: Told) => void }): JSX.Element {
  const { state, tell } = props;
  const save = (format: "csv" | "parquet"): void => {
    const fields = [NAME, ...state.columns.peek().map(({ column }) => column.field)];
    exportRuns(state.project, state.query.peek(), fields, format).catch((error: unknown) =>
      tell({ text: "", failed: [messageOf(error)] }),
    );
  };
  return (
    <Popover label="More" class="nb-button" icon="⋯">
      {(close) => {
        const item = (text: string, act: () => void): JSX.Element => (
          <Item
            onClick={() => {
              close();
              act();
            }}
          >
            {text}
          </Item>
        );
        return (
          <>
            {item("Export these runs as CSV", () => save("csv"))}
            {item("Export these runs as Parquet", () => save("parquet"))}
            <hr />
            {item(state.deleted.value ? "Show runs that are not deleted" : "Show deleted runs", () => {
              state.deleted.value = !state.deleted.peek();
              state.selection.value = NONE;
            })}
          </>
        );
      }}
    </Popover>
  );
}
