// Histograms of one key: a heat map over all steps for each run, and the counts at the cursor's step.

import type { JSX } from "preact";
import { useMemo, useRef, useState } from "preact/hooks";
import { formatStep, formatValue } from "../../core/format";
import { EmptyState, Segmented } from "../../core/panel";
import type { RunView, ViewerProps } from "../../core/registry";
import type { MediaRow } from "../../core/wire";
import { ActualStep, absence, RunLabel } from "../run-label";
import { useDark } from "../theme";
import { HeatMap, Unbinned } from "./heat-map";
import { colorMap, commonAxis, type Histogram, parseHistogram, rebin, type Scale, unshade } from "./logic";
import { type OneStep, OneStepView } from "./one-step";
import { axesOf, type Extent } from "./ranges";
import { RidgeView } from "./ridge-view";

type Look = "map" | "ridges";
const LOOKS = [
  { value: "map", label: "Map", tip: "Counts as color over steps and values" },
  { value: "ridges", label: "Ridges", tip: "Steps behind each other, the first at the back" },
] as const;
const SCALES = [
  { value: "log", label: "Log", tip: "Color by the logarithm of the count: single values show" },
  { value: "linear", label: "Linear", tip: "Color in proportion to the count" },
] as const;
const EXTENTS = [
  { value: "all", label: "All", tip: "All values of all steps" },
  {
    value: "core",
    label: "Core",
    tip: "From the 5 % to the 95 % quantile of nine in ten steps; what lies beyond is not shown",
  },
] as const;

const HEIGHT = 176;
const HEIGHT_OF_SEVERAL = 112;
/** From this many runs on the heat maps are small, beside each other, and scroll. */
const MANY = 5;
const HEIGHT_OF_MANY = 72;

const parsed = new WeakMap<MediaRow, Histogram | null>();

function histogramOf(row: MediaRow): Histogram | null {
  let histogram = parsed.get(row);
  if (histogram === undefined) {
    histogram = parseHistogram(row);
    parsed.set(row, histogram);
  }
  return histogram;
}

interface Track {
  run: RunView;
  histograms: Histogram[];
}

