// A figure, or a chart of a preset, as a few lines, points and bars: what is seen of it in a row's height. No library is
// loaded for it.

import { colorOf } from "../../core/palette";
import type { MediaCell } from "./logic";

export interface Mark {
  kind: "line" | "points" | "bars";
  x: number[];
  y: number[];
  color: string;
}

/** A path of an SVG; `fill`: an area, else a line. */
export interface Shape {
  d: string;
  fill: boolean;
  color: string;
  /** Of its pen. */
  width: number;
}

type Json = { [key: string]: unknown };

const MOST_MARKS = 10;
/** Points of a mark; a row is some sixty pixels high. */
const MOST_POINTS = 240;
const BINS = 20;
const SAFE_COLOR = /^(#[0-9a-f]{3,8}|rgba?\([\d.,\s%]+\)|[a-z]{3,20})$/i;

const ARRAYS: { [dtype: string]: new (buffer: ArrayBuffer) => ArrayLike<number> } = {
  f8: Float64Array,
  f4: Float32Array,
  i4: Int32Array,
  u4: Uint32Array,
  i2: Int16Array,
  u2: Uint16Array,
  i1: Int8Array,
  u1: Uint8Array,
};

/** What a medium of a cell draws; null when it is not made of lines, points and bars that are known. */
export function sketchOf(cell: MediaCell, text: string): Mark[] | null {
  const file = JSON.parse(text) as Json;
  const marks = cell.kind === "plotly-file" ? figureMarks(file) : chartMarks(file, cell.meta);
  const seen = marks.filter(({ y }) => y.some(Number.isFinite)).slice(0, MOST_MARKS);
  return seen.length > 0 ? seen : null;
}

function figureMarks({ data, layout }: Json): Mark[] {
  if (!Array.isArray(data)) return [];
  return (data as Json[]).flatMap((trace, i): Mark[] => {
    const kind = String(trace.type ?? "scatter");
    const across = axisOf(layout, trace.xaxis, "xaxis");
    const along = axisOf(layout, trace.yaxis, "yaxis");
    if (/^scatter(gl)?$/.test(kind)) {
      const y = scaled(numbers(trace.y), along);
      const lines = String(trace.mode ?? "lines").includes("lines");
      const color = own((trace[lines ? "line" : "marker"] as Json)?.color) ?? colorOf(i);
      return [{ kind: lines ? "line" : "points", x: scaled(numbers(trace.x, y.length), across), y, color }];
    }
    if (kind === "bar" && trace.orientation !== "h") {
      const y = numbers(trace.y);
      return [
        {
          kind: "bars",
          x: numbers(trace.x, y.length),
          y,
          color: own((trace.marker as Json)?.color) ?? colorOf(i),
        },
      ];
    }
    if (kind === "histogram" && trace.x !== undefined) return [histogram(numbers(trace.x), colorOf(i))];
    return [];
  });
}

/** Charts of presets, by the columns that fill the presets' holes. */
function chartMarks(file: Json, meta: MediaCell["meta"]): Mark[] {
  const name = /^wandb\/([^/]+)/.exec(String(meta.spec_name ?? ""))?.[1] ?? "";
  const fields = (meta.fields ?? {}) as { [hole: string]: string };
  const columns = (file.columns ?? {}) as { [name: string]: unknown };
  const column = (hole: string): unknown => columns[fields[hole] ?? ""];
  if (name === "histogram") {
    const counts = file.counted ? numbers(columns._count) : null;
    return [histogram(numbers(column("value")), colorOf(0), counts)];
  }
  if (name === "bar") {
    const y = numbers(column("value"));
    return [{ kind: "bars", x: y.map((_, i) => i), y, color: colorOf(0) }];
  }
  const [x, y, series] =
    name === "lineseries"
      ? ["step", "lineVal", "lineKey"]
      : ["x", "y", name === "area-under-curve" ? "class" : "stroke"];
  const ys = numbers(column(y as string));
  const xs = numbers(column(x as string), ys.length);
  if (name === "scatter") return [{ kind: "points", x: xs, y: ys, color: colorOf(0) }];
  if (!/^(line|lineseries|area-under-curve)$/.test(name)) return [];
  const names = column(series as string);
  const groups = new Map<unknown, Mark>();
  ys.forEach((value, i) => {
    const group = Array.isArray(names) ? names[i] : null;
    const mark = groups.get(group) ?? { kind: "line", x: [], y: [], color: colorOf(groups.size) };
    groups.set(group, mark);
    mark.x.push(xs[i] as number);
    mark.y.push(value);
  });
  return [...groups.values()];
}

function axisOf(layout: unknown, name: unknown, plain: string): Json {
  const number = /\d+$/.exec(String(name ?? ""))?.[0] ?? "";
  return ((layout as Json | undefined)?.[plain + number] ?? {}) as Json;
}

function scaled(values: number[], axis: Json): number[] {
  return axis.type === "log" ? values.map((value) => (value > 0 ? Math.log10(value) : Number.NaN)) : values;
}

/** Coordinates, plotly's packed ones too. What is no number (a date, a name) counts by its place. */
function numbers(values: unknown, count = 0): number[] {
  if (typeof values === "object" && values !== null && "bdata" in values) {
    const { dtype, bdata } = values as { dtype: string; bdata: string };
    const Kind = ARRAYS[dtype];
    return Kind ? Array.from(new Kind(Uint8Array.from(atob(bdata), (c) => c.charCodeAt(0)).buffer)) : [];
  }
  if (!Array.isArray(values)) return Array.from({ length: count }, (_, i) => i);
  return values.some((value) => typeof value === "string")
    ? values.map((_, i) => i)
    : values.map((value) => (typeof value === "number" ? value : Number.NaN));
}

/** `counts` says how often each value is there; else once. */
function histogram(values: number[], color: string, counts: number[] | null = null): Mark {
  const finite = values.filter(Number.isFinite);
  const [low, high] = [least(finite), most(finite)];
  const y = new Array<number>(BINS).fill(0);
  values.forEach((value, i) => {
    if (!Number.isFinite(value)) return;
    const bin = Math.min(BINS - 1, Math.floor(((value - low) / (high - low || 1)) * BINS));
    y[bin] = (y[bin] as number) + (counts?.[i] ?? 1);
  });
  return { kind: "bars", x: y.map((_, i) => i), y, color };
}

function own(color: unknown): string | null {
  return typeof color === "string" && SAFE_COLOR.test(color) ? color : null;
}

const least = (values: readonly number[]): number => values.reduce((a, b) => Math.min(a, b), Infinity);
const most = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b), -Infinity);

