// The project's document as the page reads it: what every path of it means. It is a tree of which each leaf was set by
// itself (the later write of a path wins), so two people who change different things never undo each other. What is
// listed in an order carries a key that sorts (fractional indexing), as an array could not be merged.

import type { Json } from "../../core/wire";

/** How a column of the runs table stands; absent: shown in its default place. */
export interface ColumnLook {
  /** Sorts as text among the columns. */
  order?: string;
  pinned?: boolean;
  hidden?: boolean;
  /** Pixels. */
  width?: number;
}

export interface RunLook {
  color?: string;
  /** Not drawn. */
  hidden?: boolean;
}

export type PanelKind =
  | "line"
  | "scatter"
  | "bar"
  | "scalar"
  | "histogram"
  | "parallel"
  | "importance"
  | "comparer"
  | "media"
  | "table"
  | "code"
  | "markdown"
  | "chart";

/** A panel that somebody added or moved. Panels of logged keys are made by themselves as "auto:<key>". */
export interface PanelDoc {
  kind?: PanelKind;
  section?: string;
  order?: string;
  title?: string;
  deleted?: boolean;
  /** What the kind needs: keys, axes, text. */
  config?: { [name: string]: Json };
  /** Places in the grid of a custom layout. */
  x?: number;
  y?: number;
  w?: number;
  h?: number;
}

export interface SectionDoc {
  /** Sections of a key's prefix are made by themselves as "auto:<prefix>". */
  name?: string;
  order?: string;
  open?: boolean;
  deleted?: boolean;
  layout?: "standard" | "custom";
  /** Of the standard layout. */
  columns?: number;
  rows?: number;
  height?: number;
}

/** As wandb-workspaces names them. */
export interface SettingsDoc {
  x_axis?: string;
  log_x?: boolean;
  log_y?: boolean;
  smoothing_type?: string;
  smoothing_weight?: number;
  ignore_outliers?: boolean;
  max_runs?: number;
  group_by_prefix?: "first" | "last";
  sort_panels_alphabetically?: boolean;
  remove_legends?: boolean;
  tooltip_number_of_runs?: string;
  section_order?: string;
}

/** One view: the runs table, the sidebar and the workspace share it. */
export interface ViewDoc {
  name?: string;
  /** "" or absent: shared by all. */
  owner?: string;
  created?: number;
  deleted?: boolean;
  query?: {
    search?: string;
    regex?: boolean;
    filter?: string;
    sort?: [field: string, descending: boolean][];
    group?: string[];
  };
  columns?: { [field: string]: ColumnLook };
  runs?: { [id: string]: RunLook };
  /** By the value(s) of a group, as JSON. */
  groups?: { [key: string]: RunLook };
  pinned_runs?: { [id: string]: string };
  baseline_run?: string;
  sections?: { [id: string]: SectionDoc };
  panels?: { [id: string]: PanelDoc };
  settings?: SettingsDoc;
}

export interface ProjectTree {
  project?: {
    description?: string;
    visibility?: string;
    starred?: boolean;
    deleted_at?: number;
    created?: number;
    owner?: string;
  };
  views?: { [id: string]: ViewDoc };
}
