// Stands above the pictures of a key: the controls of what lies over them, their zoom, and what went wrong.

import { type Signal, useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { ErrorLine } from "../../core/panel";
import type { ViewerProps } from "../../core/registry";
import { Controls } from "./controls";
import { type View, WHOLE } from "./logic";
import { Painter } from "./painter";
import { parts } from "./parts";
import { usePointer } from "./pointer";
import { add, nothingFound, Survey } from "./survey";
import { Tip, type TipState } from "./tip";
import type { Shown } from "./view";

export interface BarProps extends ViewerProps {
  shown: Shown[];
  side: number;
  /** Gets what draws the tiles, once. */
  onPainter: (painter: Painter) => void;
}

export function Bar(props: BarProps): JSX.Element {
  const { runs, name, kind, cursor, shown, side, onPainter } = props;
  const place = useRef<HTMLDivElement>(null);
  const painter = Painter.of(cursor);
  useLayoutEffect(() => onPainter(painter), [painter]);
  const survey = useMemo(() => new Survey(), [name, kind]);
  parts.learned.value;
  const found = survey.update(runs, name, kind);
  const now = nothingFound();
  for (const { rows } of shown) for (const row of rows) add(now, row);

  const { settings, view } = painter.linked;
  const tip = useSignal<TipState | null>(null);
  usePointer(place, shown, side, painter, tip);

  return (
    <div ref={place} class="nb-over nb-own-keys">
      {found.groups.size > 0 && <Controls found={found} now={now} settings={settings} />}
      <Zoom view={view} />
      {parts.failure.value && (
        <ErrorLine
          text={parts.failure.value}
          retry={() => {
            parts.retry();
            settings.value = { ...settings.peek() };
          }}
        />
      )}
      <Hover tip={tip} />
    </div>
  );
}

/** How far the tiles are zoomed, and the way back. */
function Zoom({ view }: { view: Signal<View> }): JSX.Element | null {
  if (view.value === WHOLE) return null;
  return (
    <div class="nb-over-row">
      <span class="nb-quiet">All pictures of the panel at {view.value.zoom.toFixed(1)}×</span>
      <button type="button" class="nb-link" onClick={() => (view.value = WHOLE)}>
        Whole pictures
      </button>
    </div>
  );
}

function Hover({ tip }: { tip: Signal<TipState | null> }): JSX.Element | null {
  return tip.value && <Tip {...tip.value} />;
}
