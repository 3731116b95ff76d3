// The pieces that every panel and viewer is made of. Their look is theme.css; all of it stands under `.nbtrack`.

import { useSignal } from "@preact/signals";
import type { ComponentChildren, JSX, RefObject } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";
import type { Cursor, CursorMode } from "./cursor";
import { formatStep, formatTime, formatValue } from "./format";

/** A heading that folds what is below it. `count` says how much is inside. */
export function Section(props: {
  title: string;
  count?: number | undefined;
  open?: boolean;
  /** Controls at the right end of the heading. */
  aside?: ComponentChildren;
  children: ComponentChildren;
}): JSX.Element {
  const open = useSignal(props.open ?? true);
  return (
    <section class="nb-section">
      <div class="nb-section-head">
        <button
          type="button"
          class="nb-fold"
          aria-expanded={open.value}
          onClick={() => {
            open.value = !open.value;
          }}
        >
          <span class={open.value ? "nb-caret nb-open" : "nb-caret"} aria-hidden="true" />
          <span class="nb-section-title">{props.title}</span>
          {props.count !== undefined && <span class="nb-count">{props.count}</span>}
        </button>
        {props.aside && <div class="nb-section-aside">{props.aside}</div>}
      </div>
      {open.value && <div class="nb-section-body">{props.children}</div>}
    </section>
  );
}

/** A box to search in what stands below; its keys are its own. */
export function SearchField(props: {
  label: string;
  value: string;
  onInput: (value: string) => void;
}): JSX.Element {
  return (
    <input
      type="search"
      class="nb-search"
      placeholder={props.label}
      aria-label={props.label}
      value={props.value}
      onInput={(event) => props.onInput(event.currentTarget.value)}
      onKeyDown={(event) => {
        event.stopPropagation();
        if (event.key === "Escape") props.onInput("");
      }}
    />
  );
}

/** A row of controls. */
export function Toolbar(props: { children: ComponentChildren; label?: string }): JSX.Element {
  return (
    <div class="nb-toolbar" role="toolbar" aria-label={props.label}>
      {props.children}
    </div>
  );
}

/** What stands where there is nothing yet; `children` may offer what to do. */
export function EmptyState(props: { title: string; children?: ComponentChildren }): JSX.Element {
  return (
    <div class="nb-empty">
      <div>{props.title}</div>
      {props.children && <div class="nb-empty-more">{props.children}</div>}
    </div>
  );
}

/** One line that says what went wrong, in place; "retry" when there is something to retry. */
export function ErrorLine(props: { text: string; retry?: () => void }): JSX.Element {
  return (
    <div class="nb-error" role="alert">
      <span>{props.text}</span>
      {props.retry && (
        <button type="button" class="nb-link" onClick={props.retry}>
          Try again
        </button>
      )}
    </div>
  );
}

/** Shows `text` on hover and on keyboard focus of what is inside. */
export function Tooltip(props: { text: string; children: ComponentChildren }): JSX.Element {
  return (
    <span class="nb-tip" data-tip={props.text}>
      {props.children}
    </span>
  );
}

/** Radio buttons of one name are one group in the whole page, and a page may hold many panels. */
const page = Math.random().toString(36).slice(2);
let groups = 0;

/** One of a few, as a row of buttons. */
export function Segmented<T extends string>(props: {
  label: string;
  value: T;
  options: readonly { value: T; label: string; tip: string }[];
  onChange: (value: T) => void;
}): JSX.Element {
  const name = useMemo(() => `nb-${page}-${++groups}`, []);
  return (
    <div class="nb-segmented" role="radiogroup" aria-label={props.label}>
      {props.options.map((option) => (
        <label key={option.value} title={option.tip} class={option.value === props.value ? "nb-on" : ""}>
          <input
            type="radio"
            name={name}
            class="nb-visually-hidden"
            checked={option.value === props.value}
            onChange={() => props.onChange(option.value)}
          />
          {option.label}
        </label>
      ))}
    </div>
  );
}

const ICONS = {
  first: "M4 3v10M13 3 6 8l7 5z",
  prev: "M11 3 4 8l7 5z",
  play: "M5 3l8 5-8 5z",
  pause: "M5 3v10M11 3v10",
  next: "M5 3l7 5-7 5z",
  last: "M12 3v10M3 3l7 5-7 5z",
  close: "M4 4l8 8M12 4l-8 8",
  enlarge: "M9 3h4v4M13 3 9 7M7 13H3V9M3 13l4-4",
  reduce: "M13 7H9V3M9 7l4-4M3 9h4v4M7 9l-4 4",
  save: "M8 2v7M5 7l3 3 3-3M3 13h10",
} as const;

