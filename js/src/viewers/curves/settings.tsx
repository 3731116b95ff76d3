// The rest of how curves are drawn: kind of smoothing, logarithms, outliers, groups of runs, expressions.

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { Io } from "../../core/io";
import type { RunView } from "../../core/registry";
import { compile, ExpressionError } from "./expression";
import { BANDS, type Band, CENTERS, type Center, groupings } from "./grouping";
import { keysOfRuns } from "./logic";
import type { CurveOptions } from "./options";
import { SMOOTHINGS, type SmoothingKind, spanOf } from "./smoothing";

export interface SettingsProps {
  options: CurveOptions;
  runs: readonly RunView[];
  io: Io;
}

export function Settings(props: SettingsProps): JSX.Element {
  const { options, runs } = props;
  const { smoothing, logX, clip, linked, zoom } = options;
  return (
    <>
      <div class="nb-curve-row">
        <Choice
          label="Smoothing"
          value={smoothing.value.kind}
          choices={SMOOTHINGS}
          onChoose={(kind: SmoothingKind) => {
            smoothing.value = { ...smoothing.value, kind };
          }}
        />
        {smoothing.value.amount > 0 && <span class="nb-quiet">{reach(smoothing.value)}</span>}
        <Check label="log x" on={logX.value} title="Logarithmic x axis" onToggle={() => toggle(logX)} />
        <Check
          label="Cut outliers"
          on={clip.value}
          title="The y axis leaves out the lowest and the highest 2 % of what is drawn"
          onToggle={() => toggle(clip)}
        />
        <Check
          label="Zoom all"
          on={linked.value}
          title="A range that is dragged in one chart is shown by all; double-click to see everything"
          onToggle={() => toggle(linked)}
        />
        {zoom.value && (
          <button
            type="button"
            class="nb-link"
            onClick={() => {
              zoom.value = null;
            }}
          >
            Show everything
          </button>
        )}
      </div>
      {runs.length > 1 && <Groups options={options} runs={runs} />}
      <NewExpression options={options} runs={runs} />
    </>
  );
}

function toggle(option: { value: boolean }): void {
  option.value = !option.value;
}

function reach({ kind, amount }: { kind: SmoothingKind; amount: number }): string {
  const points = Math.max(1, Math.round(spanOf(amount)));
  if (kind === "gaussian") return `deviation of ${points} ${points === 1 ? "point" : "points"}`;
  if (kind === "average") return `${points} on either side`;
  return `weight ${amount}`;
}

function Groups(props: { options: CurveOptions; runs: readonly RunView[] }): JSX.Element {
  const { grouping } = props.options;
  const { value } = grouping;
  const choices = Object.fromEntries([
    ["", "not"],
    ...groupings(props.runs).map(({ by, label }) => [by, `by ${label}`.replace("by all runs", "all as one")]),
  ]);
  return (
    <div class="nb-curve-row">
      <Choice
        label="Group runs"
        value={value?.by ?? ""}
        choices={choices}
        onChoose={(by: string) => {
          grouping.value = by ? { center: "mean", band: "minmax", ...value, by } : null;
        }}
      />
      {value && (
        <>
          <Choice
            label="Line"
            value={value.center}
            choices={CENTERS}
            onChoose={(center: Center) => {
              grouping.value = { ...value, center };
            }}
          />
          <Choice
            label="Band"
            value={value.band}
            choices={BANDS}
            onChoose={(band: Band) => {
              grouping.value = { ...value, band };
            }}
          />
        </>
      )}
    </div>
  );
}

function NewExpression(props: { options: CurveOptions; runs: readonly RunView[] }): JSX.Element {
  const { expressions } = props.options;
  const text = useSignal("");
  const problem = useSignal<string | null>(null);
  const keys = keysOfRuns(props.runs);
  const add = (event: Event): void => {
    event.preventDefault();
    try {
      const def = compile(text.value, [...keys, "_runtime", "_timestamp"]);
      if (!expressions.value.some(({ name }) => name === def.name))
        expressions.value = [...expressions.value, def];
      text.value = "";
      problem.value = null;
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      problem.value = error.message;
    }
  };
  return (
    <form class="nb-curve-row" onSubmit={add}>
      <label class="nb-option nb-expression">
        Expression
        <input
          type="text"
          class="nb-search"
          placeholder={keys.length > 1 ? `${keys[0]} / ${keys[1]}` : "log(loss)"}
          title="Arithmetic over logged keys, log, exp, sqrt, abs, min, max, pow; ${key} for a key with odd characters"
          aria-invalid={problem.value !== null}
          value={text.value}
          onInput={(event) => {
            text.value = event.currentTarget.value;
            problem.value = null;
          }}
        />
      </label>
      <button type="submit" class="nb-button" disabled={!text.value.trim()}>
        Draw
      </button>
      {problem.value && (
        <span class="nb-curve-problem" role="alert">
          {problem.value}
        </span>
      )}
    </form>
  );
}

function Choice<T extends string>(props: {
  label: string;
  value: T;
  choices: Record<T, string>;
  onChoose: (value: T) => void;
}): JSX.Element {
  return (
    <label class="nb-option">
      {props.label}
      <select
        class="nb-select"
        aria-label={props.label}
        value={props.value}
        onChange={(event) => props.onChoose(event.currentTarget.value as T)}
      >
        {(Object.entries(props.choices) as [T, string][]).map(([value, label]) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </select>
    </label>
  );
}

function Check(props: { label: string; title: string; on: boolean; onToggle: () => void }): JSX.Element {
  return (
    <button
      type="button"
      class={props.on ? "nb-toggle nb-on" : "nb-toggle"}
      aria-pressed={props.on}
      title={props.title}
      onClick={props.onToggle}
    >
      {props.label}
    </button>
  );
}
