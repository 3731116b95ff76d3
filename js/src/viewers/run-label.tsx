// The name of a run in its color, above what is shown of it.

import type { ComponentChildren, JSX } from "preact";
import { formatStep } from "../core/format";
import type { RunView } from "../core/registry";
import "./style.css";

export function RunLabel(props: { run: RunView; children?: ComponentChildren }): JSX.Element {
  return (
    <div class="nb-run-label">
      <span class="nb-swatch" aria-hidden="true" style={{ background: props.run.color }} />
      <span class="nb-run-name" title={props.run.label}>
        {props.run.label}
      </span>
      {props.children}
    </div>
  );
}

/** Said only where what is shown was logged at another step than the slider's. */
export function ActualStep(props: { step: number | null; cursor: number }): JSX.Element | null {
  if (props.step === null || props.step === props.cursor) return null;
  return (
    <span class="nb-actual-step" title={`The latest at or before step ${formatStep(props.cursor)}`}>
      from step {formatStep(props.step)}
    </span>
  );
}

/** Why nothing of this key is shown at the cursor. */
export function absence(steps: ArrayLike<number>, step: number, exact: boolean): string {
  const first = steps[0];
  if (first === undefined) return "Nothing logged under this key";
  const here = formatStep(step);
  return exact || first <= step
    ? `Nothing at step ${here}`
    : `Nothing yet at step ${here}: the first is at ${formatStep(first)}`;
}
