// A chart as a picture of a row's height: its marks alone. Axes, titles and legends would not fit.

import { positive } from "./faults";
import { type Chart, DATA, isSingle, isVega, type Look, rowsOf, type Spec } from "./logic";
import { compiled, type Library, listen, reads, viewOf } from "./vega-view";

export interface Size {
  width: number;
  height: number;
}

/** A miniature is drawn so many times as large as it is shown: lines and points come out as thin as it is small. */
const REDUCED = 2;
/** Rows that are drawn; more are taken evenly: each takes Vega some microseconds, in which the page stands still. */
const MOST_ROWS = 5_000;
/** Groups of marks that hold the names of facets. */
const NAMING = /-(title|header|footer)$/;

/** Draw a chart into a canvas of this size, in pixels. Rejects with what Vega says. */
export async function miniature(
  library: Library,
  chart: Chart,
  look: Look,
  size: Size,
): Promise<HTMLCanvasElement> {
  const spec = positive(shortened(chart.spec));
  const said = listen(library);
  const place = { width: size.width * REDUCED, height: size.height * REDUCED };
  const vega = bare(compiled(library, filling(spec, place), look, said));
  const view = viewOf(library, vega, isVega(spec) ? look : null, said, { renderer: "none", hover: false });
  try {
    if (reads(vega, DATA)) view.data(DATA, few(rowsOf(chart)));
    await view.runAsync();
    if (said.error) throw new Error(said.error);
    const drawn = (await view.toCanvas(1)) as unknown as HTMLCanvasElement;
    return reduced(drawn, size);
  } finally {
    view.finalize(); // its timers too
  }
}

function few<T>(rows: readonly T[]): T[] {
  const stride = Math.ceil(rows.length / MOST_ROWS);
  return rows.filter((_, i) => i % stride === 0);
}

/** A specification whose own data sets, as altair writes them, are no longer than is drawn. */
function shortened(spec: Spec): Spec {
  if (typeof spec.datasets !== "object" || spec.datasets === null) return spec;
  const sets = Object.entries(spec.datasets).map(([name, rows]) => [
    name,
    Array.isArray(rows) ? few(rows) : rows,
  ]);
  return { ...spec, datasets: Object.fromEntries(sets) };
}

/** A single chart without a size of its own takes that of its place; others keep their proportions. */
export function filling(spec: Spec, place: Size): Spec {
  if (!isSingle(spec) || [spec.width, spec.height].some(Number.isFinite)) return spec;
  return { ...spec, ...place, autosize: { type: "fit", contains: "padding" } };
}

/** A specification in Vega's terms without what says in words what the marks are. */
export function bare(vega: Spec): Spec {
  const { title: _title, axes: _axes, legends: _legends, ...rest } = vega;
  if (!Array.isArray(vega.marks)) return rest;
  const marks = (vega.marks as Spec[]).filter((mark) => !NAMING.test(String(mark.role ?? "")));
  return { ...rest, marks: marks.map((mark) => (mark.type === "group" ? bare(mark) : mark)) };
}

/** A drawing in the middle of a smaller canvas. */
function reduced(drawn: HTMLCanvasElement, { width, height }: Size): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  const pixels = globalThis.devicePixelRatio || 1;
  canvas.width = Math.round(width * pixels);
  canvas.height = Math.round(height * pixels);
  const context = canvas.getContext("2d");
  const scale = Math.min(canvas.width / drawn.width, canvas.height / drawn.height);
  if (!context || !Number.isFinite(scale)) return canvas; // nothing was drawn: a canvas without pixels
  const [wide, high] = [drawn.width * scale, drawn.height * scale];
  context.imageSmoothingQuality = "high";
  context.drawImage(drawn, (canvas.width - wide) / 2, (canvas.height - high) / 2, wide, high);
  return canvas;
}
