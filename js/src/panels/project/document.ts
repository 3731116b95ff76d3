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
  /** Its heading, instead of the key. */
  title?: string;
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
  /**
   * What the kind needs. "Key": of what was logged; "field": a column of the runs, "config.lr". In Python
   * (nbtrack/workspaces/panels.py) these are the arguments of W&B's panels; arguments that are not named here stand
   * under their own names (range_x, title_y, legend_position, ...), and the page leaves them as they are.
   *
   * line: keys: key[], x: "Step" or another axis, log_x, log_y, smoothing: 0 to 0.999
   * scatter: x, y, color: field, log_x, log_y
   * bar: field, sort: "ascending" | "descending"; fields: field[] where Python gave several
   * scalar: field, over: "first" | "min" | "max" | "mean" | "median"
   * histogram: field, bins
   * parallel: fields: field[], log, flip: field[] of these, names: {field: heading}, color: "run"
   * importance: metric: field · comparer: diff_only · media: keys: key[], num_columns, mode, gallery_axis, ...
   * code: diff: "split" | "unified" · markdown: text
   * chart: chart_name, chart_fields, chart_strings, query
   */
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
  /** Of Python: such sections got an order before the others. */
  pinned?: boolean;
  /** Of Python: how the curves of this section are drawn, where that differs from the view. */
  settings?: SettingsDoc;
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
  tooltip_color_run_names?: boolean;
  point_visualization_method?: string;
  x_min?: number;
  x_max?: number;
  panel_search_query?: string;
  auto_expand_panel_search_results?: boolean;
  /** False: only panels that somebody added, none for each logged key. */
  auto_generate_panels?: boolean;
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
