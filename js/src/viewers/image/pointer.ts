// The pointer over the tiles of a key: what lies under it, and the zoom of all pictures of the panel.

import type { Signal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { MediaRow } from "../../core/wire";
import { drawnSize, naturalSize, WHOLE } from "./logic";
import { type Painter, panFrame, zoomFrame } from "./painter";
import { frameOf, zoomed } from "./sheet";
import type { TipState } from "./tip";
import type { Shown } from "./view";

/** Farther than this, a press is no click. */
const STILL = 3;

/** Hover, zoom (Ctrl or Alt with the wheel) and pan of the tiles around `place`. */
export function usePointer(
  place: { readonly current: HTMLElement | null },
  shown: readonly Shown[],
  side: number,
  painter: Painter,
  tip: Signal<TipState | null>,
): void {
  const latest = useRef({ shown, side });
  latest.current = { shown, side };
  useLayoutEffect(() => {
    const root = place.current?.closest<HTMLElement>(".nb-images");
    if (!root) return undefined;
    const stop = new AbortController();
    const { view } = painter.linked;
    const drawnOf = (row: MediaRow, side: number): number | null =>
      drawnSize(naturalSize(row), side * painter.sharpness.peek(), globalThis.devicePixelRatio || 1);
    let drag: { x: number; y: number; moved: boolean } | null = null;

    /** The picture under the pointer, its frame on the page, and the point of the picture. */
    const under = (event: MouseEvent) => {
      const tile = (event.target as Element).closest?.<HTMLElement>(".nb-tile-open");
      if (!tile) return null;
      const columns = [...root.querySelectorAll(".nb-image-run")];
      const { shown, side } = latest.current;
      const row = shown[columns.indexOf(tile.closest(".nb-image-run") as Element)]?.rows.find(
        (one) => one.idx === Number(tile.dataset.idx),
      );
      if (!row) return null;
      const { left, top, width, height } = tile.getBoundingClientRect();
      const frame = frameOf(row, { x: left, y: top, width, height }, side);
      const rect = zoomed(frame, view.peek());
      return {
        row,
        frame,
        u: (event.clientX - rect.x) / rect.width,
        v: (event.clientY - rect.y) / rect.height,
      };
    };
    const onMove = (event: PointerEvent): void => {
      const here = under(event);
      if (drag && here && event.buttons === 1) {
        const dx = event.clientX - drag.x;
        const dy = event.clientY - drag.y;
        if (drag.moved || Math.hypot(dx, dy) > STILL) {
          view.value = panFrame(view.peek(), dx, dy, here.frame);
          drag = { x: event.clientX, y: event.clientY, moved: true };
        }
      }
      const inside = here && here.u >= 0 && here.u < 1 && here.v >= 0 && here.v < 1;
      const hits = inside ? painter.hits(here.row, drawnOf(here.row, latest.current.side), here) : [];
      const origin = place.current?.getBoundingClientRect();
      tip.value =
        hits.length > 0 && origin
          ? { x: event.clientX - origin.left, y: event.clientY - origin.top, hits }
          : null;
    };
    const onWheel = (event: WheelEvent): void => {
      if (!event.ctrlKey && !event.altKey) return;
      const here = under(event);
      if (!here) return;
      event.preventDefault();
      const factor = Math.exp(-event.deltaY * (event.deltaMode === 1 ? 0.05 : 0.002));
      view.value = zoomFrame(
        view.peek(),
        factor,
        event.clientX - here.frame.x,
        event.clientY - here.frame.y,
        here.frame,
      );
    };
    const onDown = (event: PointerEvent): void => {
      drag =
        view.peek() !== WHOLE && event.button === 0
          ? { x: event.clientX, y: event.clientY, moved: false }
          : null;
    };
    const onClick = (event: MouseEvent): void => {
      if (drag?.moved) {
        event.preventDefault();
        event.stopPropagation();
      }
      drag = null;
    };
    const { signal } = stop;
    root.addEventListener("pointermove", onMove, { signal });
    root.addEventListener("pointerleave", () => (tip.value = null), { signal });
    root.addEventListener("pointerdown", onDown, { signal });
    root.addEventListener("click", onClick, { signal, capture: true });
    root.addEventListener("wheel", onWheel, { signal, passive: false });
    return () => stop.abort();
  }, [painter]);
}
