// WAV files: where their samples lie, so that any stretch of them can be read by itself.
// Source: "Multimedia Programming Interface and Data Specifications 1.0" (RIFF), and `mmreg.h` for the extensible format.

export interface Wave {
  rate: number;
  channels: number;
  /** Of a sample: 8 (unsigned), 16, 24 or 32 as integers, 32 or 64 as floats. */
  bits: number;
  float: boolean;
  /** First byte of the samples. */
  start: number;
  /** Samples per channel. */
  samples: number;
}

const [PCM, FLOAT, EXTENSIBLE] = [1, 3, 0xfffe];

/** Bytes at the beginning of a file among which its header is looked for. */
export const HEADER = 65_536;

/** Read a header out of the first bytes of a file of `size` bytes. Null: no WAV file whose samples can be read here. */
export function waveOf(head: ArrayBuffer, size: number): Wave | null {
  const view = new DataView(head);
  const name = (at: number): string => String.fromCharCode(...new Uint8Array(head, at, 4));
  if (view.byteLength < 12 || name(0) !== "RIFF" || name(8) !== "WAVE") return null;
  let form: { kind: number; channels: number; rate: number; bits: number } | null = null;
  for (let at = 12; at + 8 <= view.byteLength; ) {
    const length = view.getUint32(at + 4, true);
    const body = at + 8;
    if (name(at) === "fmt " && length >= 16 && body + 16 <= view.byteLength) {
      let kind = view.getUint16(body, true);
      if (kind === EXTENSIBLE && length >= 26 && body + 26 <= view.byteLength)
        kind = view.getUint16(body + 24, true);
      form = {
        kind,
        channels: view.getUint16(body + 2, true),
        rate: view.getUint32(body + 4, true),
        bits: view.getUint16(body + 14, true),
      };
    } else if (name(at) === "data" && form) {
      const { kind, channels, rate, bits } = form;
      const float = kind === FLOAT;
      const known = float ? [32, 64] : kind === PCM ? [8, 16, 24, 32] : [];
      if (!known.includes(bits) || channels < 1 || rate < 1) return null;
      const samples = Math.floor(Math.min(length, Math.max(0, size - body)) / (channels * (bits / 8)));
      return { rate, channels, bits, float, start: body, samples };
    }
    at = body + length + (length % 2);
  }
  return null;
}

/** Where the samples from `from` to `to` lie in the file. */
export function bytesOf(wave: Wave, from: number, to: number): [number, number] {
  const frame = wave.channels * (wave.bits / 8);
  return [wave.start + from * frame, wave.start + to * frame];
}

/** The samples in `bytes`, per channel, from -1 to 1. */
export function samplesIn(wave: Wave, bytes: ArrayBuffer): Float32Array[] {
  const { channels, bits, float } = wave;
  const view = new DataView(bytes);
  const width = bits / 8;
  const count = Math.floor(bytes.byteLength / (width * channels));
  const read: (at: number) => number = float
    ? bits === 32
      ? (at) => view.getFloat32(at, true)
      : (at) => view.getFloat64(at, true)
    : bits === 8
      ? (at) => (view.getUint8(at) - 128) / 128
      : bits === 16
        ? (at) => view.getInt16(at, true) / 32768
        : bits === 24
          ? (at) => ((view.getInt8(at + 2) << 16) | view.getUint16(at, true)) / 8388608
          : (at) => view.getInt32(at, true) / 2147483648;
  return Array.from({ length: channels }, (_, channel) =>
    Float32Array.from({ length: count }, (_, i) => read((i * channels + channel) * width)),
  );
}