export function IconButton(props: {
  icon: keyof typeof ICONS;
  label: string;
  disabled?: boolean;
  onClick: () => void;
}): JSX.Element {
  return (
    <button
      type="button"
      class="nb-icon"
      title={props.label}
      aria-label={props.label}
      disabled={props.disabled}
      onClick={props.onClick}
    >
      <svg viewBox="0 0 16 16" aria-hidden="true">
        <path d={ICONS[props.icon]} />
      </svg>
    </button>
  );
}

const MODES: readonly { value: CursorMode; label: string; tip: string }[] = [
  { value: "exact", label: "Exact", tip: "Only what was logged at this very step" },
  { value: "nearest", label: "Nearest", tip: "The latest at or before this step" },
  { value: "latest", label: "Latest", tip: "Follow the run: always the newest" },
];

const TICKS = 1000;

/** Ticks as one SVG path on a scale of 0..1000; steps that fall together share one. */
function tickPath(steps: Float64Array, lo: number, hi: number): string {
  const span = hi - lo || 1;
  let path = "";
  let last = -1;
  for (const step of steps) {
    const x = Math.round(((step - lo) / span) * TICKS);
    if (x !== last) path += `M${x} 0V6`;
    last = x;
  }
  return path;
}

/** The linked step slider: drag, arrows, Home/End, space to play; ticks where media were logged. */
export function Slider(props: { cursor: Cursor }): JSX.Element {
  const { cursor } = props;
  const track = useRef<HTMLDivElement>(null);
  const steps = cursor.steps.value;
  const [lo, hi] = cursor.range.value;
  const step = cursor.step.value;
  const span = hi - lo || 1;
  const share = Math.min(1, Math.max(0, (step - lo) / span));
  const empty = steps.length === 0;
  const ticks = useMemo(() => tickPath(steps, lo, hi), [steps, lo, hi]);

  const toPointer = (event: PointerEvent): void => {
    const box = track.current?.getBoundingClientRect();
    if (!box || box.width === 0) return;
    cursor.pause();
    cursor.moveTo(cursor.snap(lo + Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)) * span));
  };

  return (
    <div class="nb-slider">
      <div class="nb-transport">
        <IconButton icon="first" label="First step (Home)" disabled={empty} onClick={() => cursor.first()} />
        <IconButton icon="prev" label="Previous step (←)" disabled={empty} onClick={() => cursor.prev()} />
        <IconButton
          icon={cursor.playing.value ? "pause" : "play"}
          label={cursor.playing.value ? "Pause (space)" : "Play (space)"}
          disabled={steps.length < 2}
          onClick={() => cursor.toggle()}
        />
        <IconButton icon="next" label="Next step (→)" disabled={empty} onClick={() => cursor.next()} />
        <IconButton icon="last" label="Last step (End)" disabled={empty} onClick={() => cursor.last()} />
      </div>
      <div
        class="nb-track"
        role="slider"
        tabIndex={0}
        aria-label={cursor.axis ? `Place on ${cursor.axis}` : "Step"}
        aria-valuemin={lo}
        aria-valuemax={hi}
        aria-valuenow={step}
        aria-valuetext={cursor.axis ? placeText(cursor, step) : `step ${formatStep(step)}`}
        aria-disabled={empty}
        onPointerDown={(event) => {
          if (event.button !== 0 || empty) return;
          event.currentTarget.setPointerCapture(event.pointerId);
          toPointer(event);
        }}
        onPointerMove={(event) => {
          if (event.currentTarget.hasPointerCapture(event.pointerId)) toPointer(event);
        }}
        onKeyDown={(event) => sliderKey(event, cursor)}
      >
        <div class="nb-track-inner" ref={track}>
          <svg class="nb-ticks" viewBox={`0 0 ${TICKS} 6`} preserveAspectRatio="none" aria-hidden="true">
            <path d={ticks} />
          </svg>
          <div class="nb-rail">
            <div class="nb-rail-done" style={{ width: `${share * 100}%` }} />
          </div>
          <div class="nb-thumb" style={{ left: `${share * 100}%` }} />
        </div>
      </div>
      <StepInput cursor={cursor} last={hi} />
      <Segmented
        label="Slider mode"
        value={cursor.mode.value}
        options={MODES}
        onChange={(mode) => cursor.setMode(mode)}
      />
    </div>
  );
}

/** Keys of the slider; returns whether the key was one of them. */
export function sliderKey(event: KeyboardEvent, cursor: Cursor): boolean {
  if (event.altKey || event.ctrlKey || event.metaKey) return false;
  const actions: { [key: string]: () => unknown } = {
    ArrowLeft: () => cursor.prev(),
    ArrowDown: () => cursor.prev(),
    ArrowRight: () => cursor.next(),
    ArrowUp: () => cursor.next(),
    PageDown: () => jump(cursor, -10),
    PageUp: () => jump(cursor, 10),
    Home: () => cursor.first(),
    End: () => cursor.last(),
    " ": () => cursor.toggle(),
  };
  const action = actions[event.key];
  if (!action) return false;
  event.preventDefault();
  event.stopPropagation();
  if (event.key !== " ") cursor.pause();
  action();
  return true;
}

