// The kinds of panels: what draws each, and what its form asks for.

import type { ComponentType } from "preact";
import type { Json } from "../../../../core/wire";
import type { PanelKind } from "../../document";
import type { BodyProps } from "../work";
import { BarPanel } from "./bar";
import { HistogramPanel } from "./histogram";
import { ImportancePanel } from "./importance";
import { LinePanel } from "./line";
import { MarkdownPanel } from "./notes";
import { ParallelPanel } from "./parallel";
import { CodePanel, ComparerPanel, MediaPanel } from "./runs-panels";
import { OVERS, ScalarPanel } from "./scalar";
import { ScatterPanel } from "./scatter";

/** One question of a panel's form; `name` is where its config keeps the answer. */
export type FieldSpec = { name: string; label: string; hint?: string; optional?: boolean } & (
  | { type: "keys"; of: "number" | "media" }
  | { type: "field"; numeric: boolean }
  | { type: "fields" }
  | { type: "choice"; choices: readonly (readonly [value: string, label: string])[] }
  | { type: "switch" }
  /** Yes, no, or as the workspace has it. */
  | { type: "either" }
  | { type: "share" }
  | { type: "axis" }
  | { type: "count" }
  | { type: "text" }
);

export interface Kind {
  title: string;
  /** What it is good for, in a few words. */
  about: string;
  /** Of its sign, in a box of 16. */
  icon: string;
  body: ComponentType<BodyProps>;
  /** Takes two columns where panels are of one size. */
  wide?: boolean;
  form: readonly FieldSpec[];
  /** What a new one has that its form does not ask for. */
  starts?: { [name: string]: Json };
}

const LOG_X = { name: "log_x", label: "Logarithmic x axis", type: "switch" } as const;
const LOG_Y = { name: "log_y", label: "Logarithmic y axis", type: "switch" } as const;

/** Those that can be added, in the order of the menu. */
export const KINDS: { readonly [kind in PanelKind]?: Kind } = {
  line: {
    title: "Line plot",
    about: "one or several keys over steps or time",
    icon: "M2 13 6 7l3 3 5-7",
    body: LinePanel,
    form: [
      { name: "keys", label: "Keys", type: "keys", of: "number" },
      { name: "x", label: "X axis", type: "axis", optional: true },
      { ...LOG_X, type: "either", optional: true },
      { ...LOG_Y, type: "either", optional: true },
      { name: "smoothing", label: "Smoothing", type: "share", optional: true },
    ],
  },
  scatter: {
    title: "Scatter plot",
    about: "a point for each run",
    icon: "M3 12v.01M6 8v.01M8 11v.01M10 6v.01M13 4v.01M12.5 8v.01",
    body: ScatterPanel,
    form: [
      { name: "x", label: "X axis", type: "field", numeric: true },
      { name: "y", label: "Y axis", type: "field", numeric: true },
      { name: "color", label: "Color", type: "field", numeric: true, optional: true, hint: "as the runs" },
      LOG_X,
      LOG_Y,
    ],
  },
  bar: {
    title: "Bar chart",
    about: "a bar for each run or group",
    icon: "M3 4h9M3 8h5M3 12h7",
    body: BarPanel,
    form: [
      { name: "field", label: "Value", type: "field", numeric: true },
      {
        name: "sort",
        label: "Order",
        type: "choice",
        choices: [
          ["", "as the runs"],
          ["descending", "largest first"],
          ["ascending", "smallest first"],
        ],
      },
    ],
  },
  scalar: {
    title: "Scalar",
    about: "one large number, and how far it is from the baseline",
    icon: "M5 5l2-1.5V12M10 12h2.5M4.5 12h5",
    body: ScalarPanel,
    form: [
      { name: "field", label: "Value", type: "field", numeric: true },
      { name: "over", label: "Of the runs", type: "choice", choices: OVERS },
    ],
  },
  histogram: {
    title: "Histogram over runs",
    about: "how one value is spread",
    icon: "M3 13V9M6.5 13V4M10 13V6.5M13 13v-3",
    body: HistogramPanel,
    form: [
      { name: "field", label: "Value", type: "field", numeric: true },
      { name: "bins", label: "Bars", type: "count", optional: true, hint: "as many as fit" },
    ],
  },
  parallel: {
    title: "Parallel coordinates",
    about: "settings and results of all runs",
    icon: "M3 3v10M8 3v10M13 3v10M3 11l5-6 5 5",
    body: ParallelPanel,
    wide: true,
    form: [
      { name: "fields", label: "Columns, from left to right", type: "fields" },
      {
        name: "color",
        label: "Color",
        type: "choice",
        choices: [
          ["", "by the last column"],
          ["run", "as the runs"],
        ],
      },
    ],
  },
  importance: {
    title: "Parameter importance",
    about: "which settings matter for a result",
    icon: "M3 4h10M3 8h6M3 12h3",
    body: ImportancePanel,
    form: [{ name: "metric", label: "Result", type: "field", numeric: true }],
  },
  comparer: {
    title: "Run comparer",
    about: "config and summary side by side",
    icon: "M2.5 3.5h11v9h-11zM8 3.5v9M2.5 6.5h11",
    body: ComparerPanel,
    wide: true,
    form: [],
  },
  code: {
    title: "Code and packages",
    about: "commits, changes and versions in which the runs differ",
    icon: "M5.5 4 2 8l3.5 4M10.5 4 14 8l-3.5 4",
    body: CodePanel,
    wide: true,
    form: [],
  },
  markdown: {
    title: "Note",
    about: "text in Markdown",
    icon: "M3 4h10M3 7h10M3 10h7M3 13h5",
    body: MarkdownPanel,
    form: [{ name: "text", label: "Text", type: "text", optional: true }],
  },
  media: {
    title: "Media",
    about: "pictures, sounds, tables and charts by step",
    icon: "M2.5 3.5h11v9h-11zM5.5 6.5v.01M3 11.5l3.5-3 2 1.5 2.5-3 2.5 3",
    body: MediaPanel,
    wide: true,
    form: [{ name: "keys", label: "Keys", type: "keys", of: "media" }],
  },
};

/** Whether a form is filled in so far that there is something to draw. */
export function isFilled(kind: Kind, config: { [name: string]: Json }): boolean {
  return kind.form.every(({ name, type, optional }) => {
    if (optional || type === "switch" || type === "choice") return true;
    const value = config[name];
    if (type === "fields") return Array.isArray(value) && value.length > 1;
    if (type === "keys") return Array.isArray(value) && value.length > 0;
    return typeof value === "string" ? value !== "" : value !== undefined;
  });
}
