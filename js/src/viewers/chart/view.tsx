// Charts at the cursor's step, drawn by Vega: one for each run, or all runs in one.

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Io } from "../../core/io";
import { messageOf } from "../../core/message";
import { EmptyState, ErrorLine, Segmented } from "../../core/panel";
import type { RunView, ViewerProps } from "../../core/registry";
import { themeVersion } from "../../core/theme";
import type { MediaRow } from "../../core/wire";
import { download } from "../download";
import { FigureFoot } from "../figure-foot";
import { EachRun } from "../rows";
import { Drawing } from "./drawing";
import { brokenBy, emptiness, UNREAD, unplaced, warned } from "./faults";
import { type Chart, canOverlay, overlaid, readChart, rowsOf } from "./logic";
import { lookOf } from "./look";
import type { Library } from "./vega-view";

/** A chart of a run, where it lies. */
interface Source {
  run: RunView;
  row: MediaRow;
}

interface Charts {
  /** In the order of the sources; the last ones stay until the next have come. */
  charts: Chart[] | null;
  error: string | null;
  retry: () => void;
}

function useCharts(io: Io, sources: readonly Source[]): Charts {
  const charts = useSignal<Chart[] | null>(null);
  const error = useSignal<string | null>(null);
  const tries = useSignal(0);
  const wanted = sources.map(({ row }) => row.blob ?? "").join();
  useEffect(() => {
    if (sources.some(({ row }) => !row.blob)) return undefined;
    const stop = new AbortController();
    const read = async ({ run, row }: Source): Promise<Chart> => {
      const blob = await io.blob(run.model.id, row.blob as string, null, stop.signal);
      return readChart(await blob.text());
    };
    Promise.all(sources.map(read)).then(
      (found) => {
        if (stop.signal.aborted) return;
        error.value = null;
        charts.value = found;
      },
      (reason: unknown) => {
        if (!stop.signal.aborted) error.value = messageOf(reason);
      },
    );
    return () => stop.abort();
  }, [wanted, tries.value]);
  return { charts: charts.value, error: error.value, retry: () => tries.value++ };
}

/** One drawing, of one chart or of several over each other. */
function Drawn(props: { sources: readonly Source[]; io: Io; name: string; charts: Charts }): JSX.Element {
  const { sources, io, name } = props;
  const { charts, error: lost, retry } = props.charts;
  const place = useRef<HTMLDivElement>(null);
  const tip = useRef<HTMLDListElement>(null);
  const drawing = useRef<Drawing | null>(null);
  const library = useSignal<Library | null>(null);
  const unloaded = useSignal<string | null>(null);
  const broken = useSignal<string | null>(null);
  const warning = useSignal<string | null>(null);
  const drawn = useSignal(false);
  const tries = useSignal(0);
  const theme = themeVersion().value;

  useEffect(() => {
    const stop = new AbortController();
    io.library("vega", stop.signal).then(
      (found) => {
        unloaded.value = null;
        library.value = found as Library;
      },
      (reason: unknown) => {
        if (!stop.signal.aborted) unloaded.value = messageOf(reason);
      },
    );
    return () => stop.abort();
  }, [tries.value]);

  useEffect(() => {
    const el = place.current;
    if (!el || !tip.current || !library.value || !charts || charts.length !== sources.length) return;
    drawing.current ??= new Drawing(library.value, el, tip.current);
    const first = charts[0] as Chart;
    const runs = sources.map(({ run }) => ({ label: run.label, color: run.color }));
    const several = charts.length > 1;
    const spec = several ? overlaid(first.spec, runs) : first.spec;
    const rows = charts.flatMap((chart, i) => rowsOf(chart, several ? runs[i]?.label : undefined));
    drawing.current.draw(spec, rows, lookOf(el)).then(
      () => {
        broken.value = null;
        drawn.value = true;
        const { named, warnings } = drawing.current as Drawing;
        const unread = !named && Object.keys(first.columns).length > 0;
        warning.value = unread ? UNREAD : warnings[0] ? warned(warnings[0], first) : null;
      },
      (reason: unknown) => {
        drawing.current?.finish();
        broken.value = brokenBy(spec, messageOf(reason));
      },
    );
  }, [library.value, charts, theme, sources.map(({ run }) => run.label + run.color).join()]);

  useEffect(() => {
    const watcher = new ResizeObserver(() => void drawing.current?.fit());
    watcher.observe(place.current as HTMLElement);
    return () => {
      watcher.disconnect();
      drawing.current?.finish();
    };
  }, []);

  const save = async (kind: "png" | "svg"): Promise<void> => {
    const file = await drawing.current?.file(kind);
    if (file) download(file, `${name}.${kind}`);
  };

  const pending = sources.some(({ row }) => !row.blob);
  const failed = sources.map(({ row }) => row.meta.error).find((one) => typeof one === "string");
  const note = charts?.map((chart) => chart.note).find((one) => one);
  const empty = charts && emptiness(charts, fieldsOf(sources));
  const notes = [
    ...(note
      ? [{ text: note, title: `${note}; the table beside the chart holds all rows as they are` }]
      : []),
    ...[charts && unplaced(charts), warning.value]
      .filter((text) => text !== null && !empty)
      .map((text) => ({ text: text as string, title: text as string })),
  ];
  return (
    <div class="nb-chart-place nb-figure-place">
      {failed ? (
        <ErrorLine text={failed as string} />
      ) : lost || unloaded.value ? (
        <ErrorLine
          text={(lost ?? unloaded.value) as string}
          retry={() => {
            retry();
            tries.value++;
          }}
        />
      ) : broken.value ? (
        <ErrorLine text={broken.value} />
      ) : (
        !drawn.value && (
          <EmptyState title={pending ? "Being stored…" : "Loading Vega (0.8 MB, once per page)…"} />
        )
      )}
      {empty && <EmptyState title={empty} />}
      <div
        ref={place}
        class="nb-chart nb-own-keys"
        role="img"
        aria-label={`Chart: ${name}`}
        style={empty ? { height: 0 } : undefined}
      />
      <dl ref={tip} class="nb-chart-tip" hidden />
      <FigureFoot notes={notes} onSave={drawn.value && !broken.value && !empty ? save : null} />
    </div>
  );
}

