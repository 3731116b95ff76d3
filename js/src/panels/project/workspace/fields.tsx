// The questions of a panel's form: keys, columns, axes, switches.

import { type Signal, useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { byName } from "../../../core/run-model";
import type { Json } from "../../../core/wire";
import { CLOCK, STEP, TIME } from "../../../viewers/curves/options";
import type { Column } from "../wire";
import { Icon } from "./icons";
import type { FieldSpec } from "./kinds";
import { isSystem } from "./sections";
import { axisName, axisOf } from "./settings";
import { plainName, type Work } from "./work";

/** What a panel's kind needs, by name. */
export type Config = { [name: string]: Json };

interface FieldProps {
  spec: FieldSpec;
  config: Signal<Config>;
  work: Work;
}

/** One question of a form. */
export function Field(props: FieldProps): JSX.Element {
  const { spec, config, work } = props;
  const value = config.value[spec.name];
  const set = (next: Json | undefined): void => {
    const { [spec.name]: _, ...rest } = config.value;
    config.value = next === undefined ? rest : { ...rest, [spec.name]: next };
  };
  const columns = work.project.columns.value;
  switch (spec.type) {
    case "keys":
      return <Several label={spec.label} value={value} options={keysFor(work, spec.of)} onChange={set} />;
    case "fields":
      return (
        <Several
          label={spec.label}
          value={value}
          options={columns.filter(isPlottable).map(({ field }) => field)}
          named={columnName}
          onChange={set}
        />
      );
    case "field":
      return (
        <label class="nb-ws-field">
          <span>{spec.label}</span>
          <select
            class="nb-select"
            aria-label={spec.label}
            value={typeof value === "string" ? value : ""}
            onChange={(event) => set(event.currentTarget.value || undefined)}
          >
            <option value="">{spec.optional ? (spec.hint ?? "none") : "Choose…"}</option>
            {(["summary", "config", "run"] as const).map((section) => (
              <optgroup key={section} label={section}>
                {columns
                  .filter((column) => column.section === section && (!spec.numeric || isNumeric(column)))
                  .map(({ field, label }) => (
                    <option key={field} value={field}>
                      {label}
                    </option>
                  ))}
              </optgroup>
            ))}
          </select>
        </label>
      );
    case "choice":
      return (
        <label class="nb-ws-field">
          <span>{spec.label}</span>
          <select
            class="nb-select"
            aria-label={spec.label}
            value={typeof value === "string" ? value : ""}
            onChange={(event) => set(event.currentTarget.value || undefined)}
          >
            {spec.choices.map(([name, label]) => (
              <option key={name} value={name}>
                {label}
              </option>
            ))}
          </select>
        </label>
      );
    case "axis":
      return <AxisField label={spec.label} value={value} work={work} onChange={set} />;
    case "switch":
      return (
        <label class="nb-ws-field nb-ws-switch">
          <input
            type="checkbox"
            checked={value === true}
            onChange={(event) => set(event.currentTarget.checked || undefined)}
          />
          <span>{spec.label}</span>
        </label>
      );
    case "either":
      return (
        <label class="nb-ws-field">
          <span>{spec.label}</span>
          <select
            class="nb-select"
            aria-label={spec.label}
            value={value === undefined ? "" : String(value)}
            onChange={(event) => {
              const chosen = event.currentTarget.value;
              set(chosen === "" ? undefined : chosen === "true");
            }}
          >
            <option value="">as the workspace</option>
            <option value="true">yes</option>
            <option value="false">no</option>
          </select>
        </label>
      );
    case "share":
      return (
        <label class="nb-ws-field">
          <span>{spec.label}</span>
          <span class="nb-ws-slide">
            <input
              type="range"
              class="nb-range"
              min="0"
              max="0.99"
              step="0.01"
              value={typeof value === "number" ? value : 0}
              onInput={(event) => set(Number(event.currentTarget.value))}
            />
            <span class="nb-quiet nb-number">{typeof value === "number" ? value : "as the workspace"}</span>
            {typeof value === "number" && (
              <button type="button" class="nb-link" onClick={() => set(undefined)}>
                Reset
              </button>
            )}
          </span>
        </label>
      );
    case "count":
      return (
        <label class="nb-ws-field">
          <span>{spec.label}</span>
          <input
            class="nb-search"
            type="number"
            min="1"
            max="200"
            placeholder={spec.hint}
            value={typeof value === "number" ? String(value) : ""}
            onInput={(event) => {
              const count = event.currentTarget.valueAsNumber;
              set(Number.isFinite(count) && count >= 1 ? Math.round(count) : undefined);
            }}
          />
        </label>
      );
    case "text":
      return (
        <label class="nb-ws-field">
          <span>{spec.label}</span>
          <textarea
            class="nb-textarea"
            rows={7}
            placeholder="Markdown: **bold**, # heading, - list, | table |"
            value={typeof value === "string" ? value : ""}
            onInput={(event) => set(event.currentTarget.value || undefined)}
          />
        </label>
      );
  }
}

export function AxisField(props: {
  label: string;
  value: Json | undefined;
  work: Work;
  onChange: (value: string | undefined) => void;
}): JSX.Element {
  const { value } = props;
  return (
    <label class="nb-ws-field">
      <span>{props.label}</span>
      <select
        class="nb-select"
        aria-label={props.label}
        value={typeof value === "string" ? axisName(axisOf(value)) : ""}
        onChange={(event) => props.onChange(event.currentTarget.value || undefined)}
      >
        <option value="">as the workspace</option>
        <AxisOptions work={props.work} />
      </select>
    </label>
  );
}

export function AxisOptions(props: { work: Work }): JSX.Element {
  // The machine's numbers have no steps: nothing can stand at them.
  const axes = keysFor(props.work, "number").filter((key) => !isSystem(key));
  return (
    <>
      <option value={axisName(STEP)}>Step</option>
      <option value={axisName(TIME)}>Time since the start</option>
      <option value={axisName(CLOCK)}>Clock</option>
      {axes.map((key) => (
        <option key={key} value={key}>
          {key}
        </option>
      ))}
    </>
  );
}

const isNumeric = ({ kind }: Column): boolean => kind === "number" || kind === "mixed" || kind === "time";
const isPlottable = ({ kind, field }: Column): boolean =>
  kind !== "other" && kind !== "tags" && field !== "run.id" && field !== "run.notes";
const columnName = (field: string): string => `${plainName(field)} · ${field.split(".", 1)[0]}`;

/** The keys of the drawn runs, those of the machine last. */
function keysFor(work: Work, of: "number" | "media"): string[] {
  return [...work.keyed]
    .filter(([, all]) => all.some(({ kind }) => (kind === "number") === (of === "number")))
    .map(([key]) => key)
    .sort((a, b) => Number(isSystem(a)) - Number(isSystem(b)) || byName(a, b));
}

/** Some of many, in the order in which they were chosen. */
function Several(props: {
  label: string;
  value: Json | undefined;
  options: readonly string[];
  named?: (option: string) => string;
  onChange: (value: string[] | undefined) => void;
}): JSX.Element {
  const { label, options, named = (option: string) => option } = props;
  const query = useSignal("");
  const chosen = Array.isArray(props.value) ? props.value.filter((one) => typeof one === "string") : [];
  const words = query.value.toLowerCase().split(/\s+/).filter(Boolean);
  const found = options.filter((option) => words.every((word) => named(option).toLowerCase().includes(word)));
  const set = (next: string[]): void => props.onChange(next.length > 0 ? next : undefined);
  return (
    <fieldset class="nb-ws-field nb-ws-several">
      <legend>{label}</legend>
      {chosen.length > 0 && (
        <div class="nb-ws-chosen">
          {chosen.map((one) => (
            <button
              key={one}
              type="button"
              class="nb-ws-chip"
              aria-label={`Remove ${named(one)}`}
              onClick={() => set(chosen.filter((other) => other !== one))}
            >
              {named(one)} <Icon name="close" size={10} />
            </button>
          ))}
        </div>
      )}
      <input
        type="search"
        class="nb-search"
        placeholder="Search"
        aria-label={`Search ${label.toLowerCase()}`}
        value={query.value}
        onInput={(event) => {
          query.value = event.currentTarget.value;
        }}
        onKeyDown={(event) => {
          if (event.key !== "Enter") return;
          event.preventDefault();
          const [first] = found;
          if (first && !chosen.includes(first)) set([...chosen, first]);
        }}
      />
      <div class="nb-ws-options">
        {found.slice(0, 300).map((option) => (
          <label key={option}>
            <input
              type="checkbox"
              checked={chosen.includes(option)}
              onChange={(event) =>
                set(
                  event.currentTarget.checked
                    ? [...chosen, option]
                    : chosen.filter((other) => other !== option),
                )
              }
            />
            {named(option)}
          </label>
        ))}
        {found.length === 0 && (
          <span class="nb-quiet">{options.length === 0 ? "Nothing logged yet" : "Nothing found"}</span>
        )}
      </div>
    </fieldset>
  );
}
