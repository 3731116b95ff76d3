// The workers that 3Dmol.js computes surfaces with. Its own are found by a global of the page, which a notebook need not
// have; `mol3d-lean.ts` has it call `surfaceWorker` instead.

import { ProteinSurface } from "3dmol/build/3Dmol.es6-min.js";
import { type Ask, surfaces } from "./surface";
import SurfaceWorker from "./surface-worker?worker&inline";

type Progress = (done: number, of: number) => void;

interface Job {
  workers: SurfaceAsker[];
  asked: number;
  answered: number;
  progress: Progress;
}

/** Whose workers start now: 3Dmol.js starts all of a surface at once, when it is asked for it. */
let current: Job | null = null;

/** Let `act` ask 3Dmol.js for a surface; what it returns, and the way to end the computation. */
export function surfacing<T>(act: () => T, progress: Progress): { result: T; stop: () => void } {
  const job: Job = { workers: [], asked: 0, answered: 0, progress };
  current = job;
  try {
    const result = act();
    return {
      result,
      stop: () => {
        for (const worker of job.workers) worker.terminate();
      },
    };
  } finally {
    current = null;
  }
}

/**
 * What stands where 3Dmol.js wants a `Worker`: a real one, or, in a page whose policy allows none, the page's own
 * thread, which gets a rest after each piece.
 */
class SurfaceAsker {
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onerror: ((event: unknown) => void) | null = null;
  #worker: Worker | null = null;
  #own: ((ask: Ask) => unknown) | null = null;
  #atoms: Ask | null = null;
  /** Pieces without an answer. */
  #open: Ask[] = [];
  #ended = false;

  constructor(private readonly job: Job | null) {
    try {
      this.#worker = new SurfaceWorker();
      this.#worker.onmessage = (event) => this.#tell(event.data);
      this.#worker.onerror = (event) => {
        event.preventDefault();
        this.#goOn();
      };
    } catch {
      this.#goOn();
    }
  }

  postMessage(ask: Ask): void {
    this.#worker?.postMessage(ask);
    if ("atoms" in ask) {
      this.#atoms = ask;
      return;
    }
    this.#open.push(ask);
    if (this.job) this.job.asked++;
    if (!this.#worker) this.#next();
  }

  terminate(): void {
    this.#ended = true;
    this.#worker?.terminate();
  }

  /** Without a worker. */
  #goOn(): void {
    this.#worker?.terminate();
    this.#worker = null;
    for (const _ of this.#open) this.#next();
  }

  #next(): void {
    setTimeout(() => {
      const ask = this.#open[0];
      if (!ask || this.#ended) return;
      try {
        if (!this.#own) {
          this.#own = surfaces(ProteinSurface);
          if (this.#atoms) this.#own(this.#atoms);
        }
        this.#tell(this.#own(ask));
      } catch (reason) {
        this.onerror?.({ message: String(reason), filename: "", lineno: 0 });
      }
    });
  }

  #tell(found: unknown): void {
    if (this.#ended) return;
    this.#open.shift();
    this.onmessage?.({ data: found });
    if (this.job) this.job.progress(++this.job.answered, this.job.asked);
  }
}

/** Called by 3Dmol.js in place of `new Worker`. */
export function surfaceWorker(): SurfaceAsker {
  const made = new SurfaceAsker(current);
  current?.workers.push(made);
  return made;
}
