// One chart: uPlot on a canvas, colors from the page, the cursor's line as an element over it.

import uPlot from "uplot";
import { floorIndex } from "../../core/cursor";
import { formatTime } from "../../core/format";
import type { SeriesWindowData } from "../../core/io";
import type { RunView } from "../../core/registry";
import { type Ask, Details } from "./details";
import { type Line, type Look, linesOf, MANY, rangeOf } from "./lines";
import { align, formatClock, shortNumber } from "./logic";
import { CLOCK, TIME } from "./options";
import { paintBands, paintHoles, paintLonely } from "./paint";
import { type CurveDef, type Held, type Points, pointsOf } from "./points";

export interface HoverRow {
  line: Line;
  step: number;
  value: number;
  /** Of a group: the band around its middle. */
  band: readonly [number, number] | null;
  near: boolean;
}

/** What is under the pointer. */
export interface Hover {
  left: number;
  top: number;
  /** The place on an x axis that is not the step. */
  x: string | null;
  rows: HoverRow[];
}

export interface PlotEvents {
  onHover: (hover: Hover | null) => void;
  onPick: (run: RunView, step: number) => void;
  /** A range of the x axis was chosen; null: all of it again. */
  onRange: (range: readonly [number, number] | null) => void;
  /** Asks for the points between two steps; used where the series are held reduced. */
  onDetail: Ask;
}

export const PLOT_HEIGHT = 148;
const DOUBLE_CLICK_MS = 300;
const FAINT = "55";
/** Points that arrive are drawn at most so often: a page full of curves leaves the slider its time. */
const REDRAW_MS = 200;
/** How near, in pixels, a curve must be to be the one that is meant. */
const NEAR = 24;

export class CurvePlot {
  readonly #el: HTMLElement;
  readonly #def: CurveDef;
  readonly #events: PlotEvents;
  readonly #line: HTMLElement;
  readonly #note: HTMLElement;
  readonly #runs: RunView[];
  #look: Look;
  #plot: uPlot | null = null;
  /** All points that are held of each run, and the lines that are drawn. */
  #whole: Points[] = [];
  #lines: Line[] = [];
  /** From the least to the greatest value of the y axis; null when nothing can be drawn. */
  #extent: readonly [number, number] | null = null;
  #shape = "";
  #range: readonly [number, number] | null = null;
  readonly #details: Details;
  #step: number | null = null;
  /** Where the cursor stands on the x axis, if it says so itself. */
  #place: number | null = null;
  #frame = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #drawn = Number.NEGATIVE_INFINITY;
  #width = 0;
  #height = PLOT_HEIGHT;
  #pressed: { x: number; y: number } | null = null;
  #hovered: HoverRow | null = null;

  constructor(el: HTMLElement, def: CurveDef, runs: RunView[], look: Look, events: PlotEvents) {
    this.#el = el;
    this.#def = def;
    this.#runs = runs;
    this.#look = look;
    this.#events = events;
    this.#details = new Details(runs, events.onDetail, () => this.#schedule(0));
    this.#line = document.createElement("div");
    this.#line.className = "nb-plot-line";
    this.#note = document.createElement("div");
    this.#note.className = "nb-plot-note nb-quiet";
  }

  /** The chart as uPlot drew it and its lines: for those who write it to a file. */
  get shown(): { plot: uPlot; lines: readonly Line[] } | null {
    return this.#plot && { plot: this.#plot, lines: this.#lines };
  }

