// Strings, lists, None and huge integers: the value at the cursor's step, and the steps around it.

import type { JSX } from "preact";
import type { Cursor } from "../../core/cursor";
import { formatStep } from "../../core/format";
import { EmptyState } from "../../core/panel";
import type { RunView, ViewerProps } from "../../core/registry";
import { ActualStep, absence, RunLabel } from "../run-label";
import { oneLine, valueText, windowAround } from "./logic";
import "./style.css";

const NEIGHBORS = 7;

export function JsonViewer(props: ViewerProps): JSX.Element {
  const { runs, name, kind, cursor } = props;
  return (
    <div class="nb-values" data-runs={runs.length}>
      {runs.map((run) => (
        <Values
          key={run.model.id}
          run={run}
          name={name}
          kind={kind}
          cursor={cursor}
          labeled={runs.length > 1}
        />
      ))}
    </div>
  );
}

function Values(props: {
  run: RunView;
  name: string;
  kind: string;
  cursor: Cursor;
  labeled: boolean;
}): JSX.Element {
  const { run, name, kind, cursor, labeled } = props;
  const steps = run.model.mediaSteps(name, kind);
  const step = cursor.resolve(steps, run.model);
  const rows = step === null ? [] : run.model.mediaAt(name, kind, step);
  const { from, to } = windowAround(steps.length, step === null ? 0 : steps.indexOf(step), NEIGHBORS);
  return (
    <div class="nb-values-run">
      {labeled && (
        <RunLabel run={run}>
          <ActualStep step={step} cursor={cursor.at(run.model)} />
        </RunLabel>
      )}
      <div class="nb-value-now">
        {rows.length > 0 ? (
          rows.map((row) => <pre key={row.idx}>{valueText(row)}</pre>)
        ) : (
          <EmptyState title={absence(steps, cursor.at(run.model), cursor.mode.value === "exact")} />
        )}
      </div>
      {steps.length > 1 && (
        <ol class="nb-value-steps">
          {Array.from(steps.subarray(from, to), (one) => {
            const first = run.model.mediaAt(name, kind, one)[0];
            return (
              <li key={one}>
                <button
                  type="button"
                  aria-current={one === step ? "step" : undefined}
                  onClick={() => cursor.goTo(one, run.model)}
                >
                  <span class="nb-value-step">{formatStep(one)}</span>
                  <span class="nb-value-line">{first ? oneLine(valueText(first), 120) : ""}</span>
                </button>
              </li>
            );
          })}
        </ol>
      )}
    </div>
  );
}
