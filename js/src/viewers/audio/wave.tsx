// A waveform, a lane for each channel.

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { Io } from "../../core/io";
import { EmptyState } from "../../core/panel";
import type { MediaRow } from "../../core/wire";
import { useSize } from "../size";
import { columns, type Level } from "./peaks";
import type { Span } from "./span";
import { Waveform } from "./waveform";

/** CSS pixels: of a lane, where there is one, and where there are several. */
const LANE = 56;
const LANES = 36;
/** Milliseconds that a stretch is looked at before anything is fetched for it. */
const REST_MS = 60;
/** CSS pixels between samples from which on each is a dot. */
const DOTS = 6;

/** The waveform of a row's file; that of the file before stays until it is there. */
export function useWaveform(io: Io, run: string, row: MediaRow): Waveform | null {
  const shown = useSignal<Waveform | null>(null);
  useEffect(() => {
    if (!row.blob) return undefined;
    const next = new Waveform(io, run, row);
    const leave = [next.version, next.error].map((change) =>
      change.subscribe((value) => {
        if (!value || shown.peek() === next) return;
        shown.peek()?.release();
        shown.value = next;
      }),
    );
    return () => {
      for (const end of leave) end();
      if (shown.peek() !== next) next.release();
    };
  }, [row.blob]);
  useEffect(() => () => shown.peek()?.release(), []);
  return shown.value;
}

export function Wave(props: { waveform: Waveform | null; span: Span; color: string }): JSX.Element {
  const { waveform, span, color } = props;
  const place = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const { width } = useSize(place);
  const version = waveform?.version.value ?? 0;
  const error = waveform?.error.value;
  const count = waveform?.channels ?? 1;
  const lane = count > 1 ? LANES : LANE;
  const gain = useSignal(1);
  const rate = waveform?.rate ?? 0;
  const [from, to] = [span.from * rate, span.to * rate];
  const perPixel = (to - from) / (Math.round(width * (window.devicePixelRatio || 1)) || 1);

  useLayoutEffect(() => {
    const level = waveform?.level(from, to, perPixel);
    if (canvas.current && level && width > 0)
      gain.value = drawWave(canvas.current, level, from, to, width, lane, color);
  }, [waveform, version, width, from, to, color]);
  useEffect(() => {
    if (!waveform || width === 0) return undefined;
    const timer = setTimeout(() => waveform.want(from, to, perPixel), REST_MS);
    return () => clearTimeout(timer);
  }, [waveform, version, width, from, to]);
  return (
    <div ref={place} class="nb-wave" style={{ height: `${lane * count}px` }}>
      <canvas ref={canvas} />
      {gain.value > 1 && <span class="nb-clip-gain nb-quiet">×{gain.value}</span>}
      {error && <EmptyState title={error} />}
    </div>
  );
}

/** What is quiet is drawn larger, by a power of two that is said. */
function gainOf(drawn: readonly Float32Array[]): number {
  let most = 0;
  for (const channel of drawn)
    for (const value of channel) if (Math.abs(value) > most) most = Math.abs(value);
  if (most === 0) return 1;
  return 2 ** Math.min(6, Math.max(0, Math.floor(Math.log2(1 / most))));
}

/** Draws the samples from `from` to `to`; returns how many times larger. */
function drawWave(
  canvas: HTMLCanvasElement,
  level: Level,
  from: number,
  to: number,
  width: number,
  lane: number,
  color: string,
): number {
  const scale = window.devicePixelRatio || 1;
  const across = Math.round(width * scale);
  canvas.width = across;
  canvas.height = Math.round(lane * scale * level.channels.length);
  canvas.style.width = `${width}px`;
  const drawn = level.channels.map((_, channel) => columns(level, channel, from, to, across));
  const gain = gainOf(drawn);
  const context = canvas.getContext("2d");
  if (!context) return gain;
  context.fillStyle = color;
  const half = (lane * scale) / 2;
  drawn.forEach((extremes, channel) => {
    const middle = half + channel * lane * scale;
    const height = (value: number): number => middle - value * gain * (half - 1);
    for (let x = 0; x < across; x++) {
      const high = height(extremes[x * 2 + 1] as number);
      const low = height(extremes[x * 2] as number);
      // Silence is a thin line; where there is no sound there is nothing (NaN).
      if (!Number.isNaN(high)) context.fillRect(x, high - 0.5, 1, Math.max(1, low - high + 1));
    }
    const apart = (across / (to - from)) * level.block;
    if (level.high !== 0 || apart < DOTS * scale) return;
    const data = level.channels[channel] as Float32Array;
    const radius = 1.8 * scale;
    const last = Math.min(level.stretches - 1, Math.ceil(to - level.first));
    for (let i = Math.max(0, Math.floor(from - level.first)); i <= last; i++) {
      context.beginPath();
      context.arc((i + level.first - from) * apart, height(data[i] as number), radius, 0, 2 * Math.PI);
      context.fill();
    }
  });
  return gain;
}
