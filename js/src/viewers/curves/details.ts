// What the store says of runs beyond the points that are held: a reduced series hides what lies between its points, so a
// zoom asks for them, and so do joins of several keys and averages.

import type { SeriesWindowData } from "../../core/io";
import type { RunView } from "../../core/registry";
import { latestWins } from "../../core/rpc";
import { ALL_STEPS, type Points, stepsBetween } from "./points";

/** Means that a smoothed curve is made of; of more than fifty curves all have as many together. */
const MEANS = 2000;
const TOGETHER = 50 * MEANS;

/** Of more runs none is read ahead: it might be in vain, and each takes its time. */
const WARM_RUNS = 10;

export type Ask = (
  run: RunView,
  keys: string[],
  lo: number,
  hi: number,
  buckets: number,
  stop: AbortSignal,
  mean: boolean,
) => Promise<SeriesWindowData>;

/** The points of a range, and the means to smooth. */
export interface Detail {
  points?: SeriesWindowData | undefined;
  means?: SeriesWindowData | undefined;
}

/** What a chart shows, as far as it decides what has to be asked. */
export interface Wanted {
  /** Of the curve and of the x axis. */
  keys: string[];
  /** Of the x axis; null: all of it. */
  range: readonly [number, number] | null;
  smooth: boolean;
  buckets: number;
}

/** Whether points of any of the keys were left out of what is held. */
function isReduced({ model }: RunView, keys: readonly string[]): boolean {
  return keys.some((key) => model.series(key).sampled);
}

export class Details {
  readonly #runs: readonly RunView[];
  readonly #ask: Ask;
  readonly #onNews: () => void;
  #found: readonly Detail[] = [];
  #asked = "";
  #warm = false;

  constructor(runs: readonly RunView[], ask: Ask, onNews: () => void) {
    this.#runs = runs;
    this.#ask = ask;
    this.#onNews = onNews;
  }

  of(index: number): Detail {
    return this.#found[index] ?? {};
  }

  forget(): void {
    this.#found = [];
    this.#asked = "";
  }

  /**
   * Whoever comes near a chart may zoom into it. The store reads a long run as a whole when it is first asked, which
   * takes a second for a million steps: by then it has.
   */
  warm(keys: string[]): void {
    if (this.#warm || this.#runs.length > WARM_RUNS) return;
    this.#warm = true;
    const { signal } = new AbortController();
    for (const run of this.#runs)
      if (isReduced(run, keys)) this.#ask(run, keys, 0, 0, 1, signal, false).catch(() => undefined); // it is asked again when it matters
  }

  /** Ask for what is missing, once; `held` are the points of each run. */
  want(wanted: Wanted, held: readonly Points[]): void {
    const { keys, range, smooth } = wanted;
    const reduced = this.#runs.some((run) => isReduced(run, keys));
    if (!reduced || !(range || smooth || keys.length > 1)) return;
    // A live run is asked about again when it has grown by a twentieth.
    const sizes = this.#runs.map(({ model }) => Math.floor(Math.log(model.series(keys[0] as string).n) * 20));
    const question = JSON.stringify([wanted, range ? [] : sizes]);
    if (question === this.#asked) return;
    this.#asked = question;
    void this.#fetch(wanted, held);
  }

  #fetch = latestWins(async (stop: AbortSignal, wanted: Wanted, held: readonly Points[]): Promise<void> => {
    const { keys, range, smooth, buckets } = wanted;
    const few = Math.min(MEANS, Math.ceil(TOGETHER / this.#runs.length));
    const all = this.#runs.map(async (run, i): Promise<Detail> => {
      if (!isReduced(run, keys)) return {};
      const steps = range ? stepsBetween(held[i] as Points, range[0], range[1]) : ALL_STEPS;
      if (!steps) return {};
      const [from, to] = [Math.floor(steps[0]), Math.ceil(steps[1])];
      const ask = async (lo: number, count: number, mean: boolean): Promise<SeriesWindowData | undefined> => {
        try {
          return await this.#ask(run, keys, lo, to, count, stop, mean);
        } catch {
          // The reduced points stay; they are what there is.
          return undefined;
        }
      };
      const [points, means] = await Promise.all([
        range || keys.length > 1 ? ask(from, buckets, false) : undefined,
        // As much before it as is seen: an average has to begin somewhere.
        smooth ? ask(range ? from - (to - from) : from, few, true) : undefined,
      ]);
      return { points, means };
    });
    const found = await Promise.all(all);
    if (stop.aborted || !found.some(({ points, means }) => points ?? means)) return;
    this.#found = found;
    this.#onNews();
  });
}
