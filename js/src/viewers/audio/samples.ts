// The samples of a sound, any stretch of them. Of a WAV file just the bytes of that stretch are read; what is compressed
// is decoded by the browser, whole.

import type { Io } from "../../core/io";
import type { MediaRow } from "../../core/wire";
import { LARGE, numberOf } from "../playback/source";
import { bytesOf, HEADER, samplesIn, type Wave, waveOf } from "./wav";

export interface Samples {
  channels: Float32Array[];
  /** Number of the first one in the sound. */
  first: number;
}

export interface SampleReader {
  /** Samples a second. */
  readonly rate: number;
  /** Samples of a channel. */
  readonly length: number;
  /** Whether each read is a question to the server. */
  readonly remote: boolean;
  /** The samples from `from` to `to`, as far as the sound goes. */
  read(from: number, to: number, signal: AbortSignal): Promise<Samples>;
}

/** Seconds beyond which a compressed sound is not decoded into memory. */
const LONGEST_S = 1800;
/** Samples of a channel that are read at once, at most. */
export const MOST = 2 ** 25;

/** A reader of the row's file; of a WAV file that is large it holds nothing but the header. */
export async function readerOf(
  io: Io,
  run: string,
  row: MediaRow,
  signal: AbortSignal,
): Promise<SampleReader> {
  if (row.meta.format === "wav") {
    const size = numberOf(row, "size") ?? 0;
    const { remote, bytes } = await fileOf(io, run, row);
    const wave = waveOf(await bytes(0, Math.min(HEADER, size), signal), size);
    if (wave) return waveReader(wave, bytes, remote);
  }
  return decodedReader(await decoded(io, run, row, signal));
}

type Bytes = (from: number, to: number, signal: AbortSignal) => Promise<ArrayBuffer>;

/** What reads bytes of a file: ranges from the server where the file is large, else out of memory. */
async function fileOf(io: Io, run: string, row: MediaRow): Promise<{ remote: boolean; bytes: Bytes }> {
  const sha = row.blob as string;
  const url = (numberOf(row, "size") ?? 0) > LARGE ? await io.address(run, sha) : null;
  if (url) return { remote: true, bytes: (from, to, signal) => ranged(url, from, to, signal) };
  const bytes: Bytes = async (from, to, signal) =>
    await (await io.blob(run, sha, null, signal)).slice(from, to).arrayBuffer();
  return { remote: false, bytes };
}

/** A server may answer with less than it was asked for. */
async function ranged(url: string, from: number, to: number, signal: AbortSignal): Promise<ArrayBuffer> {
  const whole = new Uint8Array(to - from);
  for (let at = from; at < to; ) {
    const answer = await fetch(url, { headers: { Range: `bytes=${at}-${to - 1}` }, signal });
    if (!answer.ok) throw new Error(`the server answered ${answer.status} ${answer.statusText}`);
    const bytes = new Uint8Array(await answer.arrayBuffer());
    // A proxy may not know ranges: then all of it has come.
    const piece = answer.status === 206 ? bytes : bytes.subarray(at, to);
    if (piece.length === 0) throw new Error("the file is shorter than its header says");
    whole.set(piece.subarray(0, to - at), at - from);
    at += piece.length;
  }
  return whole.buffer;
}

function waveReader(wave: Wave, bytes: Bytes, remote: boolean): SampleReader {
  return {
    remote,
    rate: wave.rate,
    length: wave.samples,
    read: async (from, to, signal) => {
      const first = Math.max(0, Math.floor(from));
      const last = Math.max(first, Math.min(wave.samples, Math.ceil(to)));
      if (last - first > MOST)
        throw new Error(
          `Zoom in to ${spoken(MOST / wave.rate)} or less: this is too long to be read at once`,
        );
      return { channels: samplesIn(wave, await bytes(...bytesOf(wave, first, last), signal)), first };
    },
  };
}

function spoken(seconds: number): string {
  return seconds >= 120 ? `${Math.floor(seconds / 60)} minutes` : `${Math.floor(seconds)} seconds`;
}

function decodedReader(buffer: AudioBuffer): SampleReader {
  const all = Array.from({ length: buffer.numberOfChannels }, (_, c) => buffer.getChannelData(c));
  return {
    remote: false,
    rate: buffer.sampleRate,
    length: buffer.length,
    read: async (from, to) => {
      const first = Math.max(0, Math.floor(from));
      return { channels: all.map((channel) => channel.subarray(first, Math.ceil(to))), first };
    },
  };
}

/** Bytes of decoded sounds that are kept, beside the newest. */
const KEPT = 256 * 2 ** 20;
const kept = new Map<string, AudioBuffer>();

async function decoded(io: Io, run: string, row: MediaRow, signal: AbortSignal): Promise<AudioBuffer> {
  const sha = row.blob as string;
  const found = kept.get(sha);
  if (found) return found;
  const duration = numberOf(row, "duration");
  if (duration !== null && duration > LONGEST_S)
    throw new Error(
      `Compressed sounds of up to ${LONGEST_S / 60} minutes are decoded here; this one is longer (wav has no limit)`,
    );
  const blob = await io.blob(run, sha, null, signal);
  // A context of the file's own rate: any other would resample, and so draw frequencies that are not there.
  const context = new OfflineAudioContext(1, 1, numberOf(row, "sample_rate") ?? 48_000);
  const buffer = await context.decodeAudioData(await blob.arrayBuffer());
  kept.set(sha, buffer);
  let size = 0;
  for (const [name, held] of [...kept].reverse()) {
    size += held.length * held.numberOfChannels * 4;
    if (size > KEPT && name !== sha) kept.delete(name);
  }
  return buffer;
}

/** All channels in one. */
export function mixed({ channels }: Samples): Float32Array<ArrayBuffer> {
  const sum = Float32Array.from(channels[0] ?? []);
  for (const channel of channels.slice(1))
    for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] as number) + (channel[i] as number);
  if (channels.length > 1) for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] as number) / channels.length;
  return sum;
}
