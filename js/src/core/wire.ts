// The wire between the kernel (or the Jupyter server) and a panel. The Python mirror is nbtrack/panels/wire.py;
// tests/panels/test_wire.py and wire.test.ts read the same fixtures.

import type { ProjectAsk, ProjectName } from "../panels/project/wire";

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Non-finite numbers travel as these strings inside JSON; typed arrays carry them as they are. */
export type JsonNumber = number | "NaN" | "Infinity" | "-Infinity";

export type RunState = "running" | "stalled" | "crashed" | "failed" | "finished";

/** Trait `data_hello`: written once by the kernel when the panel is made. */
export interface Hello {
  v: 1;
  panel: "run" | "compare" | "project";
  /** Unique per panel; the separate static output carries it as `data-nbtrack-static="<panelId>"`. */
  panelId: string;
  storeId: string;
  runs: string[];
  title: string;
  /** Model id of the second widget, on which only the browser asks (see docs/design.md, "Two comms"). */
  askModel: string;
  /** Series with more points than this come reduced. */
  points: number;
  /** Patterns of the only keys to show; `*` stands for anything ("val/*"). Absent: all. */
  keys?: string[];
  /** Of a comparison: the run that others are compared with at first. */
  baseline?: string;
  /** Of a comparison: the key on which runs lie beside each other; absent: the step. */
  align?: string;
  /** Of a project's page: which. Its reader chooses the runs. */
  project?: ProjectName;
}

export interface RunInfo {
  id: string;
  name: string;
  project: string;
  entity: string;
  group: string;
  jobType: string;
  notes: string;
  tags: string[];
  state: RunState;
  exitCode: number | null;
  /** Unix seconds. */
  created: number;
  heartbeat: number;
  finished: number | null;
  host: string;
  lastStep: number;
  /** Key -> definition; globs are expanded to the keys they matched. */
  metrics: { [key: string]: { stepMetric?: string; hidden?: boolean } };
  /** Earlier run that the same notebook cell wrote, if any: offered for comparison and resume. */
  earlier: { id: string; name: string; state: RunState } | null;
}

/**
 * New points of one numeric key. `steps` and `values` are indices into the message's buffers (little-endian
 * float64). Without `sampled`, the points follow the first `from` points that the receiver holds; with
 * `sampled`, they replace everything (min/max buckets of all `n` points, extremes kept).
 * Keys that begin with "_" are bookkeeping: `_timestamp`, `_runtime` (s), `_cell` (cell execution id).
 */
export interface SeriesChunk {
  key: string;
  /** Grows when earlier points changed (a late step, a resumed run): the receiver then drops what it has. */
  epoch: number;
  from: number;
  /** Points of the whole series, before sampling, once this chunk is applied. */
  n: number;
  sampled: boolean;
  steps: number;
  values: number;
}

/** One logged medium. Rows are identified by (key, step, idx); a later row replaces an earlier one. */
export interface MediaRow {
  key: string;
  step: number;
  idx: number;
  /**
   * Length of the list that was logged; 0 for a single medium; without end (2^31 - 1) for an increment, whose idx is
   * its number. Rows with idx >= max(count, 1) are stale.
   */
  count: number;
  /** "image-file", "histogram", "html-file", ... as in W&B's `_type`. */
  kind: string;
  /** image: width, height, format, caption?; histogram: values, bins, nan?, inf?; ... */
  meta: { [key: string]: Json };
  /** SHA-256 of the encoded bytes; null when `meta` is everything, or while still being encoded. */
  blob: string | null;
  pending: boolean;
}

export interface CellRow {
  /** Execution id: the values of the `_cell` series. */
  id: number;
  /** The notebook's own id of the cell ("" outside notebooks), stable over executions. */
  cellId: string;
  /** Execution count shown in the notebook's prompt. */
  count: number;
  time: number;
  /** SHA-256 of the source; the text itself is asked for by op "cell". */
  source: string;
}

/** Bytes pushed ahead of any question, so that the slider works with the kernel busy. */
export interface PushedBlob {
  sha: string;
  mime: string;
  buf: number;
  /** Longest side the picture was reduced to; null: the original bytes. */
  px: number | null;
}

/** Everything that changed since the receiver's `have`. Idempotent: applying it twice changes nothing. */
export interface RunDelta {
  t: "delta";
  run: string;
  /** The sender's revision of the run: grows by one or more with every change. */
  rev: number;
  /** Replace everything known of this run. */
  full: boolean;
  /**
   * Who counted `rev` and the epochs: two readers of one store (kernel, server) count differently, so the
   * receiver keeps one count for each. Absent: the route stands for it ("kernel" for push and ask, "http").
   */
  origin?: string;
  /** The sender's revision that this delta starts from; a receiver that is behind it has lost a delta. */
  since?: number;
  /** How often the run had gone back to an earlier step; what was told at a lower count may hold no more. */
  rewound?: number;
  info?: RunInfo;
  config?: { [key: string]: Json };
  summary?: { [key: string]: Json };
  series: SeriesChunk[];
  media: MediaRow[];
  cells: CellRow[];
  blobs: PushedBlob[];
}

/** Several runs at once, pushed or as the answer to op "sync"; they share the message's buffers. */
export interface Deltas {
  t: "deltas";
  deltas: RunDelta[];
}

