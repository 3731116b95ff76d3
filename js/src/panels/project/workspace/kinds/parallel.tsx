// Parallel coordinates: a line for each run through its values. Drag along an axis to keep only the runs of that range.

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import { EmptyState } from "../../../../core/panel";
import { shortNumber } from "../../../../viewers/curves/logic";
import type { Box } from "../../../../viewers/size";
import { inConfig } from "../changes";
import { type BodyProps, plainName, textsOf } from "../work";
import { Card, ofRows, partNote, Sized, Tip } from "./frame";
import { axisFor, inBrushes, wordOf } from "./parallel-axes";
import { type FieldRow, numberOf, useRows } from "./rows";
import { heat } from "./scale";
import { HeatLegend } from "./scatter";

const TOP = 40;
const BOTTOM = 24;
const SIDE = 44;

export function ParallelPanel(props: BodyProps): JSX.Element {
  const { panel, work } = props;
  const fields = textsOf(panel, "fields");
  const found = useRows(work, fields);
  return (
    <Card title={panel.title} note={partNote(found)}>
      {() =>
        ofRows(found, "No runs to draw", (rows) =>
          fields.length < 2 ? (
            <EmptyState title="Choose two columns or more" />
          ) : (
            <Sized>{(box) => <Lines {...props} fields={fields} rows={rows} box={box} />}</Sized>
          ),
        )
      }
    </Card>
  );
}

