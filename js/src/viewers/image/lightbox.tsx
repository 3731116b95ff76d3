// One picture large, in place of the grid: zoom, pan, pixel values; several runs beside each other, linked.

import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { type Cursor, floorIndex } from "../../core/cursor";
import { formatStep } from "../../core/format";
import type { Io } from "../../core/io";
import { messageOf } from "../../core/message";
import { IconButton } from "../../core/panel";
import type { MediaRow } from "../../core/wire";
import { RunLabel } from "../run-label";
import { useSize } from "../size";
import {
  CRISP_FROM,
  captionOf,
  hex,
  naturalSize,
  panBy,
  pixelAt,
  place,
  type Size,
  tileState,
  type View,
  WHOLE,
  zoomAt,
} from "./logic";
import { decode } from "./pictures";
import type { Shown } from "./view";

/** A point of the picture, 0..1, under the pointer. */
type Spot = { u: number; v: number } | null;

export interface LightboxProps {
  shown: Shown[];
  idx: number;
  count: number;
  /** All steps at which the runs logged this key. */
  steps: Float64Array;
  cursor: Cursor;
  io: Io;
  onMove: (idx: number) => void;
  onClose: () => void;
}

export function Lightbox(props: LightboxProps): JSX.Element {
  const { shown, idx, count, steps, cursor, io } = props;
  const [view, setView] = useState<View>(WHOLE);
  const [spot, setSpot] = useState<Spot>(null);
  const root = useRef<HTMLDivElement>(null);
  useEffect(() => root.current?.focus({ preventScroll: true }), []);

  const zoom = (factor: number): void => {
    const pane = root.current?.querySelector<HTMLElement>(".nb-pane-box");
    const row = shown.find((s) => s.rows[idx])?.rows[idx];
    if (!pane || !row) return;
    const box = { width: pane.clientWidth, height: pane.clientHeight };
    setView((v) => zoomAt(v, factor, box.width / 2, box.height / 2, naturalSize(row), box));
  };
  const move = (by: number): void => {
    if (idx + by >= 0 && idx + by < count) props.onMove(idx + by);
  };
  // To the next step at which these pictures changed; the slider has those of all media.
  const stepBy = (by: 1 | -1): void => {
    const here = floorIndex(steps, cursor.step.value);
    const back = steps[here] === cursor.step.value ? here - 1 : here;
    const next = steps[by > 0 ? here + 1 : back];
    if (next !== undefined) cursor.moveTo(next);
  };
  const actions: { [key: string]: () => unknown } = {
    Escape: props.onClose,
    ArrowLeft: () => move(-1),
    ArrowRight: () => move(1),
    ArrowUp: () => stepBy(1),
    ArrowDown: () => stepBy(-1),
    "+": () => zoom(1.5),
    "=": () => zoom(1.5),
    "-": () => zoom(1 / 1.5),
    "0": () => setView(WHOLE),
  };

  return (
    <div
      ref={root}
      class="nb-lightbox nb-own-keys"
      role="dialog"
      aria-label={`Picture ${idx + 1} of ${count}`}
      tabIndex={-1}
      onKeyDown={(event) => {
        const action = event.altKey || event.ctrlKey || event.metaKey ? undefined : actions[event.key];
        if (!action) return;
        event.preventDefault();
        event.stopPropagation();
        action();
      }}
    >
      <div class="nb-lightbox-bar">
        <IconButton icon="prev" label="Previous picture (←)" disabled={idx === 0} onClick={() => move(-1)} />
        <span class="nb-lightbox-at">
          {idx + 1} / {count}
        </span>
        <IconButton
          icon="next"
          label="Next picture (→)"
          disabled={idx >= count - 1}
          onClick={() => move(1)}
        />
        <span class="nb-lightbox-hint nb-quiet">wheel zooms · drag moves · ↑ ↓ steps · 0 whole picture</span>
        <button type="button" class="nb-link" disabled={view === WHOLE} onClick={() => setView(WHOLE)}>
          Whole picture
        </button>
        <IconButton icon="close" label="Close (Escape)" onClick={props.onClose} />
      </div>
      <div class="nb-panes">
        {shown.map((one) => (
          <Pane
            key={one.run.model.id}
            one={one}
            row={one.rows[idx]}
            labeled={shown.length > 1}
            view={view}
            spot={spot}
            io={io}
            onView={setView}
            onSpot={setSpot}
          />
        ))}
      </div>
    </div>
  );
}

