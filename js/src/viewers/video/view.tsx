// The videos of one key at the cursor's step. All of them, over all runs, play as one, or each by itself: when the step
// changes, the next video goes on at the same place.

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Io } from "../../core/io";
import { messageOf } from "../../core/message";
import { EmptyState, ErrorLine } from "../../core/panel";
import type { ViewerProps } from "../../core/registry";
import type { MediaRow } from "../../core/wire";
import { LinkToggle, PlayBar, playKey } from "../playback/bar";
import { Deck } from "../playback/deck";
import { useOwnKeys } from "../playback/own-keys";
import { remembered } from "../playback/remembered";
import { mimeOf, numberOf, partOf, played, type Source, sourceOf } from "../playback/source";
import { EachRun } from "../rows";
import { describe, isEnlarged, shownWidth, stepRate } from "./logic";
import { filmOf, gifOf, type Screen } from "./players";

function Film(props: {
  id: string;
  run: string;
  row: MediaRow;
  io: Io;
  deck: Deck;
  several: boolean;
}): JSX.Element {
  const { id, run, row, io, deck } = props;
  const place = useRef<HTMLDivElement>(null);
  const shown = useRef<{ screen: Screen; source: Source; leave: () => void } | null>(null);
  const poster = usePoster(io, run, row);
  const here = useSignal(false);
  const error = useSignal<string | null>(null);
  const tries = useSignal(0);

  const drop = (): void => {
    shown.current?.leave();
    shown.current?.screen.release();
    shown.current?.source.release();
    shown.current = null;
  };

  // The one before stays until the next one shows its frame.
  useEffect(() => {
    if (!row.blob) return undefined;
    const stop = new AbortController();
    const change = async (): Promise<void> => {
      const source = await sourceOf(io, run, row, stop.signal);
      try {
        const make = mimeOf(row) === "image/gif" ? gifOf : filmOf;
        const screen = await played(row, source, make(source.url, deck.of(id).time.peek(), stop.signal));
        if (stop.signal.aborted) {
          screen.release();
          throw stop.signal.reason;
        }
        screen.element.setAttribute("aria-label", describe(row));
        place.current?.replaceChildren(screen.element);
        const leave = screen.player ? deck.add(id, screen.player) : () => undefined;
        drop();
        shown.current = { screen, source, leave };
        error.value = null;
        here.value = true;
      } catch (reason) {
        source.release();
        throw reason;
      }
    };
    change().catch((reason: unknown) => {
      if (stop.signal.aborted) return;
      drop();
      place.current?.replaceChildren();
      here.value = false;
      error.value = messageOf(reason);
    });
    return () => stop.abort();
  }, [row.blob, tries.value]);
  useEffect(() => drop, []);

  const [width, height] = [numberOf(row, "width") ?? 320, numberOf(row, "height") ?? 240];
  const across = shownWidth(width, height, props.several);
  const chosen = !deck.linked.value && deck.chosen.value === id;
  const waiting = !row.blob && (typeof row.meta.error === "string" ? row.meta.error : "Being stored…");
  return (
    <figure class={chosen ? "nb-film nb-on" : "nb-film"} style={{ width: `${across}px` }}>
      {/* A click plays; a double click fills the screen. */}
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: the bar above has the keys */}
      {/* biome-ignore lint/a11y/noStaticElementInteractions: likewise */}
      <div
        class={isEnlarged(width, across) ? "nb-screen nb-pixels" : "nb-screen"}
        style={{ "--nb-ratio": `${width} / ${height}` }}
        title="Click: play or pause; double click: full screen"
        onClick={() => {
          deck.choose(id);
          deck.of(id).toggle();
        }}
        onDblClick={(event) => void fill(event.currentTarget)}
      >
        {poster && !here.value && <img src={poster} alt="" />}
        <div ref={place} />
        {waiting && <EmptyState title={waiting} />}
      </div>
      {error.value && <ErrorLine text={error.value} retry={() => tries.value++} />}
      <figcaption class="nb-clip-caption">
        <span title={captionOf(row)}>{captionOf(row)}</span>
        <span class="nb-quiet">{describe(row)}</span>
      </figcaption>
    </figure>
  );
}

function captionOf(row: MediaRow): string {
  return typeof row.meta.caption === "string" ? row.meta.caption : "";
}

async function fill(element: HTMLElement): Promise<void> {
  if (document.fullscreenElement) await document.exitFullscreen();
  else await element.requestFullscreen?.().catch(() => undefined); // a page may forbid it
}

/** The first frame, which is there long before the video is. */
function usePoster(io: Io, run: string, row: MediaRow): string | null {
  const [url, setUrl] = useState<string | null>(null);
  const sha = partOf(row, "poster");
  useEffect(() => {
    if (!sha) return undefined;
    const stop = new AbortController();
    let made: string | null = null;
    io.blob(run, sha, null, stop.signal).then(
      (blob) => {
        made = URL.createObjectURL(blob);
        setUrl(made);
      },
      () => undefined, // the video itself says what is wrong
    );
    return () => {
      stop.abort();
      if (made) URL.revokeObjectURL(made);
      setUrl(null);
    };
  }, [sha]);
  return url;
}

export function VideoViewer(props: ViewerProps): JSX.Element {
  const { runs, name, kind, cursor } = props;
  const deck = remembered(cursor, `deck/${name}`, () => new Deck({ loop: true, volume: 0 }));
  const place = useRef<HTMLDivElement>(null);
  useOwnKeys(place);
  useEffect(() => () => deck.pause(), []);
  const films = runs.flatMap((run) => {
    const step = cursor.resolve(run.model.mediaSteps(name, kind), run.model);
    const rows = step === null ? [] : run.model.mediaAt(name, kind, step);
    return rows.map((row) => ({ id: `${run.model.id}/${row.idx}`, row }));
  });
  const ids = films.map((film) => film.id);
  useEffect(() => deck.among(ids), [ids.join()]);
  const transport = deck.current;
  const moved = films.filter((film) => deck.linked.value || film.id === deck.chosen.value);
  const rows = moved.map((film) => film.row);
  const fps = stepRate(rows);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keys for all that is inside
    <div
      ref={place}
      class="nb-video"
      tabIndex={-1}
      onKeyDown={(event) => void playKey(event, transport, fps)}
    >
      <PlayBar transport={transport} fps={fps} sound={rows.some((row) => row.meta.audio === true)}>
        <LinkToggle deck={deck} clips={films.length} tip="All videos play as one" />
      </PlayBar>
      {transport.refused.value && <ErrorLine text={transport.refused.value} />}
      <EachRun {...props} class="nb-video-runs">
        {(own, run) => (
          <div class="nb-films">
            {own.map((row) => (
              <Film
                key={row.idx}
                id={`${run.model.id}/${row.idx}`}
                run={run.model.id}
                row={row}
                io={props.io}
                deck={deck}
                several={own.length > 1 || runs.length > 1}
              />
            ))}
          </div>
        )}
      </EachRun>
    </div>
  );
}
