// A canvas of the lightbox with one picture, or with two in the same place; zoomed, moved and read by the pointer.

import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { formatStep } from "../../core/format";
import type { Io } from "../../core/io";
import { messageOf } from "../../core/message";
import type { RunView } from "../../core/registry";
import type { MediaRow } from "../../core/wire";
import { RunLabel } from "../run-label";
import { useSize } from "../size";
import { type Agreement, agreementOf } from "./agreement";
import {
  type Blend,
  drawDisagreement,
  drawLayer,
  drawPair,
  drawPixels,
  type Layer,
  placed,
  prepared,
  readPixels,
  type Spot,
} from "./canvas";
import { captionOf, hex, panBy, pixelAt, type Size, tileState, type View, WHOLE, zoomAt } from "./logic";
import { hitsAt } from "./overlay";
import { hasOverlays, parts } from "./parts";
import { decode } from "./pictures";
import { type Settings, showsClass } from "./settings";
import { chosenOf, groupText } from "./sides";
import { Hits } from "./tip";

/** A picture that a pane shows. */
export interface Look {
  run: RunView;
  /** The step that is shown; null when there is none. */
  step: number | null;
  row: MediaRow | undefined;
  /** As in `Side`. */
  only: string | null;
  /** Of two that are compared; "" of one alone. */
  letter: "A" | "B" | "";
}

export interface PaneProps {
  a: Look;
  /** Laid over A as `blend` says. */
  b: Look | null;
  blend: Blend;
  labeled: boolean;
  view: View;
  spot: Spot;
  settings: Settings;
  io: Io;
  onView: (change: (view: View) => View) => void;
  onSpot: (spot: Spot) => void;
  onShare: (share: number) => void;
}

export function Pane(props: PaneProps): JSX.Element {
  const { a, b, blend, view, spot, settings } = props;
  const canvas = useRef<HTMLCanvasElement>(null);
  const room = useRef<HTMLDivElement>(null);
  const box = useSize(room);
  const first = useLayer(props.io, a);
  const second = useLayer(props.io, b);
  const { layer } = first;
  const other = b ? second.layer : null;
  const picture: Size | null = layer?.bitmap ?? null;
  const now = useRef({ picture, box });
  now.current = { picture, box };
  const agreement = useAgreement(blend, a, b, layer, other, settings);

  useLayoutEffect(() => {
    const element = room.current;
    if (!element) return undefined;
    // React-style handlers are passive in browsers: the page would scroll instead of the picture zooming.
    const onWheel = (event: WheelEvent): void => {
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
    if (!canvas.current || !layer || box.width === 0) return;
    const density = globalThis.devicePixelRatio || 1;
    const context = prepared(canvas.current, box, density);
    if (!context) return;
    const { placement, rect } = placed(view, layer.bitmap, box);
    if (agreement) drawDisagreement(context, layer, agreement, rect, density);
    else if (other) drawPair(context, layer, other, rect, box, blend, settings, density);
    else drawLayer(context, layer, rect, settings, density);
    const top = other && blend.mode === "flicker" && blend.flipped ? other : layer;
    drawPixels(context, top.bitmap, placement, box, spot);
  }, [layer, other, agreement, view, box, spot, settings, blend]);

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
    const pixel = pixelAt(placed(view, picture, box).placement, picture, point.x, point.y);
    props.onSpot(pixel && { u: (pixel.x + 0.5) / picture.width, v: (pixel.y + 0.5) / picture.height });
  };
  const note = first.failure ?? (a.row ? null : "No picture here at this step");
  const otherNote = b ? (second.failure ?? (b.row ? null : "B has no picture here at this step")) : null;
  // Two of one run and step differ in what lies over them: the names would say nothing.
  const labels = props.labeled && !(b && a.run === b.run && a.step === b.step) ? (b ? [a, b] : [a]) : [];

  return (
    <div class="nb-pane">
      {labels.length > 0 && (
        <div class="nb-pane-labels">
          {labels.map((look, i) => (
            <RunLabel run={look.run} key={i}>
              {look.letter && <span class="nb-side-letter">{look.letter}</span>}
              {look.step !== null && <span class="nb-quiet">step {formatStep(look.step)}</span>}
              {look.only && <span class="nb-quiet">{groupText(look.only)}</span>}
            </RunLabel>
          ))}
        </div>
      )}
      <div
        ref={room}
        class="nb-pane-box"
        role="img"
        aria-label={a.row ? captionOf(a.row) || `Picture ${a.row.idx + 1}` : "No picture"}
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
        {b && <Flags a={a} b={b} blend={blend} />}
        {b && blend.mode === "swipe" && (
          <div
            class="nb-pane-divider"
            style={{ left: `${blend.share * 100}%` }}
            onPointerDown={(event) => {
              event.stopPropagation();
              event.currentTarget.setPointerCapture(event.pointerId);
            }}
            onPointerMove={(event) => {
              if (event.buttons !== 1 || !room.current) return;
              event.stopPropagation();
              props.onShare(Math.min(1, Math.max(0, pointIn(room.current, event).x / box.width)));
            }}
          />
        )}
        {(note || otherNote) && <div class={note ? "nb-pane-note" : "nb-pane-flag"}>{note ?? otherNote}</div>}
      </div>
      <div class={`nb-pixel ${isOverlaid(a) || (b && isOverlaid(b)) ? "nb-pixel-roomy" : ""}`}>
        <span class="nb-pixel-caption" title={a.row ? captionOf(a.row) : ""}>
          {agreement ? agreementText(agreement) : a.row ? captionOf(a.row) : ""}
        </span>
        <span class="nb-pixel-values">
          {layer && <PixelValue letter={b ? "A" : ""} layer={layer} spot={spot} settings={settings} />}
          {other && spot && <PixelValue letter="B" layer={other} spot={spot} settings={settings} />}
        </span>
      </div>
    </div>
  );
}