interface Loaded {
  bitmap: ImageBitmap;
  blob: string;
}

function Pane(props: {
  one: Shown;
  row: MediaRow | undefined;
  labeled: boolean;
  view: View;
  spot: Spot;
  io: Io;
  onView: (change: (view: View) => View) => void;
  onSpot: (spot: Spot) => void;
}): JSX.Element {
  const { one, row, view, spot } = props;
  const canvas = useRef<HTMLCanvasElement>(null);
  const room = useRef<HTMLDivElement>(null);
  const box = useSize(room);
  const { loaded, failure } = useOriginal(props.io, one.run.model.id, row);
  const picture: Size | null = loaded?.bitmap ?? null;
  const now = useRef({ picture, box, view });
  now.current = { picture, box, view };

  useLayoutEffect(() => {
    const element = room.current;
    if (!element) return;
    // React-style handlers are passive in browsers: the page would scroll instead of the picture zooming.
    const onWheel = (event: WheelEvent) => {
      const { picture: size, box: within } = now.current;
      if (!size) return;
      event.preventDefault();
      const factor = Math.exp(-event.deltaY * (event.deltaMode === 1 ? 0.05 : 0.002));
      const at = pointIn(element, event);
      props.onView((v) => zoomAt(v, factor, at.x, at.y, size, within));
    };
    element.addEventListener("wheel", onWheel, { passive: false });
    return () => element.removeEventListener("wheel", onWheel);
  }, []);

  useLayoutEffect(() => {
    if (canvas.current && loaded && box.width > 0) draw(canvas.current, loaded.bitmap, view, box, spot);
  }, [loaded, view, box, spot]);

  const drag = useRef<{ x: number; y: number } | null>(null);
  const onPointerMove = (event: PointerEvent & { currentTarget: HTMLElement }): void => {
    if (!picture) return;
    const point = pointIn(event.currentTarget, event);
    if (drag.current) {
      const dx = event.clientX - drag.current.x;
      const dy = event.clientY - drag.current.y;
      drag.current = { x: event.clientX, y: event.clientY };
      props.onView((v) => panBy(v, dx, dy, picture, box));
    }
    const pixel = pixelAt(place(view, picture, box), picture, point.x, point.y);
    props.onSpot(pixel && { u: (pixel.x + 0.5) / picture.width, v: (pixel.y + 0.5) / picture.height });
  };

  return (
    <div class="nb-pane">
      {props.labeled && (
        <RunLabel run={one.run}>
          {one.step !== null && <span class="nb-quiet">step {formatStep(one.step)}</span>}
        </RunLabel>
      )}
      <div
        ref={room}
        class="nb-pane-box"
        role="img"
        aria-label={row ? captionOf(row) || `Picture ${row.idx + 1}` : "No picture"}
        onPointerDown={(event) => {
          if (event.button !== 0) return;
          event.currentTarget.setPointerCapture(event.pointerId);
          drag.current = { x: event.clientX, y: event.clientY };
        }}
        onPointerMove={onPointerMove}
        onPointerUp={() => {
          drag.current = null;
        }}
        onPointerCancel={() => {
          drag.current = null;
        }}
        onPointerLeave={() => props.onSpot(null)}
        onDblClick={() => props.onView(() => WHOLE)}
      >
        <canvas ref={canvas} />
        {(failure || !row) && <div class="nb-pane-note">{failure ?? "No picture here at this step"}</div>}
      </div>
      <div class="nb-pixel">
        <span class="nb-pixel-caption" title={row ? captionOf(row) : ""}>
          {row ? captionOf(row) : ""}
        </span>
        {loaded && <PixelValue bitmap={loaded.bitmap} spot={spot} />}
      </div>
    </div>
  );
}