  /** The key on the x axis; "" where steps are. */
  get axis(): string {
    if (this.#system) return "";
    if (this.#look.axis) return this.#look.axis;
    const metrics = this.#runs[0]?.model.info.peek()?.metrics;
    return metrics?.[this.#def.keys[0] as string]?.stepMetric ?? "";
  }

  /** Whether it is a metric of the machine: these have milliseconds since the run began for steps, and no other axis. */
  get #system(): boolean {
    return (this.#def.keys[0] as string).startsWith("_sys/");
  }

  /** Draw again in the next frame; many changes in one frame are one drawing. */
  update(look: Look): void {
    const asked = JSON.stringify(look) !== JSON.stringify(this.#look);
    if (look.axis !== this.#look.axis) this.#details.forget();
    this.#look = look;
    this.#schedule(asked || !this.#plot ? 0 : this.#drawn + REDRAW_MS - performance.now());
  }

  /** Show only this part of the x axis. */
  zoom(range: readonly [number, number] | null): void {
    if (range?.[0] === this.#range?.[0] && range?.[1] === this.#range?.[1]) return;
    this.#range = range;
    this.#details.forget();
    this.#schedule(0);
  }

  /** Draw in the next frame, or after `wait` milliseconds when that is later. */
  #schedule(wait: number): void {
    if (this.#frame) return;
    clearTimeout(this.#timer);
    if (wait > 0) {
      this.#timer = setTimeout(() => this.#schedule(0), wait);
      return;
    }
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.#drawn = performance.now();
      this.#draw();
    });
  }

  /** Draw all anew: the theme changed. */
  restyle(): void {
    this.#discard();
    this.update(this.#look);
  }

  resize(width: number, height: number): void {
    const whole = Math.floor(width);
    if ((whole === this.#width && height === this.#height) || whole < 40) return;
    this.#width = whole;
    this.#height = height;
    if (this.#plot) {
      this.#plot.setSize({ width: whole, height });
      this.#placeLine();
    } else this.update(this.#look);
  }

  showStep(step: number | null): void {
    this.#step = step;
    this.#place = null;
    this.#placeLine();
  }

  /** Show a place of the x axis, whatever the step. */
  showPlace(x: number): void {
    this.#place = x;
    this.#placeLine();
  }

  destroy(): void {
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#timer);
    this.#details.forget();
    this.#discard();
  }

  #discard(): void {
    this.#plot?.destroy();
    this.#plot = null;
  }

  /** The points of a run: of what the store said, or of what is held. */
  points(run: RunView, said?: SeriesWindowData): Points {
    const { axis } = this;
    const held = this.keys.map(
      (key, k): Held =>
        said
          ? { steps: said.steps, values: said.values[k] as Float64Array, sampled: false }
          : run.model.series(key),
    );
    const place = axis ? (held.pop() as Held) : null;
    // A run that never logged the axis is drawn over its steps, as long as nobody asked for that axis by name.
    const absent = !this.#look.axis && place?.steps.length === 0;
    return pointsOf(this.#def, held, absent ? null : place, axis === TIME || axis === CLOCK);
  }

  /** The keys whose numbers are needed: those of the curve, and the one of the axis. */
  get keys(): string[] {
    return this.axis ? [...this.#def.keys, this.axis] : this.#def.keys;
  }

  #draw(): void {
    if (this.#width === 0) return;
    const { logY } = this.#look;
    this.#whole = this.#runs.map((run, i) => this.points(run, this.#details.of(i).points));
    const means = this.#runs.map((run, i) => {
      const said = this.#details.of(i).means;
      return said ? this.points(run, said) : null;
    });
    this.#lines = linesOf(this.#runs, this.#whole, means, this.#look, this.#range, this.#buckets);
    const drawn = this.#lines.flatMap(({ drawn, faint }) => (faint ? [faint, drawn] : [drawn]));
    const data = align(drawn, logY) as uPlot.AlignedData;
    this.#extent = rangeOf(this.#lines, logY, this.#look.clip);
    const nothing = logY || this.#look.logX ? "nothing above 0" : "no finite values";
    this.#note.textContent = this.#extent ? "" : nothing;
    const shape = JSON.stringify([
      this.#look.axis,
      this.#look.logX,
      logY,
      this.#lines.map(({ label, color, faint, band }) => [label, color, faint !== null, band !== null]),
    ]);
    if (shape !== this.#shape) this.#discard();
    this.#shape = shape;
    if (!this.#plot) this.#plot = this.#create(data);
    else this.#plot.setData(data);
    // What is computed of means is not the mean of what is computed.
    const smooth = this.#look.smoothing.amount > 0 && !this.#def.value;
    const { keys } = this;
    this.#details.want({ keys, range: this.#range, smooth, buckets: this.#buckets }, this.#whole);
  }

  get #buckets(): number {
    return Math.max(200, this.#width);
  }

  /** What is seen of the x axis. */
  #seen(lo: number, hi: number): [number, number] {
    const range = this.#range;
    if (range) return [range[0], range[1]];
    return lo === hi ? (this.#look.logX ? [lo / 2, hi * 2] : [lo - 1, hi + 1]) : [lo, hi];
  }

  #create(data: uPlot.AlignedData): uPlot {
    const style = getComputedStyle(this.#el);
    const ink = style.color;
    const rule = style.borderTopColor;
    const warn = style.outlineColor;
    const font = `10px ${style.fontFamily}`;
    const { axis, logX, logY } = this.#look;
    const line = (color: string, alpha: string, width: number, dots: boolean): uPlot.Series => ({
      stroke: color + alpha,
      width,
      points: { show: (_u, _i, lo, hi) => dots && hi - lo < 24, size: 4, stroke: color, fill: color },
    });
    // Many lines are thinner, and do not all follow the pointer: uPlot moves an element for each.
    const many = this.#lines.length > MANY;
    const wide = many ? 1 : 1.5;
    const series: uPlot.Series[] = [{}];
    for (const { color, faint, run } of this.#lines) {
      if (faint) series.push(line(color, FAINT, wide, true));
      series.push(faint || !run ? line(color, "", wide + 0.5, false) : line(color, "", wide, true));
    }
    const common = { stroke: ink, font, ticks: { show: false }, grid: { stroke: rule, width: 1 } };
    const plot = new uPlot(
      {
        width: this.#width,
        height: this.#height,
        padding: [8, 14, 0, 0],
        legend: { show: false },
        cursor: {
          y: false,
          drag: { x: true, y: false, dist: 6, setScale: false },
          points: { show: !many, size: 7, width: 2 },
          focus: { prox: many ? -1 : NEAR },
        },
        scales: {
          x: { time: false, distr: logX ? 3 : 1, range: (_u, lo, hi) => this.#seen(lo, hi) },
          y: {
            distr: logY ? 3 : 1,
            range: () => padded(this.#extent, logY),
          },
        },
        axes: [
          {
            ...common,
            size: 20,
            gap: 3,
            space: axis === CLOCK ? 84 : 42,
            values: (_u, ticks) => labels(ticks, logX, (t) => this.#written(t, ticks)),
          },
          {
            ...common,
            gap: 4,
            space: 28,
            size: (_u, labels) =>
              12 + 5.8 * Math.max(3, ...(labels ?? []).map((label) => label?.length ?? 0)),
            values: (_u, ticks) => labels(ticks, logY, shortNumber),
          },
        ],
        series,
        hooks: {
          setCursor: [(u) => this.#hover(u)],
          setSelect: [(u) => this.#chosen(u)],
          drawAxes: [(u) => paintBands(u, this.#lines, this.#look.logY)],
          draw: [
            (u) => paintLonely(u, this.#lines, this.#look.logY),
            (u) => paintHoles(u, this.#lines, warn),
            () => this.#placeLine(),
          ],
        },
      },
      data,
      this.#el,
    );
    plot.over.append(this.#line, this.#note);
    plot.over.addEventListener("pointerenter", () => this.#details.warm(this.keys));
    plot.over.addEventListener("mousedown", (event) => {
      this.#pressed = { x: event.clientX, y: event.clientY };
    });
    let second: ReturnType<typeof setTimeout> | undefined;
    plot.over.addEventListener("click", (event) => {
      const from = this.#pressed;
      if (!from || Math.hypot(event.clientX - from.x, event.clientY - from.y) >= 4) return;
      clearTimeout(second);
      // In a zoomed chart it may be the first half of the double click that leaves the zoom.
      if (this.#range) second = setTimeout(() => this.#pick(), DOUBLE_CLICK_MS);
      else if (event.detail < 2) this.#pick();
    });
    plot.over.addEventListener("dblclick", () => {
      clearTimeout(second);
      this.#events.onRange(null);
    });
    return plot;
  }

  /** A place on the x axis, in the words of that axis. */
  #written(x: number, ticks?: readonly (number | null)[]): string {
    if (this.#system) return formatTime(x / 1000);
    if (this.axis === TIME) return formatTime(x);
    if (this.axis !== CLOCK) return shortNumber(x);
    const ends = (ticks ?? []).filter((tick) => tick !== null);
    return formatClock(x, ends.length > 1 ? (ends.at(-1) as number) - (ends[0] as number) : 0);
  }

  #hover(u: uPlot): void {
    const { left = -1, top = -1, idxs } = u.cursor;
    if (left < 0 || !idxs) {
      this.#events.onHover(null);
      return;
    }
    const x = u.posToVal(left, "x");
    const rows: HoverRow[] = [];
    let best: HoverRow | null = null;
    let bestGap = Number.POSITIVE_INFINITY;
    for (const line of this.#lines) {
      const { points, band } = line;
      const at = nearest(points.x, x);
      if (at < 0) continue;
      const value = points.y[at] as number;
      const gap = Number.isFinite(value) ? Math.abs(u.valToPos(value, "y") - top) : Number.POSITIVE_INFINITY;
      const edges = band ? ([band.lo[at] as number, band.hi[at] as number] as const) : null;
      const row = { line, step: points.steps[at] as number, value, band: edges, near: false };
      if (gap < bestGap || !best) {
        bestGap = gap;
        best = row;
      }
      rows.push(row);
    }
    if (best) best.near = true;
    if (rows.length > 1) rows.sort((a, b) => b.value - a.value || 0);
    this.#hovered = best;
    this.#events.onHover({
      left: left + u.over.offsetLeft,
      top: top + u.over.offsetTop,
      x: this.axis ? this.#written(x) : null,
      rows,
    });
  }

  #pick(): void {
    const { line, step } = this.#hovered ?? {};
    if (line?.run && step !== undefined) this.#events.onPick(line.run, step);
  }

  #chosen(u: uPlot): void {
    const { left, width } = u.select;
    if (width < 2) return;
    u.setSelect({ ...u.select, width: 0 }, false);
    this.#events.onRange([u.posToVal(left, "x"), u.posToVal(left + width, "x")]);
  }

  #placeLine(): void {
    const plot = this.#plot;
    const line = this.#lines[0];
    let x: number | null = this.#place ?? this.#step;
    if (
      x !== null &&
      this.#place === null &&
      line &&
      (this.axis !== "" || line.points.x !== line.points.steps)
    ) {
      const at = line.run ? floorIndexByStep(line.points, x) : -1;
      x = at < 0 ? null : (line.points.x[at] as number);
    }
    const left = plot && x !== null && !(this.#look.logX && x <= 0) ? plot.valToPos(x, "x") : -1;
    const shown = plot !== null && left >= -0.5 && left <= plot.bbox.width / uPlot.pxRatio + 0.5;
    this.#line.style.display = shown ? "" : "none";
    if (shown) this.#line.style.transform = `translateX(${left.toFixed(1)}px)`;
  }
}

function floorIndexByStep(track: Points, step: number): number {
  // Another axis may have put the points in another order.
  let best = -1;
  for (let i = 0; i < track.steps.length; i++) {
    const at = track.steps[i] as number;
    if (at <= step && (best < 0 || at > (track.steps[best] as number))) best = i;
  }
  return best;
}

function nearest(x: Float64Array, at: number): number {
  const below = floorIndex(x, at);
  if (below < 0) return x.length > 0 ? 0 : -1;
  if (below + 1 >= x.length) return below;
  return at - (x[below] as number) <= (x[below + 1] as number) - at ? below : below + 1;
}

/** What stands at ticks: of a logarithmic axis only round numbers, as long as there are any. */
function labels(
  ticks: readonly (number | null)[],
  log: boolean,
  written: (tick: number) => string,
): string[] {
  const few = log && ticks.some((tick) => tick !== null && round(tick));
  return ticks.map((tick) => (tick === null || (few && !round(tick)) ? "" : written(tick)));
}

/** Whether a tick of a logarithmic axis deserves a number: uPlot's first one is wherever the axis begins. */
function round(tick: number): boolean {
  const leading = tick / 10 ** Math.floor(Math.log10(tick));
  return [1, 2, 5, 10].some((one) => Math.abs(leading - one) < 1e-6);
}

function padded(range: readonly [number, number] | null, log: boolean): [number, number] {
  if (!range) return log ? [0.1, 1] : [0, 1];
  const [lo, hi] = range;
  if (log) return [lo / 1.2, hi * 1.2];
  const pad = hi === lo ? Math.abs(hi) * 0.1 || 1 : (hi - lo) * 0.06;
  return [lo - pad, hi + pad];
}
