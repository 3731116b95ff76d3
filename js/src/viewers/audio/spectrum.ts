// Spectrograms as numbers.

import rfft from "fourier-transform";

/** Decibels below a full-scale sine that a level can say. */
export const DEPTH_DB = 120;

/** A stretch of a sound to look at. */
export interface Ask {
  /** All channels mixed, from -1 to 1, with what lies around the stretch as far as it is known. */
  samples: Float32Array;
  sampleRate: number;
  /** The stretch, in samples from the first of `samples`; not always whole numbers. */
  from: number;
  to: number;
  columns: number;
}

export interface Spectrogram {
  /** Columns from left to right, each with `bins` levels: 255 is a full-scale sine, 0 is `DEPTH_DB` below. */
  levels: Uint8Array<ArrayBuffer>;
  columns: number;
  /** Frequencies from 0 to half the sample rate. */
  bins: number;
  sampleRate: number;
}

/** Samples in a window: about 40 ms, a power of two. */
export function windowSize(sampleRate: number): number {
  return 2 ** Math.min(13, Math.max(7, Math.round(Math.log2(sampleRate * 0.04))));
}

/** Windows that a column looks at where there are more samples than it can show. */
export const LOOKS = 4;

/**
 * The spectrogram of what is asked for, a column at a time, so that whoever makes it can pause: each step yields the
 * number of columns that are done, the last one returns the result. A column that stands for more samples than a window
 * has takes the loudest of a few windows in it.
 */
export function* spectrogram(ask: Ask): Generator<number, Spectrogram> {
  const { samples, sampleRate, from, to, columns } = ask;
  const size = windowSize(sampleRate);
  const bins = size / 2;
  const levels = new Uint8Array(columns * bins);
  const most = new Float64Array(bins);
  const hann = Float64Array.from({ length: size }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / size));
  const windowed = new Float64Array(size);
  const magnitudes = new Float64Array(bins);
  const hop = (to - from) / columns;
  const looks = Math.min(LOOKS, Math.max(1, Math.floor(hop / size)));
  for (let column = 0; column < columns; column++) {
    most.fill(0);
    for (let look = 0; look < looks; look++) {
      const begin = Math.floor(from + (column + (look + 0.5) / looks) * hop) - bins;
      for (let i = 0; i < size; i++) windowed[i] = (samples[begin + i] ?? 0) * (hann[i] as number);
      rfft(windowed, magnitudes);
      for (let bin = 0; bin < bins; bin++)
        if ((magnitudes[bin] as number) > (most[bin] as number)) most[bin] = magnitudes[bin] as number;
    }
    for (let bin = 0; bin < bins; bin++) {
      // The window halves a sine.
      const db = 20 * Math.log10(2 * (most[bin] as number) + 1e-12);
      levels[column * bins + bin] = Math.max(0, Math.min(255, Math.round(255 * (1 + db / DEPTH_DB))));
    }
    yield column + 1;
  }
  return { levels, columns, bins, sampleRate };
}
