// How one field is spread over the runs.

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { formatValue } from "../../../../core/format";
import { EmptyState } from "../../../../core/panel";
import type { Box } from "../../../../viewers/size";
import { type BodyProps, plainName, textOf } from "../work";
import { Axes, Card, MARGIN, ofRows, partNote, Sized, Tip } from "./frame";
import { numberOf, useRows } from "./rows";
import { binned, scaleOf } from "./scale";

export function HistogramPanel(props: BodyProps): JSX.Element {
  const { panel, work } = props;
  const field = textOf(panel, "field");
  const found = useRows(work, [field]);
  const given = panel.config.bins;
  return (
    <Card title={panel.title} note={partNote(found)}>
      {() =>
        ofRows(found, "No runs to draw", (rows) => {
          const values = rows.flatMap((row) => numberOf(row.values[0]) ?? []);
          if (values.length === 0)
            return <EmptyState title={`No run has a number for ${plainName(field)}`} />;
          const count =
            typeof given === "number" && given >= 1
              ? Math.min(200, Math.round(given))
              : Math.max(5, Math.min(40, Math.ceil(Math.sqrt(values.length) * 1.5)));
          return (
            <Sized>{(box) => <Plot box={box} values={values} count={count} name={plainName(field)} />}</Sized>
          );
        })
      }
    </Card>
  );
}

function Plot(props: { box: Box; values: number[]; count: number; name: string }): JSX.Element {
  const { box, values, name } = props;
  const under = useSignal<number | null>(null);
  const bins = binned(values, props.count);
  const x = scaleOf(
    bins.flatMap(({ lo, hi }) => [lo, hi]),
    MARGIN.left,
    box.width - MARGIN.right,
    { pad: 0.02 },
  );
  const most = Math.max(...bins.map(({ n }) => n));
  const bottom = box.height - MARGIN.bottom;
  const y = scaleOf([0, most * 1.05], bottom, MARGIN.top, {
    pad: 0,
    count: Math.min(most, Math.round(box.height / 45)),
  });
  const shown = under.value === null ? undefined : bins[under.value];
  return (
    <>
      <svg
        class="nb-ws-chart"
        width={box.width}
        height={box.height}
        role="img"
        aria-label={`${name} of ${values.length} runs, from ${formatValue(bins[0]?.lo ?? 0)} to ${formatValue(bins.at(-1)?.hi ?? 0)}`}
        onPointerLeave={() => {
          under.value = null;
        }}
      >
        <Axes
          x={x}
          y={{ ...y, ticks: y.ticks.filter(Number.isInteger) }}
          box={box}
          xName={name}
          yName="runs"
        />
        {bins.map(({ lo, hi, n }, i) => {
          // All values are one: a bar of some width all the same.
          const [left, right] = lo === hi ? [x.at(lo) - 12, x.at(lo) + 12] : [x.at(lo), x.at(hi)];
          return (
            <rect
              key={lo}
              class={i === under.value ? "nb-ws-bin nb-on" : "nb-ws-bin"}
              x={left + 0.5}
              width={Math.max(1, right - left - 1)}
              y={y.at(n)}
              height={bottom - y.at(n)}
              onPointerEnter={() => {
                under.value = i;
              }}
            />
          );
        })}
      </svg>
      {shown && (
        <Tip
          left={(x.at(shown.lo) + x.at(shown.hi)) / 2}
          top={y.at(shown.n)}
          box={box}
          color="var(--nb-accent)"
          name={`${shown.n} ${shown.n === 1 ? "run" : "runs"}`}
          lines={[[name, `${formatValue(shown.lo, 4)} … ${formatValue(shown.hi, 4)}`]]}
        />
      )}
    </>
  );
}
