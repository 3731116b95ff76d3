// The curve of one key, or of an expression: a card with its name, the value at the cursor, and the chart.

import { effect, useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";
import type { Cursor } from "../../core/cursor";
import { formatStep, formatValue } from "../../core/format";
import { colorOf } from "../../core/palette";
import { IconButton, Lazy } from "../../core/panel";
import { type RunView, registerViewer, type ViewerProps } from "../../core/registry";
import { themeVersion } from "../../core/theme";
import { lazy } from "../lazy";
import { groupsOf, legendLines } from "./grouping";
import { legendOf } from "./logic";
import { optionsOf, type Zoom } from "./options";
import { CurvePlot, type Hover, type HoverRow, PLOT_HEIGHT } from "./plot";
import type { CurveDef } from "./points";
import type { SaveProps } from "./save";
import "./style.css";

const Save = lazy<SaveProps>("curves", "save");
const LARGE_HEIGHT = 420;

interface CurveProps extends ViewerProps {
  /** An expression over several keys; absent: the key `name`. */
  def?: CurveDef;
}

export function Curve(props: CurveProps): JSX.Element {
  const large = useSignal(false);
  const { runs } = props;
  const lines = legendLines(runs, optionsOf(props.cursor).grouping.value?.by);
  const height = large.value ? LARGE_HEIGHT : PLOT_HEIGHT;
  return (
    // A grid of charts may ask for more lines, so that all of them are of one height.
    <figure
      aria-label={props.name}
      class={`nb-card nb-curve${runs.length > 1 ? " nb-several" : ""}${large.value ? " nb-large" : ""}`}
      style={{ "--nb-lines": `var(--nb-grid-lines, ${lines})`, "--nb-plot": `${height}px` }}
    >
      <Lazy height={height + 24} label={props.name}>
        {() => (
          <Chart
            {...props}
            height={height}
            large={large.value}
            onLarge={() => {
              large.value = !large.value;
            }}
          />
        )}
      </Lazy>
    </figure>
  );
}

/** Value of a run at the cursor, or what there is to say instead. */
function valueAt(run: RunView, def: CurveDef, cursor: Cursor, digits: number): string {
  const held = def.keys.map((key) => run.model.series(key));
  for (const data of held) data.version.value;
  const [first] = held;
  const step = first ? cursor.resolve(first.steps, run.model) : null;
  if (step === null) return "–";
  const values = held.map((data) => data.values[data.indexAt(step)] ?? Number.NaN);
  return formatValue(def.value ? def.value(values) : (values[0] as number), digits);
}

interface ChartProps extends CurveProps {
  height: number;
  large: boolean;
  onLarge: () => void;
}

function Chart(props: ChartProps): JSX.Element {
  const { runs, name, cursor, io, onPick, height, large } = props;
  const def = useMemo((): CurveDef => props.def ?? { name, keys: [name] }, [name, props.def]);
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<CurvePlot | null>(null);
  const hover = useSignal<Hover | null>(null);
  const saving = useSignal(false);
  const own = useSignal<Zoom | null>(null);
  const options = optionsOf(cursor);
  const { values, digits } = legendOf(runs.length);
  const grouping = runs.length > 1 ? options.grouping.value : null;
  const identity = runs.map((run) => `${run.model.id} ${run.color}`).join("\n");

  useEffect(() => {
    const el = box.current;
    if (!el) return undefined;
    const look = () => ({
      axis: options.axis.value,
      logX: options.logX.value,
      logY: options.logY.value,
      smoothing: options.smoothing.value,
      clip: options.clip.value,
      grouping: runs.length > 1 ? options.grouping.value : null,
    });
    const chart = new CurvePlot(el, def, runs, look(), {
      onHover: (found) => {
        hover.value = found;
      },
      onPick: (run, step) => {
        cursor.goTo(step, run.model);
        onPick?.(run, step);
      },
      onRange: (range) => {
        const zoom = options.linked.peek() ? options.zoom : own;
        zoom.value = range && { axis: chart.axis, lo: range[0], hi: range[1] };
      },
      onDetail: (run, keys, lo, hi, buckets, stop, mean) =>
        io.series(run.model.id, keys, lo, hi, buckets, stop, mean),
    });
    plot.current = chart;
    const resized = new ResizeObserver(() => chart.resize(el.clientWidth, el.clientHeight));
    resized.observe(el);
    chart.resize(el.clientWidth, el.clientHeight);
    const theme = themeVersion();
    let styled = theme.peek();
    const stops = [
      effect(() => {
        for (const run of runs) {
          for (const key of def.keys) run.model.series(key).version.value;
          run.model.info.value;
          const axis = chart.axis;
          if (axis) run.model.series(axis).version.value;
          if (options.grouping.value) run.model.config.value;
        }
        chart.update(look());
        if (theme.value !== styled) {
          styled = theme.value;
          chart.restyle();
        }
      }),
      effect(() => {
        const zoom = options.linked.value ? options.zoom.value : own.value;
        options.axis.value;
        chart.zoom(zoom && zoom.axis === chart.axis ? [zoom.lo, zoom.hi] : null);
      }),
      effect(() => {
        // Where runs are aligned, the cursor stands at a place of the axis and not at a step.
        if (cursor.axis && cursor.axis === chart.axis) chart.showPlace(cursor.step.value);
        else chart.showStep(runs[0] ? cursor.at(runs[0].model) : null);
      }),
    ];
    return () => {
      for (const stop of stops) stop();
      resized.disconnect();
      chart.destroy();
      plot.current = null;
    };
  }, [identity, def, cursor, io]);

  return (
    <>
      <figcaption class="nb-card-head">
        <span class="nb-card-title" title={name}>
          {name}
        </span>
        {grouping ? (
          <span class="nb-card-values nb-curve-groups">
            {groupsOf(runs, grouping.by).map(({ label }, i) => (
              <span key={label} title={label}>
                <span class="nb-swatch" style={{ background: grouping.colors?.[label] ?? colorOf(i) }} />{" "}
                {label}
              </span>
            ))}
          </span>
        ) : (
          <span class="nb-card-values">
            {runs.slice(0, values).map((run) => (
              <span key={run.model.id} class="nb-number" style={{ "--nb-run": run.color }} title={run.label}>
                {valueAt(run, def, cursor, digits)}
              </span>
            ))}
            {runs.length > values && <span class="nb-quiet">+{runs.length - values}</span>}
          </span>
        )}
      </figcaption>
      <div class="nb-curve-acts">
        {saving.value && <Save io={io} runs={runs} def={def} plot={plot} />}
        <IconButton
          icon={saving.value ? "close" : "save"}
          label={saving.value ? "Close" : `Save ${name}`}
          onClick={() => {
            saving.value = !saving.value;
          }}
        />
        <IconButton
          icon={large ? "reduce" : "enlarge"}
          label={large ? "Smaller" : `Enlarge ${name}`}
          onClick={props.onLarge}
        />
        {props.def && options.expressions.value.includes(props.def) && (
          <IconButton
            icon="close"
            label={`Remove ${name}`}
            onClick={() => {
              options.expressions.value = options.expressions.value.filter((one) => one !== def);
            }}
          />
        )}
      </div>
      <div class="nb-plot" ref={box} role="img" aria-label={`Curve of ${name}`} />
      {hover.value && options.hoverRows.value > 0 && (
        <HoverBox
          hover={hover.value}
          plot={box.current}
          // Where a chart stands in a frame, its plot is as high as that leaves it.
          height={box.current?.clientHeight || height}
          most={options.hoverRows.value}
        />
      )}
    </>
  );
}

/** Of more than `most` runs, those nearest to the pointer. */
function HoverBox(props: {
  hover: Hover;
  plot: HTMLElement | null;
  height: number;
  most: number;
}): JSX.Element {
  const { most } = props;
  const { left, top, x, rows } = props.hover;
  const near = rows.findIndex((row) => row.near);
  const from = Math.max(0, Math.min(near - most / 2, rows.length - most));
  const single = rows.length === 1 && rows[0]?.line.run !== null;
  // Shifted by as much of its own width as it stands to the right: so it never leaves the card.
  const width = props.plot?.clientWidth ?? 0;
  const shift = width > 0 ? Math.round((left / width) * 100) : 0;
  const below = top + (props.plot?.offsetTop ?? 0) + 22;
  const place = top < props.height / 2 ? { top: `${below}px` } : { bottom: `${props.height - top + 18}px` };
  return (
    <div class="nb-hover" style={{ left: `${left}px`, transform: `translateX(-${shift}%)`, ...place }}>
      {x !== null && <div class="nb-quiet">{x}</div>}
      {rows.slice(from, from + most).map((row) => (
        <Row key={row.line.label} row={row} single={single} />
      ))}
      {rows.length > most && <div class="nb-quiet">{rows.length - most} more</div>}
    </div>
  );
}

function Row(props: { row: HoverRow; single: boolean }): JSX.Element {
  const { line, step, value, band, near } = props.row;
  return (
    <div class={near && !props.single ? "nb-hover-row nb-near" : "nb-hover-row"}>
      <span class="nb-swatch" style={{ background: line.color }} />
      {!props.single && <span class="nb-hover-name">{line.label}</span>}
      <b class="nb-number">{formatValue(value, 7)}</b>
      {band && Number.isFinite(band[0]) && (
        <span class="nb-number nb-quiet">
          {formatValue(band[0], 4)} … {formatValue(band[1], 4)}
        </span>
      )}
      <span class="nb-quiet">
        {line.run ? `step ${formatStep(step)}` : `${line.count} ${line.count === 1 ? "run" : "runs"}`}
      </span>
    </div>
  );
}

registerViewer("number", { title: "curve", component: Curve });
