// The controls of the toolbar: one that is on or off, and one of several things.

import type { Signal } from "@preact/signals";
import type { JSX } from "preact";

export function Toggle(props: { label: string; tip: string; on: boolean; onClick: () => void }): JSX.Element {
  return (
    <button
      type="button"
      class={props.on ? "nb-toggle nb-on" : "nb-toggle"}
      title={props.tip}
      aria-pressed={props.on}
      onClick={props.onClick}
    >
      {props.label}
    </button>
  );
}

/** A toggle of a signal. */
export function Switch(props: { label: string; tip: string; of: Signal<boolean> }): JSX.Element {
  const { label, tip, of } = props;
  return (
    <Toggle
      label={label}
      tip={tip}
      on={of.value}
      onClick={() => {
        of.value = !of.value;
      }}
    />
  );
}

/** One of several values; null is the first, which says what happens by itself. */
export function Choice<T extends string>(props: {
  label: string;
  value: T | null;
  /** What null is called. */
  none: string;
  options: readonly { value: T; label: string }[];
  onChange: (value: T | null) => void;
}): JSX.Element {
  const { label, value, none, options, onChange } = props;
  return (
    <label class="nb-option">
      {label}
      <select
        class="nb-select"
        value={value ?? ""}
        onChange={(event) => {
          const chosen = event.currentTarget.value;
          onChange(options.find((one) => one.value === chosen)?.value ?? null);
        }}
      >
        <option value="">{none}</option>
        {options.map((one) => (
          <option key={one.value} value={one.value}>
            {one.label}
          </option>
        ))}
      </select>
    </label>
  );
}
