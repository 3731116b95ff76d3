// Builders for tests: deltas as a kernel sends them, and a model that records what is sent on it.

import type { MediaRow, RunDelta, RunInfo, SeriesChunk } from "./wire";

export function bytes(...values: number[]): DataView {
  return new DataView(Float64Array.from(values).buffer);
}

export function info(over: Partial<RunInfo> = {}): RunInfo {
  return {
    id: "r",
    name: "amber-fox",
    project: "digits",
    entity: "",
    group: "",
    jobType: "",
    notes: "",
    tags: [],
    state: "running",
    exitCode: null,
    created: 0,
    heartbeat: 0,
    finished: null,
    host: "",
    lastStep: -1,
    metrics: {},
    earlier: null,
    ...over,
  };
}

export function delta(over: Partial<RunDelta> = {}): RunDelta {
  return { t: "delta", run: "r", rev: 1, full: false, series: [], media: [], cells: [], blobs: [], ...over };
}

export function medium(over: Partial<MediaRow> = {}): MediaRow {
  return {
    key: "samples",
    step: 0,
    idx: 0,
    count: 0,
    kind: "image-file",
    meta: {},
    blob: "sha",
    pending: false,
    ...over,
  };
}

/** A delta with one series: `points` are [step, value] from the `from`-th point on. */
export function points(
  key: string,
  from: number,
  pairs: readonly (readonly [number, number])[],
  over: Partial<SeriesChunk & RunDelta> = {},
): [RunDelta, DataView[]] {
  const { epoch = 0, n = from + pairs.length, sampled = false, ...rest } = over;
  const chunk: SeriesChunk = { key, epoch, from, n, sampled, steps: 0, values: 1 };
  return [
    delta({ series: [chunk], ...rest }),
    [bytes(...pairs.map(([step]) => step)), bytes(...pairs.map(([, value]) => value))],
  ];
}

type Listener = (message: unknown, buffers: DataView[]) => void;

/** A widget model without a host. `answer` sees what is sent. */
export class FakeModel {
  readonly sent: { id: string; op: string; args: Record<string, unknown> }[] = [];
  comm_live?: boolean;
  widget_manager?: unknown;
  answer: ((message: { id: string; op: string; args: Record<string, unknown> }) => void) | undefined;
  #listeners = new Map<string, Set<Listener>>();

  on(event: string, listener: Listener): void {
    const known = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, known.add(listener));
  }

  off(event: string, listener: Listener): void {
    this.#listeners.get(event)?.delete(listener);
  }

  send(message: unknown): void {
    const ask = message as { id: string; op: string; args: Record<string, unknown> };
    this.sent.push(ask);
    this.answer?.(ask);
  }

  fire(event: string, message?: unknown, buffers: DataView[] = []): void {
    for (const listener of this.#listeners.get(event) ?? []) listener(message, buffers);
  }

  listening(event: string): number {
    return this.#listeners.get(event)?.size ?? 0;
  }
}
