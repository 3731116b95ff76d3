// Charts as they are stored (nbtrack/media/chart.py), made into what Vega draws.

/** A specification: too wide a thing to be typed here; Vega says what is wrong with it. */
export type Spec = Record<string, unknown>;

export interface Chart {
  spec: Spec;
  /** Cells of each column; times are ISO 8601, what is missing is null. */
  columns: Record<string, unknown[]>;
  /** Rows that are here, of so many that the table has. */
  rows: number;
  of: number;
  /** What was done to draw them. */
  note?: string;
  /** Whether its column `_count` says how many rows of the table each row stands for; else each is one. */
  counted?: boolean;
}

export type Row = Record<string, unknown>;

/** The name of the data set in which a specification finds the table. */
export const DATA = "wandb";

export function readChart(text: string): Chart {
  return JSON.parse(text) as Chart;
}

/**
 * Rows as Vega takes them. `_row` is their order, `_count` how many rows of the table each stands for; `_run` says
 * whose they are, where there are several.
 */
export function rowsOf(chart: Chart, run?: string): Row[] {
  const names = Object.keys(chart.columns);
  return Array.from({ length: chart.rows }, (_, i) => {
    const row: Row = { _row: i };
    if (run !== undefined) row._run = run;
    for (const name of names) row[name] = chart.columns[name]?.[i] ?? null;
    if (!chart.counted) row._count = 1;
    return row;
  });
}

/** Vega's own specifications have marks, or name Vega's schema. */
export function isVega(spec: Spec): boolean {
  const schema = String(spec.$schema ?? "");
  return Array.isArray(spec.marks) || /\/schema\/vega\//.test(schema);
}

function overlayOf(spec: Spec): Record<string, unknown> | null {
  const meta = spec.usermeta;
  const overlay = meta && typeof meta === "object" ? (meta as Record<string, unknown>).overlay : null;
  return overlay && typeof overlay === "object" ? (overlay as Record<string, unknown>) : null;
}

/** Whether charts of several runs can be drawn over each other: they are of one preset, which says how. */
export function canOverlay(charts: readonly Chart[]): boolean {
  const first = charts[0];
  if (charts.length < 2 || !first || !overlayOf(first.spec)) return false;
  const spec = JSON.stringify(first.spec);
  return charts.every((chart) => JSON.stringify(chart.spec) === spec);
}

/** The specification in which several runs lie over each other, each in its color. */
export function overlaid(spec: Spec, runs: readonly { label: string; color: string }[]): Spec {
  const scale = { domain: runs.map((run) => run.label), range: runs.map((run) => run.color) };
  const channels = Object.entries(overlayOf(spec) ?? {}).map(([channel, given]) => {
    const definition = given as Record<string, unknown>;
    return [
      channel,
      channel === "color" && definition.field === "_run" ? { ...definition, scale } : definition,
    ];
  });
  const encoding = (spec.encoding ?? {}) as Record<string, unknown>;
  return { ...spec, encoding: { ...encoding, ...Object.fromEntries(channels) } };
}

/** Whether a specification is one chart of Vega-Lite's, not several beside each other. */
export function isSingle(spec: Spec): boolean {
  if (isVega(spec) || (spec.mark === undefined && !Array.isArray(spec.layer))) return false;
  const encoding = (spec.encoding ?? {}) as Record<string, unknown>;
  return !["row", "column", "facet"].some((channel) => channel in encoding);
}

/** A single chart without a size of its own takes the width of its place; its height when nothing else says it. */
export function sized(spec: Spec, width: number): Spec {
  if (!isSingle(spec) || (spec.width !== undefined && spec.width !== "container")) return spec;
  const autosize = spec.autosize ?? { type: "fit-x", contains: "padding", resize: true };
  const made: Spec = { ...spec, width, autosize };
  if (spec.height === undefined && !stepped(spec)) made.height = 260;
  return made;
}

/** Whether its rows are bars or fields of a named axis, each as high as its label needs. */
function stepped(spec: Spec): boolean {
  const encoding = spec.encoding as Record<string, Record<string, unknown>> | undefined;
  const y = encoding?.y;
  return y?.type === "nominal" || y?.type === "ordinal";
}

export interface Look {
  ink: string;
  quiet: string;
  line: string;
  font: string;
  palette: readonly string[];
}

/** How charts look unless their specification says otherwise: as the panel around them. */
export function configOf(look: Look): Spec {
  const title = {
    color: look.ink,
    font: look.font,
    fontSize: 13,
    fontWeight: 600,
    subtitleColor: look.quiet,
  };
  const named = { labelColor: look.quiet, titleColor: look.ink, labelFont: look.font, titleFont: look.font };
  const weights = { titleFontWeight: 500, labelFontSize: 11, titleFontSize: 12 };
  return {
    background: "transparent",
    // A description of each mark is an expression of each mark: of 100,000 points it is most of the work.
    aria: false,
    font: look.font,
    padding: 4,
    title: { ...title, anchor: "start", offset: 8, limit: 600 },
    axis: {
      ...named,
      ...weights,
      gridColor: look.line,
      domainColor: look.line,
      tickColor: look.line,
      labelLimit: 160,
      titleLimit: 220,
    },
    legend: { ...named, ...weights, symbolStrokeWidth: 2, labelLimit: 200, titleLimit: 200 },
    header: { labelColor: look.quiet, titleColor: look.ink },
    view: { stroke: "transparent" },
    text: { color: look.ink },
    rule: { color: look.quiet },
    range: { category: [...look.palette] },
    mark: { color: look.palette[0] },
    line: { strokeWidth: 1.8 },
  };
}

/** What the pointer is over, as lines of text. Whatever a table holds is text, never markup. */
export function tipOf(value: unknown): [string, string][] {
  if (value === null || value === undefined || value === "") return [];
  if (typeof value !== "object") return [["", String(value)]];
  return Object.entries(value as Record<string, unknown>)
    .filter(([name]) => !(name.startsWith("_") && name !== "_run"))
    .slice(0, 20)
    .map(([name, cell]) => [name === "_run" ? "run" : name, said(cell)]);
}

function said(cell: unknown): string {
  const text = typeof cell === "object" && cell !== null ? JSON.stringify(cell) : String(cell);
  return text.length > 120 ? `${text.slice(0, 119)}…` : text;
}
