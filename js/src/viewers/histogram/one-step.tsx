// The histograms of one step: bars for a single run, outlines over each other for several.

import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import { formatValue } from "../../core/format";
import type { RunView } from "../../core/registry";
import { useSize } from "../size";
import { AtPointer, NumbersBelow } from "./axes";
import { BinText } from "./heat-map";
import { binAt, type Histogram, outline, ticks } from "./logic";
import { MEDIAN, quantiles, SHARES } from "./quantiles";

export interface OneStep {
  run: RunView;
  histogram: Histogram;
}

export function OneStepView(props: {
  parts: OneStep[];
  lo: number;
  hi: number;
  height: number;
  /** Several runs: outlines in their colors instead of filled bars. */
  several: boolean;
  /** Mark quantiles: five of a single run, the medians of several. */
  lines: boolean;
}): JSX.Element {
  const { parts, lo, hi, height, several } = props;
  const plot = useRef<HTMLDivElement>(null);
  const { width } = useSize(plot);
  const [hover, setHover] = useState<{ x: number; y: number } | null>(null);

  let max = 0;
  for (const { histogram } of parts) for (const value of histogram.values) max = Math.max(max, value);
  const counts = ticks(0, max, 3);
  const value = hover && width > 0 ? lo + (hover.x / width) * (hi - lo) : null;

  return (
    <div class="nb-heat nb-one-step">
      <div class="nb-heat-values" style={{ height: `${height}px` }} aria-hidden="true">
        {max > 0 &&
          counts.map((count) => (
            <span key={count} style={{ top: `${(1 - count / max) * 100}%` }}>
              {formatValue(count, 3)}
            </span>
          ))}
      </div>
      <div
        ref={plot}
        class="nb-heat-plot"
        style={{ height: `${height}px` }}
        role="img"
        aria-label={`Counts of ${parts.map((p) => p.run.label).join(", ")} by value`}
        onPointerMove={(event) => {
          const bounds = event.currentTarget.getBoundingClientRect();
          setHover({ x: event.clientX - bounds.left, y: event.clientY - bounds.top });
        }}
        onPointerLeave={() => setHover(null)}
      >
        {width > 0 && (
          <svg width={width} height={height} aria-hidden="true">
            {max > 0 &&
              counts.map((count) => (
                <line
                  key={count}
                  class="nb-grid-line"
                  x1={0}
                  x2={width}
                  y1={(1 - count / max) * height}
                  y2={(1 - count / max) * height}
                />
              ))}
            {lo < 0 && hi > 0 && (
              <line
                class="nb-grid-line"
                x1={(-lo / (hi - lo)) * width}
                x2={(-lo / (hi - lo)) * width}
                y1={0}
                y2={height}
              />
            )}
            {parts.map(({ run, histogram }) => (
              <path
                key={run.model.id}
                d={outline(histogram, lo, hi, max, width, height)}
                fill={run.color}
                fill-opacity={several ? (parts.length > 3 ? 0 : 0.12) : 0.55}
                stroke={run.color}
                stroke-width={several ? 1.5 : 1}
              />
            ))}
            {props.lines &&
              parts.map(({ run, histogram }) =>
                SHARES.map(({ label }, i) => {
                  const value = (several && i !== MEDIAN ? null : quantiles(histogram))?.[i];
                  if (value === undefined || value < lo || value > hi) return null;
                  const x = ((value - lo) / (hi - lo)) * width;
                  return (
                    <g key={`${run.model.id} ${label}`}>
                      <path
                        class="nb-quantile"
                        style={several ? { stroke: run.color } : undefined}
                        stroke-width={i === MEDIAN ? 1.6 : 0.9}
                        stroke-dasharray={i === MEDIAN ? undefined : "3 2"}
                        d={`M${x},0V${height}`}
                      />
                      <title>{`${label}: ${formatValue(value)}`}</title>
                    </g>
                  );
                }),
              )}
          </svg>
        )}
        {hover && value !== null && (
          <>
            <div class="nb-hair" style={{ left: `${hover.x}px` }} />
            <AtPointer x={hover.x} y={hover.y} width={width}>
              {parts.map(({ run, histogram }) => (
                <div key={run.model.id} class="nb-hover-row">
                  {several && <span class="nb-swatch" style={{ background: run.color }} aria-hidden="true" />}
                  <BinText histogram={histogram} bin={binAt(histogram.edges, value)} />
                </div>
              ))}
              {props.lines && !several && parts[0] && <Quantiles histogram={parts[0].histogram} />}
            </AtPointer>
          </>
        )}
      </div>
      <NumbersBelow lo={lo} hi={hi} width={width} />
    </div>
  );
}

/** The quantiles as numbers. */
function Quantiles(props: { histogram: Histogram }): JSX.Element | null {
  const found = quantiles(props.histogram);
  if (!found) return null;
  return (
    <div class="nb-quiet">
      {SHARES.map(({ label }, i) => (
        <div key={label}>
          {label} {formatValue(found[i] as number, 4)}
        </div>
      ))}
    </div>
  );
}
