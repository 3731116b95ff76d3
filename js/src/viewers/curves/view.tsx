// The curve of one key: a card with its name, the value at the cursor, and the chart.

import { effect, useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Cursor } from "../../core/cursor";
import { formatStep, formatValue } from "../../core/format";
import { Lazy } from "../../core/panel";
import { type RunView, registerViewer, type ViewerProps } from "../../core/registry";
import { themeVersion } from "../../core/theme";
import { legendOf } from "./logic";
import { optionsOf } from "./options";
import { CurvePlot, type Hover, PLOT_HEIGHT } from "./plot";
import "./style.css";

export function Curve(props: ViewerProps): JSX.Element {
  const { length } = props.runs;
  return (
    // A grid of charts may ask for more lines, so that all of them are of one height.
    <figure
      class={length > 1 ? "nb-card nb-curve nb-several" : "nb-card nb-curve"}
      style={{ "--nb-lines": `var(--nb-grid-lines, ${legendOf(length).lines})` }}
    >
      <Lazy height={PLOT_HEIGHT + 24} label={props.name}>
        {() => <Chart {...props} />}
      </Lazy>
    </figure>
  );
}

/** Value of a run at the cursor, or what there is to say instead. */
function valueAt(run: RunView, key: string, cursor: Cursor, digits: number): string {
  const data = run.model.series(key);
  data.version.value;
  const step = cursor.resolve(data.steps);
  return step === null ? "–" : formatValue(data.values[data.indexAt(step)] as number, digits);
}

function Chart(props: ViewerProps): JSX.Element {
  const { runs, name, cursor, io, onPick } = props;
  const box = useRef<HTMLDivElement>(null);
  const hover = useSignal<Hover | null>(null);
  const options = optionsOf(cursor);
  const { values, digits } = legendOf(runs.length);
  const identity = runs.map((run) => `${run.model.id} ${run.color}`).join("\n");

  useEffect(() => {
    const el = box.current;
    if (!el) return undefined;
    const plot = new CurvePlot(el, name, runs, {
      onHover: (found) => {
        hover.value = found;
      },
      onPick: (run, step) => {
        cursor.moveTo(step);
        onPick?.(run, step);
      },
      onZoom: (run, lo, hi, buckets, stop) => io.series(run.model.id, name, lo, hi, buckets, stop),
    });
    const resized = new ResizeObserver(() => plot.resize(el.clientWidth));
    resized.observe(el);
    plot.resize(el.clientWidth);
    const theme = themeVersion();
    let styled = theme.peek();
    const stops = [
      effect(() => {
        for (const run of runs) {
          run.model.series(name).version.value;
          const metric = run.model.info.value?.metrics[name]?.stepMetric;
          if (metric) run.model.series(metric).version.value;
        }
        plot.update({ axis: options.axis.value, log: options.log.value, smooth: options.smooth.value });
        if (theme.value !== styled) {
          styled = theme.value;
          plot.restyle();
        }
      }),
      effect(() => plot.showStep(cursor.step.value)),
    ];
    return () => {
      for (const stop of stops) stop();
      resized.disconnect();
      plot.destroy();
    };
  }, [identity, name, cursor, io]);

  return (
    <>
      <figcaption class="nb-card-head">
        <span class="nb-card-title" title={name}>
          {name}
        </span>
        <span class="nb-card-values">
          {runs.slice(0, values).map((run) => (
            <span key={run.model.id} class="nb-number" style={{ "--nb-run": run.color }} title={run.label}>
              {valueAt(run, name, cursor, digits)}
            </span>
          ))}
          {runs.length > values && <span class="nb-quiet">+{runs.length - values}</span>}
        </span>
      </figcaption>
      <div class="nb-plot" ref={box} role="img" aria-label={`Curve of ${name}`} />
      {hover.value && <HoverBox hover={hover.value} plot={box.current} single={runs.length === 1} />}
    </>
  );
}

/** Rows of the box at most; with more runs, those nearest to the pointer. */
const HOVER_ROWS = 10;

function HoverBox(props: { hover: Hover; plot: HTMLElement | null; single: boolean }): JSX.Element {
  const { left, top, rows } = props.hover;
  const near = rows.findIndex((row) => row.near);
  const from = Math.max(0, Math.min(near - HOVER_ROWS / 2, rows.length - HOVER_ROWS));
  // Shifted by as much of its own width as it stands to the right: so it never leaves the card.
  const width = props.plot?.clientWidth ?? 0;
  const shift = width > 0 ? Math.round((left / width) * 100) : 0;
  const below = top + (props.plot?.offsetTop ?? 0) + 22;
  const place = top < PLOT_HEIGHT / 2 ? { top: `${below}px` } : { bottom: `${PLOT_HEIGHT - top + 18}px` };
  return (
    <div class="nb-hover" style={{ left: `${left}px`, transform: `translateX(-${shift}%)`, ...place }}>
      {rows.slice(from, from + HOVER_ROWS).map((row) => (
        <div
          key={row.run.model.id}
          class={row.near && !props.single ? "nb-hover-row nb-near" : "nb-hover-row"}
        >
          <span class="nb-swatch" style={{ background: row.run.color }} />
          {!props.single && <span class="nb-hover-name">{row.run.label}</span>}
          <b class="nb-number">{formatValue(row.value, 7)}</b>
          <span class="nb-quiet">step {formatStep(row.step)}</span>
        </div>
      ))}
    </div>
  );
}

/** Axis, logarithm and smoothing of all curves of a panel. */
export function CurveTools(props: { cursor: Cursor }): JSX.Element {
  const { axis, log, smooth } = optionsOf(props.cursor);
  return (
    <div class="nb-curve-tools">
      <label
        class="nb-option"
        title="Exponential moving average over all curves; the values stay faintly visible"
      >
        Smooth
        <input
          type="range"
          class="nb-range"
          min="0"
          max="0.99"
          step="0.01"
          value={smooth.value}
          aria-label="Smoothing"
          onInput={(event) => {
            smooth.value = Number(event.currentTarget.value);
          }}
        />
      </label>
      <button
        type="button"
        class={log.value ? "nb-toggle nb-on" : "nb-toggle"}
        aria-pressed={log.value}
        title="Logarithmic y axis"
        onClick={() => {
          log.value = !log.value;
        }}
      >
        log y
      </button>
      <button
        type="button"
        class={axis.value === "time" ? "nb-toggle nb-on" : "nb-toggle"}
        aria-pressed={axis.value === "time"}
        title="Time since the start of the run on the x axis, instead of steps"
        onClick={() => {
          axis.value = axis.value === "time" ? "step" : "time";
        }}
      >
        time x
      </button>
    </div>
  );
}

registerViewer("number", { title: "curve", component: Curve });
