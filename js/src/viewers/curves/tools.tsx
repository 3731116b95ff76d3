// How all curves of a panel are drawn: what is used most, and a place for the rest.

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { Cursor } from "../../core/cursor";
import type { Io } from "../../core/io";
import type { RunView } from "../../core/registry";
import { lazy } from "../lazy";
import { keysOfRuns } from "./logic";
import { CLOCK, optionsOf, STEP, TIME } from "./options";
import type { SettingsProps } from "./settings";
import { Curve } from "./view";

const Settings = lazy<SettingsProps>("curves", "settings");

export function CurveTools(props: { cursor: Cursor; runs: readonly RunView[]; io: Io }): JSX.Element {
  const { cursor, runs, io } = props;
  const options = optionsOf(cursor);
  const { axis, logY, smoothing } = options;
  const more = useSignal(false);
  return (
    <>
      <div class="nb-curve-tools">
        <label class="nb-option" title="Average over all curves; the values stay faintly visible">
          Smooth
          <input
            type="range"
            class="nb-range"
            min="0"
            max="0.99"
            step="0.01"
            value={smoothing.value.amount}
            aria-label="Smoothing"
            onInput={(event) => {
              smoothing.value = { ...smoothing.value, amount: Number(event.currentTarget.value) };
            }}
          />
        </label>
        <label class="nb-option">
          x
          <select
            class="nb-select"
            aria-label="X axis"
            value={axis.value}
            onChange={(event) => {
              axis.value = event.currentTarget.value;
            }}
          >
            <option value={STEP}>Step</option>
            <option value={TIME}>Time since the start</option>
            <option value={CLOCK}>Clock</option>
            {keysOfRuns(runs).map((key) => (
              <option key={key} value={key}>
                {key}
              </option>
            ))}
          </select>
        </label>
        <button
          type="button"
          class={logY.value ? "nb-toggle nb-on" : "nb-toggle"}
          aria-pressed={logY.value}
          title="Logarithmic y axis"
          onClick={() => {
            logY.value = !logY.value;
          }}
        >
          log y
        </button>
        <button
          type="button"
          class={more.value ? "nb-toggle nb-on" : "nb-toggle"}
          aria-expanded={more.value}
          title="Kind of smoothing, outliers, groups of runs, expressions"
          onClick={() => {
            more.value = !more.value;
          }}
        >
          More
        </button>
      </div>
      {more.value && (
        <div class="nb-curve-settings nb-own-keys">
          <Settings io={io} options={options} runs={runs} />
        </div>
      )}
    </>
  );
}

/** The curves that are computed from others, if there are any. */
export function Expressions(props: {
  cursor: Cursor;
  runs: RunView[];
  io: Io;
  onPick: (run: RunView, step: number) => void;
}): JSX.Element | null {
  const { expressions } = optionsOf(props.cursor);
  if (expressions.value.length === 0) return null;
  return (
    <>
      {expressions.value.map((def) => (
        <Curve key={def.name} {...props} name={def.name} kind="number" def={def} />
      ))}
    </>
  );
}
