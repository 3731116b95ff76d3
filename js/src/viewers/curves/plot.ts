// One chart: uPlot on a canvas, colors from the page, the cursor's line as an element over it.

import uPlot from "uplot";
import { floorIndex } from "../../core/cursor";
import { formatDuration } from "../../core/format";
import type { SeriesWindowData } from "../../core/io";
import type { RunView } from "../../core/registry";
import { latestWins } from "../../core/rpc";
import { align, between, holes, minMax, onAxis, type Points, shortNumber, smoothed } from "./logic";
import type { Axis } from "./options";

export interface Look {
  axis: Axis;
  log: boolean;
  smooth: number;
}

/** What is under the pointer. */
export interface Hover {
  left: number;
  top: number;
  rows: { run: RunView; step: number; value: number; near: boolean }[];
}

export interface PlotEvents {
  onHover: (hover: Hover | null) => void;
  onPick: (run: RunView, step: number) => void;
  /** Asks for the points between two steps; used when a zoom shows a series that is held reduced. */
  onZoom: (
    run: RunView,
    lo: number,
    hi: number,
    buckets: number,
    stop: AbortSignal,
  ) => Promise<SeriesWindowData>;
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
  readonly #key: string;
  readonly #events: PlotEvents;
  readonly #line: HTMLElement;
  #runs: RunView[];
  #look: Look = { axis: "step", log: false, smooth: 0 };
  #plot: uPlot | null = null;
  /** All points that are held, and those that are drawn. */
  #whole: Points[] = [];
  #tracks: Points[] = [];
  #zoom: [number, number] | null = null;
  #details: (SeriesWindowData | null)[] = [];
  #step: number | null = null;
  #frame = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #drawn = Number.NEGATIVE_INFINITY;
  #width = 0;
  #pressed: { x: number; y: number } | null = null;

  constructor(el: HTMLElement, key: string, runs: RunView[], events: PlotEvents) {
    this.#el = el;
    this.#key = key;
    this.#runs = runs;
    this.#events = events;
    this.#line = document.createElement("div");
    this.#line.className = "nb-plot-line";
  }