export function HistogramViewer(props: ViewerProps): JSX.Element {
  const { runs, name, kind, cursor } = props;
  const root = useRef<HTMLDivElement>(null);
  const dark = useDark(root);
  const [idx, setIdx] = useState(0);
  const [fitted, setFitted] = useState(false);
  const [look, setLook] = useState<Look>("map");
  const [colors, setColors] = useState<Scale>("log");
  const [lines, setLines] = useState(false);
  const [extent, setExtent] = useState<Extent>("all");
  const [own, setOwn] = useState(false);

  // `mediaSteps` hands out the same array until a step is added; a row that was pending is a new object.
  const rows = runs.map(({ model }) =>
    Array.from(model.mediaSteps(name, kind), (s) => model.mediaAt(name, kind, s)[idx]),
  );
  const count = Math.max(1, ...runs.map(({ model }) => lengthAt(model, props)));
  const tracks = useStable(
    runs.map((run, i) => ({
      run,
      histograms: (rows[i] ?? []).flatMap((row) => (row && histogramOf(row)) || []),
    })),
  );
  const several = runs.length > 1;
  const apart = several && own;
  const { axes, columns, max, range } = useMemo(() => scale(tracks, extent, apart), [tracks, extent, apart]);

  const exact = cursor.mode.value === "exact";
  const here = tracks.map((track) => {
    const steps = track.run.model.mediaSteps(name, kind);
    const step = cursor.resolve(steps, track.run.model);
    const row = step === null ? undefined : track.run.model.mediaAt(name, kind, step)[idx];
    return { ...track, steps, step, row, histogram: row ? histogramOf(row) : null };
  });
  const parts = here.flatMap(({ run, histogram }, i) =>
    histogram ? [{ run, histogram, axis: axes[i] as Float64Array }] : [],
  );
  const height =
    runs.length >= MANY && look === "map" ? HEIGHT_OF_MANY : several ? HEIGHT_OF_SEVERAL : HEIGHT;
  const atStep = (of: (OneStep & { axis: Float64Array })[], tall: number): JSX.Element => {
    const axis = fitted
      ? commonAxis(
          of.map((part) => part.histogram),
          1,
        )
      : (of[0]?.axis as Float64Array);
    const [lo, hi] = [axis[0] as number, axis[axis.length - 1] as number];
    return <OneStepView parts={of} lo={lo} hi={hi} height={tall} several={several} lines={lines} />;
  };

  return (
    <div class="nb-histograms" ref={root}>
      <div class="nb-histogram-over-steps">
        <div class="nb-viewer-bar">
          <Segmented label="Steps as" value={look} options={LOOKS} onChange={setLook} />
          {look === "map" && (
            <>
              <Segmented label="Color by count" value={colors} options={SCALES} onChange={setColors} />
              <Legend max={max} dark={dark} scale={colors} />
            </>
          )}
          <Check
            label="quantiles"
            tip="Lines at 5, 25, 50, 75 and 95 % of the values, from the bins"
            on={lines}
            set={setLines}
          />
          <Segmented label="Range of values" value={extent} options={EXTENTS} onChange={setExtent} />
          {several && (
            <Check
              label="per run"
              tip="Each run over its own range, instead of one for all"
              on={own}
              set={setOwn}
            />
          )}
          <span class="nb-spring" />
          {count > 1 && (
            <label class="nb-quiet">
              item{" "}
              <select value={idx} onChange={(event) => setIdx(Number(event.currentTarget.value))}>
                {Array.from({ length: count }, (_, i) => (
                  <option key={i} value={i}>
                    {i + 1} of {count}
                  </option>
                ))}
              </select>
            </label>
          )}
        </div>
        <div class={runs.length >= MANY ? "nb-heats nb-heats-many" : "nb-heats"}>
          {tracks.map((track, i) => {
            const shared = {
              histograms: track.histograms,
              columns: columns[i] ?? [],
              axis: axes[i] as Float64Array,
              height,
              cursor,
              model: track.run.model,
            };
            return (
              <div key={track.run.model.id}>
                {several && <RunLabel run={track.run} />}
                {track.histograms.length === 0 ? (
                  <EmptyState title="No histogram of this run yet" />
                ) : look === "ridges" ? (
                  <RidgeView
                    {...shared}
                    label={`Histograms of ${name} of ${track.run.label} as ridges`}
                    color={track.run.color}
                    marks={lines}
                  />
                ) : (
                  <HeatMap
                    {...shared}
                    label={`Histograms of ${name} of ${track.run.label} over ${track.histograms.length} steps`}
                    range={range}
                    max={max}
                    scale={colors}
                    lines={lines}
                    dark={dark}
                  />
                )}
              </div>
            );
          })}
        </div>
      </div>
      <div class="nb-histogram-at-step">
        <div class="nb-viewer-bar">
          <span class="nb-quiet">
            step{" "}
            {formatStep(
              !several && here[0]?.step != null
                ? here[0].step
                : here[0]
                  ? cursor.at(here[0].run.model)
                  : cursor.step.value,
            )}
          </span>
          <Check
            label="fit range"
            tip="Only the values of this step, instead of the range of all steps"
            on={fitted}
            set={setFitted}
          />
        </div>
        {parts.length > 0 ? (
          <div class={apart ? "nb-one-steps" : ""}>
            {apart
              ? parts.map((part) => <div key={part.run.model.id}>{atStep([part], HEIGHT_OF_SEVERAL)}</div>)
              : atStep(parts, HEIGHT)}
          </div>
        ) : (
          <div class="nb-one-step-empty" style={{ height: `${HEIGHT + 20}px` }}>
            {!several && (
              <EmptyState
                title={
                  reason(here[0]?.row) ??
                  absence(here[0]?.steps ?? [], here[0] ? cursor.at(here[0].run.model) : 0, exact)
                }
              />
            )}
          </div>
        )}
        <div class={runs.length >= MANY ? "nb-heats-many" : ""}>
          {here.map(({ run, histogram, row, step, steps }) => (
            <div key={run.model.id} class="nb-histogram-facts">
              {several && <RunLabel run={run} />}
              {several && <ActualStep step={step} cursor={cursor.at(run.model)} />}
              {histogram ? (
                <Totals histogram={histogram} />
              ) : (
                several && (
                  <span class="nb-quiet">{reason(row) ?? absence(steps, cursor.at(run.model), exact)}</span>
                )
              )}
            </div>
          ))}
        </div>
      </div>
    </div>
  );
}

