// Media in a cell: a thumbnail for a picture, bars for a histogram, a chip for others; and any medium in full, by the
// viewer of its kind.

import type { JSX } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { Cursor } from "../../core/cursor";
import type { Io } from "../../core/io";
import { messageOf } from "../../core/message";
import { EmptyState } from "../../core/panel";
import { type RunView, viewerOf } from "../../core/registry";
import { RunModel } from "../../core/run-model";
import type { MediaRow } from "../../core/wire";
import type { MediaCell } from "./logic";

const NAMES: { [kind: string]: string } = {
  "audio-file": "audio",
  "bokeh-file": "bokeh",
  "html-file": "html",
  "molecule-file": "molecule",
  "object3D-file": "3-D",
  "plotly-file": "plotly",
  "table-file": "table",
  "video-file": "video",
};

function captionOf(cell: MediaCell): string {
  return typeof cell.meta.caption === "string" ? cell.meta.caption : "";
}

/** A medium as small as a row allows. */
export function Small(props: { cell: MediaCell; run: string; io: Io; height: number }): JSX.Element {
  const { cell, height } = props;
  if (typeof cell.meta.error === "string")
    return (
      <span class="nb-table-chip nb-table-bad" title={cell.meta.error}>
        not encoded
      </span>
    );
  if (cell.kind === "image-file" && cell.sha) return <Thumb {...props} sha={cell.sha} />;
  if (cell.kind === "histogram" && Array.isArray(cell.meta.values))
    return <Bars counts={cell.meta.values.map(Number)} height={Math.min(height - 8, 40)} />;
  const name = NAMES[cell.kind] ?? cell.kind.replace(/-file$/, "");
  return (
    <span class="nb-table-chip" title={captionOf(cell) || name}>
      {name}
      {captionOf(cell) && <span class="nb-quiet"> {captionOf(cell)}</span>}
    </span>
  );
}

function Thumb(props: { cell: MediaCell; sha: string; run: string; io: Io; height: number }): JSX.Element {
  const { cell, sha, run, io, height } = props;
  const px = height > 80 ? 256 : 128;
  const [url, setUrl] = useState<string | null>(null);
  const [failed, setFailed] = useState<string | null>(null);
  useEffect(() => {
    const stop = new AbortController();
    let made: string | null = null;
    io.blob(run, sha, px, stop.signal).then(
      (blob) => {
        if (stop.signal.aborted) return;
        made = URL.createObjectURL(blob);
        setFailed(null);
        setUrl(made);
      },
      (reason: unknown) => {
        if (!stop.signal.aborted) setFailed(messageOf(reason));
      },
    );
    return () => {
      stop.abort();
      if (made) URL.revokeObjectURL(made);
    };
  }, [sha, px]);
  const overlays = ["masks", "boxes"].filter((name) => cell.meta[name]);
  if (failed)
    return (
      <span class="nb-table-chip nb-table-bad" title={failed}>
        not loaded
      </span>
    );
  return (
    <span class="nb-table-thumb" style={{ height: `${height - 8}px` }}>
      {url && <img src={url} alt={captionOf(cell)} title={captionOf(cell)} draggable={false} />}
      {overlays.length > 0 && <span class="nb-table-overlays">{overlays.join(" · ")}</span>}
    </span>
  );
}

/** A distribution in a few pixels. */
export function Bars(props: { counts: readonly number[]; height: number; width?: number }): JSX.Element {
  const { counts, height, width = 72 } = props;
  const most = Math.max(...counts, 1);
  const each = width / counts.length;
  let path = "";
  counts.forEach((count, i) => {
    const tall = count > 0 ? Math.max(1, (count / most) * height) : 0;
    if (tall > 0)
      path += `M${(i * each).toFixed(1)} ${height}v${(-tall).toFixed(1)}h${Math.max(each - 0.5, 0.5).toFixed(1)}v${tall.toFixed(1)}z`;
  });
  return (
    <svg class="nb-table-bars" width={width} height={height} aria-hidden="true">
      <path d={path} />
    </svg>
  );
}

let shown = 0;

/** A list of media by the viewer of their kind, as if it had been logged at a step of its own. */
export function Large(props: { cells: MediaCell[]; run: RunView; io: Io; name: string }): JSX.Element {
  const { cells, run, io, name } = props;
  const first = cells[0] as MediaCell;
  const viewer = viewerOf(first.kind);
  const sha = cells.map((cell) => cell.sha ?? JSON.stringify(cell.meta)).join();
  const step = useRef(0);
  const made = useMemo(() => {
    const model = new RunModel(run.model.id);
    return { model, cursor: new Cursor([model]) };
  }, [run.model.id, first.kind]);
  // The next row's medium takes the place of this one as the next step would: the viewer keeps camera and volume.
  const at = useMemo(() => {
    step.current += 1;
    const media: MediaRow[] = cells.map((cell, idx) => ({
      key: name,
      step: step.current,
      idx,
      count: cells.length > 1 ? cells.length : 0,
      kind: cell.kind,
      meta: cell.meta,
      blob: cell.sha,
      pending: false,
    }));
    const delta = { run: run.model.id, rev: ++shown, full: false, series: [], media, cells: [], blobs: [] };
    made.model.apply({ t: "delta", ...delta }, []);
    return step.current;
  }, [made, sha]);
  useEffect(() => made.cursor.moveTo(at), [made, at]);
  useEffect(() => () => made.cursor.dispose(), [made]);
  if (!viewer) return <EmptyState title={`No viewer for ${first.kind}`} />;
  const Viewer = viewer.component;
  return (
    <Viewer
      runs={[{ ...run, model: made.model }]}
      name={name}
      kind={first.kind}
      cursor={made.cursor}
      io={io}
    />
  );
}
