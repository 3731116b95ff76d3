// A slider with a word beside it.

import type { ComponentChildren, JSX } from "preact";

export function Slide(props: {
  /** Read out; the tip too, where there is no `tip`. */
  label: string;
  tip?: string;
  range: readonly [min: number, max: number, step: number];
  value: number;
  onChange: (value: number) => void;
  before?: ComponentChildren;
  after?: ComponentChildren;
}): JSX.Element {
  const [min, max, step] = props.range;
  return (
    <label class="nb-slide" title={props.tip ?? props.label}>
      {props.before}
      <input
        type="range"
        min={min}
        max={max}
        step={step}
        value={props.value}
        aria-label={props.label}
        onInput={(event) => props.onChange(Number(event.currentTarget.value))}
      />
      {props.after}
    </label>
  );
}