/** Marks in a box of so many pixels, over common axes. */
export function shapesOf(marks: readonly Mark[], width: number, height: number): Shape[] {
  const bars = marks.some(({ kind }) => kind === "bars");
  const xs = marks.flatMap(({ x }) => x.filter(Number.isFinite));
  const ys = marks.flatMap(({ y }) => y.filter(Number.isFinite)).concat(bars ? 0 : []);
  const pad = bars ? 0.5 : 0;
  const [left, right] = [least(xs) - pad, most(xs) + pad];
  const [low, high] = [least(ys), most(ys)];
  const at = (value: number): string => (((value - left) / (right - left || 1)) * (width - 4) + 2).toFixed(1);
  const up = (value: number): string =>
    (height - 2 - ((value - low) / (high - low || 1)) * (height - 4)).toFixed(1);
  return marks.map(({ kind, x, y, color }) => {
    const stride = Math.max(1, Math.ceil(y.length / MOST_POINTS));
    const half = ((width - 4) / (right - left || 1)) * 0.4;
    let d = "";
    let pen = false;
    for (let i = 0; i < y.length; i += stride) {
      const [a, b] = [x[i] as number, y[i] as number];
      if (!Number.isFinite(a) || !Number.isFinite(b)) {
        pen = false;
      } else if (kind === "line") {
        d += `${pen ? "L" : "M"}${at(a)} ${up(b)}`;
        pen = true;
      } else if (kind === "points") d += `M${at(a)} ${up(b)}h0`;
      else d += `M${(Number(at(a)) - half).toFixed(1)} ${up(0)}V${up(b)}h${(2 * half).toFixed(1)}V${up(0)}z`;
    }
    return { d, fill: kind === "bars", color, width: kind === "points" ? 2.5 : 1.25 };
  });
}
