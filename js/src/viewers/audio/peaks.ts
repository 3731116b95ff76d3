// Waveforms as numbers: the extremes of stretches of a sound at several lengths, down to the samples themselves.

/** The lowest and highest sample of each stretch of a sound; or, with one sample a stretch, the samples. */
export interface Level {
  /** One array per channel, which may be the same for all. */
  channels: (Int16Array | Float32Array)[];
  /** Where each channel begins in its array, and from one stretch to the next. */
  offsets: number[];
  stride: number;
  /** From a stretch's lowest to its highest: 0 where there is but one number. */
  high: 0 | 1;
  /** The number that is full loudness. */
  full: number;
  /** Samples in a stretch. */
  block: number;
  /** The first sample. */
  first: number;
  stretches: number;
}

/** The stored overview: int16 of (channel, stretch, low and high), little-endian. Null when it is not that. */
export function overviewOf(bytes: ArrayBuffer, stretches: number, samples: number): Level | null {
  const count = stretches > 0 ? bytes.byteLength / 4 / stretches : 0;
  if (!Number.isInteger(count) || count < 1) return null;
  const data = new Int16Array(bytes);
  return {
    channels: Array.from({ length: count }, () => data),
    offsets: Array.from({ length: count }, (_, channel) => channel * stretches * 2),
    stride: 2,
    high: 1,
    full: 32767,
    block: samples / stretches,
    first: 0,
    stretches,
  };
}

/** The stored pyramid: a level after the other, int16 of (stretch, channel, low and high). Null when it is not that. */
export function pyramidOf(
  bytes: ArrayBuffer,
  blocks: readonly number[],
  samples: number,
  channels: number,
): Level[] | null {
  const levels: Level[] = [];
  let at = 0;
  for (const block of blocks) {
    const stretches = Math.ceil(samples / block);
    const length = stretches * channels * 2;
    if (!(block > 0) || (at + length) * 2 > bytes.byteLength) return null;
    const data = new Int16Array(bytes, at * 2, length);
    levels.push({
      channels: Array.from({ length: channels }, () => data),
      offsets: Array.from({ length: channels }, (_, channel) => channel * 2),
      stride: channels * 2,
      high: 1,
      full: 32767,
      block,
      first: 0,
      stretches,
    });
    at += length;
  }
  return at * 2 === bytes.byteLength ? levels : null;
}

/** Samples as the finest level there is; the first of them is number `first` of the sound. */
export function samplesLevel(channels: Float32Array[], first: number): Level {
  const stretches = channels[0]?.length ?? 0;
  return {
    channels,
    offsets: channels.map(() => 0),
    stride: 1,
    high: 0,
    full: 1,
    block: 1,
    first,
    stretches,
  };
}

/** The coarsest of `levels` that has a stretch for each pixel of `perPixel` samples; else the finest. */
export function levelFor(levels: readonly Level[], perPixel: number): Level | null {
  let best: Level | null = null;
  for (const level of levels) {
    if (!best) best = level;
    else if (
      best.block > perPixel ? level.block < best.block : level.block > best.block && level.block <= perPixel
    )
      best = level;
  }
  return best;
}

/** Whether a level holds all samples from `from` to `to` that the sound has. */
export function covers(level: Level, from: number, to: number, samples: number): boolean {
  return (
    level.first <= Math.max(0, from) && level.first + level.stretches * level.block >= Math.min(to, samples)
  );
}

/**
 * Low and high, from -1 to 1, of each of `width` columns that show the samples from `from` to `to`; NaN where there are
 * none. Where there are fewer stretches than columns they are joined by lines.
 */
export function columns(
  level: Level,
  channel: number,
  from: number,
  to: number,
  width: number,
): Float32Array {
  const data = level.channels[channel] as Int16Array | Float32Array;
  const offset = level.offsets[channel] as number;
  const { stride, high, full, stretches } = level;
  const begin = (from - level.first) / level.block;
  const each = (to - from) / level.block / width;
  const out = new Float32Array(width * 2).fill(Number.NaN);

  const between = (at: number, which: number): number => {
    const i = Math.min(Math.max(Math.floor(at), 0), stretches - 1);
    const a = data[offset + i * stride + which] as number;
    const b = data[offset + Math.min(i + 1, stretches - 1) * stride + which] as number;
    return a + (b - a) * Math.min(Math.max(at - i, 0), 1);
  };
  for (let x = 0; x < width; x++) {
    const left = begin + x * each;
    const right = left + each;
    if (right <= 0 || left >= stretches) continue;
    let low: number;
    let top: number;
    if (each < 1) {
      const inside = Math.floor(right) > left ? Math.floor(right) : right;
      low = Math.min(between(left, 0), between(inside, 0), between(right, 0));
      top = Math.max(between(left, high), between(inside, high), between(right, high));
    } else {
      low = Number.POSITIVE_INFINITY;
      top = Number.NEGATIVE_INFINITY;
      const last = Math.min(stretches, Math.max(Math.floor(right), Math.floor(left) + 1));
      for (let i = Math.max(0, Math.floor(left)); i < last; i++) {
        const at = offset + i * stride;
        low = Math.min(low, data[at] as number);
        top = Math.max(top, data[at + high] as number);
      }
    }
    out[x * 2] = low / full;
    out[x * 2 + 1] = top / full;
  }
  return out;
}

/** The loudest sample of all channels, from 0 to 1; what drawings are stretched to. */
export function loudest(level: Level): number {
  let most = 0;
  level.channels.forEach((data, channel) => {
    for (let i = 0; i < level.stretches; i++) {
      const at = (level.offsets[channel] as number) + i * level.stride;
      most = Math.max(most, Math.abs(data[at] as number), Math.abs(data[at + level.high] as number));
    }
  });
  return most / level.full;
}
