// Counts as color over steps (across) and values (up). The cursor line and the tooltip lie above the canvas, so
// that moving them paints nothing again.

import type { JSX } from "preact";
import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Cursor } from "../../core/cursor";
import { formatStep, formatValue } from "../../core/format";
import type { RunModel } from "../../core/run-model";
import { useSize } from "../size";
import { AtPointer, NumbersBelow } from "./axes";
import { binAt, colorMap, columnAt, type Histogram, layout, raster, type Scale, shade, ticks } from "./logic";
import { MEDIAN, quantileLines } from "./quantiles";

export interface HeatMapProps {
  label: string;
  histograms: readonly Histogram[];
  /** The histograms' counts on `axis`. */
  columns: readonly Float64Array[];
  axis: Float64Array;
  /** First and last step of all runs. */
  range: readonly [number, number];
  /** The count that has the strongest color, for all runs; null: the largest of this one. */
  max: number;
  scale: Scale;
  /** Draw the quantiles' lines. */
  lines: boolean;
  dark: boolean;
  height: number;
  cursor: Cursor;
  model: RunModel;
}

export interface Hover {
  x: number;
  y: number;
  histogram: Histogram;
  bin: number;
}

export function HeatMap(props: HeatMapProps): JSX.Element {
  const { histograms, columns, axis, range, max, scale, dark, height, cursor, model } = props;
  const plot = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const { width } = useSize(plot);
  const [hover, setHover] = useState<Hover | null>(null);
  const [lo, hi] = [axis[0] as number, axis[axis.length - 1] as number];
  const steps = histograms.map((h) => h.step);
  const across = layout(steps, Math.max(width, 1), range);

  useLayoutEffect(() => {
    if (canvas.current && width > 0)
      draw(canvas.current, columns, across.starts, width, (count) => shade(count, max, scale), dark);
  }, [columns, width, max, scale, dark, range[0], range[1]]);
  const lines = useMemo(
    () => (props.lines ? quantileLines(histograms, across.starts, lo, hi, width, height) : []),
    [props.lines, columns, width, height, range[0], range[1]],
  );

  const point = (event: PointerEvent & { currentTarget: HTMLElement }): Hover | null => {
    const bounds = event.currentTarget.getBoundingClientRect();
    const x = event.clientX - bounds.left;
    const y = event.clientY - bounds.top;
    const histogram = histograms[columnAt(across.starts, x)];
    if (!histogram) return null;
    return { x, y, histogram, bin: binAt(histogram.edges, hi - (y / height) * (hi - lo)) };
  };
  const go = (event: PointerEvent & { currentTarget: HTMLElement }): void => {
    const at = point(event);
    if (at) cursor.goTo(at.histogram.step, model);
  };

  return (
    <div class="nb-heat">
      <div class="nb-heat-values" style={{ height: `${height}px` }} aria-hidden="true">
        {ticks(lo, hi, Math.max(2, Math.floor(height / 32))).map((value) => (
          <span key={value} style={{ top: `${((hi - value) / (hi - lo)) * 100}%` }}>
            {formatValue(value, 4)}
          </span>
        ))}
      </div>
      <div
        ref={plot}
        class="nb-heat-plot"
        style={{ height: `${height}px` }}
        role="img"
        aria-label={props.label}
        onPointerDown={(event) => {
          if (event.button !== 0) return;
          event.currentTarget.setPointerCapture(event.pointerId);
          go(event);
        }}
        onPointerMove={(event) => {
          setHover(point(event));
          if (event.currentTarget.hasPointerCapture(event.pointerId)) go(event);
        }}
        onPointerLeave={() => setHover(null)}
      >
        <canvas ref={canvas} />
        <svg width={width} height={height} aria-hidden="true">
          {lines.map((line, i) => (
            <g key={i}>
              <path class="nb-quantile-ground" d={line} />
              <path class="nb-quantile" d={line} stroke-width={i === MEDIAN ? 1.8 : 1} />
            </g>
          ))}
          {histograms.map((h, i) =>
            h.nan + h.inf > 0 ? (
              <path
                key={h.step}
                class="nb-unbinned"
                d={`M${((across.starts[i] as number) + (across.starts[i + 1] as number)) / 2 - 3},0h6l-3,5z`}
              />
            ) : null,
          )}
        </svg>
        <CursorLine at={cursor.at(model)} lo={across.lo} hi={across.hi} />
        {hover && <Tip hover={hover} width={width} />}
      </div>
      <NumbersBelow
        lo={across.lo}
        hi={across.hi}
        width={width}
        least={1}
        within={range}
        format={formatStep}
      />
    </div>
  );
}

function draw(
  canvas: HTMLCanvasElement,
  columns: readonly Float64Array[],
  starts: Float64Array,
  width: number,
  shadeOf: (count: number) => number,
  dark: boolean,
): void {
  const bins = columns[0]?.length ?? 1;
  canvas.width = width;
  canvas.height = bins;
  const context = canvas.getContext("2d");
  if (!context) return;
  const { cells } = raster(columns, starts, width, bins);
  const colors = new Uint32Array(colorMap(dark).buffer);
  const image = context.createImageData(width, bins);
  const pixels = new Uint32Array(image.data.buffer);
  for (let x = 0; x < width; x++)
    for (let b = 0; b < bins; b++)
      pixels[(bins - 1 - b) * width + x] = colors[shadeOf(cells[x * bins + b] as number)] as number;
  context.putImageData(image, 0, 0);
}

function CursorLine(props: { at: number; lo: number; hi: number }): JSX.Element | null {
  const at = (props.at - props.lo) / (props.hi - props.lo);
  if (!(at >= 0 && at <= 1)) return null;
  return <div class="nb-cursor-line" style={{ left: `${at * 100}%` }} />;
}

export function Tip(props: { hover: Hover; width: number }): JSX.Element {
  const { histogram, bin, x, y } = props.hover;
  return (
    <AtPointer x={x} y={y} width={props.width}>
      <div>step {formatStep(histogram.step)}</div>
      <BinText histogram={histogram} bin={bin} />
      <Unbinned histogram={histogram} />
    </AtPointer>
  );
}

/** How many values were no finite numbers; nothing when all were. */
export function Unbinned(props: { histogram: Histogram }): JSX.Element | null {
  const { nan, inf } = props.histogram;
  if (nan + inf === 0) return null;
  const counts = [nan > 0 && `${formatValue(nan)} NaN`, inf > 0 && `${formatValue(inf)} infinite`];
  return <b class="nb-warned">{counts.filter(Boolean).join(" · ")}</b>;
}

/** A bin and its count, exactly. */
export function BinText(props: { histogram: Histogram; bin: number }): JSX.Element {
  const { histogram, bin } = props;
  if (bin < 0) return <div class="nb-quiet">no values here</div>;
  const closed = bin === histogram.values.length - 1;
  return (
    <div>
      [{formatValue(histogram.edges[bin] as number)}, {formatValue(histogram.edges[bin + 1] as number)}
      {closed ? "]" : ")"} <b>{formatValue(histogram.values[bin] as number)}</b>
    </div>
  );
}
