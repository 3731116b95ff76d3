// What can be set of everything that lies over the pictures: groups, opacity, lines, scores, classes.

import type { Signal } from "@preact/signals";
import type { JSX } from "preact";
import { Segmented } from "../../core/panel";
import { classKey, cssColor, isNothing } from "./classes";
import type { Kind } from "./parts";
import {
  groupKey,
  LINES,
  type Line,
  lineOf,
  OPERATORS,
  type Operator,
  type Settings,
  toggled,
  withEntry,
} from "./settings";
import { Slide } from "./slide";
import type { Found, FoundClass } from "./survey";

export function Controls(props: { found: Found; now: Found; settings: Signal<Settings> }): JSX.Element {
  const { found, now } = props;
  // Read here: whatever is set, the bar around does not survey its pictures anew.
  const settings = props.settings.value;
  const change = (some: Partial<Settings>): void => {
    props.settings.value = { ...props.settings.peek(), ...some };
  };
  const groups = [...found.groups.values()];
  const masks = groups.filter(({ kind }) => kind === "masks");
  const boxes = groups.filter(({ kind }) => kind === "boxes");
  const classes = [...found.classes.values()].sort((a, b) => a.id - b.id || (a.label < b.label ? -1 : 1));
  const group = ({ kind, name }: { kind: Kind; name: string }): JSX.Element => (
    <GroupButton
      kind={kind}
      name={name}
      on={settings.shown && !settings.off.has(groupKey(kind, name))}
      here={now.groups.has(groupKey(kind, name))}
      onClick={() => change({ shown: true, off: toggled(settings.off, groupKey(kind, name)) })}
    />
  );
  return (
    <>
      {masks.length > 0 && (
        <div class="nb-over-row">
          <span class="nb-over-what">Masks</span>
          {masks.map(group)}
          <Slide
            label="Opacity of the masks"
            tip="How much the masks cover the pictures"
            before="Opacity"
            range={[0, 1, 0.05]}
            value={settings.opacity}
            onChange={(opacity) => change({ opacity })}
          />
          <Segmented
            label="How masks are drawn"
            value={settings.outlined ? "outline" : "area"}
            options={[
              { value: "area", label: "Area", tip: "Fill every class with its color" },
              { value: "outline", label: "Outline", tip: "Only the lines where the class changes" },
            ]}
            onChange={(value) => change({ outlined: value === "outline" })}
          />
        </div>
      )}
      {boxes.length > 0 && (
        <div class="nb-over-row">
          <span class="nb-over-what">Boxes</span>
          {boxes.map((one, place) => (
            <span class="nb-over-group">
              {group(one)}
              <LineButton
                name={one.name}
                line={lineOf(settings, one.name, place)}
                onChange={(line) => change({ lines: withEntry(settings.lines, one.name, line) })}
              />
            </span>
          ))}
          <Slide
            label="Width of the lines of boxes"
            tip="Width of the lines"
            before="Line"
            range={[1, 6, 1]}
            value={settings.lineWidth}
            onChange={(lineWidth) => change({ lineWidth })}
          />
          <label class="nb-over-check" title="Names beside boxes, where a picture is large enough">
            <input
              type="checkbox"
              checked={settings.names}
              onChange={(event) => change({ names: event.currentTarget.checked })}
            />
            Names
          </label>
        </div>
      )}
      {[...found.scores].map(([score, range]) => (
        <ScoreFilter key={score} score={score} range={range} settings={settings} change={change} />
      ))}
      {classes.length > 0 && <ClassChips classes={classes} settings={settings} change={change} />}
    </>
  );
}

function GroupButton(props: {
  kind: Kind;
  name: string;
  on: boolean;
  here: boolean;
  onClick: () => void;
}): JSX.Element {
  const absent = props.here ? "" : ": not at this step";
  return (
    <button
      type="button"
      class={`nb-over-chip ${props.on ? "nb-on" : ""} ${props.here ? "" : "nb-absent"}`}
      aria-pressed={props.on}
      title={`${props.on ? "Hide" : "Show"} ${props.kind} “${props.name}”${absent}`}
      onClick={props.onClick}
    >
      {props.name}
    </button>
  );
}

const PATTERNS: { [line in Line]: string } = { solid: "none", dashed: "5 3", dotted: "1.5 2.5" };

