// The sounds of one key at the cursor's step. One of them is heard; another goes on where it was, be it of another run,
// of another step, or one that was pinned. All show the same stretch of time.

import { type Signal, signal, useSignal, useSignalEffect } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { formatStep } from "../../core/format";
import { ErrorLine, IconButton } from "../../core/panel";
import type { RunView, ViewerProps } from "../../core/registry";
import type { MediaRow } from "../../core/wire";
import { LinkToggle, PlayBar, playKey } from "../playback/bar";
import { Deck } from "../playback/deck";
import { useOwnKeys } from "../playback/own-keys";
import { remembered } from "../playback/remembered";
import { numberOf } from "../playback/source";
import { EachRun } from "../rows";
import { useDark } from "../theme";
import { Clip, type Look, leastOf } from "./clip";
import { LookBar, ZoomBar } from "./look-bar";
import { following, panned, type Span, zoomed } from "./span";

/** Clips much shorter than the longest get the width for themselves. */
const COMMON_AXIS = 0.25;
const PINNED = "pinned";

interface Pinned {
  run: RunView;
  row: MediaRow;
}

/** Names of the clips that can be switched between: A, B, ... Z, then their number. */
function clipName(index: number): string {
  return index < 26 ? String.fromCharCode(65 + index) : String(index + 1);
}

export function AudioViewer(props: ViewerProps): JSX.Element {
  const { runs, name, kind, cursor, io } = props;
  const place = useRef<HTMLDivElement>(null);
  const deck = remembered(cursor, `deck/${name}`, () => new Deck({ loop: false, volume: 1, single: true }));
  const look = remembered<Signal<Look>>(cursor, "look", () =>
    signal<Look>({ view: "wave", scale: "mel", range: 80 }),
  );
  const span = remembered<Signal<Span | null>>(cursor, `span/${name}`, () => signal<Span | null>(null));
  const dark = useDark(place);
  useOwnKeys(place);
  const before = useRef("");
  const pinned = useSignal<Pinned | null>(null);
  useEffect(() => () => deck.pause(), []);

  const clips = runs.flatMap((run) => {
    const step = cursor.resolve(run.model.mediaSteps(name, kind), run.model);
    const rows = step === null ? [] : run.model.mediaAt(name, kind, step);
    return rows.map((row) => ({ id: `${run.model.id}/${row.idx}`, run, row }));
  });
  if (pinned.value) clips.push({ id: PINNED, ...pinned.value });
  const ids = clips.map((clip) => clip.id);
  const key = ids.join();
  const chosen = deck.chosen.value;
  const last = useRef(chosen);
  if (last.current !== chosen) [before.current, last.current] = [last.current, chosen];
  // Whatever goes, something can be heard.
  useEffect(() => deck.among(ids), [key]);

  const transport = deck.current;
  const longest = Math.max(0, ...clips.map((clip) => numberOf(clip.row, "duration") ?? 0));
  const length = longest || transport.duration.value || 1;
  const least = Math.min(length, ...clips.map((clip) => leastOf(clip.row)));
  useFollowing(deck, span, length);

  const zoom = (factor: number): void => {
    const { from, to } = span.peek() ?? { from: 0, to: length };
    const at = transport.time.peek();
    span.value = zoomed(span.peek(), length, factor, at >= from && at <= to ? at : (from + to) / 2, least);
  };
  const zoomKeys: { [key: string]: () => void } = {
    "+": () => zoom(2),
    "=": () => zoom(2),
    "-": () => zoom(0.5),
    "[": () => (span.value = panned(span.peek(), length, -0.5)),
    "]": () => (span.value = panned(span.peek(), length, 0.5)),
    w: () => (span.value = null),
  };
  const press = (event: KeyboardEvent): void => {
    const digit = ids[Number(event.key) - 1];
    const other = ids.includes(before.current) ? before.current : ids.find((id) => id !== deck.chosen.peek());
    const to = digit ?? (event.key === "x" ? other : undefined);
    const action = to === undefined ? zoomKeys[event.key] : () => deck.choose(to);
    if (!action || event.ctrlKey || event.metaKey || event.altKey) {
      playKey(event, transport, null);
      return;
    }
    if ((event.target as HTMLElement).closest("input:not([type=range]), select")) return;
    event.preventDefault();
    event.stopPropagation();
    action();
  };

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
        deck={deck}
        look={look.value}
        dark={dark}
        span={span.value ?? { from: 0, to: duration >= length * COMMON_AXIS ? length : duration || length }}
        length={length}
        onSpan={(to) => {
          span.value = to;
        }}
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
  const heard = clips.find((clip) => clip.id === chosen && clip.id !== PINNED);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keys for all that is inside
    <div ref={place} class="nb-audio" tabIndex={-1} onKeyDown={press}>
      <PlayBar transport={transport} fps={null} sound={true}>
        <LookBar look={look} dark={dark} />
        <ZoomBar
          span={span.value}
          onZoom={zoom}
          onWhole={() => {
            span.value = null;
          }}
        />
        <LinkToggle deck={deck} clips={clips.length} tip="Another clip goes on where this one is" />
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

/** While it plays, what is looked at goes along; who has moved away from the position is left there. */
function useFollowing(deck: Deck, span: Signal<Span | null>, length: number): void {
  const end = useRef(length);
  end.current = length;
  const shown = useRef<Span | null>(null);
  useSignalEffect(() => {
    const time = deck.current.time.value;
    const seen = span.peek();
    if (!seen || !deck.current.playing.peek()) return;
    if (time >= seen.from && time <= seen.to) shown.current = seen;
    else if (shown.current === seen) span.value = shown.current = following(seen, time, end.current);
  });
}
