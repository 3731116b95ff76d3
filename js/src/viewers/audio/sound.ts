// From a file to what plays it, and to the samples from which it is drawn.

import type { Io } from "../../core/io";
import type { MediaRow } from "../../core/wire";
import { numberOf } from "../playback/source";
import type { Player } from "../playback/transport";
import { LOWEST_RATE, type Spectrogram, spectrogram } from "./logic";

/** An audio element for `url`, once it can play. */
export function soundOf(url: string, signal: AbortSignal): Promise<{ player: Player; release: () => void }> {
  const audio = new Audio();
  audio.preload = "auto";
  const release = (): void => {
    audio.pause();
    audio.removeAttribute("src");
    audio.load();
  };
  return new Promise((resolve, reject) => {
    const cancel = (): void => {
      release();
      reject(signal.reason);
    };
    signal.addEventListener("abort", cancel, { once: true });
    audio.onerror = () => {
      if (!signal.aborted) reject(new Error(audio.error?.message || "This browser cannot play this sound"));
    };
    audio.onloadedmetadata = () => {
      signal.removeEventListener("abort", cancel);
      resolve({ player: playerOf(audio), release });
    };
    audio.src = url;
  });
}

function playerOf(audio: HTMLAudioElement): Player {
  return {
    get duration() {
      return Number.isFinite(audio.duration) ? audio.duration : 0;
    },
    now: () => audio.currentTime,
    seek: (time) => {
      if (Math.abs(audio.currentTime - time) > 0.001) audio.currentTime = time;
    },
    play: () => audio.play(),
    pause: () => audio.pause(),
    setRate: (rate) => {
      audio.playbackRate = rate;
    },
    setVolume: (volume) => {
      audio.volume = volume;
    },
  };
}

/** Why no browser plays it, or null. */
export function silence(row: MediaRow): string | null {
  const rate = numberOf(row, "sample_rate");
  return rate !== null && rate < LOWEST_RATE
    ? `${rate.toLocaleString("en-US")} samples a second: browsers play ${LOWEST_RATE.toLocaleString("en-US")} and more`
    : null;
}

/** Seconds of sound beyond which the samples are not decoded into memory. */
const LONGEST_S = 1800;

/** The samples of each channel, at the file's own rate. */
export async function samplesOf(
  io: Io,
  run: string,
  row: MediaRow,
  signal: AbortSignal,
): Promise<AudioBuffer> {
  const duration = numberOf(row, "duration");
  if (duration !== null && duration > LONGEST_S)
    throw new Error(`Sounds of up to ${LONGEST_S / 60} minutes are drawn here; this one is longer`);
  const blob = await io.blob(run, row.blob as string, null, signal);
  // A context of the file's own rate: any other would resample, and so draw frequencies that are not there.
  const context = new OfflineAudioContext(1, 1, numberOf(row, "sample_rate") ?? 48_000);
  return await context.decodeAudioData(await blob.arrayBuffer());
}

/** Milliseconds of work before the page gets a turn. */
const TURN_MS = 8;
const KEPT = 24;
const known = new Map<string, Spectrogram>();

/** The spectrogram of a file, all channels mixed; the last few are kept. */
export async function spectrumOf(
  io: Io,
  run: string,
  row: MediaRow,
  width: number,
  signal: AbortSignal,
): Promise<Spectrogram> {
  const name = `${row.blob}:${width}`;
  const kept = known.get(name);
  if (kept) return kept;
  const buffer = await samplesOf(io, run, row, signal);
  const work = spectrogram(mixed(buffer), buffer.sampleRate, width);
  let began = performance.now();
  for (;;) {
    const step = work.next();
    if (step.done) {
      known.set(name, step.value);
      for (const oldest of known.keys()) {
        if (known.size <= KEPT) break;
        known.delete(oldest);
      }
      return step.value;
    }
    if (performance.now() - began > TURN_MS) {
      await new Promise((resume) => setTimeout(resume, 0));
      signal.throwIfAborted();
      began = performance.now();
    }
  }
}

function mixed(buffer: AudioBuffer): Float32Array {
  const first = buffer.getChannelData(0);
  if (buffer.numberOfChannels === 1) return first;
  const sum = first.slice();
  for (let c = 1; c < buffer.numberOfChannels; c++) {
    const channel = buffer.getChannelData(c);
    for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] as number) + (channel[i] as number);
  }
  return sum;
}
