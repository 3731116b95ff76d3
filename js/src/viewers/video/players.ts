// What plays a file: the browser's own video element, or, for a GIF, its frames on a canvas, where they can be stopped.

import type { Player } from "../playback/transport";
import { frameEnds, frameIndex } from "./logic";

/** A player and what it is seen in. */
export interface Screen {
  player: Player | null;
  element: HTMLElement;
  release: () => void;
}

/** Seconds before the end: a video element that is sought to its very end may show nothing. */
const LAST = 0.001;
/** Bytes of decoded frames that are held; larger GIFs play by themselves. */
const MAX_DECODED = 256 * 2 ** 20;

/** A video element for `url`, once it shows the frame at `time`. */
export function filmOf(url: string, time: number, signal: AbortSignal): Promise<Screen> {
  const video = document.createElement("video");
  video.preload = "auto";
  video.playsInline = true;
  video.disablePictureInPicture = true;
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      video.removeAttribute("src");
      video.load();
    };
    const duration = (): number => (Number.isFinite(video.duration) ? video.duration : 0);
    const ready = (): void => {
      video.onseeked = null;
      signal.removeEventListener("abort", cancel);
      resolve({ player: filmPlayer(video, duration), element: video, release: stop });
    };
    const cancel = (): void => {
      stop();
      reject(signal.reason);
    };
    signal.addEventListener("abort", cancel, { once: true });
    video.onerror = () => {
      if (!signal.aborted) reject(new Error(video.error?.message || "it does not say why"));
    };
    video.onloadeddata = () => {
      video.onloadeddata = null;
      const to = Math.min(time, Math.max(0, duration() - LAST));
      if (to <= LAST) {
        ready();
        return;
      }
      video.onseeked = ready;
      video.currentTime = to;
    };
    video.src = url;
  });
}

function filmPlayer(video: HTMLVideoElement, duration: () => number): Player {
  return {
    get duration() {
      return duration();
    },
    now: () => video.currentTime,
    seek: (time) => {
      const to = Math.min(time, Math.max(0, duration() - LAST));
      if (Math.abs(video.currentTime - to) > LAST) video.currentTime = to;
    },
    play: () => video.play(),
    pause: () => video.pause(),
    setRate: (rate) => {
      video.playbackRate = rate;
    },
    setVolume: (volume) => {
      video.volume = volume;
      video.muted = volume === 0;
    },
  };
}

/** A GIF's frames on a canvas; where the browser does not decode it frame by frame, a picture that plays by itself. */
export async function gifOf(url: string, time: number, signal: AbortSignal): Promise<Screen> {
  const file = await (await fetch(url, { signal })).blob();
  const frames = "ImageDecoder" in globalThis ? await decoded(file, signal) : null;
  if (!frames) {
    const picture = document.createElement("img");
    picture.src = url;
    await picture.decode();
    return { player: null, element: picture, release: () => undefined };
  }
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [frames.pictures[0]?.width ?? 1, frames.pictures[0]?.height ?? 1];
  const player = new GifPlayer(canvas, frames.pictures, frames.ends);
  player.seek(time);
  const release = (): void => {
    player.pause();
    for (const picture of frames.pictures) picture.close();
  };
  return { player, element: canvas, release };
}

interface Frames {
  pictures: ImageBitmap[];
  ends: number[];
}

async function decoded(file: Blob, signal: AbortSignal): Promise<Frames | null> {
  const decoder = new ImageDecoder({ data: await file.arrayBuffer(), type: "image/gif" });
  const pictures: ImageBitmap[] = [];
  let whole = false;
  try {
    await decoder.tracks.ready;
    await decoder.completed;
    const count = decoder.tracks.selectedTrack?.frameCount ?? 0;
    const delays: number[] = [];
    for (let frameIndex = 0; frameIndex < count; frameIndex++) {
      const { image } = await decoder.decode({ frameIndex });
      try {
        signal.throwIfAborted();
        if (count * image.displayWidth * image.displayHeight * 4 > MAX_DECODED) return null;
        delays.push((image.duration ?? 0) / 1000);
        pictures.push(await createImageBitmap(image));
      } finally {
        image.close();
      }
    }
    whole = count > 0;
    return whole ? { pictures, ends: frameEnds(delays) } : null;
  } finally {
    decoder.close();
    if (!whole) for (const picture of pictures) picture.close();
  }
}

class GifPlayer implements Player {
  readonly duration: number;
  #at = 0;
  #since: number | null = null;
  #rate = 1;
  #shown = -1;
  #next: number | null = null;

  constructor(
    readonly canvas: HTMLCanvasElement,
    readonly pictures: readonly ImageBitmap[],
    readonly ends: readonly number[],
  ) {
    this.duration = ends.at(-1) ?? 0;
  }

  now(): number {
    if (this.#since === null) return this.#at;
    return Math.min(this.duration, this.#at + ((performance.now() - this.#since) / 1000) * this.#rate);
  }

  seek(time: number): void {
    this.#at = Math.min(Math.max(time, 0), this.duration);
    if (this.#since !== null) this.#since = performance.now();
    this.#draw();
  }

  play(): Promise<void> {
    this.#since ??= performance.now();
    this.#next ??= requestAnimationFrame(this.#tick);
    return Promise.resolve();
  }

  pause(): void {
    this.#at = this.now();
    this.#since = null;
    if (this.#next !== null) cancelAnimationFrame(this.#next);
    this.#next = null;
  }

  setRate(rate: number): void {
    this.#at = this.now();
    if (this.#since !== null) this.#since = performance.now();
    this.#rate = rate;
  }

  setVolume(): void {
    // a GIF is silent
  }

  #tick = (): void => {
    this.#next = null;
    if (this.#since === null) return;
    this.#draw();
    this.#next = requestAnimationFrame(this.#tick);
  };

  #draw(): void {
    const index = frameIndex(this.ends, this.now());
    const picture = this.pictures[index];
    if (index === this.#shown || !picture) return;
    this.#shown = index;
    const context = this.canvas.getContext("2d");
    context?.clearRect(0, 0, this.canvas.width, this.canvas.height);
    context?.drawImage(picture, 0, 0);
  }
}
