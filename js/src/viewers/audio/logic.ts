// Waveforms and spectrograms as numbers: what is drawn of a sound, without drawing it.

/** The lowest and the highest sample of each part of a sound, per channel, from -1 to 1. */
export interface Peaks {
  /** One array per channel: low, high, low, high, ... */
  channels: Float32Array[];
  parts: number;
}

/** The stored waveform: int16 of (channel, part, low and high), little-endian. Null when it is not that. */
export function readPeaks(bytes: ArrayBuffer, parts: number): Peaks | null {
  const count = parts > 0 ? bytes.byteLength / 4 / parts : 0;
  if (!Number.isInteger(count) || count < 1) return null;
  const view = new DataView(bytes);
  const channels = Array.from({ length: count }, (_, channel) =>
    Float32Array.from(
      { length: parts * 2 },
      (_, i) => view.getInt16((channel * parts * 2 + i) * 2, true) / 32767,
    ),
  );
  return { channels, parts };
}

/** The waveform of decoded samples, where none is stored. */
export function peaksOf(samples: readonly Float32Array[], most = 2048): Peaks {
  const length = samples[0]?.length ?? 0;
  const parts = Math.min(length, most);
  const channels = samples.map((channel) => {
    const out = new Float32Array(parts * 2);
    for (let part = 0; part < parts; part++) {
      const [low, high] = extremes(
        channel,
        Math.floor((part * length) / parts),
        Math.floor(((part + 1) * length) / parts),
      );
      out[part * 2] = low;
      out[part * 2 + 1] = high;
    }
    return out;
  });
  return { channels, parts };
}

function extremes(samples: Float32Array, from: number, to: number): [number, number] {
  let low = samples[from] ?? 0;
  let high = low;
  for (let i = from + 1; i < to; i++) {
    const value = samples[i] as number;
    if (value < low) low = value;
    else if (value > high) high = value;
  }
  return [low, high];
}

/** Low and high for each of `width` columns of a drawing of `peaks`; few samples are joined by lines. */
export function columns(peaks: Float32Array, width: number): Float32Array {
  const parts = peaks.length / 2;
  const out = new Float32Array(width * 2);
  for (let x = 0; x < width; x++) {
    let low = Number.POSITIVE_INFINITY;
    let high = Number.NEGATIVE_INFINITY;
    if (parts < width) {
      for (const at of [(x * parts) / width, ((x + 1) * parts) / width]) {
        low = Math.min(low, between(peaks, at, 0));
        high = Math.max(high, between(peaks, at, 1));
      }
    } else {
      const to = Math.floor(((x + 1) * parts) / width);
      for (let part = Math.floor((x * parts) / width); part < to; part++) {
        low = Math.min(low, peaks[part * 2] as number);
        high = Math.max(high, peaks[part * 2 + 1] as number);
      }
    }
    out[x * 2] = low;
    out[x * 2 + 1] = high;
  }
  return out;
}

/** The low (`which` 0) or high (1) at a place between two parts. */
function between(peaks: Float32Array, at: number, which: 0 | 1): number {
  const last = peaks.length / 2 - 1;
  const from = Math.min(Math.floor(at), last);
  const a = peaks[from * 2 + which] as number;
  const b = peaks[Math.min(from + 1, last) * 2 + which] as number;
  return a + (b - a) * Math.min(at - from, 1);
}

/** The loudest sample of all channels; what drawings are stretched to. */
export function loudest(peaks: Peaks): number {
  let most = 0;
  for (const channel of peaks.channels) for (const value of channel) most = Math.max(most, Math.abs(value));
  return most;
}

// ---- spectrogram -----------------------------------------------------------------------------------------------

/** Decibels below the loudest that are still seen. */
export const DYNAMIC_DB = 80;

export interface Spectrogram {
  /** Columns from the first to the last sample, each with `bins` levels from 0 (silence) to 255 (the loudest). */
  levels: Uint8Array;
  columns: number;
  /** Frequencies from 0 to half the sample rate. */
  bins: number;
  sampleRate: number;
}

/** Samples in a window: about 40 ms, a power of two. */
export function windowSize(sampleRate: number): number {
  return 2 ** Math.min(13, Math.max(7, Math.round(Math.log2(sampleRate * 0.04))));
}

/** In-place FFT of a power of two complex numbers (radix 2, decimation in time; Cooley and Tukey 1965). */
export function fft(re: Float32Array, im: Float32Array): void {
  const n = re.length;
  for (let i = 1, j = 0; i < n; i++) {
    let bit = n >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) {
      [re[i], re[j]] = [re[j] as number, re[i] as number];
      [im[i], im[j]] = [im[j] as number, im[i] as number];
    }
  }
  const { cos, sin } = twiddles(n);
  for (let size = 2; size <= n; size *= 2) {
    const half = size / 2;
    const stride = n / size;
    for (let start = 0; start < n; start += size) {
      for (let k = 0; k < half; k++) {
        const [wr, wi] = [cos[k * stride] as number, sin[k * stride] as number];
        const a = start + k;
        const b = a + half;
        const [br, bi] = [re[b] as number, im[b] as number];
        const tr = br * wr - bi * wi;
        const ti = br * wi + bi * wr;
        re[b] = (re[a] as number) - tr;
        im[b] = (im[a] as number) - ti;
        re[a] = (re[a] as number) + tr;
        im[a] = (im[a] as number) + ti;
      }
    }
  }
}