/** A run, and what is held of it: asked with op "sync" and POSTed to the HTTP route. */
export interface Wanted {
  run: string;
  have: Have | null;
}

/** What the receiver holds of a run. */
export interface Have {
  rev: number;
  /** The `origin` that `rev` and the epochs came from; a sender with another origin answers with `full`. */
  origin?: string;
  series: { [key: string]: [epoch: number, n: number] };
}

/** Browser to kernel, on the ask model only. */
export type Ask = { id: string } & (
  | { op: "sync"; args: { runs: Wanted[] } }
  | {
      op: "series";
      args: { run: string; keys: string[]; lo: number; hi: number; buckets: number; mean?: boolean };
    }
  | { op: "blob"; args: { sha: string; px: number | null } }
  | { op: "cell"; args: { run: string; cell: number } }
  | { op: "resume"; args: { run: string } }
  | { op: "pack"; args: { name: string } }
  | { op: "table"; args: TableAsk }
  | { op: "details"; args: DetailsAsk }
  | { op: "project"; args: ProjectAsk }
  | { op: "watch"; args: { runs: string[] } }
  | { op: "cancel"; args: { of: string } }
);

export type Reply =
  | { id: string; ok: true; result: Json | RunDelta }
  | { id: string; ok: false; error: { type: string; message: string; hint?: string } };

/** Result of op "cell". `previous` is the execution of the same cell before it, in this run or an earlier one. */
export interface CellSource {
  source: string;
  count: number;
  time: number;
  previous: { source: string; count: number; time: number; run: string } | null;
}

/**
 * Result of op "series": the points with lo <= step <= hi at which all keys have a number; of too many the extremes of
 * each key in so many buckets, or with `mean` the means of these. Buffers as in SeriesChunk, `values` one for each key.
 */
export interface SeriesWindow {
  keys: string[];
  lo: number;
  hi: number;
  sampled: boolean;
  steps: number;
  values: number[];
}

/** Result of op "pack"; its only buffer is the library's source, compressed. */
export interface PackReply {
  mime: string;
  encoding: "gzip";
  /** Short hash of the source. */
  version: string;
}

/** Which table, and what of it; `shas` are its files in order. See nbtrack/panels/tables/answer.py. */
export interface TableAsk {
  run: string;
  shas: string[];
  what: "page" | "group" | "export" | "compare";
  filter?: string;
  search?: string;
  sort?: [column: string, way: "asc" | "desc"][];
  columns?: string[];
  offset?: number;
  limit?: number;
  full?: boolean;
  by?: string;
  format?: "csv" | "parquet";
  other?: { run: string; shas: string[] };
  key?: string | null;
  only?: "all" | "different" | "changed" | "left" | "right";
}

export interface TableColumn {
  name: string;
  kind: string;
  media?: string;
  key?: boolean;
}

/** Cells of lists, dicts, arrays and media are JSON as text; a long cell is {cut, length}. */
export interface TablePage {
  columns: TableColumn[];
  shown: string[];
  total: number;
  matched: number;
  offset: number;
  ids: number[];
  rows: Json[][];
  /** Of a saved page: how many of the first rows it holds. */
  held?: number;
}

/** `states`: 0 the same, 1 changed, 2 only left, 3 only right; `marks`: positions of the cells that differ. */
export interface TableComparison extends TablePage {
  other: Json[][];
  states: number[];
  marks: Json[][];
  counts: number[];
  differing: { [column: string]: number };
}

export interface TableGroup {
  value: Json;
  count: number;
  means: { [column: string]: Json };
  bars: { [column: string]: number[] };
}

export interface TableGroups {
  by: string;
  ranges: boolean;
  matched: number;
  groups: TableGroup[];
  others: number;
  bins: { [column: string]: number[] };
}

/** Why a filter cannot be understood, and where (characters from 0). */
export interface TableProblem {
  message: string;
  at: number;
  length: number;
}

/** What a run recorded beside its rows. */
export type DetailsAsk = { run: string } & (
  | { what: "about" }
  /** `since`: the `next` of the answer before. */
  | { what: "console"; since: number }
  | { what: "file"; name: string }
);

/** The repository that a run's program was in; `diff` is the text of what was not committed. */
export interface GitState {
  commit: string;
  branch: string;
  remote: string;
  dirty: boolean;
  diff: string;
  cut: boolean;
}

export interface SavedFile {
  name: string;
  size: number;
}

/** Answer to "about". Texts are empty where nothing is known; packages are "name==version". */
export interface About {
  program: string;
  notebook: string;
  python: string;
  platform: string;
  host: string;
  other: { [name: string]: Json };
  git: GitState | null;
  packages: string[];
  files: SavedFile[];
}

/** Answer to "console"; `cut` counts lines before these that were left out. */
export interface Console {
  lines: [time: number, stream: string, text: string][];
  next: number;
  cut: number;
}

/** Pushed by the kernel on the panel's own model. */
export type Push =
  | RunDelta
  | Deltas
  | { t: "gone"; reason: string }
  | { t: "notice"; level: "info" | "warning" | "error"; text: string };

/**
 * Body of an HTTP reply: u32 little-endian length of the JSON header, the header, padding with zeros to a
 * multiple of 8, then each buffer padded likewise. `header.buffers` holds the byte length of each.
 */
export interface PackedHeader {
  content: Json | RunDelta | Deltas;
  buffers: number[];
}
