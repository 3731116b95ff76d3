// Plotly figures at the cursor's step, drawn by the plotly.js of the user's own plotly package.

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Io } from "../../core/io";
import { messageOf } from "../../core/message";
import { EmptyState, ErrorLine } from "../../core/panel";
import type { ViewerProps } from "../../core/registry";
import { themeVersion } from "../../core/theme";
import type { MediaRow } from "../../core/wire";
import { download } from "../download";
import { FigureFoot } from "../figure-foot";
import { EachRun } from "../rows";
import { CONFIG, fileOf, type Prepared, prepare } from "./logic";

interface Plotly {
  react(el: HTMLElement, data: unknown, layout: unknown, config: unknown): Promise<unknown>;
  purge(el: HTMLElement): void;
  /** A data URL. */
  toImage(el: HTMLElement, options: object): Promise<string>;
  Plots: { resize(el: HTMLElement): Promise<unknown> | undefined };
}

function Figure(props: { run: string; row: MediaRow; io: Io }): JSX.Element {
  const { run, row, io } = props;
  const place = useRef<HTMLDivElement>(null);
  const plotly = useRef<Plotly | undefined>(undefined);
  const text = useSignal<string | null>(null);
  const drawn = useSignal<Prepared | null>(null);
  const error = useSignal<string | null>(null);
  const tries = useSignal(0);
  const theme = themeVersion().value;

  const failed = (reason: unknown): void => {
    error.value = messageOf(reason);
  };

  useEffect(() => {
    if (!row.blob) return undefined;
    const stop = new AbortController();
    Promise.all([
      io.library("plotly", stop.signal).catch((reason: Error) => {
        const hint = "plotly figures are drawn by the plotly package (pip install plotly)";
        throw reason.message.includes("pip install") ? reason : new Error(`${reason.message}; ${hint}`);
      }),
      io.blob(run, row.blob, null, stop.signal).then((blob) => blob.text()),
    ])
      .then(([library, found]) => {
        if (stop.signal.aborted) return;
        plotly.current = library as Plotly;
        error.value = null;
        text.value = found;
      })
      .catch((reason: unknown) => {
        if (!stop.signal.aborted) failed(reason);
      });
    return () => stop.abort();
  }, [row.blob, tries.value]);

  useEffect(() => {
    const el = place.current;
    if (!el || text.value === null) return;
    try {
      const ink = getComputedStyle(el).color;
      const paper = getComputedStyle(el.closest(".nbtrack") ?? el).backgroundColor;
      // plotly.js writes into what it draws: each time it gets objects of its own.
      const figure = prepare(text.value, row.key, { ink, paper });
      el.style.maxWidth = figure.width ? `${figure.width}px` : "";
      drawn.value = figure;
      plotly.current?.react(el, figure.data, figure.layout, CONFIG).catch(failed);
    } catch (reason) {
      failed(reason);
    }
  }, [text.value, theme]);

  const save = async (format: "png" | "svg"): Promise<void> => {
    const el = place.current;
    if (!el || !plotly.current || !drawn.value) return;
    const { clientWidth: width, clientHeight: height } = el;
    try {
      const url = await plotly.current.toImage(el, {
        format,
        width,
        height,
        scale: format === "png" ? 2 : 1,
      });
      download(fileOf(url), `${row.key}.${format}`);
    } catch (reason) {
      failed(reason);
    }
  };

  useEffect(() => {
    const el = place.current as HTMLElement;
    let width = el.clientWidth;
    const watcher = new ResizeObserver(() => {
      if (el.clientWidth === width || !el.clientWidth || !drawn.value) return;
      width = el.clientWidth;
      plotly.current?.Plots.resize(el)?.catch(() => undefined); // out of sight again meanwhile
    });
    watcher.observe(el);
    return () => {
      watcher.disconnect();
      plotly.current?.purge(el);
    };
  }, []);

  const note = typeof row.meta.note === "string" ? row.meta.note : null;
  return (
    <div class="nb-plotly-place nb-figure-place">
      {error.value && <ErrorLine text={error.value} retry={() => tries.value++} />}
      {!drawn.value && !error.value && (
        <div class="nb-plotly-wait">
          <EmptyState
            title={row.blob ? "Loading plotly.js (4.7 MB, once per page)…" : "This figure is being stored…"}
          />
        </div>
      )}
      <div ref={place} class="nb-plotly-figure nb-own-keys" />
      {drawn.value?.incomplete && (
        <div class="nb-quiet">Left out: maps and images that this figure would fetch from the internet.</div>
      )}
      {drawn.value && <FigureFoot notes={note ? [{ text: note, title: note }] : []} onSave={save} />}
    </div>
  );
}

export function PlotlyViewer(props: ViewerProps): JSX.Element {
  return (
    <EachRun {...props} class="nb-plotly">
      {(rows, run) => (
        <>
          {rows.map((row) => (
            <Figure key={row.idx} run={run.model.id} row={row} io={props.io} />
          ))}
        </>
      )}
    </EachRun>
  );
}
