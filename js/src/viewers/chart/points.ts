// Scatter plots of many points: one picture of all of them, where Vega would make a mark of each row.
//
// A mark costs Vega some microseconds and a few hundred bytes, at every zoom anew. Marks of which only the place and
// the color differ are taken out of the compiled specification; an image takes their place, which an expression
// function paints from the same rows and the same scales. All else stays Vega's.

import { expressionFunction, field, type View } from "vega";
import type { Row, Spec } from "./logic";
import { painting, reach, type Symbols } from "./stamps";

/** From so many rows on, points are painted as one picture. */
export const MANY = 5_000;

interface Axis {
  scale: string;
  field: string;
}
/** A channel of Vega's: the same for all rows, or a column on a scale. */
type Channel = Axis | { value: unknown };

/** Points that can be painted: marks of Vega's that differ in place and color only. */
interface Points extends Symbols {
  data: string;
  x: Axis;
  y: Axis;
  fill: Channel;
  stroke: Channel;
}

const FUNCTION = "nbtrackPoints";
/** Pixels of the screen, or of a file, in one of CSS: a signal, so that a file is painted finer. */
export const PIXELS = "nbtrackPixels";
const USUAL: Symbols = {
  size: 64,
  shape: "circle",
  opacity: 1,
  fillOpacity: 1,
  strokeOpacity: 1,
  strokeWidth: 1,
};

const isAxis = (one: unknown): one is Axis => hasOnly(one, "field", "scale");
const isConstant = (one: unknown): one is { value: unknown } => hasOnly(one, "value");

function hasOnly(one: unknown, ...names: string[]): boolean {
  if (typeof one !== "object" || one === null) return false;
  const held = one as Record<string, unknown>;
  return (
    Object.keys(held).sort().join() === names.join() &&
    names.every((name) => name === "value" || typeof held[name] === "string")
  );
}

const dataOf = (mark: Spec): unknown => (mark.from as { data?: unknown } | undefined)?.data;

/** What a mark of a compiled specification draws, if it can be painted. */
function pointsOf(mark: Spec): Points | null {
  const encode = (mark.encode ?? {}) as Record<string, Record<string, unknown>>;
  const data = dataOf(mark);
  const more = ["transform", "sort", "key", "on"].some((name) => mark[name] !== undefined);
  if (mark.type !== "symbol" || more || typeof data !== "string") return null;
  if (!encode.update || Object.keys(encode).length > 1) return null;
  const { x, y, fill = { value: null }, stroke = { value: null }, ...rest } = encode.update;
  const isColor = (one: unknown): one is Channel => isAxis(one) || isConstant(one);
  if (!isAxis(x) || !isAxis(y) || !isColor(fill) || !isColor(stroke)) return null;
  const symbols: Record<string, unknown> = { ...USUAL };
  for (const [name, one] of Object.entries(rest)) {
    if (!(name in USUAL) || !isConstant(one)) return null;
    symbols[name] = one.value;
  }
  return { data, x, y, fill, stroke, ...(symbols as unknown as Symbols) };
}

/** A compiled specification with pictures for its points. What is clicked on, or drawn from, has to stay a mark. */
export function pictured(vega: Spec): Spec {
  const marks = (vega.marks ?? []) as Spec[];
  if (/\bitem\(\)|\bevent\.item\b/.test(JSON.stringify(vega.signals ?? []))) return vega;
  const drawnFrom = new Set(marks.map(dataOf));
  const made = marks.map((mark, i) => {
    const points = drawnFrom.has(mark.name) ? null : pointsOf(mark);
    return points ? pictureOf(mark, points, i) : mark;
  });
  const signal = { name: PIXELS, value: globalThis.devicePixelRatio || 1 };
  return { ...vega, signals: [...((vega.signals ?? []) as Spec[]), signal], marks: made };
}

function pictureOf(mark: Spec, points: Points, index: number): Spec {
  const { from: _, ...rest } = mark;
  const scales = [points.x, points.y, points.fill, points.stroke].filter(isAxis).map((one) => one.scale);
  // the function looks scales up by name: named here, Vega calls it again when one changes
  const watched = [...new Set(scales)]
    .map((name) => JSON.stringify(name))
    .map((s) => `domain(${s}),range(${s})`);
  const data = `data(${JSON.stringify(points.data)})`;
  const image = `${FUNCTION}(${data},${index},${JSON.stringify(points)},width,height,${PIXELS},[${watched}])`;
  const edge = `(2*ceil(${reach(points)}*${PIXELS}))`;
  const length = (side: string) => ({ signal: `(ceil(${side}*${PIXELS})+2*${edge})/${PIXELS}` });
  const corner = { signal: `-${edge}/${PIXELS}` };
  const update = { x: corner, y: corner, width: length("width"), height: length("height") };
  return {
    ...rest,
    type: "image",
    interactive: false, // what lies under it can be pointed at
    encode: { update: { ...update, image: { signal: image }, smooth: { value: false } } },
  };
}

/** What was painted: where each row is, to be found under the pointer. */
interface Painted {
  rows: readonly Row[];
  x: Float32Array;
  y: Float32Array;
  near: number;
}
const paintings = new WeakMap<View, Map<number, Painted>>();

/** The row that is painted next to a place of the plot, if there is one under the pointer. */
export function rowAt(view: View, x: number, y: number): Row | null {
  for (const painted of [...(paintings.get(view)?.values() ?? [])].reverse()) {
    let best = -1;
    let least = painted.near ** 2;
    for (let i = 0; i < painted.x.length; i++) {
      const far = ((painted.x[i] as number) - x) ** 2 + ((painted.y[i] as number) - y) ** 2;
      if (far <= least) {
        best = i;
        least = far;
      }
    }
    if (best >= 0) return painted.rows[best] as Row;
  }
  return null;
}

function paint(
  this: { context: { dataflow: View } },
  rows: readonly Row[],
  index: number,
  points: Points,
  width: number,
  height: number,
  pixels: number,
): HTMLCanvasElement {
  const view = this.context.dataflow;
  function on<T>(axis: Axis): (row: Row) => T {
    const scale = view.scale(axis.scale) as (value: unknown) => T;
    const cell = field(axis.field);
    return (row) => scale(cell(row));
  }
  const color = (one: Channel): string | ((row: Row) => string) =>
    isAxis(one) ? on<string>(one) : String(one.value ?? "transparent");
  const x = Float32Array.from(rows, on<number>(points.x));
  const y = Float32Array.from(rows, on<number>(points.y));
  const near = Math.max(3, Math.sqrt(points.size) / 2 + 1);
  const painted = paintings.get(view) ?? new Map<number, Painted>();
  paintings.set(view, painted.set(index, { rows, x, y, near }));
  const [fill, stroke] = [color(points.fill), color(points.stroke)];
  const colors = (i: number): [string, string] => {
    const row = rows[i] as Row;
    return [typeof fill === "string" ? fill : fill(row), typeof stroke === "string" ? stroke : stroke(row)];
  };
  const same = typeof fill === "string" && typeof stroke === "string";
  return painting(points, { x, y, colors: same ? [fill, stroke] : colors }, { width, height, pixels });
}

/** Make the function known to Vega; once a page. */
export function teach(): void {
  expressionFunction(FUNCTION, paint);
}