/** Lets the slider's keys work anywhere in a panel where the focused control has no use for them. */
export function useCursorKeys(root: RefObject<HTMLElement | null>, cursor: Cursor): void {
  useEffect(() => {
    const el = root.current;
    if (!el) return undefined;
    const press = (event: KeyboardEvent): void => {
      const target = event.target as HTMLElement;
      if (event.defaultPrevented || target.closest("input, select, textarea, .nb-own-keys")) return;
      // Space belongs to the focused button.
      if (event.key !== " ") sliderKey(event, cursor);
    };
    el.addEventListener("keydown", press);
    return () => el.removeEventListener("keydown", press);
  }, [cursor]);
}

function jump(cursor: Cursor, by: number): void {
  for (let i = 0; i < Math.abs(by); i++) if (!(by < 0 ? cursor.prev() : cursor.next())) return;
}

/** A place of the slider in words. */
function placeText(cursor: Cursor, place: number): string {
  if (!cursor.axis) return formatStep(place);
  return cursor.axis === "_runtime" ? formatTime(place) : formatValue(place);
}

/** As it is typed: steps are whole, places of other axes have no more digits than anybody reads. */
function typed(place: number): string {
  return String(Number.isInteger(place) ? place : Number(place.toPrecision(7)));
}

function StepInput(props: { cursor: Cursor; last: number }): JSX.Element {
  const input = useRef<HTMLInputElement>(null);
  const step = props.cursor.step.value;
  useEffect(() => {
    const field = input.current;
    if (field && field.ownerDocument.activeElement !== field) field.value = typed(step);
  }, [step]);
  // JupyterLab keeps Enter from firing `change` in an output, so that Enter is listened for.
  const go = (field: HTMLInputElement): void => {
    const wanted = Number(field.value);
    if (field.value.trim() === "" || !Number.isFinite(wanted)) field.value = typed(props.cursor.step.value);
    else if (wanted !== props.cursor.step.value) props.cursor.moveTo(wanted);
  };
  return (
    <label class="nb-step">
      <span class="nb-visually-hidden">Go to step</span>
      <input
        ref={input}
        type="text"
        inputMode="decimal"
        size={Math.max(typed(props.last).length, 3)}
        defaultValue={typed(step)}
        onKeyDown={(event) => {
          event.stopPropagation();
          if (event.key === "Enter") go(event.currentTarget);
        }}
        onBlur={(event) => go(event.currentTarget)}
      />
      <span class="nb-of">/ {placeText(props.cursor, props.last)}</span>
    </label>
  );
}

/** How far beyond the screen something is near. A box of pictures is scrolled faster than a notebook. */
const AHEAD = "300px";
const AHEAD_IN_BOX = "600px";

const waiting = new Map<Element, (near: boolean) => void>();
/** One for all that scroll in the same box: a run may have hundreds of keys. */
const observers = new WeakMap<Element | Document, IntersectionObserver>();

/** `box` scrolls by itself within the page; null: whatever scrolls around the panel. */
function watchNearness(el: Element, box: Element | null, tell: (near: boolean) => void): () => void {
  if (typeof IntersectionObserver === "undefined") {
    tell(true);
    return () => undefined;
  }
  const observer = observers.get(box ?? document) ?? observing(box);
  waiting.set(el, tell);
  observer.observe(el);
  return () => {
    waiting.delete(el);
    observer.unobserve(el);
  };
}

function observing(box: Element | null): IntersectionObserver {
  const observer = new IntersectionObserver(
    (entries) => {
      for (const entry of entries) waiting.get(entry.target)?.(entry.isIntersecting);
    },
    // Notebooks scroll in a box of their own, for which `rootMargin` says nothing; and what is clipped around a box
    // of ours cuts its `scrollMargin`.
    (box
      ? { root: box, rootMargin: AHEAD_IN_BOX }
      : { rootMargin: AHEAD, scrollMargin: AHEAD }) as IntersectionObserverInit,
  );
  observers.set(box ?? document, observer);
  return observer;
}

/** Holds the place of what is drawn only while it is near the screen. */
export function Lazy(props: {
  height: number;
  /** Read out and shown in place of what is not drawn. */
  label: string;
  /** The box of the panel in which this scrolls, where it has one. */
  within?: RefObject<Element | null>;
  children: () => ComponentChildren;
}): JSX.Element {
  const place = useRef<HTMLDivElement>(null);
  const near = useSignal(false);
  useEffect(() => {
    const el = place.current;
    if (!el) return undefined;
    return watchNearness(el, props.within?.current ?? null, (seen) => {
      near.value = seen;
    });
  }, []);
  return (
    <div ref={place} class="nb-lazy" style={{ minHeight: `${props.height}px` }}>
      {near.value ? props.children() : <span class="nb-card-title nb-quiet">{props.label}</span>}
    </div>
  );
}
