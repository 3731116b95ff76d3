// The cells that logged the cursor's step in two runs, as a diff.

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Cursor } from "../../core/cursor";
import { formatStep } from "../../core/format";
import type { Io } from "../../core/io";
import { EmptyState, ErrorLine } from "../../core/panel";
import type { RunView } from "../../core/registry";
import { DiffView, SourceView } from "./diff";
import { countChanges, diffLines, pairOf } from "./logic";
import { type CellState, useCell } from "./view";

export function CellComparison(props: { runs: RunView[]; cursor: Cursor; io: Io }): JSX.Element | null {
  const { runs, cursor, io } = props;
  const [chosen, setChosen] = useState<[string, string] | null>(null);
  const pair = pairOf(
    runs.map((run) => run.model.id),
    chosen,
  );
  const [a, b] = (pair ?? []).map((id) => runs.find((run) => run.model.id === id));
  if (!pair || !a || !b) return <EmptyState title="Show two runs to compare their cells" />;
  return (
    <>
      <div class="nb-tools nb-cell-pair">
        <RunSelect label="From run" runs={runs} value={pair[0]} onChange={(id) => setChosen([id, pair[1]])} />
        <span aria-hidden="true">→</span>
        <RunSelect label="To run" runs={runs} value={pair[1]} onChange={(id) => setChosen([pair[0], id])} />
      </div>
      <Comparison a={a} b={b} cursor={cursor} io={io} />
    </>
  );
}

function RunSelect(props: {
  label: string;
  runs: RunView[];
  value: string;
  onChange: (id: string) => void;
}): JSX.Element {
  const { runs, value } = props;
  return (
    <label class="nb-run-select">
      <span
        class="nb-swatch"
        aria-hidden="true"
        style={{ background: runs.find((run) => run.model.id === value)?.color ?? "none" }}
      />
      <select
        aria-label={props.label}
        value={value}
        onChange={(event) => props.onChange(event.currentTarget.value)}
      >
        {runs.map((run) => (
          <option key={run.model.id} value={run.model.id}>
            {run.label}
          </option>
        ))}
      </select>
    </label>
  );
}

/** The cell that logged the step; before the run's first row, the one that began it. */
function cellOf(run: RunView, step: number): number | null {
  const at = run.model.cellAt(step);
  if (at !== null) return at;
  const first = run.model.series("_cell").steps[0];
  return first === undefined ? null : run.model.cellAt(first);
}

function Comparison(props: { a: RunView; b: RunView; cursor: Cursor; io: Io }): JSX.Element {
  const { a, b, io } = props;
  const step = props.cursor.at(a.model);
  const from = cellOf(a, step);
  const to = cellOf(b, props.cursor.at(b.model));
  const before = useCell(io, a.model.id, from);
  const after = useCell(io, b.model.id, to);
  const failed: CellState | undefined = [before, after].find((side) => side.error !== null);

  if (from === null || to === null)
    return <EmptyState title={`${(from === null ? a : b).label} was not logged from a notebook cell`} />;
  if (failed?.error) return <ErrorLine text={failed.error} retry={failed.retry} />;
  if (!before.cell || !after.cell) return <EmptyState title="Loading the cells…" />;
  const lines = diffLines(before.cell.source, after.cell.source);
  const { added, removed } = countChanges(lines);
  return (
    <>
      <p class="nb-cell-note nb-quiet">
        In [{before.cell.count || " "}] → In [{after.cell.count || " "}], the cells of step {formatStep(step)}
        :{" "}
        {added + removed === 0 ? (
          "the same source"
        ) : (
          <>
            <span class="nb-added-count">+{added}</span> <span class="nb-removed-count">−{removed}</span>{" "}
            {added + removed === 1 ? "line" : "lines"}
          </>
        )}
      </p>
      {added + removed === 0 ? <SourceView source={after.cell.source} /> : <DiffView lines={lines} />}
    </>
  );
}
