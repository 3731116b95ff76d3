// The controls above the views of a key, and the legend of the colors.

import type { Signal } from "@preact/signals";
import type { JSX } from "preact";
import { formatValue } from "../../core/format";
import { Segmented, Toolbar } from "../../core/panel";
import { CATEGORIES, CATEGORY_COLORS, type CloudMeta, colorings, RAMP } from "./logic";
import { coloring, type Found, pointSize, type Settings } from "./settings";

const MOTIONS = [
  { value: "orbit", label: "Orbit", tip: "Drag to turn around what is in the middle" },
  { value: "fly", label: "Fly", tip: "Drag to look around; W A S D and Q E to move" },
] as const;

const RAMP_CSS = `linear-gradient(to right, ${RAMP.join(", ")})`;

export function Bar(props: {
  settings: Signal<Settings>;
  found: Signal<Found>;
  metas: CloudMeta[];
  boxes: boolean;
  several: boolean;
  fit: () => void;
  top: () => void;
}): JSX.Element {
  const { settings, found, metas } = props;
  const now = settings.value;
  const set = (change: Partial<Settings>): void => {
    settings.value = { ...settings.value, ...change };
  };
  const most = Math.max(0, ...metas.map((meta) => meta.points));
  const size = now.size ?? pointSize(most);
  const scores = found.value.scores;
  return (
    <Toolbar label="3-D view">
      {metas.length > 0 && (
        <>
          <label class="nb-option">
            Color
            <select
              class="nb-object3d-select"
              value={coloring(now, metas)}
              onChange={(event) => set({ by: event.currentTarget.value })}
            >
              {colorings(metas).map((option) => (
                <option key={option.value} value={option.value}>
                  {option.label}
                </option>
              ))}
            </select>
          </label>
          <label class="nb-option" title={`Points of ${size} pixels`}>
            Size
            <input
              type="range"
              class="nb-range nb-own-keys"
              min="1"
              max="10"
              step="0.5"
              value={size}
              onInput={(event) => set({ size: Number(event.currentTarget.value) })}
            />
          </label>
        </>
      )}
      {props.boxes && (
        <>
          <Check label="Boxes" on={now.boxes} set={(boxes) => set({ boxes })} />
          <Check label="Labels" on={now.labels} set={(labels) => set({ labels })} />
          {scores && scores[0] < scores[1] && (
            <label class="nb-option" title="Boxes with a lower score are hidden">
              Score ≥{" "}
              <span class="nb-number nb-object3d-score">{(now.minScore ?? scores[0]).toFixed(2)}</span>
              <input
                type="range"
                class="nb-range nb-own-keys"
                aria-label="Lowest score"
                min={scores[0]}
                max={scores[1]}
                step={(scores[1] - scores[0]) / 100}
                value={now.minScore ?? scores[0]}
                onInput={(event) => set({ minScore: Number(event.currentTarget.value) })}
              />
            </label>
          )}
        </>
      )}
      <span class="nb-spring" />
      <Segmented label="Motion" value={now.motion} options={MOTIONS} onChange={(motion) => set({ motion })} />
      <button type="button" class="nb-button" title="See everything (F)" onClick={props.fit}>
        Fit
      </button>
      <button type="button" class="nb-button" title="From above (T)" onClick={props.top}>
        Top
      </button>
      {props.several && (
        <button
          type="button"
          class={now.linked ? "nb-toggle nb-on" : "nb-toggle"}
          aria-pressed={now.linked}
          title="One camera for all"
          onClick={() => set({ linked: !now.linked })}
        >
          Linked
        </button>
      )}
    </Toolbar>
  );
}

function Check(props: { label: string; on: boolean; set: (on: boolean) => void }): JSX.Element {
  return (
    <label class="nb-option">
      <input
        type="checkbox"
        checked={props.on}
        onChange={(event) => props.set(event.currentTarget.checked)}
      />
      {props.label}
    </label>
  );
}

/** What the colors mean. A click on a category hides it. */
export function Legend(props: {
  settings: Signal<Settings>;
  found: Signal<Found>;
  metas: CloudMeta[];
}): JSX.Element | null {
  const { settings, found, metas } = props;
  if (metas.length === 0) return null;
  const by = coloring(settings.value, metas);
  if (by === "rgb") return null;
  if (by !== "category") {
    const range = found.value.ranges[by];
    if (!range) return <div class="nb-object3d-legend" />;
    return (
      <div class="nb-object3d-legend nb-number">
        {formatValue(range[0])}
        <span class="nb-object3d-ramp" style={{ background: RAMP_CSS }} />
        {formatValue(range[1])}
      </div>
    );
  }
  const { hidden } = settings.value;
  const present = Array.from({ length: CATEGORIES }, (_, i) => i + 1).filter(
    (category) => (found.value.categories >> category) & 1,
  );
  return (
    <div class="nb-object3d-legend">
      {present.map((category) => (
        <button
          type="button"
          key={category}
          class="nb-object3d-category"
          aria-pressed={!((hidden >> category) & 1)}
          title={`Show or hide category ${category}`}
          onClick={() => {
            settings.value = { ...settings.value, hidden: hidden ^ (1 << category) };
          }}
        >
          <span class="nb-swatch" style={{ background: CATEGORY_COLORS[category - 1] }} />
          {category}
        </button>
      ))}
    </div>
  );
}
