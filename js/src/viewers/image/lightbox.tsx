// One picture large, in place of the grid: zoom, pan, pixel values; several runs beside each other, linked; two
// pictures against each other.

import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { type Cursor, floorIndex } from "../../core/cursor";
import type { Io } from "../../core/io";
import { IconButton } from "../../core/panel";
import type { Blend, Spot } from "./canvas";
import { naturalSize, WHOLE, zoomAt } from "./logic";
import { type Look, Pane } from "./pane";
import { groupsOf } from "./parts";
import { groupKey, linkedBy } from "./settings";
import { MODES, type Side, Sides, startVersus, type Versus } from "./sides";
import type { Shown } from "./view";

export interface LightboxProps {
  shown: Shown[];
  idx: number;
  count: number;
  /** The logged key and its kind. */
  name: string;
  kind: string;
  /** All steps at which the runs logged this key. */
  steps: Float64Array;
  cursor: Cursor;
  io: Io;
  onMove: (idx: number) => void;
  onClose: () => void;
}

const ALONE: Blend = { mode: "side", share: 0.5, gain: 1, flipped: false };

export function Lightbox(props: LightboxProps): JSX.Element {
  const { shown, idx, count, steps, cursor, io, name, kind } = props;
  const { view, settings } = linkedBy(cursor);
  const [spot, setSpot] = useState<Spot>(null);
  const [versus, setVersus] = useState<Versus | null>(null);
  const root = useRef<HTMLDivElement>(null);
  useEffect(() => root.current?.focus({ preventScroll: true }), []);
  const changeVersus = (some: Partial<Versus>): void =>
    setVersus((before) => before && { ...before, ...some });

  const flickers = versus?.mode === "flicker";
  useEffect(() => {
    if (!flickers) return undefined;
    const timer = setInterval(
      () => setVersus((before) => before && { ...before, flipped: !before.flipped }),
      1000 / versus.rate,
    );
    return () => clearInterval(timer);
  }, [flickers, versus?.rate]);

  const runs = shown.map(({ run }) => run);
  const row = shown.find((one) => one.rows[idx])?.rows[idx];
  const lookAt = (side: Side, letter: "A" | "B"): Look => {
    const now = shown.find(({ run }) => run.model.id === side.run) ?? (shown[0] as Shown);
    const rows = side.step === null ? now.rows : now.run.model.mediaAt(name, kind, side.step);
    return { run: now.run, step: side.step ?? now.step, row: rows[idx], only: side.only, letter };
  };
  const looks: Look[] = versus
    ? [lookAt(versus.a, "A"), lookAt(versus.b, "B")]
    : shown.map((one) => ({ run: one.run, step: one.step, row: one.rows[idx], only: null, letter: "" }));
  const [first, second] = looks;
  const laid = versus !== null && versus.mode !== "side";
  const groups = new Set(
    shown.flatMap(({ rows }) => {
      const one = rows[idx];
      return one
        ? (["masks", "boxes"] as const).flatMap((of) =>
            groupsOf(one, of).map(([group]) => groupKey(of, group)),
          )
        : [];
    }),
  );

  const zoom = (factor: number): void => {
    const pane = root.current?.querySelector<HTMLElement>(".nb-pane-box");
    if (!pane || !row) return;
    const box = { width: pane.clientWidth, height: pane.clientHeight };
    view.value = zoomAt(view.peek(), factor, box.width / 2, box.height / 2, naturalSize(row), box);
  };
  const move = (by: number): void => {
    if (idx + by >= 0 && idx + by < count) props.onMove(idx + by);
  };
  // To the next step at which these pictures changed; the slider has those of all media.
  const stepBy = (by: 1 | -1): void => {
    const model = runs[0]?.model;
    if (!model) return;
    const now = cursor.at(model);
    const here = floorIndex(steps, now);
    const back = steps[here] === now ? here - 1 : here;
    const next = steps[by > 0 ? here + 1 : back];
    if (next !== undefined) cursor.goTo(next, model);
  };
  const toggleVersus = (): void => setVersus((before) => (before ? null : startVersus(runs, row, steps)));
  const actions: { [key: string]: () => unknown } = {
    Escape: props.onClose,
    ArrowLeft: () => move(-1),
    ArrowRight: () => move(1),
    ArrowUp: () => stepBy(1),
    ArrowDown: () => stepBy(-1),
    "+": () => zoom(1.5),
    "=": () => zoom(1.5),
    "-": () => zoom(1 / 1.5),
    "0": () => {
      view.value = WHOLE;
    },
    c: toggleVersus,
    o: () => {
      settings.value = { ...settings.value, shown: !settings.value.shown };
    },
    ...Object.fromEntries(MODES.map(({ value }, i) => [String(i + 1), () => changeVersus({ mode: value })])),
  };
  // A slider or a list inside has these keys for itself.
  const isTyped = (target: EventTarget | null): boolean =>
    target instanceof Element && target.matches("select, input");

  return (
    <div
      ref={root}
      class="nb-lightbox nb-own-keys"
      role="dialog"
      aria-label={`Picture ${idx + 1} of ${count}`}
      tabIndex={-1}
      onKeyDown={(event) => {
        if (isTyped(event.target) && event.key !== "Escape") return;
        const action = event.altKey || event.ctrlKey || event.metaKey ? undefined : actions[event.key];
        if (!action) return;
        event.preventDefault();
        event.stopPropagation();
        action();
      }}
    >
      <div class="nb-lightbox-bar">
        <IconButton icon="prev" label="Previous picture (←)" disabled={idx === 0} onClick={() => move(-1)} />
        <span class="nb-lightbox-at">
          {idx + 1} / {count}
        </span>
        <IconButton
          icon="next"
          label="Next picture (→)"
          disabled={idx >= count - 1}
          onClick={() => move(1)}
        />
        <span class="nb-lightbox-hint nb-quiet">
          wheel zooms · drag moves · ↑ ↓ steps · 0 whole picture{groups.size > 0 && " · O overlays"}
        </span>
        <button type="button" class="nb-link" aria-pressed={versus !== null} onClick={toggleVersus}>
          {versus ? "End comparison" : "Compare A and B"}
        </button>
        <button
          type="button"
          class="nb-link"
          disabled={view.value === WHOLE}
          onClick={() => {
            view.value = WHOLE;
          }}
        >
          Whole picture
        </button>
        <IconButton icon="close" label="Close (Escape)" onClick={props.onClose} />
      </div>
      {versus && (
        <Sides versus={versus} runs={runs} steps={steps} groups={[...groups]} onChange={changeVersus} />
      )}
      <div class="nb-panes">
        {(laid ? looks.slice(0, 1) : looks).map((look, place) => (
          <Pane
            key={versus ? place : look.run.model.id}
            a={laid && first ? first : look}
            b={laid && second ? second : null}
            blend={versus ?? ALONE}
            labeled={looks.length > 1}
            view={view.value}
            spot={spot}
            settings={settings.value}
            io={io}
            onView={(change) => {
              view.value = change(view.peek());
            }}
            onSpot={setSpot}
            onShare={(share) => changeVersus({ share })}
          />
        ))}
      </div>
    </div>
  );
}
