// The cell that logged a step: its source, and what changed since it was executed before.

import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { formatStep } from "../../core/format";
import type { Io } from "../../core/io";
import { EmptyState, ErrorLine, IconButton, Segmented } from "../../core/panel";
import type { CellProps } from "../../core/registry";
import type { CellSource } from "../../core/wire";
import { DiffView, SourceView } from "./diff";
import { countChanges, diffLines } from "./logic";

export interface CellState {
  cell: CellSource | null;
  error: string | null;
  retry: () => void;
}

/** The source of a cell execution; null while it is on its way, or when `id` is null. */
export function useCell(io: Io, run: string, id: number | null): CellState {
  const [attempt, setAttempt] = useState(0);
  const [held, setHeld] = useState<{ id: number | null; cell: CellSource | null; error: string | null }>({
    id: null,
    cell: null,
    error: null,
  });
  useEffect(() => {
    if (id === null) return;
    const aborted = new AbortController();
    io.cell(run, id, aborted.signal).then(
      (cell) => {
        if (!aborted.signal.aborted) setHeld({ id, cell, error: null });
      },
      (error: unknown) => {
        if (!aborted.signal.aborted)
          setHeld({ id, cell: null, error: error instanceof Error ? error.message : String(error) });
      },
    );
    return () => aborted.abort();
  }, [run, id, attempt]);
  const fresh = id !== null && held.id === id;
  return {
    cell: fresh ? held.cell : null,
    error: fresh ? held.error : null,
    retry: () => {
      setHeld({ id: null, cell: null, error: null });
      setAttempt(attempt + 1);
    },
  };
}

/** Unix seconds as the reader's local date and time. */
export function formatTime(seconds: number): string {
  return seconds > 0
    ? new Date(seconds * 1000).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" })
    : "";
}

export function CellDrawer(props: CellProps): JSX.Element | null {
  const { run, cell: wanted, step, io } = props;
  const id = wanted.value;
  const { cell, error, retry } = useCell(io, run.model.id, id);
  const [view, setView] = useState<"changes" | "source">("changes");
  const root = useRef<HTMLElement>(null);
  useEffect(() => {
    if (id !== null) root.current?.focus({ preventScroll: true });
  }, [id]);
  if (id === null) return null;

  const known = run.model.cells.value.get(id);
  const count = cell?.count ?? known?.count;
  const time = cell?.time ?? known?.time ?? 0;
  const close = (): void => {
    wanted.value = null;
  };
  return (
    <section
      ref={root}
      class="nb-cell-drawer"
      aria-label="Notebook cell that logged this step"
      tabIndex={-1}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.preventDefault();
        event.stopPropagation();
        close();
      }}
    >
      <header class="nb-cell-head">
        <span class="nb-cell-count">In [{count || " "}]</span>
        <span class="nb-quiet">
          {formatTime(time)}
          {step !== null && ` · step ${formatStep(step)}`}
        </span>
        <span class="nb-spring" />
        {cell?.previous && (
          <Segmented
            label={`Show of cell ${id}`}
            value={view}
            options={[
              { value: "changes", label: "Changes", tip: "What changed since the execution before" },
              { value: "source", label: "Source", tip: "The whole cell" },
            ]}
            onChange={setView}
          />
        )}
        <IconButton icon="close" label="Close (Escape)" onClick={close} />
      </header>
      {error ? (
        <ErrorLine text={error} retry={retry} />
      ) : !cell ? (
        <EmptyState title="Loading the cell…" />
      ) : cell.previous && view === "changes" ? (
        <Changes cell={cell} previous={cell.previous} run={run.model.id} />
      ) : (
        <>
          {!cell.previous && <p class="nb-cell-note nb-quiet">No earlier execution of this cell is known.</p>}
          <SourceView source={cell.source} />
        </>
      )}
    </section>
  );
}

function Changes(props: {
  cell: CellSource;
  previous: NonNullable<CellSource["previous"]>;
  run: string;
}): JSX.Element {
  const { cell, previous, run } = props;
  const lines = diffLines(previous.source, cell.source);
  const { added, removed } = countChanges(lines);
  const where = previous.run === run ? "" : ` of run ${previous.run}`;
  return (
    <>
      <p class="nb-cell-note nb-quiet">
        {added + removed === 0 ? (
          "The same source as in"
        ) : (
          <>
            <span class="nb-added-count">+{added}</span> <span class="nb-removed-count">−{removed}</span>{" "}
            since
          </>
        )}{" "}
        In [{previous.count || " "}]{where}, {formatTime(previous.time)}
      </p>
      {added + removed === 0 ? <SourceView source={cell.source} /> : <DiffView lines={lines} />}
    </>
  );
}
