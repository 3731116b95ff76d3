// The models of one file: which of them is shown, and their play.

import { type Signal, useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { IconButton } from "../../core/panel";

/** A model in play stays at least for this long. */
const FRAME_MS = 80;

export function Stepper(props: {
  at: number;
  count: number;
  title: string;
  /** What the last drawing took: as much time is left to the page before the next. */
  cost: Signal<number>;
  inSight: () => boolean;
  onChange: (at: number) => void;
}): JSX.Element {
  const { at, count, title, cost, inSight, onChange } = props;
  const playing = useSignal(false);
  const round = useSignal(0);
  const to = (wanted: number): void => {
    playing.value = false;
    onChange(Math.min(Math.max(wanted, 0), count - 1));
  };

  useEffect(() => {
    if (!playing.value) return undefined;
    const next = setTimeout(
      () => {
        if (inSight()) onChange((at + 1) % count);
        else round.value++; // nobody looks: ask again later
      },
      Math.max(FRAME_MS, 2 * cost.peek()),
    );
    return () => clearTimeout(next);
  }, [playing.value, at, count, round.value]);

  return (
    <div class="nb-molecule-models">
      <IconButton icon="prev" label="The model before (,)" disabled={at === 0} onClick={() => to(at - 1)} />
      <IconButton
        icon={playing.value ? "pause" : "play"}
        label={playing.value ? "Stay at this model" : "Play the models"}
        onClick={() => {
          playing.value = !playing.value;
        }}
      />
      <IconButton
        icon="next"
        label="The next model (.)"
        disabled={at === count - 1}
        onClick={() => to(at + 1)}
      />
      <input
        type="range"
        class="nb-molecule-model"
        aria-label="Model"
        min={1}
        max={count}
        value={at + 1}
        onInput={(event) => to(Number(event.currentTarget.value) - 1)}
        // the keys of the range are its own, and none of the notebook's
        onKeyDown={(event) => event.stopPropagation()}
      />
      <span class="nb-number">
        model {(at + 1).toLocaleString("en")} of {count.toLocaleString("en")}
      </span>
      {title && (
        <span class="nb-quiet nb-molecule-title" title={title}>
          {title}
        </span>
      )}
    </div>
  );
}
