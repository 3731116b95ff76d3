// What a project page asks and is told (op "project", or POST .../project on the server). The Python mirror is
// nbtrack/panels/project/wire.py. Fields of runs are named as in the catalogue: "run.name", "tags", "config.lr",
// "summary.val/loss". Times are unix seconds, durations seconds.

import type { Json, RunState } from "../../core/wire";

export interface ProjectName {
  /** "" for none. */
  entity: string;
  project: string;
}

/** Which runs, in which order. */
export interface RunsQuery {
  /** Part of the name or the id, in any case; a regular expression with `regex`. */
  search?: string;
  regex?: boolean;
  /** See nbtrack/query/expression.py. */
  filter?: string;
  sort?: [field: string, descending: boolean][];
  /** Only runs of these groups: a field and its value, null where runs have none. */
  within?: [field: string, value: Json][];
  /** Deleted runs, and no others. */
  deleted?: boolean;
}

/** Runs that something is done with: by their ids, or all that a query finds. */
export type Chosen = { runs: string[] } | { query: RunsQuery };

export type Act =
  | { act: "tag" | "untag"; tags: string[] }
  | { act: "group"; group: string }
  | { act: "rename"; name: string }
  | { act: "notes"; notes: string }
  | { act: "delete" | "undelete" | "stop" };

/** One change of the project's document; the later one of a path wins. */
export interface Edit {
  op: "set" | "del";
  path: string[];
  value?: Json;
}

export type ProjectAsk = ProjectName &
  (
    | { what: "overview" }
    | { what: "columns" }
    | { what: "page"; query: RunsQuery; fields: string[]; offset: number; limit: number }
    | { what: "ids"; query: RunsQuery; limit: number }
    | { what: "groups"; query: RunsQuery; by: string[]; fields: string[] }
    | { what: "importance"; query: RunsQuery; metric: string; fields?: string[] }
    | { what: "values"; column: string; limit?: number }
    | { what: "check"; filter: string }
    | ({ what: "act" } & Chosen & Act)
    | { what: "export"; query: RunsQuery; fields: string[]; format: "csv" | "parquet" }
    | { what: "document" }
    | { what: "edit"; edits: Edit[] }
    | { what: "rename"; name: string }
    | { what: "projects" }
  );

/** Of every answer about runs: the same text as long as no run changed. */
export interface Revised {
  revision: string;
}

/** The filter or the regular expression cannot be understood; characters from 0. */
export interface Problem {
  problem: {
    in: "filter" | "search";
    message: string;
    at: number;
    length: number;
    /** What may have been meant, as it is typed. */
    suggestions: string[];
  };
}

export interface RunRow {
  id: string;
  name: string;
  state: RunState;
  created: number;
  heartbeat: number;
  finished: number | null;
  duration: number;
  step: number;
  tags: string[];
  group: string;
  jobType: string;
  notes: string;
  user: string;
  host: string;
  deleted: boolean;
  /**
   * In the order of the asked fields; null where a run has none. A long text is {cut, length}, a medium {_type}; tags
   * are a list, other lists and dicts their JSON.
   */
  values: Json[];
}

/** Answer to "page". `total`: runs of the project; `matched`: those that the query finds. */
export interface RunsPage extends Revised {
  total: number;
  matched: number;
  offset: number;
  rows: RunRow[];
}

/** Answer to "ids": of the first runs that match. */
export interface RunIds extends Revised {
  total: number;
  matched: number;
  ids: string[];
  /** While many runs are read for the first time: how many were, of how many. Answers know only those. */
  indexing?: [done: number, of: number];
}

export interface Column {
  field: string;
  /** As it is typed in filters. */
  name: string;
  /** As it stands in a heading: without its section. */
  label: string;
  section: "run" | "config" | "summary";
  kind: "number" | "text" | "mixed" | "other" | "time" | "tags";
  /** Runs that have it. */
  count: number;
}

/** Answer to "columns", those of runs first, then config, then summary, sorted. */
export interface Columns extends Revised {
  columns: Column[];
}

/** Numbers of one field over the runs of a group. `bars`: runs in each of as many equal parts of [lo, hi]. */
export interface Numbers {
  n: number;
  mean: number;
  min: number;
  max: number;
  bars: number[];
}

export interface Group {
  /** One value for each field that is grouped by; null where runs have none, tags joined by ", ", lists as JSON. */
  key: Json[];
  count: number;
  /** By field: of numbers what is above, of texts the most frequent and how many runs have each. */
  fields: { [field: string]: Numbers | { n: number; values: [Json, number][] } };
}

/** Answer to "groups", in the order of the query's sorting, else largest first. */
export interface Groups extends Revised {
  total: number;
  matched: number;
  groups: Group[];
  /** Groups that were left out. */
  others: number;
  /** By field: what the bars of all groups span. */
  spans: { [field: string]: [lo: number, hi: number] };
}

/** A setting: its share of the importance in a random forest, and its correlation where it is a number. */
export interface ImportanceRow {
  field: string;
  importance: number;
  correlation: number | null;
}

/** Answer to "importance", what matters most first; `why` says why nothing can be said. */
export interface Importance extends Revised {
  metric: string;
  runs: number;
  rows: ImportanceRow[];
  why: string;
}

/** Answer to "values": the most frequent values of a column, as JSON, and how many runs have each. */
export interface Values {
  values: [value: Json, count: number][];
}

/** Answer to "act". */
export interface Acted {
  done: number;
  /** Sentences about runs that it could not be done with. */
  failed: string[];
}

export interface Overview extends Revised {
  description: string;
  visibility: string;
  starred: boolean;
  deleted: boolean;
  created: number | null;
  lastActive: number | null;
  owner: string;
  contributors: string[];
  runs: number;
  running: number;
  deletedRuns: number;
  /** Seconds of all runs together. */
  compute: number;
}

/** Answer to "document", "edit": everything that was set in the page. `version` grows with each change of it. */
export interface Document {
  version: string;
  tree: { [key: string]: Json };
  /** Who asks, as far as is known: the owner of personal views. */
  user?: string;
}

/** Answer to "projects", the last active first. */
export interface Projects {
  projects: (ProjectName & {
    runs: number;
    lastActive: number | null;
    description: string;
    starred: boolean;
    deleted: boolean;
  })[];
}
