// The card of a panel that is not a curve, and what its charts have in common.

import type { ComponentChildren, JSX } from "preact";
import { useRef } from "preact/hooks";
import { formatValue } from "../../../../core/format";
import { EmptyState, ErrorLine, Lazy } from "../../../../core/panel";
import { shortNumber } from "../../../../viewers/curves/logic";
import { type Box, useSize } from "../../../../viewers/size";
import type { FieldRow, FieldRows } from "./rows";
import { MOST } from "./rows";
import type { Scale } from "./scale";

export function Card(props: {
  title: string;
  note?: string | undefined;
  class?: string;
  children: () => ComponentChildren;
}): JSX.Element {
  const { title, note } = props;
  return (
    <section class={`nb-card nb-ws-card ${props.class ?? ""}`} aria-label={title}>
      <div class="nb-card-head">
        <span class="nb-card-title" title={title}>
          {title}
        </span>
        {note && <span class="nb-quiet nb-card-kind">{note}</span>}
      </div>
      <div class="nb-ws-card-body">
        <Lazy height={40} label="">
          {props.children}
        </Lazy>
      </div>
    </section>
  );
}

/** A place that tells its size to what is drawn in it. */
export function Sized(props: { children: (box: Box) => ComponentChildren }): JSX.Element {
  const place = useRef<HTMLDivElement>(null);
  const box = useSize(place);
  return (
    <div ref={place} class="nb-ws-sized">
      {box.width > 60 && box.height > 40 && props.children(box)}
    </div>
  );
}

/** What there is to say instead of a chart, or the chart of these rows. */
export function ofRows(
  found: FieldRows,
  none: string,
  draw: (rows: FieldRow[]) => ComponentChildren,
): ComponentChildren {
  if (found.rows === null)
    return found.error ? (
      <ErrorLine text={found.error} retry={found.retry} />
    ) : (
      <EmptyState title="Loading…" />
    );
  if (found.rows.length === 0) return <EmptyState title={none} />;
  return draw(found.rows);
}

/** Said where not all runs are drawn. */
export function partNote(found: FieldRows): string | undefined {
  return found.matched > MOST ? `the first ${MOST} of ${found.matched} runs` : undefined;
}

export const MARGIN = { left: 46, right: 10, top: 8, bottom: 34 };

/** Both axes of a chart with their names. */
export function Axes(props: { x: Scale; y: Scale; box: Box; xName: string; yName: string }): JSX.Element {
  const { x, y, box, xName, yName } = props;
  const bottom = box.height - MARGIN.bottom;
  const right = box.width - MARGIN.right;
  return (
    <g class="nb-ws-axes">
      {y.ticks.map((tick) => (
        <g key={tick} transform={`translate(0 ${y.at(tick).toFixed(1)})`}>
          <line x1={MARGIN.left} x2={right} />
          <text x={MARGIN.left - 5} dy="0.32em" text-anchor="end">
            {shortNumber(tick)}
          </text>
        </g>
      ))}
      {x.ticks.map((tick) => (
        <g key={tick} transform={`translate(${x.at(tick).toFixed(1)} 0)`}>
          <line y1={MARGIN.top} y2={bottom} />
          <text y={bottom + 13} text-anchor="middle">
            {shortNumber(tick)}
          </text>
        </g>
      ))}
      <text class="nb-ws-axis-name" x={(MARGIN.left + right) / 2} y={box.height - 6} text-anchor="middle">
        {xName}
      </text>
      <text
        class="nb-ws-axis-name"
        transform={`translate(10 ${(MARGIN.top + bottom) / 2}) rotate(-90)`}
        text-anchor="middle"
      >
        {yName}
      </text>
    </g>
  );
}

/** Beside the pointer: the name of a run and what the chart shows of it. */
export function Tip(props: {
  left: number;
  top: number;
  box: Box;
  color: string;
  name: string;
  lines: readonly [name: string, value: number | string][];
}): JSX.Element {
  const { left, top, box, color, name, lines } = props;
  const shift = Math.round((left / box.width) * 100);
  const below = top < box.height / 2;
  const place = below ? { top: `${top + 12}px` } : { bottom: `${box.height - top + 10}px` };
  return (
    <div class="nb-hover" style={{ left: `${left}px`, transform: `translateX(-${shift}%)`, ...place }}>
      <div class="nb-hover-row">
        <span class="nb-swatch" style={{ background: color }} />
        <span class="nb-hover-name">{name}</span>
      </div>
      {lines.map(([label, value]) => (
        <div class="nb-hover-row" key={label}>
          <span class="nb-quiet">{label}</span>
          <b class="nb-number">{typeof value === "number" ? formatValue(value, 6) : value}</b>
        </div>
      ))}
    </div>
  );
}