/** The line of a group of boxes; a click gives it the next one. */
function LineButton(props: { name: string; line: Line; onChange: (line: Line) => void }): JSX.Element {
  const next = LINES[(LINES.indexOf(props.line) + 1) % LINES.length] as Line;
  const text = `Lines of “${props.name}” are ${props.line}: make them ${next}`;
  return (
    <button
      type="button"
      class="nb-over-line"
      title={text}
      aria-label={text}
      onClick={() => props.onChange(next)}
    >
      <svg width="22" height="8" aria-hidden="true">
        <path d="M1 4h20" stroke="currentColor" stroke-width="2" stroke-dasharray={PATTERNS[props.line]} />
      </svg>
    </button>
  );
}

const STEPS = 100;

function ScoreFilter(props: {
  score: string;
  range: [number, number];
  settings: Settings;
  change: (some: Partial<Settings>) => void;
}): JSX.Element {
  const { score, settings, change } = props;
  const [low, high] = props.range;
  const filter = settings.filters.get(score);
  const { operator, at, to } = filter ?? { operator: "≥" as Operator, at: low, to: high };
  const set = (some: { operator?: Operator; at?: number; to?: number }): void =>
    change({ filters: withEntry(settings.filters, score, { operator, at, to, ...some }) });
  // An "≤" that begins at the least score would hide everything.
  const start = (chosen: Operator): void =>
    set({ operator: chosen, ...(filter || chosen !== "≤" ? {} : { at: high }) });
  const slide = (label: string, value: number, end: "at" | "to"): JSX.Element => (
    <Slide
      label={label}
      range={[low, high, (high - low) / STEPS || 1]}
      value={value}
      onChange={(chosen) => set({ [end]: chosen })}
      after={<span class="nb-over-number">{shortNumber(value)}</span>}
    />
  );
  return (
    <div class="nb-over-row" title="Boxes without this score stay">
      <span class="nb-over-what nb-over-score">{score}</span>
      <select
        aria-label={`How ${score} is compared`}
        value={operator}
        onChange={(event) => start(event.currentTarget.value as Operator)}
      >
        {OPERATORS.map((one) => (
          <option value={one}>{one}</option>
        ))}
      </select>
      {slide(`Boxes with ${score} ${operator}`, at, "at")}
      {operator === "between" && slide(`and with ${score} up to`, to, "to")}
      {filter && (
        <button
          type="button"
          class="nb-link"
          onClick={() => change({ filters: withEntry(settings.filters, score, null) })}
        >
          All
        </button>
      )}
    </div>
  );
}

function ClassChips(props: {
  classes: FoundClass[];
  settings: Settings;
  change: (some: Partial<Settings>) => void;
}): JSX.Element {
  const { classes, settings, change } = props;
  const isOn = ({ id, label, kinds }: FoundClass): boolean =>
    settings.classes.get(classKey(id, label)) ??
    (kinds.has("boxes") || !isNothing(id, label === `class_${id}` ? undefined : label));
  const setAll = (on: boolean): void =>
    change({ classes: new Map(classes.map(({ id, label }) => [classKey(id, label), on])) });
  return (
    <fieldset class="nb-over-row nb-over-classes" aria-label="Classes">
      <span class="nb-over-what">Classes</span>
      {classes.map((one) => (
        <button
          type="button"
          key={classKey(one.id, one.label)}
          class={`nb-over-chip ${isOn(one) ? "nb-on" : ""}`}
          aria-pressed={isOn(one)}
          title={`Class ${one.id}: click hides or shows it, double click shows it alone`}
          onClick={() =>
            change({ classes: withEntry(settings.classes, classKey(one.id, one.label), !isOn(one)) })
          }
          onDblClick={() =>
            change({
              classes: new Map(classes.map((other) => [classKey(other.id, other.label), other === one])),
            })
          }
        >
          <span class="nb-swatch" aria-hidden="true" style={{ background: cssColor(one.id) }} />
          {one.label}
        </button>
      ))}
      {classes.length > 2 && (
        <>
          <button type="button" class="nb-link" onClick={() => setAll(true)}>
            All
          </button>
          <button type="button" class="nb-link" onClick={() => setAll(false)}>
            None
          </button>
        </>
      )}
    </fieldset>
  );
}

function shortNumber(value: number): string {
  return String(Number(value.toPrecision(3)));
}
