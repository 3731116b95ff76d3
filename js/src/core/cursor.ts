// One cursor drives every medium and the curves of a panel.

import { batch, computed, effect, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { RunModel } from "./run-model";

/** `exact`: only what was logged at this very step; `nearest`: the latest at or before it; `latest`: follow the run. */
export type CursorMode = "exact" | "nearest" | "latest";

const FRAME_MS = 160;

/** Index of the greatest element <= `step` in a sorted array, or -1. */
export function floorIndex(steps: ArrayLike<number>, step: number): number {
  let lo = 0;
  let hi = steps.length;
  while (lo < hi) {
    const mid = (lo + hi) >>> 1;
    if ((steps[mid] as number) <= step) lo = mid + 1;
    else hi = mid;
  }
  return lo - 1;
}

/** Sorted union without duplicates of sorted arrays. */
export function unionSteps(tracks: readonly ArrayLike<number>[]): Float64Array {
  // Runs of one script have the same steps: a thousand of them are as quickly united as one.
  const distinct = tracks.filter((track, i) => i === 0 || !same(track, tracks[i - 1] as ArrayLike<number>));
  let total = 0;
  for (const track of distinct) total += track.length;
  const all = new Float64Array(total);
  let at = 0;
  for (const track of distinct) {
    all.set(track, at);
    at += track.length;
  }
  if (distinct.length > 1) all.sort();
  let kept = 0;
  for (let i = 0; i < total; i++) {
    if (i === 0 || all[i] !== all[i - 1]) all[kept++] = all[i] as number;
  }
  return all.subarray(0, kept);
}

function same(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

export class Cursor {
  /** The step that is shown. In mode `latest` it follows the last step by itself. */
  readonly step: Signal<number> = signal(0);
  readonly mode: Signal<CursorMode> = signal("latest");
  readonly playing: Signal<boolean> = signal(false);
  /** The steps that have media; the metrics' steps when there are no media. Sorted. */
  readonly steps: ReadonlySignal<Float64Array>;
  /** First and last step of anything, for the slider's scale. */
  readonly range: ReadonlySignal<readonly [number, number]>;

  #still: CursorMode = "nearest";
  #timer: ReturnType<typeof setInterval> | undefined;
  #stopFollowing: () => void;

  /** What lies at one place of the slider: "" the same step of all runs, else the same value of this key. */
  readonly axis: string;

  /** `runs` is read anew whenever a signal that it reads changes. */
  constructor(runs: () => readonly RunModel[], axis = "") {
    this.axis = axis;
    this.steps = computed(() => {
      const models = runs();
      const media = models.flatMap((m) =>
        m.mediaKeys.value.map(({ key, kind }) => this.#places(m, m.mediaSteps(key, kind))),
      );
      return unionSteps(media.length > 0 ? media : models.map((m) => this.#places(m, m.metricSteps())));
    });
    this.range = computed(() => {
      const steps = this.steps.value;
      let lo = steps.length > 0 ? (steps[0] as number) : Number.POSITIVE_INFINITY;
      let hi = steps.length > 0 ? (steps[steps.length - 1] as number) : Number.NEGATIVE_INFINITY;
      for (const model of runs()) {
        const metric = this.#places(model, model.metricSteps());
        if (metric.length > 0) {
          lo = Math.min(lo, metric[0] as number);
          hi = Math.max(hi, metric[metric.length - 1] as number);
        }
      }
      return lo <= hi ? ([lo, hi] as const) : ([0, 0] as const);
    });
    this.#stopFollowing = effect(() => {
      if (this.mode.value === "latest") this.step.value = this.range.value[1];
    });
  }

  /** The one of a run's `steps` (sorted) that is to be shown now, or null when none is. */
  resolve(steps: ArrayLike<number>, model: RunModel): number | null {
    if (steps.length === 0) return null;
    if (this.mode.value === "latest") return steps[steps.length - 1] as number;
    const at = floorIndex(steps, this.at(model));
    if (at < 0) return null;
    const found = steps[at] as number;
    return this.mode.value === "exact" && this.placeOf(found, model) !== this.step.value ? null : found;
  }

  /** The step of a run at which the cursor stands: before the next one that lies beyond. */
  at(model: RunModel): number {
    const place = this.step.value;
    if (!this.axis) return place;
    const { steps, values } = this.#axisOf(model);
    let last = values.length - 1;
    while (last >= 0 && !((values[last] as number) <= place)) last--;
    const next = steps[last + 1];
    return next === undefined ? Math.max(steps[last] ?? -1, model.lastStep.value) : next - 1;
  }

  /** Where a step of a run lies on the slider; NaN where the run had not logged the axis by then. */
  placeOf(step: number, model: RunModel): number {
    if (!this.axis) return step;
    const { steps, values } = this.#axisOf(model);
    return values[floorIndex(steps, step)] ?? Number.NaN;
  }

  /** Show a step of a run. */
  goTo(step: number, model: RunModel): void {
    this.moveTo(this.placeOf(step, model));
  }

  #axisOf(model: RunModel): { steps: Float64Array; values: Float64Array } {
    const data = model.series(this.axis);
    data.version.value;
    return data;
  }

  /** Places of sorted steps, sorted. */
  #places(model: RunModel, steps: Float64Array): Float64Array {
    if (!this.axis) return steps;
    return steps
      .map((step) => this.placeOf(step, model))
      .filter(Number.isFinite)
      .sort();
  }

  /** Show `step`. Leaves mode `latest`: whoever moves the cursor no longer follows the run. */
  moveTo(step: number): void {
    if (!Number.isFinite(step)) return;
    batch(() => {
      if (this.mode.value === "latest") this.mode.value = this.#still;
      this.step.value = step;
    });
  }

  setMode(mode: CursorMode): void {
    if (mode === "latest") this.pause();
    else this.#still = mode;
    batch(() => {
      this.mode.value = mode;
      if (mode === "exact") this.step.value = this.snap(this.step.value);
    });
  }

  /** The step that exists and is closest to `step`. */
  snap(step: number): number {
    const steps = this.steps.value;
    if (steps.length === 0) return step;
    const below = floorIndex(steps, step);
    const lower = steps[Math.max(below, 0)] as number;
    const upper = steps[Math.min(below + 1, steps.length - 1)] as number;
    return Math.abs(upper - step) < Math.abs(step - lower) ? upper : lower;
  }

  next(): boolean {
    const steps = this.steps.value;
    const at = floorIndex(steps, this.step.value) + 1;
    if (at >= steps.length) return false;
    this.moveTo(steps[at] as number);
    return true;
  }

  prev(): boolean {
    const steps = this.steps.value;
    let at = floorIndex(steps, this.step.value);
    if (at >= 0 && steps[at] === this.step.value) at--;
    if (at < 0) return false;
    this.moveTo(steps[at] as number);
    return true;
  }

  first(): void {
    const steps = this.steps.value;
    if (steps.length > 0) this.moveTo(steps[0] as number);
  }

  last(): void {
    const steps = this.steps.value;
    if (steps.length > 0) this.moveTo(steps[steps.length - 1] as number);
  }

  play(): void {
    if (this.playing.value || this.steps.value.length < 2) return;
    if (this.step.value >= (this.steps.value[this.steps.value.length - 1] as number)) this.first();
    this.playing.value = true;
    this.#timer = setInterval(() => {
      if (!this.next()) this.pause();
    }, FRAME_MS);
  }

  pause(): void {
    clearInterval(this.#timer);
    this.playing.value = false;
  }

  toggle(): void {
    if (this.playing.value) this.pause();
    else this.play();
  }

  dispose(): void {
    this.pause();
    this.#stopFollowing();
  }
}
