// A spectrogram of what is looked at. While the next one is made, the one before is stretched to its place.

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { messageOf } from "../../core/message";
import { EmptyState } from "../../core/panel";
import { useSize } from "../size";
import { gathered } from "./gather";
import { levelColors, marks, rows, type Scale } from "./scale";
import type { Span } from "./span";
import { spectrumOf } from "./spectra";
import type { Spectrogram } from "./spectrum";
import type { Waveform } from "./waveform";

/** CSS pixels, and columns at most. */
const HEIGHT = 112;
const WIDEST = 1200;
/** Milliseconds that a stretch is looked at before work is done for it. */
const REST_MS = 90;

interface Made {
  spectrogram: Spectrogram;
  span: Span;
  /** Decibels of the loudest sample of the sound, 0 at most. */
  top: number;
}

const KEPT = 32;
const kept = new Map<string, Made>();

export interface SpectrumProps {
  waveform: Waveform | null;
  span: Span;
  scale: Scale;
  /** Decibels below the loudest that are still seen. */
  range: number;
  dark: boolean;
}

export function Spectrum(props: SpectrumProps): JSX.Element {
  const { waveform, span, scale, range, dark } = props;
  const place = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const { width } = useSize(place);
  const made = useSignal<Made | null>(null);
  const error = useSignal<string | null>(null);

  useEffect(() => {
    if (!waveform || width === 0) return undefined;
    const stop = new AbortController();
    const work = async (): Promise<void> => {
      // Whoever zooms on does not want what lies between.
      if (made.peek()) await new Promise((resolve) => setTimeout(resolve, REST_MS));
      if (stop.signal.aborted) return;
      const found = await make(waveform, span, width, stop.signal);
      if (stop.signal.aborted) return;
      made.value = found;
      error.value = null;
    };
    work().catch((reason: unknown) => {
      if (!stop.signal.aborted) error.value = messageOf(reason);
    });
    return () => stop.abort();
  }, [waveform, span.from, span.to, width]);

  const found = made.value;
  useLayoutEffect(() => {
    if (canvas.current && found) draw(canvas.current, found, scale, dark, range);
  }, [found, scale, dark, range]);
  const wide = span.to - span.from;
  const share = (seconds: number): string => `${(seconds / wide) * 100}%`;
  return (
    <div ref={place} class="nb-spectrum" style={{ height: `${HEIGHT}px` }}>
      <canvas
        ref={canvas}
        hidden={!found || error.value !== null}
        style={
          found
            ? { left: share(found.span.from - span.from), width: share(found.span.to - found.span.from) }
            : {}
        }
      />
      {found &&
        error.value === null &&
        marks(found.spectrogram.sampleRate, scale, HEIGHT).map((mark) => (
          <span key={mark.hz} class="nb-spectrum-mark" style={{ bottom: `${mark.share * 100}%` }}>
            {mark.text}
          </span>
        ))}
      {(!found || error.value !== null) && <EmptyState title={error.value ?? "Computing the spectrogram…"} />}
    </div>
  );
}

async function make(waveform: Waveform, span: Span, width: number, signal: AbortSignal): Promise<Made> {
  const reader = await waveform.reader();
  const [from, to] = [Math.max(0, span.from * reader.rate), Math.min(span.to * reader.rate, reader.length)];
  const share = (to - from) / reader.rate / (span.to - span.from);
  const columns = Math.max(1, Math.min(WIDEST, Math.round(width * share)));
  const name = `${waveform.row.blob}:${from}:${to}:${columns}`;
  const held = kept.get(name);
  if (held) return held;
  const spectrogram = await spectrumOf(await gathered(reader, from, to, columns, signal), signal);
  const top = 20 * Math.log10(Math.min(1, Math.max(waveform.loudest, 1e-5)));
  const made = { spectrogram, span: { from: from / reader.rate, to: to / reader.rate }, top };
  kept.set(name, made);
  for (const oldest of kept.keys()) {
    if (kept.size <= KEPT) break;
    kept.delete(oldest);
  }
  return made;
}

function draw(canvas: HTMLCanvasElement, made: Made, scale: Scale, dark: boolean, range: number): void {
  const { spectrogram, top } = made;
  const height = HEIGHT * 2;
  canvas.width = spectrogram.columns;
  canvas.height = height;
  const context = canvas.getContext("2d");
  if (!context) return;
  const colors = new Uint32Array(levelColors(dark, top, range).buffer);
  const image = context.createImageData(spectrogram.columns, height);
  const pixels = new Uint32Array(image.data.buffer);
  rows(spectrogram, height, scale).forEach((level, i) => {
    pixels[i] = colors[level] as number;
  });
  context.putImageData(image, 0, 0);
}
