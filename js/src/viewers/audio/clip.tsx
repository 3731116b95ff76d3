// One sound: its waveform or spectrogram, and the position in it.

import { type Signal, useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { Io } from "../../core/io";
import { messageOf } from "../../core/message";
import { EmptyState, ErrorLine } from "../../core/panel";
import type { RunView } from "../../core/registry";
import type { MediaRow } from "../../core/wire";
import { numberOf, partOf, type Source, sourceOf } from "../playback/source";
import { formatTime, type Player, type Transport } from "../playback/transport";
import { useSize } from "../size";
import {
  columns,
  levelColors,
  loudest,
  marks,
  type Peaks,
  peaksOf,
  readPeaks,
  rows,
  type Scale,
  type Spectrogram,
} from "./logic";
import { samplesOf, silence, soundOf, spectrumOf } from "./sound";

export type View = "wave" | "spectrum";

export interface ClipProps {
  id: string;
  /** A, B, ... */
  letter: string;
  run: RunView;
  row: MediaRow;
  io: Io;
  transport: Transport;
  chosen: Signal<string>;
  onChoose: (id: string) => void;
  view: View;
  scale: Scale;
  dark: boolean;
  /** Seconds that the whole width stands for. */
  axis: number;
}

/** CSS pixels. */
const LANE = 56;
const LANES = 36;
const SPECTRUM = 112;

export function Clip(props: ClipProps): JSX.Element {
  const { id, row, transport, chosen } = props;
  const plot = useRef<HTMLDivElement>(null);
  const refusal = silence(row);
  const { error, retry } = usePlayer(props, refusal !== null);
  const duration = numberOf(row, "duration") ?? transport.duration.value;
  const axis = Math.max(props.axis, duration) || 1;
  const on = chosen.value === id;

  const seek = (event: PointerEvent): void => {
    const box = plot.current?.getBoundingClientRect();
    if (!box?.width) return;
    transport.seek(Math.min(duration, Math.max(0, ((event.clientX - box.left) / box.width) * axis)));
  };
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
          onClick={() => props.onChoose(id)}
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
        aria-label={`${props.view === "wave" ? "Waveform" : "Spectrogram"} of ${caption || row.key}`}
        onPointerDown={(event) => {
          if (event.button !== 0) return;
          event.currentTarget.setPointerCapture(event.pointerId);
          props.onChoose(id);
          seek(event);
        }}
        onPointerMove={(event) => {
          if (event.currentTarget.hasPointerCapture(event.pointerId)) seek(event);
        }}
      >
        {row.blob ? (
          props.view === "wave" ? (
            <Wave {...props} share={duration / axis} />
          ) : (
            <Spectrum {...props} share={duration / axis} />
          )
        ) : (
          <EmptyState title={typeof row.meta.error === "string" ? row.meta.error : "Being stored…"} />
        )}
        <Playhead transport={transport} axis={axis} duration={duration} />
      </div>
      {refusal && <div class="nb-quiet nb-clip-note">{refusal}</div>}
      {error && (
        <ErrorLine text={`This browser cannot play this ${row.meta.format} file: ${error}`} retry={retry} />
      )}
    </figure>
  );
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

/** Gives the transport a player of the row's file; the one before plays until the next is there. */
function usePlayer(props: ClipProps, silent: boolean): { error: string | null; retry: () => void } {
  const { id, run, row, io, transport, chosen } = props;
  const held = useRef<{ player: Player; leave: () => void; source: Source; release: () => void } | null>(
    null,
  );
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
        const { player, release } = await soundOf(source.url, stop.signal);
        const leave = transport.add(player);
        if (chosen.peek() === id) transport.choose(player);
        drop();
        held.current = { player, leave, source, release };
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
  useEffect(() => {
    if (chosen.value === id && held.current) transport.choose(held.current.player);
  }, [chosen.value]);
  useEffect(() => drop, []);
  return { error: error.value, retry: () => tries.value++ };
}

function Playhead(props: { transport: Transport; axis: number; duration: number }): JSX.Element {
  const { transport, axis, duration } = props;
  const at = (Math.min(transport.time.value, duration) / axis) * 100;
  return <div class="nb-playhead" style={{ left: `${at}%` }} />;
}

/** The waveform: the stored one, or that of the decoded samples. */
function Wave(props: ClipProps & { share: number }): JSX.Element {
  const { run, row, io, share } = props;
  const place = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const { width } = useSize(place);
  const peaks = useSignal<Peaks | null>(null);
  const error = useSignal<string | null>(null);

  useEffect(() => {
    const stop = new AbortController();
    const load = async (): Promise<Peaks> => {
      const sha = partOf(row, "peaks");
      const stored = sha ? await (await io.blob(run.model.id, sha, null, stop.signal)).arrayBuffer() : null;
      const read = stored && readPeaks(stored, numberOf(row, "peaks") ?? 0);
      if (read) return read;
      const buffer = await samplesOf(io, run.model.id, row, stop.signal);
      return peaksOf(Array.from({ length: buffer.numberOfChannels }, (_, c) => buffer.getChannelData(c)));
    };
    load().then(
      (found) => {
        error.value = null;
        peaks.value = found;
      },
      (reason: unknown) => {
        if (!stop.signal.aborted) error.value = messageOf(reason);
      },
    );
    return () => stop.abort();
  }, [row.blob]);

  const count = peaks.value?.channels.length ?? numberOf(row, "channels") ?? 1;
  const lane = count > 1 ? LANES : LANE;
  const gain = peaks.value ? gainOf(loudest(peaks.value)) : 1;
  useLayoutEffect(() => {
    const found = peaks.value;
    const across = Math.round(width * share);
    if (!canvas.current || !found || across < 1) return;
    drawWave(canvas.current, found, across, lane, gain, run.color);
  }, [peaks.value, width, share, run.color]);
  return (
    <div ref={place} class="nb-wave" style={{ height: `${lane * count}px` }}>
      <canvas ref={canvas} />
      {gain > 1 && <span class="nb-clip-gain nb-quiet">×{gain}</span>}
      {error.value && <EmptyState title={error.value} />}
    </div>
  );
}

/** Quiet sounds are drawn larger, by a power of two that is said. */
function gainOf(most: number): number {
  if (most <= 0) return 1;
  return 2 ** Math.min(6, Math.max(0, Math.floor(Math.log2(1 / most))));
}

function drawWave(
  canvas: HTMLCanvasElement,
  peaks: Peaks,
  width: number,
  lane: number,
  gain: number,
  color: string,
): void {
  const scale = window.devicePixelRatio || 1;
  const across = Math.round(width * scale);
  canvas.width = across;
  canvas.height = Math.round(lane * scale * peaks.channels.length);
  canvas.style.width = `${width}px`;
  const context = canvas.getContext("2d");
  if (!context) return;
  context.fillStyle = color;
  peaks.channels.forEach((channel, index) => {
    const half = (lane * scale) / 2;
    const middle = half + index * lane * scale;
    const drawn = columns(channel, across);
    for (let x = 0; x < across; x++) {
      const high = middle - (drawn[x * 2 + 1] as number) * gain * (half - 1);
      const low = middle - (drawn[x * 2] as number) * gain * (half - 1);
      // Silence is a thin line.
      context.fillRect(x, high - 0.5, 1, Math.max(1, low - high + 1));
    }
  });
}

function Spectrum(props: ClipProps & { share: number }): JSX.Element {
  const { run, row, io, scale, dark, share } = props;
  const place = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const { width } = useSize(place);
  const found = useSignal<Spectrogram | null>(null);
  const error = useSignal<string | null>(null);
  const across = Math.min(1200, Math.round(width * share));

  useEffect(() => {
    if (across < 1) return undefined;
    const stop = new AbortController();
    const work = silence(row)
      ? Promise.reject(
          new Error("No spectrogram: the browser does not decode sounds of so few samples a second"),
        )
      : spectrumOf(io, run.model.id, row, across, stop.signal);
    work.then(
      (spectrum) => {
        error.value = null;
        found.value = spectrum;
      },
      (reason: unknown) => {
        if (!stop.signal.aborted) error.value = messageOf(reason);
      },
    );
    return () => stop.abort();
  }, [row.blob, across]);

  useLayoutEffect(() => {
    if (canvas.current && found.value) drawSpectrum(canvas.current, found.value, scale, dark);
  }, [found.value, scale, dark]);
  return (
    <div ref={place} class="nb-spectrum" style={{ height: `${SPECTRUM}px` }}>
      <canvas ref={canvas} style={{ width: `${share * 100}%` }} />
      {found.value &&
        marks(found.value.sampleRate, scale, SPECTRUM).map((mark) => (
          <span key={mark.hz} class="nb-spectrum-mark" style={{ bottom: `${mark.share * 100}%` }}>
            {mark.text}
          </span>
        ))}
      {!found.value && <EmptyState title={error.value ?? "Computing the spectrogram…"} />}
    </div>
  );
}

function drawSpectrum(canvas: HTMLCanvasElement, found: Spectrogram, scale: Scale, dark: boolean): void {
  const height = SPECTRUM * 2;
  canvas.width = found.columns;
  canvas.height = height;
  const context = canvas.getContext("2d");
  if (!context) return;
  const colors = new Uint32Array(levelColors(dark).buffer);
  const image = context.createImageData(found.columns, height);
  const pixels = new Uint32Array(image.data.buffer);
  rows(found, height, scale).forEach((level, i) => {
    pixels[i] = colors[level] as number;
  });
  context.putImageData(image, 0, 0);
}
