// The controls of what lies over the pictures of a key; its label under the pointer; the zoom of all tiles at once.

import { type Signal, useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { ErrorLine, Segmented } from "../../core/panel";
import type { ViewerProps } from "../../core/registry";
import { classKey, cssColor, isNothing } from "./classes";
import { naturalSize, pixelsFor, WHOLE } from "./logic";
import type { Hit } from "./overlay";
import { frameOf, Painter, zoomed, zoomFrame } from "./painter";
import { type Kind, parts } from "./parts";
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
import { add, type Found, type FoundClass, nothingFound, Survey } from "./survey";
import type { Shown } from "./view";

export interface BarProps extends ViewerProps {
  shown: Shown[];
  side: number;
  /** Gets what draws the tiles, once. */
  onPainter: (painter: Painter) => void;
}

export function Bar(props: BarProps): JSX.Element {
  const { runs, name, kind, cursor, shown, onPainter } = props;
  const place = useRef<HTMLDivElement>(null);
  const painter = useMemo(() => new Painter(cursor), [cursor]);
  useLayoutEffect(() => onPainter(painter), [painter]);
  const survey = useMemo(() => new Survey(), [name, kind]);
  parts.learned.value;
  const found = survey.update(runs, name, kind);
  const now = nothingFound();
  for (const { rows } of shown) for (const row of rows) add(now, row);

  const { settings, view } = painter.linked;
  const change = (some: Partial<Settings>): void => {
    settings.value = { ...settings.value, ...some };
  };
  const tip = useSignal<TipState | null>(null);
  useTiles(place, props, painter, tip);

  return (
    <div ref={place} class="nb-over nb-own-keys">
      {found.groups.size > 0 && (
        <Controls found={found} now={now} settings={settings.value} change={change} />
      )}
      {view.value !== WHOLE && (
        <div class="nb-over-row">
          <span class="nb-quiet">All pictures of the panel at {view.value.zoom.toFixed(1)}×</span>
          <button type="button" class="nb-link" onClick={() => (view.value = WHOLE)}>
            Whole pictures
          </button>
        </div>
      )}
      {parts.failure.value && (
        <ErrorLine
          text={parts.failure.value}
          retry={() => {
            parts.retry();
            change({});
          }}
        />
      )}
      {tip.value && <Tip {...tip.value} />}
    </div>
  );
}

function Controls(props: {
  found: Found;
  now: Found;
  settings: Settings;
  change: (some: Partial<Settings>) => void;
}): JSX.Element {
  const { found, now, settings, change } = props;
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
          <label class="nb-over-slide" title="How much the masks cover the pictures">
            Opacity
            <input
              type="range"
              min={0}
              max={1}
              step={0.05}
              value={settings.opacity}
              aria-label="Opacity of the masks"
              onInput={(event) => change({ opacity: Number(event.currentTarget.value) })}
            />
          </label>
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
          <label class="nb-over-slide" title="Width of the lines">
            Line
            <input
              type="range"
              min={1}
              max={6}
              step={1}
              value={settings.lineWidth}
              aria-label="Width of the lines of boxes"
              onInput={(event) => change({ lineWidth: Number(event.currentTarget.value) })}
            />
          </label>
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
  const slide = (what: string, value: number, end: "at" | "to"): JSX.Element => (
    <input
      type="range"
      min={low}
      max={high}
      step={(high - low) / STEPS || 1}
      value={value}
      aria-label={what}
      onInput={(event) => set({ [end]: Number(event.currentTarget.value) })}
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
      <span class="nb-over-number">{shortNumber(at)}</span>
      {operator === "between" && (
        <>
          {slide(`and with ${score} up to`, to, "to")}
          <span class="nb-over-number">{shortNumber(to)}</span>
        </>
      )}
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

interface TipState {
  x: number;
  y: number;
  hits: Hit[];
}

/** What lies under the pointer; several groups are told apart by their names. */
export function Hits(props: { hits: Hit[] }): JSX.Element {
  const several = new Set(props.hits.map((hit) => hit.group)).size > 1;
  return (
    <>
      {props.hits.map((hit, i) => (
        <span key={i} class="nb-over-hit">
          {hit.id !== null && (
            <span class="nb-swatch" aria-hidden="true" style={{ background: cssColor(hit.id) }} />
          )}
          {several && <span class="nb-quiet">{hit.group}: </span>}
          {hit.text}
        </span>
      ))}
    </>
  );
}

function Tip(props: TipState): JSX.Element {
  return (
    <div class="nb-over-tip" style={{ left: `${props.x}px`, top: `${props.y}px` }}>
      <Hits hits={props.hits} />
    </div>
  );
}

function shortNumber(value: number): string {
  return String(Number(value.toPrecision(3)));
}

/** Farther than this, a press is no click. */
const STILL = 3;

/** Hover, zoom (Ctrl or Alt with the wheel) and pan of the tiles around the bar. */
function useTiles(
  place: { readonly current: HTMLElement | null },
  props: BarProps,
  painter: Painter,
  tip: Signal<TipState | null>,
): void {
  const latest = useRef(props);
  latest.current = props;
  useLayoutEffect(() => {
    const root = place.current?.closest<HTMLElement>(".nb-images");
    if (!root) return undefined;
    const stop = new AbortController();
    const { view } = painter.linked;
    let drag: { x: number; y: number; moved: boolean } | null = null;

    /** The picture under the pointer, its frame on the page, and the point of the picture. */
    const under = (event: MouseEvent) => {
      const tile = (event.target as Element).closest?.<HTMLElement>(".nb-tile-open");
      if (!tile) return null;
      const columns = [...root.querySelectorAll(".nb-image-run")];
      const { shown, side } = latest.current;
      const row = shown[columns.indexOf(tile.closest(".nb-image-run") as Element)]?.rows.find(
        (one) => one.idx === Number(tile.dataset.idx),
      );
      if (!row) return null;
      const { left, top, width, height } = tile.getBoundingClientRect();
      const frame = frameOf(row, { x: left, y: top, width, height }, side);
      const rect = zoomed(frame, view.peek());
      return {
        row,
        frame,
        u: (event.clientX - rect.x) / rect.width,
        v: (event.clientY - rect.y) / rect.height,
      };
    };
    const onMove = (event: PointerEvent): void => {
      const here = under(event);
      if (drag && here && event.buttons === 1) {
        const dx = event.clientX - drag.x;
        const dy = event.clientY - drag.y;
        if (drag.moved || Math.hypot(dx, dy) > STILL) {
          const { zoom, u, v } = view.peek();
          const clamp = (value: number): number => Math.min(1, Math.max(0, value));
          view.value = {
            zoom,
            u: clamp(u - dx / (here.frame.width * zoom)),
            v: clamp(v - dy / (here.frame.height * zoom)),
          };
          drag = { x: event.clientX, y: event.clientY, moved: true };
        }
      }
      const inside = here && here.u >= 0 && here.u < 1 && here.v >= 0 && here.v < 1;
      const px = here && pixelsOf(here.row, latest.current.side, view.peek().zoom);
      const hits = inside ? painter.hits(here.row, px, here) : [];
      const origin = place.current?.getBoundingClientRect();
      tip.value =
        hits.length > 0 && origin
          ? { x: event.clientX - origin.left, y: event.clientY - origin.top, hits }
          : null;
    };
    const onWheel = (event: WheelEvent): void => {
      if (!event.ctrlKey && !event.altKey) return;
      const here = under(event);
      if (!here) return;
      event.preventDefault();
      const factor = Math.exp(-event.deltaY * (event.deltaMode === 1 ? 0.05 : 0.002));
      view.value = zoomFrame(
        view.peek(),
        factor,
        event.clientX - here.frame.x,
        event.clientY - here.frame.y,
        here.frame,
      );
    };
    const onDown = (event: PointerEvent): void => {
      drag =
        view.peek() !== WHOLE && event.button === 0
          ? { x: event.clientX, y: event.clientY, moved: false }
          : null;
    };
    const onClick = (event: MouseEvent): void => {
      if (drag?.moved) {
        event.preventDefault();
        event.stopPropagation();
      }
      drag = null;
    };
    const { signal } = stop;
    root.addEventListener("pointermove", onMove, { signal });
    root.addEventListener("pointerleave", () => (tip.value = null), { signal });
    root.addEventListener("pointerdown", onDown, { signal });
    root.addEventListener("click", onClick, { signal, capture: true });
    root.addEventListener("wheel", onWheel, { signal, passive: false });
    return () => stop.abort();
  }, [painter]);
}

function pixelsOf(row: Parameters<typeof naturalSize>[0], side: number, zoom: number): number | null {
  return pixelsFor(naturalSize(row), side * zoom, globalThis.devicePixelRatio || 1);
}
