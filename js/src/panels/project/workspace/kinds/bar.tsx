// A bar for each run, or for each group of runs: the mean, and a mark from the least to the greatest.

import type { JSX } from "preact";
import { formatValue } from "../../../../core/format";
import { colorOf } from "../../../../core/palette";
import { EmptyState } from "../../../../core/panel";
import type { Json } from "../../../../core/wire";
import { type BodyProps, plainName, textOf } from "../work";
import { Card, ofRows, partNote } from "./frame";
import { type FieldRow, numberOf, useRows } from "./rows";

export interface Bar {
  id: string;
  name: string;
  color: string;
  value: number;
  /** Of a group: least and greatest, and how many runs. */
  range?: [number, number];
  count?: number;
}

/** One bar a run, in the order of the runs. */
export function barsOf(rows: readonly FieldRow[]): Bar[] {
  return rows.flatMap(({ id, name, color, values }) => {
    const value = numberOf(values[0]);
    return value === null ? [] : [{ id, name, color, value }];
  });
}

/** One bar a group, the values after the first being those that it is grouped by. */
export function groupBarsOf(
  rows: readonly FieldRow[],
  fields: readonly string[],
  colors: { [key: string]: { color?: string } },
): Bar[] {
  const groups = new Map<string, { key: Json[]; values: number[] }>();
  for (const { values } of rows) {
    const value = numberOf(values[0]);
    if (value === null) continue;
    const key = values.slice(1, 1 + fields.length);
    const id = JSON.stringify(key);
    const group = groups.get(id);
    if (group) group.values.push(value);
    else groups.set(id, { key, values: [value] });
  }
  return [...groups].map(([id, { key, values }], i) => ({
    id,
    name: key
      .map((one, at) => (fields.length === 1 ? "" : `${plainName(fields[at] ?? "")}: `) + written(one))
      .join(", "),
    color: colors[id]?.color ?? colorOf(i),
    value: values.reduce((sum, value) => sum + value, 0) / values.length,
    range: [Math.min(...values), Math.max(...values)],
    count: values.length,
  }));
}

function written(value: Json): string {
  return value === null ? "–" : typeof value === "string" ? value : JSON.stringify(value);
}

/** Bars that are drawn at most. */
const MOST_BARS = 200;

export function BarPanel(props: BodyProps): JSX.Element {
  const { panel, work } = props;
  const field = textOf(panel, "field");
  const view = work.project.view.value;
  const by = view.query?.group ?? [];
  const found = useRows(work, [field, ...by]);
  const sorting = textOf(panel, "sort");
  return (
    <Card title={panel.title} note={partNote(found)}>
      {() =>
        ofRows(found, "No runs to draw", (rows) => {
          const bars = by.length > 0 ? groupBarsOf(rows, by, view.groups ?? {}) : barsOf(rows);
          if (sorting !== "")
            bars.sort((a, b) => (sorting === "ascending" ? a.value - b.value : b.value - a.value));
          if (bars.length === 0) return <EmptyState title={`No run has a number for ${plainName(field)}`} />;
          return (
            <Bars
              bars={bars.slice(0, MOST_BARS)}
              left={bars.length - MOST_BARS}
              onOpen={by.length > 0 ? undefined : (id) => work.project.openRun(id)}
            />
          );
        })
      }
    </Card>
  );
}

function Bars(props: {
  bars: Bar[];
  left: number;
  onOpen?: ((id: string) => void) | undefined;
}): JSX.Element {
  const { bars, onOpen } = props;
  const ends = bars.flatMap(({ value, range }) => [value, ...(range ?? [])]);
  const [lo, hi] = [Math.min(0, ...ends), Math.max(0, ...ends)];
  const at = (value: number): number => ((value - lo) / (hi - lo || 1)) * 100;
  return (
    <ul class="nb-ws-bars">
      {bars.map(({ id, name, color, value, range, count }) => {
        const [from, to] = [at(Math.min(0, value)), at(Math.max(0, value))];
        const said = `${name}: ${formatValue(value, 5)}${count ? ` (mean of ${count})` : ""}`;
        const inside = (
          <>
            <span class="nb-ws-bar-name">{name}</span>
            <span class="nb-ws-bar-track">
              <span
                class="nb-ws-bar-fill"
                style={{ left: `${from}%`, width: `${to - from}%`, background: color }}
              />
              {range && (
                <span
                  class="nb-ws-whisker"
                  style={{ left: `${at(range[0])}%`, width: `${at(range[1]) - at(range[0])}%` }}
                />
              )}
            </span>
            <span class="nb-number">{formatValue(value, 4)}</span>
          </>
        );
        return (
          <li key={id}>
            {onOpen ? (
              <button type="button" class="nb-ws-bar-row" title={said} onClick={() => onOpen(id)}>
                {inside}
              </button>
            ) : (
              <span class="nb-ws-bar-row" title={said}>
                {inside}
              </span>
            )}
          </li>
        );
      })}
      {props.left > 0 && <li class="nb-quiet">{props.left} more</li>}
    </ul>
  );
}
