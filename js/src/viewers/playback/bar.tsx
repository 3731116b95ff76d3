// The controls of a transport, and its keys.

import type { ComponentChildren, JSX } from "preact";
import { IconButton } from "../../core/panel";
import type { Deck } from "./deck";
import { formatTime, frameAt, type Transport } from "./transport";

const RATES = [0.25, 0.5, 1, 1.5, 2, 4];

export function PlayBar(props: {
  transport: Transport;
  /** Frames a second, for stepping; null: there are no frames. */
  fps: number | null;
  /** Whether a volume is of use. */
  sound: boolean;
  children?: ComponentChildren;
}): JSX.Element {
  const { transport, fps } = props;
  const time = transport.time.value;
  const duration = transport.duration.value;
  const digits = duration >= 60 ? 0 : duration >= 3 ? 1 : 2;
  const playing = transport.playing.value;
  return (
    <div class="nb-playbar" role="toolbar" aria-label="Playback">
      <div class="nb-transport">
        {fps !== null && (
          <IconButton icon="first" label="Previous frame (,)" onClick={() => transport.step(-1, fps)} />
        )}
        <IconButton
          icon={playing ? "pause" : "play"}
          label={playing ? "Pause (k)" : "Play (k)"}
          disabled={duration === 0}
          onClick={() => transport.toggle()}
        />
        {fps !== null && (
          <IconButton icon="last" label="Next frame (.)" onClick={() => transport.step(1, fps)} />
        )}
      </div>
      <input
        type="range"
        class="nb-timeline"
        aria-label="Position"
        aria-valuetext={formatTime(time, digits)}
        min={0}
        max={duration || 1}
        step={fps === null ? 0.01 : 0.5 / fps}
        value={Math.min(time, duration)}
        style={{ "--nb-done": `${duration > 0 ? (time / duration) * 100 : 0}%` }}
        onInput={(event) => transport.seek(Number(event.currentTarget.value))}
      />
      <span class="nb-time nb-number">
        {formatTime(time, digits)} <span class="nb-quiet">/ {formatTime(duration, digits)}</span>
        {fps !== null && <span class="nb-quiet nb-frame"> frame {frameAt(time, fps)}</span>}
      </span>
      <span class="nb-spring" />
      <label class="nb-option">
        <span class="nb-visually-hidden">Speed</span>
        <select
          class="nb-select"
          title="Speed"
          value={String(transport.rate.value)}
          onChange={(event) => transport.setRate(Number(event.currentTarget.value))}
        >
          {RATES.map((rate) => (
            <option key={rate} value={String(rate)}>
              {rate}×
            </option>
          ))}
        </select>
      </label>
      <button
        type="button"
        class={transport.loop.value ? "nb-toggle nb-on" : "nb-toggle"}
        aria-pressed={transport.loop.value}
        title="Begin again at the end (l)"
        onClick={() => {
          transport.loop.value = !transport.loop.peek();
        }}
      >
        Loop
      </button>
      {props.sound && (
        <label class="nb-option" title="Volume">
          Volume
          <input
            type="range"
            class="nb-range"
            min={0}
            max={1}
            step={0.05}
            value={transport.volume.value}
            onInput={(event) => transport.setVolume(Number(event.currentTarget.value))}
          />
        </label>
      )}
      {props.children}
    </div>
  );
}

/** Whether all clips of a key have one position; nothing where there is but one clip. */
export function LinkToggle(props: { deck: Deck; clips: number; tip: string }): JSX.Element | null {
  const { deck, clips, tip } = props;
  const linked = deck.linked.value;
  if (clips < 2 && linked) return null;
  return (
    <button
      type="button"
      class={linked ? "nb-toggle nb-on" : "nb-toggle"}
      aria-pressed={linked}
      title={linked ? tip : "Each clip has a position of its own"}
      onClick={() => deck.link(!linked)}
    >
      Linked
    </button>
  );
}

/** Keys of a player; returns whether the key was one of them. Arrows stay with the step slider. */
export function playKey(event: KeyboardEvent, transport: Transport, fps: number | null): boolean {
  if (event.altKey || event.ctrlKey || event.metaKey) return false;
  const target = event.target as HTMLElement;
  if (target.closest("select, input:not([type=range])")) return false;
  // Space belongs to the focused button.
  if (event.key === " " && target.closest("button, label")) return false;
  const actions: { [key: string]: () => void } = {
    " ": () => transport.toggle(),
    k: () => transport.toggle(),
    l: () => {
      transport.loop.value = !transport.loop.peek();
    },
    0: () => transport.seek(0),
  };
  if (fps !== null) {
    actions[","] = () => transport.step(-1, fps);
    actions["."] = () => transport.step(1, fps);
  }
  const action = actions[event.key];
  if (!action) return false;
  event.preventDefault();
  event.stopPropagation();
  action();
  return true;
}
