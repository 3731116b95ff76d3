// How a spectrogram is drawn: the scale of its frequencies, its marks, and its colors.

import { DEPTH_DB, type Spectrogram } from "./spectrum";

export type Scale = "linear" | "log" | "mel";

/** Lowest frequency of the logarithmic scale, in Hz. */
const LOWEST = 50;
// The mel scale of O'Shaughnessy, "Speech Communication: Human and Machine" (1987).
const mel = (hz: number): number => 2595 * Math.log10(1 + hz / 700);
const hertz = (m: number): number => 700 * (10 ** (m / 2595) - 1);

/** Frequency in Hz at `share` (0 bottom, 1 top) of the height. */
export function frequencyAt(share: number, sampleRate: number, scale: Scale): number {
  const top = sampleRate / 2;
  if (scale === "linear") return share * top;
  if (scale === "mel") return hertz(share * mel(top));
  const low = Math.min(LOWEST, top / 4);
  return low * (top / low) ** share;
}

/** Where a frequency stands: 0 bottom, 1 top. */
export function shareOf(frequency: number, sampleRate: number, scale: Scale): number {
  const top = sampleRate / 2;
  if (scale === "linear") return frequency / top;
  if (scale === "mel") return mel(frequency) / mel(top);
  const low = Math.min(LOWEST, top / 4);
  return Math.log(frequency / low) / Math.log(top / low);
}

/** Levels as they are drawn: `height` rows from the top, each the loudest of its frequencies. */
export function rows(found: Spectrogram, height: number, scale: Scale): Uint8Array {
  const { levels, columns, bins, sampleRate } = found;
  const out = new Uint8Array(columns * height);
  const perBin = sampleRate / 2 / bins;
  for (let y = 0; y < height; y++) {
    const low = frequencyAt(1 - (y + 1) / height, sampleRate, scale) / perBin;
    const high = frequencyAt(1 - y / height, sampleRate, scale) / perBin;
    const from = Math.min(bins - 1, Math.floor(low));
    const to = Math.max(from + 1, Math.min(bins, Math.floor(high)));
    for (let x = 0; x < columns; x++) {
      let most = 0;
      for (let bin = from; bin < to; bin++) most = Math.max(most, levels[x * bins + bin] as number);
      out[y * columns + x] = most;
    }
  }
  return out;
}

const ROUND = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 4000, 5000, 8000, 10_000, 16_000, 20_000, 40_000,
];

export interface Mark {
  hz: number;
  /** 0 bottom, 1 top. */
  share: number;
  text: string;
}

/** Round frequencies to write beside it, as many as have room in `height` CSS pixels; the highest first. */
export function marks(sampleRate: number, scale: Scale, height: number): Mark[] {
  const found: Mark[] = [];
  for (const hz of [...ROUND].reverse()) {
    const share = shareOf(hz, sampleRate, scale);
    if (share <= 0.04 || share >= 0.94) continue;
    if (found.some((mark) => Math.abs(mark.share - share) * height < 18)) continue;
    found.push({ hz, share, text: hz >= 1000 ? `${hz / 1000} k` : String(hz) });
  }
  return found;
}

// Both run from the paper to what stands out on it, ever further in lightness, so that they are read without color too.
const DARK = [[20, 23, 26], [58, 28, 92], [136, 34, 106], [212, 72, 66], [248, 146, 32], [252, 240, 160]]; // biome-ignore format: a table
const LIGHT = [[255, 255, 255], [222, 228, 246], [150, 170, 224], [112, 84, 184], [110, 22, 110], [38, 8, 40]]; // biome-ignore format: a table

/** The colors as a CSS gradient, from the quietest to the loudest. */
export function gradient(dark: boolean): string {
  return `linear-gradient(to right, ${(dark ? DARK : LIGHT).map((color) => `rgb(${color.join(" ")})`).join(", ")})`;
}

/** Colors of the levels 0 to 255 as RGBA; from `top` decibels to `range` below it they go through all colors. */
export function levelColors(dark: boolean, top: number, range: number): Uint8ClampedArray<ArrayBuffer> {
  const stops = dark ? DARK : LIGHT;
  const out = new Uint8ClampedArray(256 * 4);
  for (let level = 0; level < 256; level++) {
    const db = (level / 255 - 1) * DEPTH_DB;
    const loud = Math.min(1, Math.max(0, 1 + (db - top) / range));
    const at = loud * (stops.length - 1);
    const i = Math.min(Math.floor(at), stops.length - 2);
    for (let c = 0; c < 3; c++) {
      const [a, b] = [stops[i]?.[c] as number, stops[i + 1]?.[c] as number];
      out[level * 4 + c] = a + (b - a) * (at - i);
    }
    out[level * 4 + 3] = 255;
  }
  return out;
}