function Lines(props: BodyProps & { fields: string[]; rows: FieldRow[]; box: Box }): JSX.Element {
  const { panel, work, fields, rows, box } = props;
  const brushes = useSignal<{ [field: string]: readonly [number, number] }>({});
  const near = useSignal<{ row: FieldRow; left: number; top: number } | null>(null);
  const dragged = useSignal<{ field: string; from: number } | null>(null);
  const [log, flip] = [textsOf(panel, "log"), textsOf(panel, "flip")];
  const looks = `${log.join("\n")}\t${flip.join("\n")}`;
  const bottom = box.height - BOTTOM;
  const axes = useMemo(
    () =>
      fields.map((field, nth) =>
        axisFor(
          field,
          rows.map(({ values }) => values[nth]),
          TOP,
          bottom,
          { log: log.includes(field), flip: flip.includes(field), label: shortNumber },
        ),
      ),
    [rows, fields.join("\n"), looks, bottom],
  );
  const gap = (box.width - 2 * SIDE) / (axes.length - 1);
  const xOf = (nth: number): number => SIDE + nth * gap;
  const last = fields.length - 1;
  const ends = rows.flatMap(({ values }) => numberOf(values[last]) ?? []);
  const [least, most] = [Math.min(...ends), Math.max(...ends)];
  const heated = panel.config.color !== "run" && (axes[last]?.numeric ?? false) && ends.length > 0;
  const lines = useMemo(
    () =>
      rows.map((row) => {
        const places = new Map(axes.map((axis, nth) => [axis.field, axis.at(row.values[nth])]));
        let path = "";
        let pen = false;
        axes.forEach((axis, nth) => {
          const y = places.get(axis.field);
          // A run without a value leaves a gap, not a line to nowhere.
          if (y !== null && y !== undefined)
            path += `${pen ? "L" : "M"}${xOf(nth).toFixed(1)} ${y.toFixed(1)}`;
          pen = y !== null && y !== undefined;
        });
        const end = numberOf(row.values[last]);
        const color = heated && end !== null ? heat((end - least) / (most - least || 1)) : row.color;
        return { row, places, path, color };
      }),
    [rows, axes, gap, heated],
  );
  const kept = lines.filter(({ places }) => inBrushes(places, brushes.value));
  const brushed = kept.length < lines.length;

  const toggle = (name: "log" | "flip", list: string[], field: string): void => {
    const next = list.includes(field) ? list.filter((other) => other !== field) : [...list, field];
    work.project.editView(inConfig(panel.id, { [name]: next }), `${name} ${plainName(field)}`);
  };
  const point = (event: PointerEvent): void => {
    if (dragged.value) return;
    const { left, top } = (event.currentTarget as Element).getBoundingClientRect();
    const [x, y] = [event.clientX - left, event.clientY - top];
    const nth = Math.max(0, Math.min(axes.length - 2, Math.floor((x - SIDE) / gap)));
    const share = (x - xOf(nth)) / gap;
    let [best, away] = [null as (typeof lines)[number] | null, 8];
    for (const line of kept) {
      const [a, b] = [axes[nth], axes[nth + 1]].map((axis) => axis && line.places.get(axis.field));
      if (typeof a !== "number" || typeof b !== "number") continue;
      const distance = Math.abs(a + (b - a) * share - y);
      if (distance < away) [best, away] = [line, distance];
    }
    near.value = best && { row: best.row, left: x, top: y };
  };
  const shown = near.value && lines.find(({ row }) => row === near.value?.row);
  return (
    <>
      <svg
        class="nb-ws-chart nb-ws-parallel"
        width={box.width}
        height={box.height}
        role="img"
        aria-label={`${panel.title}: ${kept.length} of ${lines.length} runs over ${fields.map(plainName).join(", ")}`}
        onPointerMove={point}
        onPointerLeave={() => {
          near.value = null;
        }}
      >
        <g class="nb-ws-lines">
          {brushed && lines.map(({ row, path }) => <path key={row.id} d={path} class="nb-ws-left-out" />)}
          {kept.map(({ row, path, color }) => (
            <path key={row.id} d={path} style={{ stroke: color }} data-run={row.name} />
          ))}
          {shown && <path d={shown.path} class="nb-ws-near" style={{ stroke: shown.color }} />}
        </g>
        {axes.map((axis, nth) => {
          const range = brushes.value[axis.field];
          return (
            <g key={axis.field} class="nb-ws-axis" transform={`translate(${xOf(nth).toFixed(1)} 0)`}>
              <line y1={TOP} y2={bottom} />
              {axis.ticks.map(({ at, label }) => (
                <text key={label} x={-6} y={at} dy="0.32em" text-anchor="end">
                  {label.length > 12 ? `${label.slice(0, 11)}…` : label}
                  <title>{label}</title>
                </text>
              ))}
              {range && (
                <rect class="nb-ws-brush" x={-6} width={12} y={range[0]} height={range[1] - range[0]} />
              )}
              {/* biome-ignore lint/a11y/noStaticElementInteractions: ranges are drawn; filters say the same in words */}
              <rect
                class="nb-ws-brush-place"
                x={-10}
                width={20}
                y={TOP}
                height={bottom - TOP}
                onPointerDown={(event) => {
                  if (event.button !== 0) return;
                  event.stopPropagation();
                  event.currentTarget.setPointerCapture(event.pointerId);
                  dragged.value = { field: axis.field, from: event.offsetY };
                  near.value = null;
                }}
                onPointerMove={(event) => {
                  const { value } = dragged;
                  if (value?.field !== axis.field) return;
                  const to = Math.max(TOP, Math.min(bottom, event.offsetY));
                  const next = [Math.min(value.from, to), Math.max(value.from, to)] as const;
                  brushes.value = { ...brushes.value, [axis.field]: next };
                }}
                onPointerUp={() => {
                  dragged.value = null;
                  const made = brushes.value[axis.field];
                  // A click takes the range away.
                  if (made && made[1] - made[0] < 3) clear(axis.field);
                }}
                onDblClick={() => clear(axis.field)}
              >
                <title>Drag to keep the runs of a range, click to keep all again</title>
              </rect>
            </g>
          );
        })}
      </svg>
      {axes.map((axis, nth) => (
        <div
          key={axis.field}
          class="nb-ws-axis-head"
          style={{ left: `${xOf(nth)}px`, maxWidth: `${Math.max(60, gap - 6)}px` }}
        >
          <span class="nb-ws-axis-label" title={axis.field}>
            {plainName(axis.field)}
          </span>
          <span class="nb-ws-axis-acts">
            {axis.numeric && (
              <button
                type="button"
                class={axis.log ? "nb-on" : ""}
                aria-pressed={axis.log}
                aria-label={`Logarithmic axis of ${plainName(axis.field)}`}
                onClick={() => toggle("log", log, axis.field)}
              >
                log
              </button>
            )}
            <button
              type="button"
              class={axis.flipped ? "nb-on" : ""}
              aria-pressed={axis.flipped}
              aria-label={`Turn the axis of ${plainName(axis.field)}`}
              title="Turn around"
              onClick={() => toggle("flip", flip, axis.field)}
            >
              ⇅
            </button>
          </span>
        </div>
      ))}
      {heated && <HeatLegend name={plainName(fields[last] as string)} least={least} most={most} />}
      {near.value && shown && (
        <Tip
          left={near.value.left}
          top={near.value.top}
          box={box}
          color={shown.color}
          name={shown.row.name}
          lines={fields.map((field, nth) => {
            const value = shown.row.values[nth] ?? null;
            return [plainName(field), value === null ? "–" : (numberOf(value) ?? wordOf(value))];
          })}
        />
      )}
    </>
  );

  function clear(field: string): void {
    const { [field]: _, ...rest } = brushes.value;
    brushes.value = rest;
  }
}