/** The picture as it was logged. The one before stays until the new one is here. */
function useOriginal(io: Io, run: string, row: MediaRow | undefined) {
  const [loaded, setLoaded] = useState<Loaded | null>(null);
  const [failed, setFailed] = useState<{ blob: string; text: string } | null>(null);
  const held = useRef<ImageBitmap | null>(null);
  useEffect(() => {
    if (!row?.blob) return;
    const blob = row.blob;
    const aborted = new AbortController();
    io.blob(run, blob, null, aborted.signal)
      .then((bytes) => decode(bytes, row, null))
      .then(
        (bitmap) => {
          if (aborted.signal.aborted) {
            bitmap.close();
            return;
          }
          const before = held.current;
          held.current = bitmap;
          setLoaded({ bitmap, blob });
          // Not before the new one is drawn.
          requestAnimationFrame(() => before?.close());
        },
        (error: unknown) => {
          if (!aborted.signal.aborted) setFailed({ blob, text: messageOf(error) });
        },
      );
    return () => aborted.abort();
  }, [row?.blob]);
  useEffect(() => () => held.current?.close(), []);
  const state = row && tileState(row);
  const failure =
    state === "pending"
      ? "Still being encoded…"
      : state === "failed"
        ? String(row?.meta.error)
        : state === "lost"
          ? "The bytes of this picture are not in the store."
          : failed && failed.blob === row?.blob
            ? failed.text
            : null;
  return { loaded: failure || !row ? null : loaded, failure };
}

function pointIn(element: HTMLElement, event: MouseEvent): { x: number; y: number } {
  const bounds = element.getBoundingClientRect();
  return { x: event.clientX - bounds.left, y: event.clientY - bounds.top };
}

function draw(canvas: HTMLCanvasElement, bitmap: ImageBitmap, view: View, box: Size, spot: Spot): void {
  const density = globalThis.devicePixelRatio || 1;
  const width = Math.round(box.width * density);
  const height = Math.round(box.height * density);
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
  const context = canvas.getContext("2d");
  if (!context) return;
  const { scale, x, y } = place(view, bitmap, box);
  context.setTransform(density, 0, 0, density, 0, 0);
  context.clearRect(0, 0, box.width, box.height);
  // Squares behind the picture show where it is transparent.
  context.fillStyle = squares(context);
  context.fillRect(x, y, bitmap.width * scale, bitmap.height * scale);
  context.imageSmoothingEnabled = scale < CRISP_FROM;
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, x, y, bitmap.width * scale, bitmap.height * scale);
  if (spot && scale >= 6) {
    const px = x + Math.floor(spot.u * bitmap.width) * scale;
    const py = y + Math.floor(spot.v * bitmap.height) * scale;
    context.lineWidth = 1;
    context.strokeStyle = "#000";
    context.strokeRect(px - 0.5, py - 0.5, scale + 1, scale + 1);
    context.strokeStyle = "#fff";
    context.strokeRect(px + 0.5, py + 0.5, scale - 1, scale - 1);
  }
}

let tile: HTMLCanvasElement | null = null;

function squares(context: CanvasRenderingContext2D): CanvasPattern | string {
  if (!tile) {
    tile = document.createElement("canvas");
    tile.width = tile.height = 16;
    const ink = tile.getContext("2d");
    if (ink) ink.fillStyle = "#8883";
    ink?.fillRect(0, 0, 8, 8);
    ink?.fillRect(8, 8, 8, 8);
  }
  return context.createPattern(tile, "repeat") ?? "transparent";
}

function PixelValue(props: { bitmap: ImageBitmap; spot: Spot }): JSX.Element {
  const { bitmap, spot } = props;
  if (!spot)
    return (
      <span class="nb-quiet">
        {bitmap.width} × {bitmap.height}
      </span>
    );
  const x = Math.floor(spot.u * bitmap.width);
  const y = Math.floor(spot.v * bitmap.height);
  const rgba = readPixel(bitmap, x, y);
  return (
    <span class="nb-pixel-value">
      x {x} · y {y}
      <span class="nb-swatch" aria-hidden="true" style={{ background: hex(rgba) }} />
      {hex(rgba)} · {rgba.join(" ")}
    </span>
  );
}

let probe: CanvasRenderingContext2D | null = null;

function readPixel(bitmap: ImageBitmap, x: number, y: number): number[] {
  if (!probe) {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 1;
    probe = canvas.getContext("2d", { willReadFrequently: true });
  }
  if (!probe) return [0, 0, 0, 0];
  probe.clearRect(0, 0, 1, 1);
  probe.drawImage(bitmap, x, y, 1, 1, 0, 0, 1, 1);
  return [...probe.getImageData(0, 0, 1, 1).data];
}
