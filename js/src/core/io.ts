// How a view gets what it does not hold. Session (session.ts) is the implementation; tests may write their own.

import type { ReadonlySignal } from "@preact/signals";
import type { Unpacked } from "./packed";
import type { ViewerPack } from "./packs";
import type { RunModel } from "./run-model";
import type { CellSource, DetailsAsk, TableAsk } from "./wire";

/** The way in which the newest data came. */
export type Route = "push" | "http" | "ask";

/** Points with lo <= step <= hi at which all keys have a number; of too many the extremes, or the means. */
export interface SeriesWindowData {
  keys: string[];
  lo: number;
  hi: number;
  sampled: boolean;
  steps: Float64Array;
  /** As many as there are keys. */
  values: Float64Array[];
}

export interface Io {
  /**
   * The bytes of a blob: from memory, from what was pushed, over HTTP, by asking the kernel, in this order.
   * `px` is the longest side that is enough; null asks for the original bytes.
   */
  blob(run: string, sha: string, px: number | null, signal?: AbortSignal): Promise<Blob>;
  /** The original bytes of a file for who decodes them and keeps the result: they are not kept in memory. */
  bytes(run: string, sha: string, signal?: AbortSignal): Promise<Uint8Array<ArrayBuffer>>;
  /** Where a player can fetch parts of a blob by itself: a URL of the server, or null where there is none. */
  address(run: string, sha: string): Promise<string | null>;
  /**
   * The best bytes in memory (original before reduced, larger before smaller) without waiting, or null; with `px`
   * only bytes that are enough for it, as in `blob`.
   */
  cached(sha: string, px?: number | null): Blob | null;
  /** Fetch quietly what the slider may show next; failures are not reported. */
  prefetch(run: string, shas: readonly string[], px: number | null): void;
  series(
    run: string,
    keys: string[],
    lo: number,
    hi: number,
    buckets: number,
    signal?: AbortSignal,
    mean?: boolean,
  ): Promise<SeriesWindowData>;
  /** The source of a cell execution (an id of `RunModel.cells`). */
  cell(run: string, id: number, signal?: AbortSignal): Promise<CellSource>;
  /** A library of `nbtrack/panels/packs.py`, fetched once per page. */
  library(name: string, signal?: AbortSignal): Promise<unknown>;
  /** The viewers of a pack of ours, fetched once per page, made once per panel. */
  viewers(name: string, signal?: AbortSignal): Promise<ViewerPack>;
  /** Ask for rows, groups or an export of a logged table. */
  table(ask: TableAsk, signal?: AbortSignal): Promise<Unpacked>;
  /** Ask for what a run recorded beside its rows. */
  details(ask: DetailsAsk, signal?: AbortSignal): Promise<Unpacked>;
  /** Bring a run up to date over any way that is open. */
  sync(model: RunModel): Promise<void>;
  /** Ask the kernel to resume a run; resolves to the sentence that it answers. */
  resume(run: string): Promise<string>;
  readonly route: ReadonlySignal<Route>;
}
