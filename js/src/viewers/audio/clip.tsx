// One sound: its waveform or spectrogram, and the position in it.

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Io } from "../../core/io";
import { messageOf } from "../../core/message";
import { EmptyState, ErrorLine } from "../../core/panel";
import type { RunView } from "../../core/registry";
import type { MediaRow } from "../../core/wire";
import type { Deck } from "../playback/deck";
import { numberOf, played, type Source, sourceOf } from "../playback/source";
import { formatTime, type Transport } from "../playback/transport";
import { useGestures } from "./gestures";
import { Pointed } from "./pointed";
import { Ruler } from "./ruler";
import type { Scale } from "./scale";
import { silence, soundOf } from "./sound";
import type { Span } from "./span";
import { Spectrum } from "./spectrum-view";
import { useWaveform, Wave } from "./wave";

export type View = "wave" | "spectrum";

/** How sounds are drawn, in all of a panel. */
export interface Look {
  view: View;
  scale: Scale;
  /** Decibels below the loudest that a spectrogram shows. */
  range: number;
}

export interface ClipProps {
  id: string;
  /** A, B, ... */
  letter: string;
  run: RunView;
  row: MediaRow;
  io: Io;
  deck: Deck;
  look: Look;
  dark: boolean;
  /** What is looked at. */
  span: Span;
  /** Seconds that can be looked at. */
  length: number;
  onSpan: (span: Span | null) => void;
}

/** Samples that are looked at, at least. */
const LEAST = 16;

export function Clip(props: ClipProps): JSX.Element {
  const { id, row, deck, run, look, span, length, dark } = props;
  const plot = useRef<HTMLDivElement>(null);
  const refusal = silence(row);
  const { error, retry } = usePlayer(props, refusal !== null);
  const waveform = useWaveform(props.io, run.model.id, row);
  const transport = deck.of(id);
  const duration = numberOf(row, "duration") ?? (transport.duration.value || length);
  const on = deck.chosen.value === id;
  const seek = (time: number): void => {
    deck.choose(id);
    deck.of(id).seek(Math.min(duration, Math.max(0, time)));
  };
  const selection = useGestures(plot, {
    span,
    length,
    least: leastOf(row),
    onSpan: props.onSpan,
    onClick: seek,
  });
  const caption = typeof row.meta.caption === "string" ? row.meta.caption : "";
  const clipped = numberOf(row, "clipped");
  return (
    <figure class={on ? "nb-clip nb-on" : "nb-clip"}>
      <figcaption class="nb-clip-caption">
        <button
          type="button"
          class="nb-clip-letter"
          aria-pressed={on}
          title={`Listen to ${props.letter} (${props.letter.charCodeAt(0) - 64})`}
          onClick={() => deck.choose(id)}
        >
          {props.letter}
        </button>
        <span class="nb-clip-words" title={caption}>
          {caption}
        </span>
        <span class="nb-quiet">
          {clipped ? `${clipped.toLocaleString("en-US")} samples clipped · ` : ""}
          {describe(row)}
        </span>
      </figcaption>
      <div
        ref={plot}
        class="nb-clip-plot"
        role="img"
        aria-label={`${look.view === "wave" ? "Waveform" : "Spectrogram"} of ${caption || row.key}`}
        title="Click: listen from here; drag: zoom; Ctrl and wheel: zoom; double click: all of it"
      >
        {row.blob ? (
          look.view === "wave" ? (
            <Wave waveform={waveform} span={span} color={run.color} />
          ) : (
            <Spectrum waveform={waveform} span={span} scale={look.scale} range={look.range} dark={dark} />
          )
        ) : (
          <EmptyState title={typeof row.meta.error === "string" ? row.meta.error : "Being stored…"} />
        )}
        {duration <= span.from && <EmptyState title={`Ends at ${formatTime(duration, 2)}`} />}
        {selection.value && <Selected span={span} between={selection.value} />}
        <Pointed
          plot={plot}
          span={span}
          frequencies={
            look.view === "spectrum" && waveform && waveform.rate > 0
              ? { scale: look.scale, sampleRate: waveform.rate }
              : null
          }
        />
        <Playhead transport={transport} span={span} duration={duration} />
      </div>
      <Ruler span={span} onSeek={seek} />
      {refusal && <div class="nb-quiet nb-clip-note">{refusal}</div>}
      {error && <ErrorLine text={error} retry={retry} />}
    </figure>
  );
}

/** Seconds of the shortest stretch that can be looked at. */
export function leastOf(row: MediaRow): number {
  return LEAST / (numberOf(row, "sample_rate") ?? 48_000);
}

/** "0:02.8 · 22.05 kHz · stereo · wav". */
function describe(row: MediaRow): string {
  const [duration, rate, channels] = [
    numberOf(row, "duration"),
    numberOf(row, "sample_rate"),
    numberOf(row, "channels"),
  ];
  const words: string[] = [];
  if (duration !== null) words.push(formatTime(duration, duration < 3 ? 2 : 1));
  if (rate !== null) words.push(rate >= 1000 ? `${rate / 1000} kHz` : `${rate} Hz`);
  if (channels !== null && channels > 1) words.push(channels === 2 ? "stereo" : `${channels} channels`);
  words.push(String(row.meta.format ?? ""));
  return words.join(" · ");
}

/** Gives the deck a player of the row's file; the one before plays until the next is there. */
function usePlayer(props: ClipProps, silent: boolean): { error: string | null; retry: () => void } {
  const { id, run, row, io, deck } = props;
  const held = useRef<{ leave: () => void; source: Source; release: () => void } | null>(null);
  const error = useSignal<string | null>(null);
  const tries = useSignal(0);

  const drop = (): void => {
    held.current?.leave();
    held.current?.release();
    held.current?.source.release();
    held.current = null;
  };
  useEffect(() => {
    if (!row.blob || silent) return undefined;
    const stop = new AbortController();
    const change = async (): Promise<void> => {
      const source = await sourceOf(io, run.model.id, row, stop.signal);
      try {
        const { player, release } = await played(row, source, soundOf(source.url, stop.signal));
        const leave = deck.add(id, player);
        drop();
        held.current = { leave, source, release };
        error.value = null;
      } catch (reason) {
        source.release();
        throw reason;
      }
    };
    change().catch((reason: unknown) => {
      if (stop.signal.aborted) return;
      drop();
      error.value = messageOf(reason);
    });
    return () => stop.abort();
  }, [row.blob, tries.value]);
  useEffect(() => drop, []);
  return { error: error.value, retry: () => tries.value++ };
}

function Playhead(props: { transport: Transport; span: Span; duration: number }): JSX.Element | null {
  const { transport, span, duration } = props;
  const share = (Math.min(transport.time.value, duration) - span.from) / (span.to - span.from);
  return share >= 0 && share <= 1 ? <div class="nb-playhead" style={{ left: `${share * 100}%` }} /> : null;
}

function Selected(props: { span: Span; between: [number, number] }): JSX.Element {
  const { span, between } = props;
  const wide = span.to - span.from;
  const [left, right] = [Math.min(...between), Math.max(...between)];
  return (
    <div
      class="nb-clip-selection"
      style={{ left: `${((left - span.from) / wide) * 100}%`, width: `${((right - left) / wide) * 100}%` }}
    />
  );
}
