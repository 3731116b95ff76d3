// Draws the tiles of a panel once its pictures have overlays or are zoomed: the core's tiles know only this class.

import { computed, effect, type ReadonlySignal } from "@preact/signals";
import type { Cursor } from "../../core/cursor";
import type { Io } from "../../core/io";
import type { MediaRow } from "../../core/wire";
import { type Size, type View, WHOLE } from "./logic";
import { type Hit, hitsAt } from "./overlay";
import { parts } from "./parts";
import type { Rect } from "./raster";
import { type Linked, linkedBy } from "./settings";
import { Sheet, type Spot } from "./sheet";

const painters = new WeakMap<Cursor, Painter>();

export class Painter {
  readonly linked: Linked;
  /** How much sharper than unzoomed pictures have to be: whoever draws reads it, and loads them anew. */
  readonly sharpness: ReadonlySignal<number>;
  readonly #sheets = new Map<HTMLCanvasElement, Sheet>();

  private constructor(cursor: Cursor) {
    this.linked = linkedBy(cursor);
    const { settings, view } = this.linked;
    this.sharpness = computed(() => 2 ** Math.ceil(Math.log2(view.value.zoom)));
    effect(() => {
      settings.value;
      view.value;
      for (const sheet of this.#sheets.values()) sheet.renew();
    });
  }

  /** The painter of a panel, which has one cursor. */
  static of(cursor: Cursor): Painter {
    const painter = painters.get(cursor) ?? new Painter(cursor);
    painters.set(cursor, painter);
    return painter;
  }

  /** Whether all that lies over a picture is here, masks in `drawn` pixels. */
  ready(row: MediaRow, drawn: number | null): boolean {
    return parts.peek(row, drawn) !== null;
  }

  load(io: Io, run: string, row: MediaRow, drawn: number | null, signal: AbortSignal): Promise<void> {
    return parts.load(io, run, row, drawn, signal);
  }

  /** From the next frame on, draw a picture and what lies over it on the canvas of its block. */
  put(canvas: HTMLCanvasElement, density: number, spot: Spot): void {
    let sheet = this.#sheets.get(canvas);
    if (!sheet) {
      sheet = new Sheet(canvas, density, this.linked);
      this.#sheets.set(canvas, sheet);
    }
    sheet.put(spot.row.idx, spot);
  }

  remove(canvas: HTMLCanvasElement, idx: number): void {
    if (this.#sheets.get(canvas)?.remove(idx) === false) this.#sheets.delete(canvas);
  }

  hits(row: MediaRow, drawn: number | null, spot: { u: number; v: number }): Hit[] {
    const over = parts.peek(row, drawn);
    return over ? hitsAt(over, this.linked.settings.peek(), spot.u, spot.v) : [];
  }
}

/** Zoom so that the point (x, y) of the frame stays where it is. */
export function zoomFrame(view: View, factor: number, x: number, y: number, frame: Size): View {
  const zoom = Math.min(64, Math.max(1, view.zoom * factor));
  if (zoom === 1) return WHOLE;
  const move = 1 / view.zoom - 1 / zoom;
  const clamp = (value: number): number => Math.min(1, Math.max(0, value));
  return {
    zoom,
    u: clamp(view.u + (x / frame.width - 0.5) * move),
    v: clamp(view.v + (y / frame.height - 0.5) * move),
  };
}

/** Move what the frames show by screen pixels. */
export function panFrame(view: View, dx: number, dy: number, frame: Rect): View {
  const clamp = (value: number): number => Math.min(1, Math.max(0, value));
  return {
    zoom: view.zoom,
    u: clamp(view.u - dx / (frame.width * view.zoom)),
    v: clamp(view.v - dy / (frame.height * view.zoom)),
  };
}
