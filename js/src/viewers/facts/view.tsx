// Config and summary as tables: one column for a run, several beside each other with the differences marked.

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { formatStep } from "../../core/format";
import { EmptyState } from "../../core/panel";
import type { FactsProps, RunView } from "../../core/registry";
import type { Json } from "../../core/wire";
import { compareFacts, delta, exactText, type FactRow, isNumeric, search, shownText, toTsv } from "./logic";
import "./style.css";

/** Rows in the page at first; thousands would make every push slow. */
const PAGE = 200;
/** Runs that can be chosen as baseline. */
const BASELINES = 200;
/** Runs beside each other at first. */
const COLUMNS = 50;

export function Facts(props: FactsProps): JSX.Element {
  const { runs } = props;
  const [query, setQuery] = useState("");
  const [onlyDifferent, setOnlyDifferent] = useState(false);
  const [pinned, setPinned] = useState(props.baseline ?? "");
  const several = runs.length > 1;
  const base = several ? runs.findIndex((run) => run.model.id === pinned) : -1;
  const tables = [
    { title: "Config", rows: compareFacts(runs.map(({ model }) => model.config.value)) },
    { title: "Summary", rows: compareFacts(runs.map(({ model }) => model.summary.value)) },
  ];
  const different = tables.reduce((n, t) => n + t.rows.filter((r) => r.differs).length, 0);
  return (
    <div class="nb-facts">
      <div class="nb-facts-bar">
        <input
          type="search"
          class="nb-search"
          placeholder="Search names and values"
          aria-label="Search config and summary"
          value={query}
          onInput={(event) => setQuery(event.currentTarget.value)}
          onKeyDown={(event) => event.stopPropagation()}
        />
        {several && (
          <label class="nb-check">
            <input
              type="checkbox"
              checked={onlyDifferent}
              onChange={(event) => setOnlyDifferent(event.currentTarget.checked)}
            />
            only differences <span class="nb-quiet">({different})</span>
          </label>
        )}
        {several && (
          <label
            class="nb-option"
            title="Numbers of the other runs also say how far they are from this one's"
          >
            Baseline
            <select
              class="nb-select"
              aria-label="Baseline"
              value={base < 0 ? "" : pinned}
              onChange={(event) => setPinned(event.currentTarget.value)}
            >
              <option value="">none</option>
              {runs.slice(0, BASELINES).map((run) => (
                <option key={run.model.id} value={run.model.id}>
                  {run.label}
                </option>
              ))}
            </select>
          </label>
        )}
      </div>
      <div class={several ? "nb-facts-stack" : "nb-facts-pair"}>
        {tables.map(({ title, rows }) => (
          <FactTable
            key={title}
            title={title}
            runs={runs}
            base={base}
            all={rows.length}
            rows={search(onlyDifferent && several ? rows.filter((r) => r.differs) : rows, query)}
          />
        ))}
      </div>
    </div>
  );
}

interface FactTableProps {
  title: string;
  runs: RunView[];
  /** Place of the run that others are compared with; -1: none. */
  base: number;
  rows: FactRow[];
  all: number;
}

function FactTable(props: FactTableProps): JSX.Element {
  const { title, rows, all, base } = props;
  const [limit, setLimit] = useState(PAGE);
  const [columns, setColumns] = useState(COLUMNS);
  const runs = props.runs.slice(0, columns);
  const rest = props.runs.length - runs.length;
  const several = runs.length > 1;
  return (
    <section class="nb-fact-table" aria-label={title}>
      <div class="nb-fact-title">
        <span>{title}</span>
        <span class="nb-count">{rows.length === all ? all : `${rows.length} of ${all}`}</span>
        {rows.length > 0 && rest > 0 && (
          <button type="button" class="nb-link" onClick={() => setColumns(columns + COLUMNS)}>
            {runs.length} of {formatStep(props.runs.length)} runs: show more
          </button>
        )}
        {rows.length > 0 && (
          <CopyButton
            text={() =>
              toTsv(
                rows,
                props.runs.map((run) => run.label),
              )
            }
          />
        )}
      </div>
      {rows.length === 0 ? (
        <EmptyState title={all === 0 ? `No ${title.toLowerCase()}` : "No row matches"} />
      ) : (
        <div class="nb-fact-scroll">
          <table
            class={several ? "nb-several" : ""}
            style={several ? { minWidth: `${160 + 100 * runs.length}px` } : undefined}
          >
            {several && (
              <thead>
                <tr>
                  <th scope="col">
                    <span class="nb-visually-hidden">Name</span>
                  </th>
                  {runs.map((run) => (
                    <th scope="col" key={run.model.id} title={run.label}>
                      <span class="nb-swatch" aria-hidden="true" style={{ background: run.color }} />
                      {run.label}
                    </th>
                  ))}
                </tr>
              </thead>
            )}
            <tbody>
              {rows.slice(0, limit).map((row) => (
                <tr key={row.key} class={several && row.differs ? "nb-differs" : ""}>
                  <th scope="row" title={row.key}>
                    {row.key}
                  </th>
                  {row.values.slice(0, columns).map((value, i) => (
                    <Value
                      key={runs[i]?.model.id}
                      value={value}
                      delta={base >= 0 && i !== base ? delta(value, row.values[base]) : null}
                    />
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
          {rows.length > limit && (
            <button type="button" class="nb-link" onClick={() => setLimit(Number.POSITIVE_INFINITY)}>
              Show {rows.length - limit} more
            </button>
          )}
        </div>
      )}
    </section>
  );
}

function Value(props: { value: Json | undefined; delta: ReturnType<typeof delta> }): JSX.Element {
  const { value } = props;
  const [open, setOpen] = useState(false);
  if (value === undefined)
    return (
      <td class="nb-missing" title="Not set in this run">
        –
      </td>
    );
  const exact = exactText(value);
  const shown = open ? exact : shownText(value);
  // What fits needs no button; measured in characters, which is close enough for one line.
  if (!isNumeric(value) && (exact.length > 40 || exact.includes("\n") || shown !== exact))
    return (
      <td class={open ? "nb-open" : ""}>
        <button
          type="button"
          class="nb-expand"
          aria-expanded={open}
          title={open ? "Show less" : clip(exact)}
          onClick={() => setOpen(!open)}
        >
          {shown}
        </button>
      </td>
    );
  return (
    <td class={isNumeric(value) ? "nb-number" : ""} title={exact}>
      {shown}
      {props.delta && (
        <span class="nb-delta nb-quiet" title={props.delta.share}>
          {props.delta.text}
        </span>
      )}
    </td>
  );
}

/** Tooltips longer than this are cut by browsers in odd places. */
function clip(text: string): string {
  return text.length > 600 ? `${text.slice(0, 600)}…` : text;
}

function CopyButton(props: { text: () => string }): JSX.Element {
  const [said, setSaid] = useState("");
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(props.text());
      setSaid("copied");
    } catch {
      // Pages without https have no clipboard; the table itself can be selected.
      setSaid("not allowed here: select the table");
    }
    setTimeout(() => setSaid(""), 2000);
  };
  return (
    <button
      type="button"
      class="nb-link nb-copy"
      title="Copy as tab-separated text"
      onClick={() => void copy()}
    >
      {said || "copy"}
    </button>
  );
}
