// One run as the panel holds it: deltas go in, signals come out. The files are the truth; this is a window on them.

import { batch, computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { CellRow, Have, Json, MediaRow, RunDelta, RunInfo, SeriesChunk } from "./wire";

const EMPTY = new Float64Array(0);

/** The bytes of a buffer as little-endian float64; copies only when the host aligned them badly. */
export function float64(view: DataView): Float64Array {
  const count = view.byteLength >>> 3;
  if (view.byteOffset % 8 === 0) return new Float64Array(view.buffer as ArrayBuffer, view.byteOffset, count);
  return new Float64Array(view.buffer.slice(view.byteOffset, view.byteOffset + count * 8) as ArrayBuffer);
}

/** The points that the panel holds of one numeric key, in the order of their steps. Read `version` to follow it. */
export class SeriesData {
  steps: Float64Array = EMPTY;
  values: Float64Array = EMPTY;
  /** Grows with each replacement of earlier points. */
  epoch = 0;
  /** Points of the whole series; more than `steps.length` when `sampled`. */
  n = 0;
  sampled = false;
  readonly version: Signal<number> = signal(0);

  /** Epoch as each sender counts it: see `RunDelta.origin`. */
  readonly epochs = new Map<string, number>();
  #steps: Float64Array = EMPTY;
  #values: Float64Array = EMPTY;

  /** Put a chunk in its place. Returns false when points between what is held and the chunk are missing. */
  put(chunk: SeriesChunk, steps: Float64Array, values: Float64Array, origin: string): boolean {
    const known = this.epochs.get(origin);
    if (known !== undefined && chunk.epoch < known) return true;
    const rewritten = known !== undefined && chunk.epoch > known;
    if (rewritten && !chunk.sampled && chunk.from > 0) return false;

    if (chunk.sampled) {
      if (!rewritten && chunk.n < this.n) return true;
      if (!rewritten && chunk.n === this.n && known !== undefined) return true;
      this.epochs.set(origin, chunk.epoch);
      this.#replace(steps, values, chunk.n, true);
      return true;
    }
    if (rewritten || (chunk.from === 0 && steps.length >= this.n)) {
      const same = !rewritten && known !== undefined && !this.sampled && steps.length === this.n;
      this.epochs.set(origin, chunk.epoch);
      if (!same) this.#replace(steps, values, steps.length, false);
      return true;
    }
    if (chunk.from > this.n) return false;
    this.epochs.set(origin, chunk.epoch);
    const fresh = chunk.from + steps.length - this.n;
    if (fresh > 0) this.#append(steps.subarray(steps.length - fresh), values.subarray(steps.length - fresh));
    return true;
  }

  clear(): void {
    this.forget();
    if (this.steps.length > 0) this.#replace(EMPTY, EMPTY, 0, false);
  }

  /** Let the next chunk replace everything; until then the points stay on the screen. */
  forget(): void {
    this.epochs.clear();
    this.n = 0;
  }

  /** Index of the last point at or before `step`, or -1. */
  indexAt(step: number): number {
    let lo = 0;
    let hi = this.steps.length;
    while (lo < hi) {
      const mid = (lo + hi) >>> 1;
      if ((this.steps[mid] as number) <= step) lo = mid + 1;
      else hi = mid;
    }
    return lo - 1;
  }

  #replace(steps: Float64Array, values: Float64Array, n: number, sampled: boolean): void {
    this.#steps = this.steps = steps.slice();
    this.#values = this.values = values.slice();
    this.epoch++;
    this.n = n;
    this.sampled = sampled;
    this.version.value++;
  }

  #append(steps: Float64Array, values: Float64Array): void {
    const held = this.steps.length;
    const size = held + steps.length;
    if (size > this.#steps.length) {
      const room = Math.max(64, size, held * 2);
      const grownSteps = new Float64Array(room);
      const grownValues = new Float64Array(room);
      grownSteps.set(this.steps);
      grownValues.set(this.values);
      this.#steps = grownSteps;
      this.#values = grownValues;
    }
    this.#steps.set(steps, held);
    this.#values.set(values, held);
    this.steps = this.#steps.subarray(0, size);
    this.values = this.#values.subarray(0, size);
    this.n += steps.length;
    this.version.value++;
  }
}

