// What a chart shows beside uPlot's lines: bands of groups under them, marks of values that have no place over them.

import type uPlot from "uplot";
import type { Line } from "./lines";
import { holes } from "./points";

const BAND = "2e";

/** The bands of groups, each in the color of its line. */
export function paintBands({ ctx, bbox, valToPos }: uPlot, lines: readonly Line[], logY: boolean): void {
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  const floor = logY ? Number.MIN_VALUE : Number.NEGATIVE_INFINITY;
  for (const { band, color } of lines) {
    if (!band) continue;
    const { x } = band.points;
    const at = (i: number, y: Float64Array): void =>
      ctx.lineTo(valToPos(x[i] as number, "x", true), valToPos(Math.max(floor, y[i] as number), "y", true));
    ctx.fillStyle = color + BAND;
    // From gap to gap: there along the upper edge, back along the lower.
    for (let from = 0; from < x.length; from++) {
      if (!Number.isFinite(band.hi[from])) continue;
      let to = from;
      while (to + 1 < x.length && Number.isFinite(band.hi[to + 1])) to++;
      ctx.beginPath();
      for (let i = from; i <= to; i++) at(i, band.hi);
      for (let i = to; i >= from; i--) at(i, band.lo);
      ctx.fill();
      from = to;
    }
  }
  ctx.restore();
}

/** Values between two that cannot be drawn: no line leads to them, so they are dots. */
export function paintLonely({ ctx, bbox, valToPos }: uPlot, lines: readonly Line[], logY: boolean): void {
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  const size = 2 * devicePixelRatio;
  for (const { drawn, color } of lines) {
    const { x, y } = drawn;
    const seen = (i: number): boolean => Number.isFinite(y[i]) && !(logY && (y[i] as number) <= 0);
    ctx.fillStyle = color;
    for (let i = 0; i < y.length; i++) {
      if (!seen(i) || seen(i - 1) || seen(i + 1)) continue;
      ctx.beginPath();
      ctx.arc(valToPos(x[i] as number, "x", true), valToPos(y[i] as number, "y", true), size, 0, 2 * Math.PI);
      ctx.fill();
    }
  }
  ctx.restore();
}

/** Values that cannot be drawn leave a mark on the floor of the chart, so that they are not missed. */
export function paintHoles({ ctx, bbox, valToPos }: uPlot, lines: readonly Line[], color: string): void {
  ctx.save();
  ctx.fillStyle = color;
  const size = 3 * devicePixelRatio;
  for (const line of lines) {
    for (const x of line.run ? holes(line.faint ?? line.drawn) : []) {
      const left = valToPos(x, "x", true);
      if (left < bbox.left - 1 || left > bbox.left + bbox.width + 1) continue;
      ctx.fillRect(left - size / 2, bbox.top + bbox.height - size * 2, size, size * 2);
    }
  }
  ctx.restore();
}