function Check(props: { label: string; tip: string; on: boolean; set: (on: boolean) => void }): JSX.Element {
  return (
    <label class="nb-quiet nb-check" title={props.tip}>
      <input
        type="checkbox"
        checked={props.on}
        onChange={(event) => props.set(event.currentTarget.checked)}
      />
      {props.label}
    </label>
  );
}

function lengthAt(model: RunView["model"], props: ViewerProps): number {
  const steps = model.mediaSteps(props.name, props.kind);
  const last = steps[steps.length - 1];
  return last === undefined ? 0 : model.mediaAt(props.name, props.kind, last).length;
}

/** The same array as before while it holds the same histograms, so that scales and canvases are kept. */
function useStable(tracks: Track[]): Track[] {
  const held = useRef<Track[]>(tracks);
  const same =
    held.current.length === tracks.length &&
    tracks.every((track, i) => {
      const before = held.current[i];
      return (
        before?.run.model === track.run.model &&
        before.run.color === track.run.color &&
        before.run.label === track.run.label &&
        before.histograms.length === track.histograms.length &&
        track.histograms.every((h, k) => h === before.histograms[k])
      );
    });
  if (!same) held.current = tracks;
  return held.current;
}

/** What all heat maps share, the steps and the strongest color; and the values that each ranges over. */
function scale(tracks: Track[], extent: Extent, own: boolean) {
  const runs = tracks.map((track) => track.histograms);
  const all = runs.flat();
  const axes = axesOf(runs, extent, own);
  const columns = runs.map((histograms, i) => histograms.map((h) => rebin(h, axes[i] as Float64Array)));
  let max = 0;
  for (const column of columns.flat()) for (const value of column) if (value > max) max = value;
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (const { step } of all) {
    first = Math.min(first, step);
    last = Math.max(last, step);
  }
  const range: readonly [number, number] = all.length > 0 ? [first, last] : [0, 1];
  return { axes, columns, max, range };
}

/** Why a row that is there holds no histogram. */
function reason(row: MediaRow | undefined): string | null {
  if (!row) return null;
  if (typeof row.meta.error === "string") return row.meta.error;
  return row.pending ? "Still being counted…" : "This histogram could not be read";
}

function Totals(props: { histogram: Histogram }): JSX.Element {
  const { total, values } = props.histogram;
  return (
    <span class="nb-quiet">
      {formatValue(total)} {total === 1 ? "value" : "values"} in {values.length} bins{" "}
      <Unbinned histogram={props.histogram} />
    </span>
  );
}

function Legend(props: { max: number; dark: boolean; scale: Scale }): JSX.Element {
  const { max, dark, scale } = props;
  const map = colorMap(dark);
  const stops = [1, 64, 128, 192, 255].map((i) => `rgb(${map[i * 4]} ${map[i * 4 + 1]} ${map[i * 4 + 2]})`);
  const middle = formatValue(unshade(128, max, scale), 2);
  return (
    <span class="nb-legend" title="Count per bin; no color: none">
      <span>count</span>
      <span class="nb-legend-bar" style={{ background: `linear-gradient(to right, ${stops.join(",")})` }} />
      <span class="nb-legend-marks">
        <span>{max > 1 && scale === "log" ? "1" : "0"}</span>
        <span>{middle}</span>
        <span>{formatValue(max, 3)}</span>
      </span>
    </span>
  );
}