/** The media of one (key, kind): rows by step, and the sorted steps. */
class MediaTrack {
  readonly rows = new Map<number, MediaRow[]>();
  readonly version: Signal<number> = signal(0);
  #steps: Float64Array | null = null;

  steps(): Float64Array {
    this.#steps ??= Float64Array.from(this.rows.keys()).sort();
    return this.#steps;
  }

  set(step: number, rows: MediaRow[]): void {
    if (rows.length === 0) {
      if (this.rows.delete(step)) this.#steps = null;
      return;
    }
    if (!this.rows.has(step)) this.#steps = null;
    this.rows.set(step, rows);
  }
}

const collator = new Intl.Collator("en", { numeric: true });

/** The order in which keys are listed: natural, so that "layer2" comes before "layer10". */
export function byName(a: string, b: string): number {
  return collator.compare(a, b) || (a < b ? -1 : a > b ? 1 : 0);
}

/** Whether a key is meant by one of the patterns; as `key_filter` in nbtrack/panels/delta.py. */
export function keyFilter(patterns: readonly string[]): (key: string) => boolean {
  const any = patterns.map((pattern) => pattern.replace(/[^\w*]/g, "\\$&").replaceAll("*", "[^]*"));
  const whole = new RegExp(`^(?:${any.join("|")})$`);
  return (key) => whole.test(key);
}

export class RunModel {
  readonly id: string;
  readonly info: Signal<RunInfo | null> = signal(null);
  readonly config: Signal<{ [key: string]: Json }> = signal({});
  readonly summary: Signal<{ [key: string]: Json }> = signal({});
  /** Grows with every delta that was applied. */
  readonly revision: Signal<number> = signal(0);
  /** Keys of numbers that were logged, without "_" keys, in natural order. */
  readonly numericKeys: Signal<string[]> = signal([]);
  /** Keys of the machine's metrics, "_sys/...": their steps are milliseconds since the run began. */
  readonly systemKeys: Signal<string[]> = signal([]);
  readonly mediaKeys: Signal<{ key: string; kind: string }[]> = signal([]);
  readonly cells: Signal<Map<number, CellRow>> = signal(new Map());
  /** True once a delta said that it is everything. */
  readonly complete: Signal<boolean> = signal(false);
  readonly lastStep: ReadonlySignal<number>;

  /** The last sender on each route, and the revision up to which each sender told everything. */
  #origins = new Map<string, string>();
  #revs = new Map<string, number>();
  #series = new Map<string, SeriesData>();
  #media = new Map<string, Map<string, MediaTrack>>();
  /** How often the run had gone back to an earlier step, as far as was told. */
  #rewound = 0;
  /** Media rows that were put, each counted once per state (pending, then with its bytes). */
  #rows = 0;

  readonly #wanted: (key: string) => boolean;

  /** `keys`: patterns of the only keys that are shown, as in `Hello`; the points of others are kept as axes. */
  constructor(id: string, keys?: readonly string[]) {
    this.id = id;
    this.#wanted = keys ? keyFilter(keys) : () => true;
    this.lastStep = computed(() => this.info.value?.lastStep ?? -1);
  }

