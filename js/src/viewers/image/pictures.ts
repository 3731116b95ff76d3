// Decoded pictures, shared by all tiles of a page: what was seen once is painted without waiting.

import type { Io } from "../../core/io";
import { Shared } from "../../core/shared";
import type { MediaRow } from "../../core/wire";
import { Kept } from "./kept";
import { fetchedSize, naturalSize } from "./logic";

/** Decoded pixels kept: six thousand thumbnails of 64 px. */
const BUDGET_BYTES = 96 * 2 ** 20;
/** Fetches at a time: what is under way when the slider moves on is in part wasted. */
const AT_ONCE = 48;

class Pictures {
  #decoded = new Kept<ImageBitmap>(BUDGET_BYTES, bytesOf, (bitmap) => bitmap.close());
  #jobs = new Shared<ImageBitmap>();
  #running = 0;
  #queue: { start: () => void; signal: AbortSignal }[] = [];

  /** The picture if it is decoded already. Draw it at once: it may be gone later. */
  peek(row: MediaRow, drawn: number | null): ImageBitmap | null {
    return this.#decoded.get(nameOf(row, drawn));
  }

  /**
   * Fetch, and decode to `drawn` pixels on the longest side (null: as it was logged). Several callers share one fetch; it is given up, or never begun, when the last of them aborts:
   * while the slider is dragged, steps that were passed are no longer in the way of the newest.
   */
  load(io: Io, run: string, row: MediaRow, drawn: number | null, signal: AbortSignal): Promise<ImageBitmap> {
    const name = nameOf(row, drawn);
    return this.#jobs.get(name, (all) => this.#fetch(io, run, row, drawn, name, all), signal);
  }

  /** What came ahead of any question and is decoded, less sharp than asked for: shown until `load` is done. */
  peekRough(row: MediaRow): ImageBitmap | null {
    return this.peek(row, ROUGH);
  }

  /** Decode what came ahead of any question; null where that is nothing, or all that `load` would bring. */
  loadRough(io: Io, row: MediaRow, drawn: number | null, signal: AbortSignal): Promise<ImageBitmap> | null {
    const sha = row.blob as string;
    const blob = io.cached(sha, fetchedSize(naturalSize(row), drawn)) ? null : io.cached(sha);
    if (!blob) return null;
    const name = nameOf(row, ROUGH);
    return this.#jobs.get(name, async () => this.#keep(name, await decode(blob, row, drawn)), signal);
  }

  async #fetch(
    io: Io,
    run: string,
    row: MediaRow,
    drawn: number | null,
    name: string,
    signal: AbortSignal,
  ): Promise<ImageBitmap> {
    const sha = row.blob as string;
    const px = fetchedSize(naturalSize(row), drawn);
    const blob = io.cached(sha, px) ?? (await this.#bytes(io, run, sha, px, signal));
    return this.#keep(name, await decode(blob, row, drawn));
  }

  async #bytes(io: Io, run: string, sha: string, px: number | null, signal: AbortSignal): Promise<Blob> {
    await this.#turn(signal);
    try {
      return await io.blob(run, sha, px, signal);
    } finally {
      this.#running--;
      this.#next();
    }
  }

  #turn(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason));
      this.#queue.push({
        signal,
        start: () => {
          this.#running++;
          resolve();
        },
      });
      this.#next();
    });
  }

  #next(): void {
    while (this.#running < AT_ONCE) {
      const job = this.#queue.shift();
      if (!job) return;
      if (!job.signal.aborted) job.start();
    }
  }

  #keep(name: string, bitmap: ImageBitmap): ImageBitmap {
    this.#decoded.put(name, bitmap);
    return bitmap;
  }
}

/** In place of a size: whatever was pushed. */
const ROUGH = 0;

function nameOf(row: MediaRow, drawn: number | null): string {
  return `${row.blob}@${drawn ?? ""}`;
}

function bytesOf(bitmap: ImageBitmap): number {
  return bitmap.width * bitmap.height * 4;
}

export const pictures = new Pictures();

/**
 * Decode off the main thread, no larger than `drawn` on the longest side. Colors are taken as they were logged, so
 * that the pixel inspector tells the numbers of the array.
 */
export async function decode(blob: Blob, row: MediaRow, drawn: number | null): Promise<ImageBitmap> {
  const natural = naturalSize(row);
  const scale = drawn === null ? 1 : drawn / Math.max(natural.width, natural.height);
  const options: ImageBitmapOptions = { colorSpaceConversion: "none" };
  if (scale < 1 && typeof row.meta.width === "number") {
    options.resizeWidth = Math.max(1, Math.round(natural.width * scale));
    options.resizeHeight = Math.max(1, Math.round(natural.height * scale));
    // "high" takes several times as long, on the page's own thread.
    options.resizeQuality = "medium";
  }
  if (!blob.type.includes("svg")) return createImageBitmap(blob, options);
  // Browsers decode SVG only as an element (where its scripts do not run).
  const url = URL.createObjectURL(blob);
  try {
    const image = new Image(natural.width, natural.height);
    image.src = url;
    await image.decode();
    return await createImageBitmap(image, options);
  } finally {
    URL.revokeObjectURL(url);
  }
}