/** Holes of W&B's presets for names: without these there is still something to draw. */
const NAMING = new Set(["class", "label", "lineKey", "stroke"]);

/** Columns without which a preset draws nothing, whichever run's; of presets of one's own nobody knows. */
const fieldsOf = (sources: readonly Source[]): string[] =>
  sources.flatMap(({ row: { meta } }) =>
    Object.entries(String(meta.spec_name).startsWith("wandb/") ? (meta.fields ?? {}) : {})
      .filter(([hole]) => !NAMING.has(hole))
      .map(([, column]) => column as string),
  );

function One(props: { source: Source; io: Io; name: string }): JSX.Element {
  const { source, io, name } = props;
  return <Drawn sources={[source]} io={io} name={name} charts={useCharts(io, [source])} />;
}

/** Charts of several runs: in one, when their preset says how. */
function Several(props: ViewerProps & { sources: Source[] }): JSX.Element {
  const { sources, io, name } = props;
  const layout = useSignal<"over" | "beside">("over");
  const found = useCharts(io, sources);
  const could = found.charts !== null && found.charts.length === sources.length && canOverlay(found.charts);
  return (
    <>
      {could && (
        <div class="nb-viewer-bar">
          <Segmented
            label="How runs are drawn"
            value={layout.value}
            options={[
              { value: "over", label: "In one", tip: "All runs over the same axes" },
              { value: "beside", label: "Side by side", tip: "A chart for each run" },
            ]}
            onChange={(value) => {
              layout.value = value;
            }}
          />
        </div>
      )}
      {could && layout.value === "over" ? (
        <Drawn sources={sources} io={io} name={name} charts={found} />
      ) : (
        <Beside {...props} />
      )}
    </>
  );
}

function Beside(props: ViewerProps): JSX.Element {
  return (
    <EachRun {...props} class="nb-charts">
      {(rows, run) => (
        <>
          {rows.map((row) => (
            <One key={row.idx} source={{ run, row }} io={props.io} name={props.name} />
          ))}
        </>
      )}
    </EachRun>
  );
}

export function ChartViewer(props: ViewerProps): JSX.Element {
  const { runs, name, kind, cursor } = props;
  const sources = runs.flatMap((run) => {
    const step = cursor.resolve(run.model.mediaSteps(name, kind), run.model);
    const rows = step === null ? [] : run.model.mediaAt(name, kind, step);
    return rows.length === 1 && rows[0] ? [{ run, row: rows[0] }] : [];
  });
  // A run without the chart at this step has to say so: then each stands alone.
  return runs.length > 1 && sources.length === runs.length ? (
    <Several {...props} sources={sources} />
  ) : (
    <Beside {...props} />
  );
}
