// From a file to what plays it.

import type { MediaRow } from "../../core/wire";
import { numberOf } from "../playback/source";
import type { Player } from "../playback/transport";

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
      if (!signal.aborted) reject(new Error(audio.error?.message || "it does not say why"));
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

/** Browsers refuse sounds of fewer samples a second. */
const LOWEST_RATE = 3000;

/** Why no browser plays it, or null. */
export function silence(row: MediaRow): string | null {
  const rate = numberOf(row, "sample_rate");
  return rate !== null && rate < LOWEST_RATE
    ? `${rate.toLocaleString("en-US")} samples a second: browsers play ${LOWEST_RATE.toLocaleString("en-US")} and more`
    : null;
}
