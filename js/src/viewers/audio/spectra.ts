// Where spectrograms are made: in a worker, whose code travels inside the pack and starts from a Blob URL; on the page's
// own thread, in short turns, where the page's policy or the browser refuses that.

import { type Ask, type Spectrogram, spectrogram } from "./spectrum";
import type { Answer, Question } from "./spectrum.worker";
import SpectrumWorker from "./spectrum.worker?worker&inline";
import { inTurns } from "./turns";

/** Milliseconds of work before the page gets a turn. */
const TURN_MS = 8;
/** Milliseconds without work after which the worker is let go. */
const IDLE_MS = 20_000;

let refused = false;
let started: Promise<Worker | null> | null = null;
let idle: ReturnType<typeof setTimeout> | undefined;
let ids = 0;
const waiting = new Map<number, { resolve: (found: Spectrogram) => void; reject: (error: Error) => void }>();

/** The spectrogram of what is asked for; `ask.samples` may be gone afterwards. */
export async function spectrumOf(ask: Ask, signal: AbortSignal): Promise<Spectrogram> {
  clearTimeout(idle);
  if (!refused) started ??= start();
  const worker = refused ? null : await started;
  signal.throwIfAborted();
  if (!worker) return await inTurns(spectrogram(ask), TURN_MS, signal);
  const id = ++ids;
  const cancel = (): void => worker.postMessage({ id } satisfies Question);
  signal.addEventListener("abort", cancel, { once: true });
  try {
    return await new Promise<Spectrogram>((resolve, reject) => {
      waiting.set(id, { resolve, reject });
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      worker.postMessage({ id, ask } satisfies Question, [ask.samples.buffer]);
    });
  } finally {
    signal.removeEventListener("abort", cancel);
    waiting.delete(id);
    if (waiting.size === 0) idle = setTimeout(() => stop(worker), IDLE_MS);
  }
}

/** A policy refuses a worker by an event, some browsers by an exception; one that runs says so first. */
function start(): Promise<Worker | null> {
  return new Promise((resolve) => {
    const refuse = (): void => {
      refused = true;
      resolve(null);
    };
    let worker: Worker;
    try {
      worker = new SpectrumWorker({ name: "nbtrack spectrograms" });
    } catch {
      refuse();
      return;
    }
    worker.onmessage = ({ data }: MessageEvent<Answer>) => {
      if (data === "ready") resolve(worker);
      else if ("found" in data) waiting.get(data.id)?.resolve(data.found);
      else waiting.get(data.id)?.reject(new Error(data.error));
    };
    worker.onerror = (event) => {
      event.preventDefault();
      for (const { reject } of waiting.values()) reject(new Error(event.message || "the worker has ended"));
      stop(worker);
      refuse();
    };
  });
}

function stop(worker: Worker): void {
  worker.terminate();
  started = null;
}