  /**
   * Apply a delta; applying it again changes nothing. "gap" says that something before it was lost: what fits was
   * taken, and the caller asks for the rest with `have()`.
   */
  apply(delta: RunDelta, buffers: readonly DataView[], route: "kernel" | "http" = "kernel"): "ok" | "gap" {
    const rewound = delta.rewound ?? 0;
    if (rewound < this.#rewound) return "ok"; // it was on its way when its rows were taken back
    const origin = delta.origin ?? route;
    this.#origins.set(route, origin);
    const fewer = rewound > this.#rewound;
    if (fewer) {
      this.#revs.clear(); // whoever sends next has to tell everything
      if (!delta.full) return "gap";
      this.#rewound = rewound;
    }
    const held = this.#revs.get(origin);
    const old = !delta.full && held !== undefined && delta.rev < held;
    let gap = !delta.full && delta.since !== undefined && delta.since > (held ?? 0);
    batch(() => {
      // A full delta of another sender tells of the same run: it is merged, so that the two never undo each other.
      if (delta.full && (held !== undefined || fewer)) this.#forget(delta);
      for (const chunk of delta.series) {
        const steps = buffers[chunk.steps];
        const values = buffers[chunk.values];
        if (!steps || !values) throw new Error(`delta of run ${this.id}: no buffers for "${chunk.key}"`);
        if (!this.series(chunk.key).put(chunk, float64(steps), float64(values), origin)) gap = true;
      }
      if (!old) {
        this.#putMedia(delta.media);
        if (delta.cells.length > 0) {
          const cells = new Map(this.cells.value);
          for (const cell of delta.cells) cells.set(cell.id, cell);
          this.cells.value = cells;
        }
        if (delta.info) this.info.value = delta.info;
        if (delta.config) this.config.value = delta.config;
        if (delta.summary)
          this.summary.value = Object.fromEntries(
            Object.entries(delta.summary).filter(([key]) => this.#wanted(key)),
          );
      }
      if (delta.full) this.complete.value = true;
      if (!gap) this.#revs.set(origin, delta.full ? delta.rev : Math.max(held ?? 0, delta.rev));
      this.#listKeys();
      this.revision.value++;
    });
    return gap ? "gap" : "ok";
  }

  /** What to tell the sender on `route` that we hold; null when it has to send everything. */
  have(route: "kernel" | "http" = "kernel"): Have | null {
    const origin = this.#origins.get(route);
    const rev = origin === undefined ? undefined : this.#revs.get(origin);
    if (!this.complete.value || origin === undefined || rev === undefined) return null;
    const series: Have["series"] = {};
    for (const [key, data] of this.#series) {
      const epoch = data.epochs.get(origin);
      if (epoch !== undefined) series[key] = [epoch, data.n];
    }
    return { rev, origin, series };
  }

  /** Differs whenever something was learned; equal marks mean that a delta brought nothing new. */
  mark(): string {
    const info = this.info.peek();
    let points = 0;
    for (const data of this.#series.values()) points += data.n;
    return `${points}/${this.#rows}/${info?.state}/${info?.lastStep}/${info?.name}`;
  }

  /** The points of a key; empty while nothing came. The object stays the same for the life of the panel. */
  series(key: string): SeriesData {
    let data = this.#series.get(key);
    if (!data) {
      data = new SeriesData();
      this.#series.set(key, data);
    }
    return data;
  }

  /** Steps at which numbers were logged, sorted (reduced like the series themselves). Follows the run. */
  metricSteps(): Float64Array {
    const clock = this.#series.get("_timestamp") ?? this.#series.get("_runtime");
    if (clock && clock.n > 0) {
      clock.version.value;
      return clock.steps;
    }
    let longest: Float64Array = EMPTY;
    for (const key of this.numericKeys.value) {
      const data = this.series(key);
      data.version.value;
      if (data.steps.length > longest.length) longest = data.steps;
    }
    return longest;
  }

  /** Sorted steps at which `key` holds media of `kind`. */
  mediaSteps(key: string, kind: string): Float64Array {
    const track = this.#track(key, kind);
    if (!track) {
      this.mediaKeys.value;
      return EMPTY;
    }
    track.version.value;
    return track.steps();
  }

  /** The media of `key` at exactly `step`, sorted by idx, without stale rows. */
  mediaAt(key: string, kind: string, step: number): MediaRow[] {
    const track = this.#track(key, kind);
    if (!track) {
      this.mediaKeys.value;
      return [];
    }
    track.version.value;
    return track.rows.get(step) ?? [];
  }

  /** Id of the cell execution that logged `step` (or the last step before it), or null. */
  cellAt(step: number): number | null {
    const data = this.series("_cell");
    data.version.value;
    const at = data.indexAt(step);
    const id = at < 0 ? Number.NaN : (data.values[at] as number);
    return Number.isFinite(id) ? id : null;
  }

  #track(key: string, kind: string): MediaTrack | undefined {
    return this.#media.get(key)?.get(kind);
  }

  /** Drop what a full delta does not speak of. */
  #forget(delta: RunDelta): void {
    const sent = new Set(delta.series.map((chunk) => chunk.key));
    for (const [key, data] of this.#series) {
      if (!sent.has(key)) data.clear();
      else data.forget();
    }
    const touched = new Set(delta.media.map((row) => row.key));
    for (const [key, kinds] of this.#media) {
      for (const track of kinds.values()) {
        for (const step of [...track.rows.keys()]) track.set(step, []);
        if (!touched.has(key)) track.version.value++;
      }
    }
    this.cells.value = new Map();
  }

  #putMedia(rows: readonly MediaRow[]): void {
    if (rows.length === 0) return;
    const places = new Map<string, Map<number, MediaRow[]>>();
    for (const row of rows) {
      if (!this.#wanted(row.key)) continue;
      let steps = places.get(row.key);
      if (!steps) {
        steps = new Map();
        places.set(row.key, steps);
      }
      const group = steps.get(row.step);
      if (group) group.push(row);
      else steps.set(row.step, [row]);
    }
    for (const [key, steps] of places) {
      let kinds = this.#media.get(key);
      if (!kinds) {
        kinds = new Map();
        this.#media.set(key, kinds);
      }
      for (const [step, fresh] of steps) this.#putStep(kinds, step, fresh);
      for (const track of kinds.values()) track.version.value++;
    }
  }

  #putStep(kinds: Map<string, MediaTrack>, step: number, fresh: readonly MediaRow[]): void {
    const byIdx = new Map<number, MediaRow>();
    for (const track of kinds.values()) for (const row of track.rows.get(step) ?? []) byIdx.set(row.idx, row);
    for (const row of fresh) {
      const held = byIdx.get(row.idx);
      if (!held || held.blob !== row.blob || held.pending !== row.pending) this.#rows++;
      byIdx.set(row.idx, row);
    }
    const count = Math.max((fresh[fresh.length - 1] as MediaRow).count, 1);
    const byKind = new Map<string, MediaRow[]>();
    for (const kind of kinds.keys()) byKind.set(kind, []);
    for (const row of [...byIdx.values()].sort((a, b) => a.idx - b.idx)) {
      if (row.idx >= count) continue;
      const group = byKind.get(row.kind);
      if (group) group.push(row);
      else byKind.set(row.kind, [row]);
    }
    for (const [kind, rows] of byKind) {
      let track = kinds.get(kind);
      if (!track) {
        track = new MediaTrack();
        kinds.set(kind, track);
      }
      track.set(step, rows);
    }
  }

  #listKeys(): void {
    const numeric: string[] = [];
    for (const [key, data] of this.#series)
      if (!key.startsWith("_") && data.n > 0 && this.#wanted(key)) numeric.push(key);
    if (!sameList(numeric, this.numericKeys.value)) this.numericKeys.value = numeric.sort(byName);
    const system = [...this.#series.keys()].filter((key) => key.startsWith("_sys/"));
    if (!sameList(system, this.systemKeys.value)) this.systemKeys.value = system.sort(byName);
    const media: { key: string; kind: string }[] = [];
    for (const [key, kinds] of this.#media) {
      for (const [kind, track] of kinds) if (track.rows.size > 0) media.push({ key, kind });
    }
    if (media.length !== this.mediaKeys.value.length || media.some((m) => !this.#listed(m.key, m.kind))) {
      this.mediaKeys.value = media.sort((a, b) => byName(a.key, b.key) || byName(a.kind, b.kind));
    }
  }

  #listed(key: string, kind: string): boolean {
    return this.mediaKeys.value.some((m) => m.key === key && m.kind === kind);
  }
}

/** Whether two lists without duplicates hold the same names. */
function sameList(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false;
  const known = new Set(b);
  return a.every((name) => known.has(name));
}
