// Steps as ridges behind each other, the first at the back: how a distribution moves and changes its shape.

import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import type { Cursor } from "../../core/cursor";
import { formatStep } from "../../core/format";
import type { RunModel } from "../../core/run-model";
import { useSize } from "../size";
import { NumbersBelow } from "./axes";
import { type Hover, Tip } from "./heat-map";
import { binAt, type Histogram } from "./logic";
import { MEDIAN, quantiles } from "./quantiles";
import { ground, ridge, ridgeAt, ridgeRows } from "./ridges";

/** Pixels between two ridges, at least. */
const GAP = 8;

export function RidgeView(props: {
  label: string;
  histograms: readonly Histogram[];
  columns: readonly Float64Array[];
  axis: Float64Array;
  color: string;
  height: number;
  /** Mark the middle half and the median of each. */
  marks: boolean;
  cursor: Cursor;
  model: RunModel;
}): JSX.Element {
  const { histograms, columns, axis, color, height, cursor, model } = props;
  const plot = useRef<HTMLDivElement>(null);
  const { width } = useSize(plot);
  const [hover, setHover] = useState<Hover | null>(null);
  const [lo, hi] = [axis[0] as number, axis[axis.length - 1] as number];
  const step = cursor.resolve(
    histograms.map((h) => h.step),
    model,
  );
  const current = histograms.findIndex((h) => h.step === step);
  const rows = ridgeRows(histograms.length, Math.floor(height / GAP), current);
  const { baselines, rise } = ground(rows.length, height);
  let max = 0;
  for (const row of rows) for (const value of columns[row] ?? []) max = Math.max(max, value);
  const x = (value: number): number => ((Math.min(hi, Math.max(lo, value)) - lo) / (hi - lo)) * width;

  const apart = (i: number): boolean =>
    Math.abs((baselines[i] as number) - (baselines[rows.indexOf(current)] ?? -99)) > 12;

  const point = (event: PointerEvent & { currentTarget: HTMLElement }): Hover | null => {
    const bounds = event.currentTarget.getBoundingClientRect();
    const at = { x: event.clientX - bounds.left, y: event.clientY - bounds.top };
    const histogram = histograms[rows[ridgeAt(baselines, at.y)] as number];
    if (!histogram) return null;
    return { ...at, histogram, bin: binAt(histogram.edges, lo + (at.x / width) * (hi - lo)) };
  };

  return (
    <div class="nb-heat nb-ridges">
      <div class="nb-heat-values" style={{ height: `${height}px` }} aria-hidden="true">
        {rows.map((row, i) =>
          row === current || ((i === 0 || i === rows.length - 1) && apart(i)) ? (
            <span
              key={row}
              class={row === current ? "nb-ridge-here" : "nb-ridge-end"}
              style={{ top: `${Math.max(6, (baselines[i] as number) - 4)}px` }}
            >
              {formatStep((histograms[row] as Histogram).step)}
            </span>
          ) : null,
        )}
      </div>
      <div
        ref={plot}
        class="nb-heat-plot"
        style={{ height: `${height}px` }}
        role="img"
        aria-label={props.label}
        onPointerDown={(event) => {
          const at = event.button === 0 ? point(event) : null;
          if (at) cursor.goTo(at.histogram.step, model);
        }}
        onPointerMove={(event) => setHover(point(event))}
        onPointerLeave={() => setHover(null)}
      >
        {width > 0 && (
          <svg width={width} height={height} aria-hidden="true">
            {rows.map((row, i) => {
              const here = row === current || histograms[row] === hover?.histogram;
              const baseline = baselines[i] as number;
              const found = props.marks ? quantiles(histograms[row] as Histogram) : null;
              return (
                <g key={row}>
                  <path
                    d={ridge(columns[row] as Float64Array, max, width, baseline, rise)}
                    fill={`color-mix(in srgb, ${color} ${here ? 55 : 14}%, var(--nb-paper))`}
                    stroke={color}
                    stroke-opacity={here ? 1 : 0.4 + (0.5 * i) / rows.length}
                    stroke-width={here ? 1.6 : 0.9}
                    stroke-linejoin="round"
                  />
                  {found && (
                    <path
                      class="nb-quantile"
                      stroke-width={1.5}
                      d={`M${x(found[1] as number)},${baseline}H${x(found[3] as number)}M${x(found[MEDIAN] as number)},${baseline}v-5`}
                    />
                  )}
                </g>
              );
            })}
          </svg>
        )}
        {hover && <Tip hover={hover} width={width} />}
      </div>
      <NumbersBelow lo={lo} hi={hi} width={width} />
    </div>
  );
}
