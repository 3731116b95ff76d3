// Files that are wanted at the same time travel in one answer: a grid of pictures with masks wants hundreds, and a
// request for each would keep server and page busy with everything but the files.

import { HttpError } from "./http";

/** SHA-256, and the longest side that is enough; null: the original. */
export type FileName = readonly [sha: string, px: number | null];

export interface FileBytes {
  bytes: DataView<ArrayBuffer>;
  type: string;
}

export type Loaded = Blob | FileBytes;

/** Files in one request: enough to make requests few, so few that the first ones do not wait for the last. */
const MOST = 24;
/** Files of an answer that are handed out in one task. */
const AT_ONCE = 4;

interface Wanted {
  run: string;
  file: FileName;
  stop: AbortSignal | undefined;
  resolve: (found: Loaded) => void;
  reject: (error: unknown) => void;
}

export class Gather {
  #wanted: Wanted[] = [];

  constructor(
    readonly one: (run: string, file: FileName, stop?: AbortSignal) => Promise<Blob>,
    readonly several: (
      run: string,
      files: readonly FileName[],
      stop: AbortSignal,
    ) => Promise<(FileBytes | null)[]>,
  ) {}

  /** Fetch a file, with all others that are asked for before the page has time for anything else. */
  get(run: string, file: FileName, stop?: AbortSignal): Promise<Loaded> {
    return new Promise((resolve, reject) => {
      if (this.#wanted.push({ run, file, stop, resolve, reject }) === 1)
        void nextTask().then(() => this.#send());
    });
  }

  #send(): void {
    const runs = new Map<string, Wanted[]>();
    for (const wanted of this.#wanted.splice(0)) {
      if (wanted.stop?.aborted) wanted.reject(wanted.stop.reason);
      else if (!runs.get(wanted.run)?.push(wanted)) runs.set(wanted.run, [wanted]);
    }
    for (const [run, all] of runs)
      for (let i = 0; i < all.length; i += MOST) void this.#fetch(run, all.slice(i, i + MOST));
  }

  async #fetch(run: string, wanted: Wanted[]): Promise<void> {
    let found: (FileBytes | null)[] = [];
    if (wanted.length > 1) {
      const stop = new AbortController();
      let left = wanted.length;
      for (const { stop: signal, reject } of wanted)
        signal?.addEventListener(
          "abort",
          () => {
            reject(signal.reason);
            if (--left === 0) stop.abort();
          },
          { once: true },
        );
      try {
        const files = wanted.map(({ file }) => file);
        found = await this.several(run, files, stop.signal);
      } catch (error) {
        // A server that answers, if only with a refusal, may have them one by one.
        if (!(error instanceof HttpError) || error.status === 0) {
          for (const { reject } of wanted) reject(error);
          return;
        }
      }
    }
    for (const [i, { file, stop, resolve, reject }] of wanted.entries()) {
      // Whoever gets a file decodes it at once: all at a time would hold up the page.
      if (i > 0 && i % AT_ONCE === 0) await nextTask();
      const here = found[i];
      if (here) resolve(here);
      else if (!stop?.aborted) this.one(run, file, stop).then(resolve, reject);
    }
  }
}

/** A message is the next task; a timer may be four milliseconds late. */
function nextTask(): Promise<void> {
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}

export function toBlob(found: Loaded): Blob {
  return found instanceof Blob ? found : new Blob([found.bytes], { type: found.type });
}

export async function toBytes(found: Loaded): Promise<Uint8Array<ArrayBuffer>> {
  if (found instanceof Blob) return new Uint8Array(await found.arrayBuffer());
  const { buffer, byteOffset, byteLength } = found.bytes;
  return new Uint8Array(buffer, byteOffset, byteLength);
}
