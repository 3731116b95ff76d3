// A point for each run: two of its fields as places, a third as color.

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import { formatValue } from "../../../../core/format";
import { EmptyState } from "../../../../core/panel";
import type { Box } from "../../../../viewers/size";
import { type BodyProps, isOn, plainName, textOf } from "../work";
import { Axes, Card, MARGIN, ofRows, partNote, Sized, Tip } from "./frame";
import { type FieldRow, numberOf, useRows } from "./rows";
import { heat, scaleOf } from "./scale";

interface Point {
  row: FieldRow;
  x: number;
  y: number;
  z: number | null;
}

export function ScatterPanel(props: BodyProps): JSX.Element {
  const { panel, work } = props;
  const fields = ["x", "y", "color"].map((name) => textOf(panel, name)).filter((field) => field !== "");
  const found = useRows(work, fields);
  return (
    <Card title={panel.title} note={partNote(found)}>
      {() => ofRows(found, "No runs to draw", (rows) => <Points {...props} rows={rows} />)}
    </Card>
  );
}

/** How far from the pointer a point may be that is meant, in pixels. */
const REACH = 18;

function Points(props: BodyProps & { rows: FieldRow[] }): JSX.Element {
  const { panel, work, rows } = props;
  const [xField, yField, color] = ["x", "y", "color"].map((name) => textOf(panel, name)) as [
    string,
    string,
    string,
  ];
  const [logX, logY] = [isOn(panel, "log_x"), isOn(panel, "log_y")];
  const points = useMemo(
    () =>
      rows.flatMap((row): Point[] => {
        const [x, y] = [numberOf(row.values[0]), numberOf(row.values[1])];
        if (x === null || y === null || (logX && x <= 0) || (logY && y <= 0)) return [];
        return [{ row, x, y, z: color ? numberOf(row.values[2]) : null }];
      }),
    [rows, color, logX, logY],
  );
  if (points.length === 0)
    return <EmptyState title={`No run has numbers for both ${plainName(xField)} and ${plainName(yField)}`} />;
  return (
    <Sized>
      {(box) => (
        <Plot
          box={box}
          points={points}
          names={[plainName(xField), plainName(yField), plainName(color)]}
          log={[logX, logY]}
          label={panel.title}
          onOpen={(id) => work.project.openRun(id)}
        />
      )}
    </Sized>
  );
}

function Plot(props: {
  box: Box;
  points: Point[];
  names: [string, string, string];
  log: [boolean, boolean];
  label: string;
  onOpen: (id: string) => void;
}): JSX.Element {
  const { box, points, names, log } = props;
  const near = useSignal<Point | null>(null);
  const heats = points.flatMap(({ z }) => (z === null ? [] : [z]));
  const heated = heats.length > 0;
  const x = useMemo(
    () =>
      scaleOf(
        points.map((point) => point.x),
        MARGIN.left,
        box.width - MARGIN.right,
        { log: log[0] },
      ),
    [points, box, log[0]],
  );
  const y = useMemo(
    () =>
      scaleOf(
        points.map((point) => point.y),
        box.height - MARGIN.bottom,
        heated ? MARGIN.top + 12 : MARGIN.top,
        { log: log[1], count: Math.max(2, Math.round(box.height / 45)) },
      ),
    [points, box, log[1], heated],
  );
  const [least, most] = [Math.min(...heats), Math.max(...heats)];
  const colorOf = ({ row, z }: Point): string =>
    !heated ? row.color : z === null ? "var(--nb-line-strong)" : heat((z - least) / (most - least || 1));
  const nearest = (event: MouseEvent): Point | null => {
    const { left, top } = (event.currentTarget as Element).getBoundingClientRect();
    let [best, gap]: [Point | null, number] = [null, REACH];
    for (const point of points) {
      const away = Math.hypot(x.at(point.x) - (event.clientX - left), y.at(point.y) - (event.clientY - top));
      if (away < gap) [best, gap] = [point, away];
    }
    return best;
  };
  const shown = near.value;
  return (
    <>
      <svg
        class="nb-ws-chart"
        width={box.width}
        height={box.height}
        role="img"
        aria-label={`${props.label}: ${points.length} runs`}
        style={shown ? { cursor: "pointer" } : undefined}
        onPointerMove={(event) => {
          near.value = nearest(event);
        }}
        onPointerLeave={() => {
          near.value = null;
        }}
        onClick={(event) => {
          const point = nearest(event);
          if (point) props.onOpen(point.row.id);
        }}
        onKeyDown={() => undefined}
      >
        <Axes x={x} y={y} box={box} xName={names[0]} yName={names[1]} />
        {points.map((point) => (
          <circle
            key={point.row.id}
            cx={x.at(point.x).toFixed(1)}
            cy={y.at(point.y).toFixed(1)}
            r={point === shown ? 6 : 4}
            style={{ fill: colorOf(point) }}
            data-run={point.row.name}
          />
        ))}
      </svg>
      {heated && <HeatLegend name={names[2]} least={least} most={most} />}
      {shown && (
        <Tip
          left={x.at(shown.x)}
          top={y.at(shown.y)}
          box={box}
          color={colorOf(shown)}
          name={shown.row.name}
          lines={[
            [names[0], shown.x],
            [names[1], shown.y],
            ...(shown.z === null ? [] : [[names[2], shown.z] as [string, number]]),
          ]}
        />
      )}
    </>
  );
}

export function HeatLegend(props: { name: string; least: number; most: number }): JSX.Element {
  const stops = [0, 0.33, 0.66, 1].map(heat).join(", ");
  return (
    <div class="nb-ws-heat" title={props.name}>
      <span class="nb-number">{formatValue(props.least, 3)}</span>
      <span class="nb-ws-heat-bar" style={{ background: `linear-gradient(90deg, ${stops})` }} />
      <span class="nb-number">{formatValue(props.most, 3)}</span>
      <span class="nb-quiet">{props.name}</span>
    </div>
  );
}
