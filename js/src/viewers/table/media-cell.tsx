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
import { drawOver } from "../image/overlay";
import { parts } from "../image/parts";
import { BEGINNING } from "../image/settings";
import { Sketch, sketchable } from "./chart-cell";
import { CHART_RATIO, type MediaCell, type Size, thumbSize } from "./logic";

const NAMES: { [kind: string]: string } = {
  "audio-file": "audio",
  "bokeh-file": "bokeh",
  "chart-file": "chart",
  "html-file": "html",
  "molecule-file": "molecule",
  "object3D-file": "3-D",
  "plotly-file": "plotly",
  "table-file": "table",
  "video-file": "video",
};

function captionOf({ meta }: MediaCell): string {
  const texts = meta.string_fields as { title?: unknown } | undefined;
  return [meta.caption, texts?.title].find((text) => typeof text === "string") ?? "";
}

/** The file of a medium that a thumbnail shows: of a film its first frame. */
function pictureOf(cell: MediaCell): string | null {
  if (cell.kind === "image-file") return cell.sha;
  const { parts: named } = cell.meta;
  const poster = cell.kind === "video-file" && named && typeof named === "object" && !Array.isArray(named);
  return poster && typeof named.poster === "string" ? named.poster : null;
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
  const picture = pictureOf(cell);
  if (picture) return <Thumb {...props} sha={picture} />;
  if (cell.kind === "histogram" && Array.isArray(cell.meta.values))
    return <Bars counts={cell.meta.values.map(Number)} height={Math.min(height - 8, 40)} />;
  const name = NAMES[cell.kind] ?? cell.kind.replace(/-file$/, "");
  const chip = (
    <span class="nb-table-chip" title={captionOf(cell) || name}>
      {name}
      {captionOf(cell) && <span class="nb-quiet"> {captionOf(cell)}</span>}
    </span>
  );
  if (!sketchable(cell)) return chip;
  const high = Math.max(20, height - 8);
  return (
    <Sketch
      {...props}
      size={{ width: Math.round(high * CHART_RATIO), height: high }}
      label={captionOf(cell) || name}
      otherwise={chip}
    />
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
  if (failed)
    return (
      <span class="nb-table-chip nb-table-bad" title={failed}>
        not loaded
      </span>
    );
  const label = captionOf(cell);
  const size = thumbSize(cell, height - 8);
  return (
    <span class="nb-table-thumb" style={{ width: `${size.width}px`, height: `${size.height}px` }}>
      {url && <img src={url} alt={label} title={label || undefined} draggable={false} />}
      {url && (cell.meta.masks || cell.meta.boxes) && <Over {...props} px={px} size={size} />}
      {cell.kind === "video-file" && <span class="nb-table-film">▶</span>}
    </span>
  );
}

/** Masks and boxes over a thumbnail, as they are before anybody has set anything; the row's details have the tools. */
function Over(props: { cell: MediaCell; run: string; io: Io; px: number; size: Size }): JSX.Element {
  const { cell, run, io, px } = props;
  const { width, height } = props.size;
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const stop = new AbortController();
    const row = rowOf(cell, "", 0, 0, 0);
    const draw = (): void => {
      const el = canvas.current;
      const over = parts.peek(row, px);
      if (!el || !over || stop.signal.aborted) return;
      const density = devicePixelRatio;
      el.width = Math.round(width * density);
      el.height = Math.round(height * density);
      const context = el.getContext("2d");
      context?.scale(density, density);
      if (context) drawOver(context, over, { x: 0, y: 0, width, height }, THIN, density);
    };
    parts.load(io, run, row, px, stop.signal).then(draw, () => undefined); // the picture stays readable without
    return () => stop.abort();
  }, [cell.sha, JSON.stringify(cell.meta.parts), px, width, height]);
  return <canvas ref={canvas} class="nb-table-over" />;
}

const THIN = { ...BEGINNING, lineWidth: 1.25, names: false };

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

/** A medium of a cell, as if it had been logged. */
function rowOf(cell: MediaCell, key: string, step: number, idx: number, count: number): MediaRow {
  const { kind, meta, sha } = cell;
  return { key, step, idx, count, kind, meta, blob: sha, pending: false };
}

let shown = 0;

/** A list of media by the viewer of their kind, as if it had been logged at a step of its own. */
export function Large(props: { cells: MediaCell[]; run: RunView; io: Io; name: string }): JSX.Element {
  const { cells, run, io, name } = props;
  const first = cells[0] as MediaCell;
  const viewer = viewerOf(first.kind);
  // Two pictures may be equal but for what lies over them.
  const what = JSON.stringify(cells);
  const step = useRef(0);
  const made = useMemo(() => {
    const model = new RunModel(run.model.id);
    return { model, cursor: new Cursor(() => [model]) };
  }, [run.model.id, first.kind]);
  // The next row's medium takes the place of this one as the next step would: the viewer keeps camera and volume.
  const at = useMemo(() => {
    step.current += 1;
    const count = cells.length > 1 ? cells.length : 0;
    const media = cells.map((cell, idx) => rowOf(cell, name, step.current, idx, count));
    const delta = { run: run.model.id, rev: ++shown, full: false, series: [], media, cells: [], blobs: [] };
    made.model.apply({ t: "delta", ...delta }, []);
    return step.current;
  }, [made, what]);
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
