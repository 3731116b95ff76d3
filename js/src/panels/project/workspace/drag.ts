// Panels that are dragged: where the pointer is, over which section, and what happens when it is let go.

import { type Signal, signal } from "@preact/signals";
import type { PanelModel } from "./sections";

export interface Dragged {
  panel: PanelModel;
  /** Of the pointer, in the window. */
  x: number;
  y: number;
  /** Of the panel, and where in it the pointer took hold. */
  width: number;
  height: number;
  holdX: number;
  holdY: number;
  over: { section: string; index: number } | null;
}

/** Before this many pixels a press is a click. */
const SLOP = 5;
/** So near to the upper or lower edge of the box, what lies beyond comes nearer. */
const EDGE = 48;

export const SECTION_MARK = "data-section";
export const PANEL_MARK = "data-panel";

/** One a workspace. */
export class Dragging {
  readonly now: Signal<Dragged | null> = signal(null);

  /**
   * A pointer went down on a panel's head. `drop` is told where it was let go. The panel is not moved meanwhile: a
   * frame follows the pointer, and the sections show where it would go.
   */
  start(event: PointerEvent, pane: HTMLElement, panel: PanelModel, drop: (end: Dragged) => void): void {
    const page = pane.ownerDocument;
    const box = pane.getBoundingClientRect();
    const from = { x: event.clientX, y: event.clientY };
    const scroller = pane.closest<HTMLElement>(".nb-ws-main");
    const ended = new AbortController();
    const { signal } = ended;
    let scrolling = 0;
    const follow = (x: number, y: number): void => {
      const before = this.now.peek();
      if (!before && Math.hypot(x - from.x, y - from.y) < SLOP) return;
      this.now.value = {
        panel,
        x,
        y,
        width: box.width,
        height: box.height,
        holdX: from.x - box.left,
        holdY: from.y - box.top,
        over: overOf(pane, panel.id, x, y),
      };
    };
    const scroll = (): void => {
      const now = this.now.peek();
      const view = scroller?.getBoundingClientRect();
      if (now && scroller && view) {
        const up = Math.max(0, view.top + EDGE - now.y);
        const down = Math.max(0, now.y - (view.bottom - EDGE));
        if (up || down) {
          scroller.scrollBy(0, (down - up) / 4);
          follow(now.x, now.y);
        }
      }
      scrolling = requestAnimationFrame(scroll);
    };
    const stop = (): Dragged | null => {
      const end = this.now.peek();
      ended.abort();
      cancelAnimationFrame(scrolling);
      this.now.value = null;
      return end;
    };
    page.addEventListener(
      "pointermove",
      (moved) => {
        moved.preventDefault();
        follow(moved.clientX, moved.clientY);
      },
      { signal },
    );
    page.addEventListener(
      "pointerup",
      () => {
        const end = stop();
        if (end?.over) drop(end);
      },
      { signal },
    );
    page.addEventListener("pointercancel", stop, { signal });
    page.addEventListener(
      "keydown",
      (pressed) => {
        if (pressed.key !== "Escape") return;
        pressed.stopPropagation();
        stop();
      },
      { signal, capture: true },
    );
    scrolling = requestAnimationFrame(scroll);
  }
}

/** The section under a place, and before which of its shown panels (without the dragged one) that is. */
function overOf(pane: HTMLElement, id: string, x: number, y: number): Dragged["over"] {
  const root = pane.getRootNode() as Document | ShadowRoot;
  const under = root.elementFromPoint(x, y)?.closest<HTMLElement>(`[${SECTION_MARK}]`);
  if (!under?.closest(".nb-ws")?.contains(pane)) return null;
  const others = [...under.querySelectorAll<HTMLElement>(`[${PANEL_MARK}]`)].filter(
    (other) => other.getAttribute(PANEL_MARK) !== id,
  );
  const first = Number(under.dataset.first ?? 0);
  return { section: under.getAttribute(SECTION_MARK) as string, index: first + indexAt(others, x, y) };
}

function indexAt(panes: readonly HTMLElement[], x: number, y: number): number {
  for (const [i, pane] of panes.entries()) {
    const box = pane.getBoundingClientRect();
    if (y < box.top) return i;
    if (y < box.bottom && x < (box.left + box.right) / 2) return i;
  }
  return panes.length;
}

/** Follow a pointer that pulls at a corner: `pull` hears how far, `done` that it was let go. */
export function pulled(
  event: PointerEvent,
  pull: (dx: number, dy: number) => void,
  done: (moved: boolean) => void,
): void {
  if (event.button !== 0) return;
  event.preventDefault();
  event.stopPropagation();
  const handle = event.currentTarget as HTMLElement;
  const ended = new AbortController();
  const { signal } = ended;
  let moved = false;
  handle.setPointerCapture(event.pointerId);
  handle.addEventListener(
    "pointermove",
    (next) => {
      moved = true;
      pull(next.clientX - event.clientX, next.clientY - event.clientY);
    },
    { signal },
  );
  const stop = (kept: boolean) => (): void => {
    ended.abort();
    done(kept && moved);
  };
  handle.addEventListener("pointerup", stop(true), { signal });
  handle.addEventListener("pointercancel", stop(false), { signal });
}
