// Which two tables are compared, by which column, and what came out.

import type { JSX } from "preact";
import { formatStep } from "../../core/format";
import { Segmented } from "../../core/panel";
import type { RunView } from "../../core/registry";
import type { Rows } from "./rows";
import type { TableState } from "./state";

/** Steps that are offered; of more, those at even distances. */
const STEPS = 100;

export function VersusChoice(props: {
  runs: RunView[];
  left: RunView;
  name: string;
  kind: string;
  state: TableState;
  /** The left table's. */
  step: number | null;
}): JSX.Element | null {
  const { runs, left, name, kind, state } = props;
  const others = runs.filter((run) => run !== left);
  const steps = [...left.model.mediaSteps(name, kind)].filter((step) => step !== props.step);
  const some = steps.filter((_, i) => steps.length <= STEPS || i % Math.ceil(steps.length / STEPS) === 0);
  const versus = state.versus.value;
  if (others.length === 0 && some.length === 0 && !versus) return null;
  const value = versus ? JSON.stringify(versus) : "";
  const options = [
    ...others.map((run) => ({ value: { run: run.model.id, step: null }, text: run.label })),
    ...some.map((step) => ({ value: { run: left.model.id, step }, text: `step ${formatStep(step)}` })),
  ].map((option) => ({ ...option, name: JSON.stringify(option.value) }));
  return (
    <label class="nb-table-by">
      <span class="nb-visually-hidden">Compare with</span>
      <select
        value={value}
        title="Join with another table and mark what differs"
        onChange={(event) => {
          const chosen = options.find((option) => option.name === event.currentTarget.value);
          state.versus.value = chosen?.value ?? null;
          state.by.value = null;
          state.top.value = 0;
          state.active.value = null;
        }}
      >
        <option value="">compare…</option>
        {versus && !options.some((option) => option.name === value) && (
          <option value={value}>step {formatStep(versus.step ?? 0)}</option>
        )}
        {options.map((option) => (
          <option key={option.name} value={option.name}>
            with {option.text}
          </option>
        ))}
      </select>
    </label>
  );
}

export function JoinBar(props: {
  state: TableState;
  rows: Rows;
  left: RunView;
  leftStep: number | null;
  other: { run: RunView; step: number | null };
  keyColumn: string | null;
}): JSX.Element {
  const { state, rows, left, other } = props;
  void rows.version.value; // its properties stay the same while other rows come
  const head = rows.head;
  const [same, changed, onlyLeft, onlyRight] = head?.counts ?? [];
  const joinable = (head?.columns ?? []).filter((column) => column.kind !== "media");
  const sameRun = left.model.id === other.run.model.id;
  const side = (run: RunView, step: number | null): string =>
    sameRun ? `step ${formatStep(step ?? 0)}` : run.label;
  const number = (n: number | undefined): string => (n ?? 0).toLocaleString("en-US");
  return (
    <div class="nb-table-join">
      <label>
        joined by{" "}
        <select
          value={props.keyColumn ?? ""}
          onChange={(event) => {
            state.key.value = event.currentTarget.value || null;
          }}
        >
          <option value="">position</option>
          {joinable.map((column) => (
            <option key={column.name} value={column.name}>
              {column.name}
            </option>
          ))}
        </select>
      </label>
      <Segmented
        label="Rows of the comparison"
        value={state.only.value}
        options={[
          { value: "all", label: "All", tip: "All rows of both tables" },
          { value: "different", label: "Different", tip: "Only rows that differ, or that one table lacks" },
        ]}
        onChange={(only) => {
          state.only.value = only;
          state.top.value = 0;
        }}
      />
      {head?.counts && (
        <span class="nb-number nb-table-counts">
          <span>{number(same)} the same</span>
          <span class="nb-row-changed">{number(changed)} changed</span>
          <span class="nb-row-left" title={left.label}>
            {number(onlyLeft)} only in {side(left, props.leftStep)}
          </span>
          <span class="nb-row-right" title={other.run.label}>
            {number(onlyRight)} only in {side(other.run, other.step)}
          </span>
        </span>
      )}
    </div>
  );
}