const tables = new Map<number, { cos: Float32Array; sin: Float32Array }>();

function twiddles(n: number): { cos: Float32Array; sin: Float32Array } {
  let table = tables.get(n);
  if (!table) {
    const angle = (k: number): number => (-2 * Math.PI * k) / n;
    table = {
      cos: Float32Array.from({ length: n / 2 }, (_, k) => Math.cos(angle(k))),
      sin: Float32Array.from({ length: n / 2 }, (_, k) => Math.sin(angle(k))),
    };
    tables.set(n, table);
  }
  return table;
}

/** Windows that a column looks at where there are more samples than it can show. */
const LOOKS = 4;

/**
 * The spectrogram of `samples`, a column at a time, so that whoever draws it can pause. Each step yields the number of
 * columns that are done; the last one returns the result. A column that stands for more samples than a window has takes
 * the loudest of a few windows in it.
 */
export function* spectrogram(
  samples: Float32Array,
  sampleRate: number,
  width: number,
): Generator<number, Spectrogram> {
  const size = windowSize(sampleRate);
  const bins = size / 2;
  const count = Math.max(1, Math.min(width, samples.length));
  const power = new Float32Array(count * bins);
  const hann = Float32Array.from({ length: size }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / size));
  const [re, im] = [new Float32Array(size), new Float32Array(size)];
  const hop = samples.length / count;
  const looks = Math.min(LOOKS, Math.max(1, Math.floor(hop / size)));
  let most = 0;
  for (let column = 0; column < count; column++) {
    for (let look = 0; look < looks; look++) {
      const middle = Math.floor((column + (look + 0.5) / looks) * hop);
      const from = middle - size / 2;
      for (let i = 0; i < size; i++) re[i] = (samples[from + i] ?? 0) * (hann[i] as number);
      im.fill(0);
      fft(re, im);
      for (let bin = 0; bin < bins; bin++) {
        const value = (re[bin] as number) ** 2 + (im[bin] as number) ** 2;
        const at = column * bins + bin;
        if (value > (power[at] as number)) power[at] = value;
        if (value > most) most = value;
      }
    }
    yield column + 1;
  }
  const levels = new Uint8Array(power.length);
  if (most > 0)
    for (let i = 0; i < power.length; i++) {
      const db = 10 * Math.log10((power[i] as number) / most + 1e-20);
      levels[i] = Math.max(0, Math.round(255 * (1 + db / DYNAMIC_DB)));
    }
  return { levels, columns: count, bins, sampleRate };
}

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
  const { levels, columns: count, bins, sampleRate } = found;
  const out = new Uint8Array(count * height);
  const perBin = sampleRate / 2 / bins;
  for (let y = 0; y < height; y++) {
    const low = frequencyAt(1 - (y + 1) / height, sampleRate, scale) / perBin;
    const high = frequencyAt(1 - y / height, sampleRate, scale) / perBin;
    const from = Math.min(bins - 1, Math.floor(low));
    const to = Math.max(from + 1, Math.min(bins, Math.floor(high)));
    for (let x = 0; x < count; x++) {
      let most = 0;
      for (let bin = from; bin < to; bin++) most = Math.max(most, levels[x * bins + bin] as number);
      out[y * count + x] = most;
    }
  }
  return out;
}

/** Round frequencies to write beside it, as many as have room. */
export function marks(
  sampleRate: number,
  scale: Scale,
  height: number,
): { hz: number; share: number; text: string }[] {
  const found: { hz: number; share: number; text: string }[] = [];
  const all = [100, 200, 500, 1000, 2000, 4000, 5000, 8000, 10000, 16000, 20000, 40000];
  for (const hz of all.reverse()) {
    const share = shareOf(hz, sampleRate, scale);
    if (share <= 0.04 || share >= 0.94) continue;
    if (found.some((mark) => Math.abs(mark.share - share) * height < 18)) continue;
    found.push({ hz, share, text: hz >= 1000 ? `${hz / 1000} k` : String(hz) });
  }
  return found;
}

/** Colors of the levels 0 to 255 as RGBA, from the paper to what stands out on it. */
export function levelColors(dark: boolean): Uint8ClampedArray {
  const stops = dark
    ? [[20, 23, 26], [58, 28, 92], [136, 34, 106], [212, 72, 66], [248, 146, 32], [252, 240, 160]]
    : [[255, 255, 255], [222, 228, 246], [150, 170, 224], [112, 84, 184], [110, 22, 110], [38, 8, 40]]; // biome-ignore format: a table
  const out = new Uint8ClampedArray(256 * 4);
  for (let level = 0; level < 256; level++) {
    const at = (level / 255) * (stops.length - 1);
    const i = Math.min(Math.floor(at), stops.length - 2);
    for (let c = 0; c < 3; c++) {
      const [a, b] = [stops[i]?.[c] as number, stops[i + 1]?.[c] as number];
      out[level * 4 + c] = a + (b - a) * (at - i);
    }
    out[level * 4 + 3] = 255;
  }
  return out;
}

/** Browsers refuse sounds of fewer samples a second. */
export const LOWEST_RATE = 3000;

/** Names of the clips that can be switched between: A, B, ... Z, then their number. */
export function clipName(index: number): string {
  return index < 26 ? String.fromCharCode(65 + index) : String(index + 1);
}