  /** Draw again in the next frame; many changes in one frame are one drawing. */
  update(look: Look): void {
    if (look.axis !== this.#look.axis || look.log !== this.#look.log) this.#discard();
    if (look.smooth > 0 !== this.#look.smooth > 0) this.#discard();
    const asked =
      look.axis !== this.#look.axis || look.log !== this.#look.log || look.smooth !== this.#look.smooth;
    this.#look = look;
    this.#schedule(asked || !this.#plot ? 0 : this.#drawn + REDRAW_MS - performance.now());
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

  resize(width: number): void {
    const whole = Math.floor(width);
    if (whole === this.#width || whole < 40) return;
    this.#width = whole;
    if (this.#plot) {
      this.#plot.setSize({ width: whole, height: PLOT_HEIGHT });
      this.#placeLine();
    } else this.update(this.#look);
  }

  showStep(step: number | null): void {
    this.#step = step;
    this.#placeLine();
  }

  destroy(): void {
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#timer);
    this.#discard();
  }

  #discard(): void {
    this.#plot?.destroy();
    this.#plot = null;
    this.#zoom = null;
    this.#details = [];
  }

  #points(run: RunView, index: number): Points {
    const detail = this.#details[index];
    const held = run.model.series(this.#key);
    const steps = detail?.steps ?? held.steps;
    const values = detail?.values ?? held.values;
    const metric = run.model.info.peek()?.metrics[this.#key]?.stepMetric;
    const axis = this.#look.axis === "time" ? "_runtime" : metric;
    let points: Points = { x: steps, y: values, steps };
    if (axis) {
      const other = run.model.series(axis);
      if (other.n > 0)
        points = onAxis(steps, values, other.steps, other.values, axis === "_runtime" || other.sampled);
    }
    return points;
  }

  #draw(): void {
    if (this.#width === 0) return;
    const { smooth, log } = this.#look;
    const buckets = Math.max(200, this.#width);
    this.#whole = this.#runs.map((run, i) => this.#points(run, i));
    const zoom = this.#zoom;
    const whole = zoom ? this.#whole.map((points) => between(points, zoom[0], zoom[1])) : this.#whole;
    this.#tracks = whole.map((points) => minMax(points, buckets));
    const curves: Points[] = [...this.#tracks];
    // Smoothed before it is reduced: the extremes of each bucket have no mean.
    if (smooth > 0) for (const t of whole) curves.push(minMax({ ...t, y: smoothed(t.y, smooth) }, buckets));
    const data = align(curves, log) as uPlot.AlignedData;
    if (!this.#plot) this.#plot = this.#create(data);
    else this.#plot.setData(data, this.#zoom === null);
    if (this.#zoom) this.#plot.redraw();
    this.#placeLine();
  }

  #create(data: uPlot.AlignedData): uPlot {
    const style = getComputedStyle(this.#el);
    const ink = style.color;
    const rule = style.borderTopColor;
    const warn = style.outlineColor;
    const font = `10px ${style.fontFamily}`;
    const { axis, log, smooth } = this.#look;
    const line = (run: RunView, alpha: string, width: number): uPlot.Series => ({
      stroke: run.color + alpha,
      width,
      points: { show: (_u, _i, lo, hi) => hi - lo < 24, size: 4, stroke: run.color, fill: run.color },
    });
    const series: uPlot.Series[] = [{}, ...this.#runs.map((run) => line(run, smooth > 0 ? FAINT : "", 1.5))];
    if (smooth > 0)
      series.push(...this.#runs.map((run) => ({ ...line(run, "", 2), points: { show: false } })));
    const common = { stroke: ink, font, ticks: { show: false }, grid: { stroke: rule, width: 1 } };
    const plot = new uPlot(
      {
        width: this.#width,
        height: PLOT_HEIGHT,
        padding: [8, 14, 0, 0],
        legend: { show: false },
        cursor: {
          y: false,
          drag: { x: true, y: false, dist: 6 },
          points: { size: 7, width: 2 },
          focus: { prox: NEAR },
        },
        scales: {
          x: { time: false, range: (_u, lo, hi) => (lo === hi ? [lo - 1, hi + 1] : [lo, hi]) },
          y: log
            ? { distr: 3, range: (_u, lo, hi) => (lo > 0 ? [lo / 1.2, hi * 1.2] : [0.1, 1]) }
            : { range: (_u, lo, hi) => padded(lo, hi) },
        },
        axes: [
          {
            ...common,
            size: 20,
            gap: 3,
            space: 42,
            values: (_u, ticks) => ticks.map((t) => (axis === "time" ? formatDuration(t) : shortNumber(t))),
          },
          {
            ...common,
            gap: 4,
            space: 28,
            size: (_u, labels) =>
              12 + 5.8 * Math.max(3, ...(labels ?? []).map((label) => label?.length ?? 0)),
            values: (_u, ticks) => ticks.map((t) => (t === null ? "" : shortNumber(t))),
          },
        ],
        series,
        hooks: {
          setCursor: [(u) => this.#hover(u)],
          setScale: [(_u, name) => name === "x" && this.#placeLine()],
          setSelect: [(u) => this.#zoomed(u)],
          draw: [(u) => this.#drawHoles(u, warn)],
        },
      },
      data,
      this.#el,
    );
    plot.over.append(this.#line);
    plot.over.addEventListener("mousedown", (event) => {
      this.#pressed = { x: event.clientX, y: event.clientY };
    });
    let second: ReturnType<typeof setTimeout> | undefined;
    plot.over.addEventListener("click", (event) => {
      const from = this.#pressed;
      if (!from || Math.hypot(event.clientX - from.x, event.clientY - from.y) >= 4) return;
      clearTimeout(second);
      // In a zoomed chart it may be the first half of the double click that leaves the zoom.
      if (this.#zoom) second = setTimeout(() => this.#pick(), DOUBLE_CLICK_MS);
      else if (event.detail < 2) this.#pick();
    });
    plot.over.addEventListener("dblclick", () => {
      clearTimeout(second);
      this.#zoom = null;
      this.#details = [];
      this.#schedule(0);
    });
    return plot;
  }

  /** Values that cannot be drawn leave a mark on the floor of the chart, so that they are not missed. */
  #drawHoles(u: uPlot, color: string): void {
    const { ctx, bbox } = u;
    ctx.save();
    ctx.fillStyle = color;
    const size = 3 * devicePixelRatio;
    for (const track of this.#tracks) {
      for (const x of holes(track)) {
        const left = u.valToPos(x, "x", true);
        if (left < bbox.left - 1 || left > bbox.left + bbox.width + 1) continue;
        ctx.fillRect(left - size / 2, bbox.top + bbox.height - size * 2, size, size * 2);
      }
    }
    ctx.restore();
  }

  #hover(u: uPlot): void {
    const { left = -1, top = -1, idxs } = u.cursor;
    if (left < 0 || !idxs) {
      this.#events.onHover(null);
      return;
    }
    const x = u.posToVal(left, "x");
    const rows: Hover["rows"] = [];
    let best = -1;
    let bestGap = Number.POSITIVE_INFINITY;
    this.#runs.forEach((run, i) => {
      const track = this.#whole[i];
      const at = track ? nearest(track.x, x) : -1;
      if (!track || at < 0) return;
      const value = track.y[at] as number;
      const gap = Number.isFinite(value) ? Math.abs(u.valToPos(value, "y") - top) : Number.POSITIVE_INFINITY;
      if (gap < bestGap || best < 0) {
        bestGap = gap;
        best = rows.length;
      }
      rows.push({ run, step: track.steps[at] as number, value, near: false });
    });
    const near = rows[best];
    if (near) near.near = true;
    if (rows.length > 1) rows.sort((a, b) => b.value - a.value || 0);
    this.#events.onHover({ left: left + u.over.offsetLeft, top: top + u.over.offsetTop, rows });
    this.#hovered = near ?? null;
  }

  #hovered: Hover["rows"][number] | null = null;

  #pick(): void {
    if (this.#hovered) this.#events.onPick(this.#hovered.run, this.#hovered.step);
  }

  #zoomed(u: uPlot): void {
    if (u.select.width < 2) return;
    const lo = u.posToVal(u.select.left, "x");
    const hi = u.posToVal(u.select.left + u.select.width, "x");
    this.#zoom = [lo, hi];
    this.#schedule(0);
    if (this.#look.axis === "step") void this.#refine(lo, hi);
  }

  /** A reduced series hides what lies between its points: a zoom fetches them. */
  #refine = latestWins(async (stop: AbortSignal, lo: number, hi: number): Promise<void> => {
    const wanted = this.#runs.map(async (run) => {
      if (!run.model.series(this.#key).sampled || run.model.info.peek()?.metrics[this.#key]?.stepMetric)
        return null;
      try {
        return await this.#events.onZoom(
          run,
          Math.floor(lo),
          Math.ceil(hi),
          Math.max(200, this.#width),
          stop,
        );
      } catch {
        // The reduced points stay; they are what there is.
        return null;
      }
    });
    const details = await Promise.all(wanted);
    if (stop.aborted || !this.#zoom || details.every((detail) => detail === null)) return;
    this.#details = details;
    this.update(this.#look);
  });

  #placeLine(): void {
    const plot = this.#plot;
    const track = this.#whole[0];
    let x: number | null = this.#step;
    if (x !== null && track && (this.#look.axis === "time" || track.x !== track.steps)) {
      const at = floorIndexByStep(track, x);
      x = at < 0 ? null : (track.x[at] as number);
    }
    const left = plot && x !== null ? plot.valToPos(x, "x") : -1;
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

function padded(lo: number | null, hi: number | null): [number, number] {
  if (lo === null || hi === null) return [0, 1];
  const pad = hi === lo ? Math.abs(hi) * 0.1 || 1 : (hi - lo) * 0.06;
  return [lo - pad, hi + pad];
}
