// HTML documents at the cursor's step, each in a sandboxed frame that takes its own height.

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";
import type { Io } from "../../core/io";
import { EmptyState, ErrorLine, Lazy } from "../../core/panel";
import type { ViewerProps } from "../../core/registry";
import type { MediaRow } from "../../core/wire";
import { EachRun, useBlob } from "../rows";
import { useDark } from "../theme";
import { adapts, heightOf, MIN_HEIGHT, SANDBOX, walled } from "./frame";

let frames = 0;

function Frame(props: { run: string; row: MediaRow; io: Io }): JSX.Element {
  const { run, row, io } = props;
  const place = useRef<HTMLDivElement>(null);
  const frame = useRef<HTMLIFrameElement>(null);
  const text = useSignal<string | null>(null);
  const { data, error, retry } = useBlob(io, run, row);
  const dark = useDark(place);
  const height = useSignal(MIN_HEIGHT * 4);
  const token = useRef(`frame-${++frames}-${Math.random().toString(36).slice(2)}`).current;

  useEffect(() => {
    void data.value?.text().then((found) => {
      text.value = found;
    });
  }, [data.value]);

  useEffect(() => {
    const listen = (event: MessageEvent): void => {
      // Before the page around it is there it has no frame [0], and to ask for one throws.
      const wall = frame.current?.contentWindow;
      if (!wall || wall.length === 0 || event.source !== wall[0]) return;
      height.value = heightOf(event.data, token) ?? height.value;
    };
    window.addEventListener("message", listen);
    return () => window.removeEventListener("message", listen);
  }, []);

  const html = text.value;
  const night = dark && html !== null && adapts(html);
  const page = useMemo(() => (html === null ? "" : walled(html, token, night)), [html, night]);
  const stopped = typeof row.meta.error === "string" ? row.meta.error : null;
  return (
    <div ref={place} class="nb-html-place">
      {stopped ? (
        <ErrorLine text={stopped} />
      ) : error.value ? (
        <ErrorLine text={error.value} retry={retry} />
      ) : html === null ? (
        <EmptyState title={row.blob ? "Loading…" : "Being stored…"} />
      ) : (
        <iframe
          ref={frame}
          class={night ? "nb-html-frame nb-dark" : "nb-html-frame"}
          title={typeof row.meta.caption === "string" ? row.meta.caption : row.key}
          sandbox={SANDBOX}
          srcdoc={page}
          style={{ height: `${height.value}px` }}
        />
      )}
    </div>
  );
}

/** From this many documents on, those far from the screen are not loaded: each is a page of its own. */
const MANY = 6;

export function HtmlView(props: ViewerProps): JSX.Element {
  return (
    <EachRun {...props} class="nb-html">
      {(rows, run) => (
        <div class={rows.length > 1 ? "nb-html-list" : undefined}>
          {rows.map((row) => {
            const caption = typeof row.meta.caption === "string" ? row.meta.caption : null;
            const key = row.idx; // the document of one step stays until that of the next is here
            const frame = <Frame key={key} run={run.model.id} row={row} io={props.io} />;
            return (
              <figure key={key} class="nb-html-item">
                {(caption || rows.length > 1) && (
                  <figcaption class="nb-quiet" title={caption ?? undefined}>
                    {caption ?? `${row.idx + 1} of ${rows.length}`}
                  </figcaption>
                )}
                {rows.length < MANY ? (
                  frame
                ) : (
                  <Lazy height={MIN_HEIGHT * 4} label="">
                    {() => frame}
                  </Lazy>
                )}
              </figure>
            );
          })}
        </div>
      )}
    </EachRun>
  );
}
