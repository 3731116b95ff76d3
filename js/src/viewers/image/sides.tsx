// Which two pictures stand against each other, and how: runs, steps, or what lies over one picture.

import type { JSX } from "preact";
import { formatStep } from "../../core/format";
import { Segmented } from "../../core/panel";
import type { RunView } from "../../core/registry";
import type { MediaRow } from "../../core/wire";
import type { Blend, Mode } from "./canvas";
import { groupsOf, type Over } from "./parts";
import { groupKey } from "./settings";
import { Slide } from "./slide";

/** One of two pictures. */
export interface Side {
  /** Id of its run. */
  run: string;
  /** A step that stays; null follows the slider. */
  step: number | null;
  /** The one group that lies over it, as `groupKey`; "" for none, null for those that are switched on. */
  only: string | null;
}

export interface Versus extends Blend {
  a: Side;
  b: Side;
  /** Changes between A and B a second. */
  rate: number;
}

export const MODES: readonly { value: Mode; label: string; tip: string }[] = [
  { value: "side", label: "Side by side", tip: "A beside B, zoom and pan linked (1)" },
  { value: "swipe", label: "Swipe", tip: "A left of a line that moves, B right of it (2)" },
  { value: "onion", label: "Onion skin", tip: "B over A, half seen through (3)" },
  { value: "difference", label: "Difference", tip: "The absolute difference of A and B (4)" },
  { value: "flicker", label: "Flicker", tip: "A and B in turn, in the same place (5)" },
];

/** Two that are worth comparing: two runs; else two groups over the picture; else now and the first step. */
export function startVersus(
  runs: readonly RunView[],
  row: MediaRow | undefined,
  steps: ArrayLike<number>,
): Versus {
  const [first, second] = runs.map((run) => run.model.id);
  const now: Side = { run: first ?? "", step: null, only: null };
  const base = { mode: "swipe" as Mode, share: 0.5, gain: 1, flipped: false, rate: 2 };
  if (second !== undefined) return { ...base, a: now, b: { ...now, run: second } };
  for (const kind of ["masks", "boxes"] as const) {
    const [one, other] = row ? groupsOf(row, kind) : [];
    if (one && other)
      return {
        ...base,
        a: { ...now, only: groupKey(kind, one[0]) },
        b: { ...now, only: groupKey(kind, other[0]) },
      };
  }
  return { ...base, a: { ...now, step: steps.length > 1 ? (steps[0] as number) : null }, b: now };
}

/** A group as people read it, of `groupKey`. */
export function groupText(group: string): string {
  return group.replace("/", ": ");
}

/** What of the overlays a side shows. */
export function chosenOf(over: Over, only: string | null): Over {
  if (only === null) return over;
  return {
    masks: over.masks.filter(({ name }) => groupKey("masks", name) === only),
    boxes: over.boxes.filter(({ name }) => groupKey("boxes", name) === only),
  };
}

/** More steps than that are thinned out in the list. */
const LISTED = 300;

export function Sides(props: {
  versus: Versus;
  runs: readonly RunView[];
  steps: Float64Array;
  /** Groups over the pictures, as `groupKey`. */
  groups: readonly string[];
  onChange: (some: Partial<Versus>) => void;
}): JSX.Element {
  const { versus, onChange } = props;
  return (
    <div class="nb-sides">
      <SidePicker {...props} letter="A" side={versus.a} onSide={(a) => onChange({ a })} />
      <SidePicker {...props} letter="B" side={versus.b} onSide={(b) => onChange({ b })} />
      <Segmented
        label="How A and B are compared"
        value={versus.mode}
        options={MODES}
        onChange={(mode) => onChange({ mode })}
      />
      {(versus.mode === "swipe" || versus.mode === "onion") && (
        <Slide
          label={versus.mode === "swipe" ? "Where B begins" : "How much of B is seen"}
          after={versus.mode === "swipe" ? "Line" : "B"}
          range={[0, 1, 0.01]}
          value={versus.share}
          onChange={(share) => onChange({ share })}
        />
      )}
      {versus.mode === "difference" && (
        <Slide
          label="How much the difference is amplified"
          after={`× ${versus.gain}`}
          range={[0, 5, 1]}
          value={Math.log2(versus.gain)}
          onChange={(power) => onChange({ gain: 2 ** power })}
        />
      )}
      {versus.mode === "flicker" && (
        <Slide
          label="How often A and B change places"
          after={`${versus.rate} a second`}
          range={[0.5, 8, 0.5]}
          value={versus.rate}
          onChange={(rate) => onChange({ rate })}
        />
      )}
    </div>
  );
}

function SidePicker(props: {
  letter: string;
  side: Side;
  runs: readonly RunView[];
  steps: Float64Array;
  groups: readonly string[];
  onSide: (side: Side) => void;
}): JSX.Element {
  const { letter, side, runs, steps, groups, onSide } = props;
  const every = Math.ceil(steps.length / LISTED);
  const listed = [...steps].filter((step, i) => i % every === 0 || step === side.step);
  return (
    <span class="nb-side">
      <span class="nb-side-letter">{letter}</span>
      {runs.length > 1 && (
        <select
          aria-label={`Run of ${letter}`}
          value={side.run}
          onChange={(event) => onSide({ ...side, run: event.currentTarget.value })}
        >
          {runs.map((run) => (
            <option value={run.model.id}>{run.label}</option>
          ))}
        </select>
      )}
      <select
        aria-label={`Step of ${letter}`}
        value={side.step === null ? "" : String(side.step)}
        onChange={(event) => {
          const { value } = event.currentTarget;
          onSide({ ...side, step: value === "" ? null : Number(value) });
        }}
      >
        <option value="">the slider's step</option>
        {listed.map((step) => (
          <option value={String(step)}>step {formatStep(step)}</option>
        ))}
      </select>
      {groups.length > 0 && (
        <select
          aria-label={`Overlays of ${letter}`}
          value={side.only ?? "*"}
          onChange={(event) => {
            const { value } = event.currentTarget;
            onSide({ ...side, only: value === "*" ? null : value });
          }}
        >
          <option value="*">overlays as set</option>
          <option value="">picture alone</option>
          {groups.map((group) => (
            <option value={group}>{groupText(group)}</option>
          ))}
        </select>
      )}
    </span>
  );
}
