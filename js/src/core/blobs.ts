// Encoded bytes in memory, by content hash. The same picture logged at many steps is held once.

interface Held {
  blob: Blob;
  /** Longest side it was reduced to; null: the original bytes. */
  px: number | null;
}

const LIMIT_BYTES = 96 * 2 ** 20;

/** Least recently used first: a Map keeps the order of insertion. */
export class BlobCache {
  #held = new Map<string, Held>();
  #bytes = 0;
  readonly #limit: number;

  constructor(limit = LIMIT_BYTES) {
    this.#limit = limit;
  }

  /** Bytes that serve a picture of `px` pixels (null: only the original), or null. */
  get(sha: string, px: number | null): Blob | null {
    const held = this.#held.get(sha);
    if (!held || !serves(held, px)) return null;
    return this.best(sha);
  }

  /** The best bytes held, whatever their size, or null. */
  best(sha: string): Blob | null {
    const held = this.#held.get(sha);
    if (!held) return null;
    this.#held.delete(sha);
    this.#held.set(sha, held);
    return held.blob;
  }

  /** Keep `blob`, unless what is held is better. */
  put(sha: string, px: number | null, blob: Blob): void {
    const held = this.#held.get(sha);
    if (held && serves(held, px)) return;
    if (held) this.#bytes -= held.blob.size;
    this.#held.delete(sha);
    this.#held.set(sha, { blob, px });
    this.#bytes += blob.size;
    for (const [oldest, { blob: old }] of this.#held) {
      if (this.#bytes <= this.#limit || oldest === sha) break;
      this.#held.delete(oldest);
      this.#bytes -= old.size;
    }
  }
}

function serves(held: Held, px: number | null): boolean {
  return held.px === null || (px !== null && held.px >= px);
}
