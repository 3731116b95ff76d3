// The controls of how sounds are drawn, and of the stretch of time that is looked at.

import type { Signal } from "@preact/signals";
import type { JSX } from "preact";
import { Segmented } from "../../core/panel";
import type { Look, View } from "./clip";
import { gradient, type Scale } from "./scale";
import { describeSpan, type Span } from "./span";

const VIEWS: readonly { value: View; label: string; tip: string }[] = [
  { value: "wave", label: "Waveform", tip: "Loudness over time" },
  { value: "spectrum", label: "Spectrogram", tip: "Frequencies over time" },
];
const SCALES: readonly { value: Scale; label: string; tip: string }[] = [
  { value: "mel", label: "Mel", tip: "Frequencies as far apart as they sound" },
  { value: "log", label: "Log", tip: "Octaves of equal height" },
  { value: "linear", label: "Linear", tip: "Equal steps of frequency" },
];
const RANGES = [40, 60, 80, 100, 120];

export function LookBar(props: { look: Signal<Look>; dark: boolean }): JSX.Element {
  const { look, dark } = props;
  const set = (change: Partial<Look>): void => {
    look.value = { ...look.peek(), ...change };
  };
  const { view, scale, range } = look.value;
  return (
    <>
      <Segmented label="View" value={view} options={VIEWS} onChange={(to) => set({ view: to })} />
      {view === "spectrum" && (
        <>
          <Segmented label="Scale" value={scale} options={SCALES} onChange={(to) => set({ scale: to })} />
          <label class="nb-option" title="From the loudest sample down to what is drawn as silence">
            <span class="nb-visually-hidden">Range</span>
            <select
              class="nb-select"
              value={String(range)}
              onChange={(event) => set({ range: Number(event.currentTarget.value) })}
            >
              {RANGES.map((db) => (
                <option key={db} value={String(db)}>
                  −{db} dB
                </option>
              ))}
            </select>
            <span class="nb-spectrum-colors" style={{ background: gradient(dark) }} />0 dB
          </label>
        </>
      )}
    </>
  );
}

/** Zooms in (above 1) and out (below). */
export function ZoomBar(props: {
  span: Span | null;
  onZoom: (factor: number) => void;
  onWhole: () => void;
}): JSX.Element {
  const { span, onZoom, onWhole } = props;
  return (
    <fieldset class="nb-zoom" aria-label="Zoom">
      <button
        type="button"
        class="nb-button"
        aria-label="Zoom out"
        title="Zoom out (-)"
        disabled={!span}
        onClick={() => onZoom(0.5)}
      >
        −
      </button>
      <button
        type="button"
        class="nb-button"
        aria-label="Zoom in"
        title="Zoom in (+), around the position"
        onClick={() => onZoom(2)}
      >
        +
      </button>
      {span && (
        <button
          type="button"
          class="nb-button nb-number"
          aria-label="Show all"
          title="Show all of it (w)"
          onClick={onWhole}
        >
          {describeSpan(span)} ✕
        </button>
      )}
    </fieldset>
  );
}
