// The sounds of one key at the cursor's step. One of them is heard; another goes on where it was, be it of another run,
// of another step, or one that was pinned.

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { formatStep } from "../../core/format";
import { ErrorLine, IconButton, Segmented } from "../../core/panel";
import type { RunView, ViewerProps } from "../../core/registry";
import type { MediaRow } from "../../core/wire";
import { PlayBar, playKey } from "../playback/bar";
import { numberOf } from "../playback/source";
import { Transport } from "../playback/transport";
import { EachRun } from "../rows";
import { useDark } from "../theme";
import { Clip, type View } from "./clip";
import { clipName, type Scale } from "./logic";

const VIEWS: readonly { value: View; label: string; tip: string }[] = [
  { value: "wave", label: "Waveform", tip: "Loudness over time" },
  { value: "spectrum", label: "Spectrogram", tip: "Frequencies over time" },
];
const SCALES: readonly { value: Scale; label: string; tip: string }[] = [
  { value: "mel", label: "Mel", tip: "Frequencies as far apart as they sound" },
  { value: "log", label: "Log", tip: "Octaves of equal height" },
  { value: "linear", label: "Linear", tip: "Equal steps of frequency" },
];

/** Clips much shorter than the longest get the width for themselves. */
const COMMON_AXIS = 0.25;
const PINNED = "pinned";

interface Pinned {
  run: RunView;
  row: MediaRow;
}

export function AudioViewer(props: ViewerProps): JSX.Element {
  const { runs, name, kind, cursor, io } = props;
  const place = useRef<HTMLDivElement>(null);
  const transport = useMemo(() => new Transport({ loop: false, volume: 1, single: true }), []);
  const dark = useDark(place);
  const view = useSignal<View>("wave");
  const scale = useSignal<Scale>("mel");
  const chosen = useSignal("");
  const before = useRef("");
  const pinned = useSignal<Pinned | null>(null);
  useEffect(() => () => transport.pause(), []);

  const clips = runs.flatMap((run) => {
    const step = cursor.resolve(run.model.mediaSteps(name, kind));
    const rows = step === null ? [] : run.model.mediaAt(name, kind, step);
    return rows.map((row) => ({ id: `${run.model.id}/${row.idx}`, run, row }));
  });
  if (pinned.value) clips.push({ id: PINNED, ...pinned.value });
  const ids = clips.map((clip) => clip.id);
  const key = ids.join();
  // Whatever goes, something can be heard.
  useEffect(() => {
    if (!ids.includes(chosen.peek()) && ids[0]) chosen.value = ids[0];
  }, [key]);

  const choose = (id: string): void => {
    if (id === chosen.peek()) return;
    before.current = chosen.peek();
    chosen.value = id;
  };
  const press = (event: KeyboardEvent): void => {
    const digit = ids[Number(event.key) - 1];
    const other = ids.includes(before.current) ? before.current : ids.find((id) => id !== chosen.peek());
    const to = digit ?? (event.key === "x" ? other : undefined);
    if (to === undefined || event.ctrlKey || event.metaKey || event.altKey) {
      playKey(event, transport, null);
      return;
    }
    if ((event.target as HTMLElement).closest("input:not([type=range]), select")) return;
    event.preventDefault();
    event.stopPropagation();
    choose(to);
  };

  const longest = Math.max(0, ...clips.map((clip) => numberOf(clip.row, "duration") ?? 0));
  const drawn = (id: string, run: RunView, row: MediaRow): JSX.Element => {
    const duration = numberOf(row, "duration") ?? 0;
    return (
      <Clip
        key={id}
        id={id}
        letter={clipName(ids.indexOf(id))}
        run={run}
        row={row}
        io={io}
        transport={transport}
        chosen={chosen}
        onChoose={choose}
        view={view.value}
        scale={scale.value}
        dark={dark}
        axis={duration >= longest * COMMON_AXIS ? longest : duration}
      />
    );
  };
  /** The pinned clip stands with its run, so that both have one width; below, where the run shows nothing. */
  const keptClip = ({ run, row }: Pinned): JSX.Element => (
    <div class="nb-pinned">
      <div class="nb-run-label">
        <span class="nb-actual-step">pinned at step {formatStep(row.step)}</span>
        <span class="nb-spring" />
        <IconButton
          icon="close"
          label="Unpin"
          onClick={() => {
            pinned.value = null;
          }}
        />
      </div>
      {drawn(PINNED, run, row)}
    </div>
  );
  const homeless = !clips.some(({ id, run }) => id !== PINNED && run.model.id === pinned.value?.run.model.id);
  const heard = clips.find((clip) => clip.id === chosen.value && clip.id !== PINNED);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keys for all that is inside
    <div ref={place} class="nb-audio" onKeyDown={press}>
      <PlayBar transport={transport} fps={null} sound={true}>
        <Segmented label="View" value={view.value} options={VIEWS} onChange={(to) => (view.value = to)} />
        {view.value === "spectrum" && (
          <Segmented
            label="Scale"
            value={scale.value}
            options={SCALES}
            onChange={(to) => (scale.value = to)}
          />
        )}
        <button
          type="button"
          class="nb-button"
          disabled={!heard}
          title="Keep this clip beside those of other steps"
          onClick={() => {
            if (heard) pinned.value = { run: heard.run, row: heard.row };
          }}
        >
          Pin {heard ? clipName(ids.indexOf(heard.id)) : ""}
        </button>
      </PlayBar>
      {transport.refused.value && <ErrorLine text={transport.refused.value} />}
      <EachRun {...props} class="nb-audio-runs">
        {(rows, run) => (
          <div class="nb-clips">
            {rows.map((row) => drawn(`${run.model.id}/${row.idx}`, run, row))}
            {pinned.value?.run.model.id === run.model.id && keptClip(pinned.value)}
          </div>
        )}
      </EachRun>
      {pinned.value && homeless && keptClip(pinned.value)}
    </div>
  );
}
