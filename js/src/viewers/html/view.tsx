// HTML documents at the cursor's step, each in a sandboxed frame that takes its own height.

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Io } from "../../core/io";
import { EmptyState, ErrorLine } from "../../core/panel";
import { registerViewer, type ViewerProps } from "../../core/registry";
import type { MediaRow } from "../../core/wire";
import { useDark } from "../theme";
import { heightOf, MIN_HEIGHT, SANDBOX, walled } from "./frame";
import "./style.css";

let frames = 0;

function Frame(props: {
  run: string;
  row: MediaRow;
  io: Io;
  place: { readonly current: Element | null };
}): JSX.Element {
  const { run, row, io, place } = props;
  const frame = useRef<HTMLIFrameElement>(null);
  const html = useSignal<string | null>(null);
  const error = useSignal<string | null>(null);
  const dark = useDark(place);
  const height = useSignal(MIN_HEIGHT * 4);
  const token = useRef(`frame-${++frames}-${Math.random().toString(36).slice(2)}`).current;

  useEffect(() => {
    if (!row.blob) return undefined;
    const abort = new AbortController();
    io.blob(run, row.blob, null, abort.signal)
      .then((blob) => blob.text())
      .then((text) => {
        html.value = walled(text, token);
        error.value = null;
      })
      .catch((reason: unknown) => {
        if (!abort.signal.aborted) error.value = reason instanceof Error ? reason.message : String(reason);
      });
    return () => abort.abort();
  }, [row.blob]);

  useEffect(() => {
    const listen = (event: MessageEvent): void => {
      if (event.source !== frame.current?.contentWindow?.[0]) return;
      height.value = heightOf(event.data, token) ?? height.value;
    };
    window.addEventListener("message", listen);
    return () => window.removeEventListener("message", listen);
  }, []);

  if (error.value) return <ErrorLine text={error.value} />;
  if (html.value === null) return <EmptyState title={row.blob ? "Loading…" : "Being stored…"} />;
  return (
    <iframe
      ref={frame}
      class={dark ? "nb-html-frame nb-dark" : "nb-html-frame"}
      title={typeof row.meta.caption === "string" ? row.meta.caption : row.key}
      sandbox={SANDBOX}
      srcdoc={html.value}
      style={{ height: `${height.value}px` }}
    />
  );
}

export function HtmlView(props: ViewerProps): JSX.Element {
  const { runs, name, kind, cursor, io } = props;
  const place = useRef<HTMLDivElement>(null);
  return (
    <div ref={place} class="nb-html" data-runs={runs.length}>
      {runs.map(({ model, color, label }) => {
        const step = cursor.resolve(model.mediaSteps(name, kind));
        const rows = step === null ? [] : model.mediaAt(name, kind, step);
        return (
          <div class="nb-html-run" key={model.id}>
            {runs.length > 1 && (
              <div class="nb-run-label">
                <span class="nb-swatch" style={{ background: color }} />
                {label}
              </div>
            )}
            {rows.length === 0 && <EmptyState title="Nothing at this step" />}
            {rows.map((row) => (
              <Frame key={`${row.idx}-${row.blob}`} run={model.id} row={row} io={io} place={place} />
            ))}
          </div>
        );
      })}
    </div>
  );
}

export function registerHtml(): void {
  registerViewer("html-file", { title: "html", component: HtmlView, wide: true, prefetchPx: null });
}
