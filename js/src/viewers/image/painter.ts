// Draws the tiles of a panel once its pictures have overlays or are zoomed: the core's tiles know only this class.

import type { Cursor } from "../../core/cursor";
import type { Io } from "../../core/io";
import type { MediaRow } from "../../core/wire";
import { CRISP_FROM, displaySize, naturalSize, type Size, type View, WHOLE } from "./logic";
import { drawOver, type Hit, hitsAt, type Rect } from "./overlay";
import { parts } from "./parts";
import { type Linked, linkedBy, type Settings } from "./settings";

export class Painter {
  readonly linked: Linked;

  constructor(cursor: Cursor) {
    this.linked = linkedBy(cursor);
  }

  /** What a tile depends on: whoever draws reads it, and is drawn anew when it changes. */
  get mark(): { settings: Settings; view: View } {
    return { settings: this.linked.settings.value, view: this.linked.view.value };
  }

  /** Whether all that lies over a picture is here. */
  ready(row: MediaRow, px: number | null): boolean {
    return parts.peek(row, px) !== null;
  }

  load(io: Io, run: string, row: MediaRow, px: number | null, signal: AbortSignal): Promise<void> {
    return parts.load(io, run, row, px, signal);
  }

  /** Draw a picture into its cell, as much of it as the zoom shows, and what lies over it. */
  draw(
    context: CanvasRenderingContext2D,
    bitmap: ImageBitmap,
    row: MediaRow,
    px: number | null,
    cell: Rect,
    side: number,
    density: number,
  ): void {
    const { settings, view } = this.linked;
    const frame = frameOf(row, cell, side);
    const rect = zoomed(frame, view.peek());
    context.save();
    context.beginPath();
    context.rect(frame.x, frame.y, frame.width, frame.height);
    context.clip();
    context.imageSmoothingEnabled = rect.width / naturalSize(row).width < CRISP_FROM;
    context.imageSmoothingQuality = "high";
    context.drawImage(bitmap, rect.x, rect.y, rect.width, rect.height);
    const over = parts.peek(row, px);
    if (over) drawOver(context, over, rect, settings.peek(), density);
    context.restore();
  }

  hits(row: MediaRow, px: number | null, spot: { u: number; v: number }): Hit[] {
    const over = parts.peek(row, px);
    return over ? hitsAt(over, this.linked.settings.peek(), spot.u, spot.v) : [];
  }
}

/** The place of a whole picture in its cell, as tile.tsx draws one without overlays. */
export function frameOf(row: MediaRow, cell: Rect, side: number): Rect {
  const { width, height } = displaySize(naturalSize(row), side);
  return {
    x: cell.x + Math.floor((cell.width - width) / 2),
    y: cell.y + Math.floor((cell.height - height) / 2),
    width,
    height,
  };
}

/** Where the whole picture would lie, of which the frame shows a part. */
export function zoomed(frame: Rect, view: View): Rect {
  if (view === WHOLE) return frame;
  const width = frame.width * view.zoom;
  const height = frame.height * view.zoom;
  return {
    x: frame.x + frame.width / 2 - view.u * width,
    y: frame.y + frame.height / 2 - view.v * height,
    width,
    height,
  };
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