/** Which of the two stands where, and what lies over it. */
function Flags(props: { a: Look; b: Look; blend: Blend }): JSX.Element | null {
  const { mode, flipped } = props.blend;
  if (mode === "difference") return null;
  const flag = ({ letter, only }: Look, side: "a" | "b"): JSX.Element => (
    <span class={`nb-pane-flag nb-pane-flag-${side}`}>
      <b>{letter}</b> {only && groupText(only)}
    </span>
  );
  return (
    <>
      {!(mode === "flicker" && flipped) && flag(props.a, "a")}
      {!(mode === "flicker" && !flipped) && flag(props.b, "b")}
    </>
  );
}

/** Whether there may be more to say of a pixel than a line holds. */
function isOverlaid({ row }: Look): boolean {
  return row !== undefined && hasOverlays(row);
}

interface Loaded {
  layer: Layer | null;
  failure: string | null;
}

/** A picture as it was logged, with its overlays. The one before stays until the new one is here. */
function useLayer(io: Io, look: Look | null): Loaded {
  const row = look?.row;
  const run = look?.run.model.id ?? "";
  const [loaded, setLoaded] = useState<{ bitmap: ImageBitmap; row: MediaRow } | null>(null);
  const [failed, setFailed] = useState<{ blob: string; text: string } | null>(null);
  const held = useRef<ImageBitmap | null>(null);
  useEffect(() => {
    if (!row?.blob) return undefined;
    const blob = row.blob;
    const aborted = new AbortController();
    const { signal } = aborted;
    const picture = io.blob(run, blob, null, signal).then((bytes) => decode(bytes, row, null));
    Promise.all([picture, parts.load(io, run, row, null, signal)]).then(
      ([bitmap]) => {
        if (signal.aborted) {
          bitmap.close();
          return;
        }
        const before = held.current;
        held.current = bitmap;
        setLoaded({ bitmap, row });
        // Not before the new one is drawn.
        requestAnimationFrame(() => before?.close());
      },
      (error: unknown) => {
        if (!signal.aborted) setFailed({ blob, text: messageOf(error) });
      },
    );
    return () => aborted.abort();
  }, [row, run]);
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
  const only = look?.only ?? null;
  const layer = useMemo(() => {
    if (failure || !row || !loaded) return null;
    const over = parts.peek(loaded.row, null) ?? { masks: [], boxes: [] };
    return { bitmap: loaded.bitmap, over: chosenOf(over, only) };
  }, [loaded, failure, row === undefined, only]);
  return { layer, failure };
}

/** Of two masks of one picture the difference is where they disagree; null for all other pairs. */
function useAgreement(
  blend: Blend,
  a: Look,
  b: Look | null,
  first: Layer | null,
  second: Layer | null,
  settings: Settings,
): Agreement | null {
  const one = first?.over.masks[0];
  const two = second?.over.masks[0];
  const wanted =
    blend.mode === "difference" &&
    Boolean(a.only?.startsWith("masks/") && b?.only?.startsWith("masks/")) &&
    a.row?.blob === b?.row?.blob;
  return useMemo(
    () =>
      wanted && one && two
        ? agreementOf(one.mask, two.mask, (id) => showsClass(settings, "masks", one.labels, id))
        : null,
    [wanted, one?.mask, two?.mask, settings.classes],
  );
}

function agreementText({ pixels, iou, mean }: Agreement): string {
  const share = `${(pixels * 100).toFixed(1)} % of the pixels agree`;
  return iou.size === 0
    ? share
    : `${share} · mean IoU ${mean.toFixed(3)} of ${iou.size === 1 ? "1 class" : `${iou.size} classes`}`;
}

function pointIn(element: HTMLElement, event: MouseEvent): { x: number; y: number } {
  const bounds = element.getBoundingClientRect();
  return { x: event.clientX - bounds.left, y: event.clientY - bounds.top };
}

function PixelValue(props: { letter: string; layer: Layer; spot: Spot; settings: Settings }): JSX.Element {
  const { layer, spot, settings, letter } = props;
  const { bitmap, over } = layer;
  if (!spot)
    return (
      <span class="nb-quiet">
        {bitmap.width} × {bitmap.height}
      </span>
    );
  const x = Math.floor(spot.u * bitmap.width);
  const y = Math.floor(spot.v * bitmap.height);
  const rgba = [...readPixels(bitmap, x, y, 1, 1)];
  return (
    <span class="nb-pixel-value">
      {letter && <b>{letter} </b>}x {x} · y {y}
      <span class="nb-swatch" aria-hidden="true" style={{ background: hex(rgba) }} />
      {hex(rgba)} · {rgba.join(" ")} <Hits hits={hitsAt(over, settings, spot.u, spot.v)} />
    </span>
  );
}
