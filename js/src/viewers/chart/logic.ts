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

/** Height of a chart that says none, in pixels; and of a line of its legend. */
const HEIGHT = 260;
const LEGEND_LINE = 20;
/** Rows up to which lines are looked at for single points. */
const FEW = 1_000;
/** Pixels of a letter, wide ones too, and the part of a chart's width that its plot has at least. */
const LETTER = 8;
const PLOT = 0.6;

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
  if (spec.height === undefined && !stepped(spec)) made.height = HEIGHT;
  return made;
}

/** Whether its rows are bars or fields of a named axis, each as high as its label needs. */
function stepped(spec: Spec): boolean {
  const encoding = spec.encoding as Record<string, Record<string, unknown>> | undefined;
  const y = encoding?.y;
  return y?.type === "nominal" || y?.type === "ordinal";
}

/** A line that is one point somewhere shows its points: a stroke has no length there. */
export function pointed(spec: Spec, rows: readonly Row[]): Spec {
  const mark = typeof spec.mark === "string" ? { type: spec.mark } : (spec.mark as Spec | undefined);
  if (mark?.type !== "line" || "point" in mark || rows.length > FEW) return spec;
  const { color } = (spec.encoding ?? {}) as Record<string, { field?: unknown }>;
  const field = typeof color?.field === "string" ? color.field.replaceAll("\\", "") : null;
  const counts = new Map<unknown, number>();
  for (const row of rows) {
    const line = field === null ? null : row[field];
    counts.set(line, (counts.get(line) ?? 0) + 1);
  }
  return [...counts.values()].includes(1) ? { ...spec, mark: { ...mark, point: { size: 30 } } } : spec;
}

/** Names below an axis lie flat where there is room; Vega-Lite turns all of them. */
export function flat(spec: Spec, rows: readonly Row[], width: number): Spec {
  const encoding = spec.encoding as Record<string, Spec> | undefined;
  const x = encoding?.x;
  if (!x || !isSingle(spec) || (x.type !== "nominal" && x.type !== "ordinal")) return spec;
  if (typeof x.field !== "string" || x.axis !== undefined || rows.length === 0) return spec;
  const field = x.field.replaceAll("\\", "");
  const names = [...new Set(rows.map((row) => String(row[field])))];
  const longest = names.reduce((most, name) => Math.max(most, name.length), 1);
  if (names.length * (longest * LETTER + 8) > width * PLOT) return spec;
  return { ...spec, encoding: { ...encoding, x: { ...x, axis: { labelAngle: 0 } } } };
}

export interface Look {
  ink: string;
  quiet: string;
  line: string;
  font: string;
  palette: readonly string[];
}

/** How charts look unless their specification says otherwise: as the panel around them, which is so many pixels wide. */
export function configOf(look: Look, width = 600, height = HEIGHT): Spec {
  const longest = Math.round(Math.min(320, Math.max(100, width / 4)));
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
    title: { ...title, anchor: "start", offset: 8, limit: width - 20 },
    axis: {
      ...named,
      ...weights,
      gridColor: look.line,
      domainColor: look.line,
      tickColor: look.line,
      labelLimit: longest,
      titleLimit: 220,
      maxExtent: longest + 40,
    },
    // these stand upright
    axisX: { labelLimit: Math.min(160, longest) },
    legend: {
      ...named,
      ...weights,
      symbolStrokeWidth: 2,
      symbolSize: 50,
      labelLimit: longest,
      titleLimit: longest,
      // the rest would lie below the picture; Vega says in their place how many there are
      symbolLimit: Math.max(3, Math.floor(height / LEGEND_LINE)),
    },
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
