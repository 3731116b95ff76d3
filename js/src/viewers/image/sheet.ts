// The tiles of one block, drawn once a frame: hundreds of them may change at a time, while a slider is dragged or the
// wheel turns.

import type { MediaRow } from "../../core/wire";
import { CRISP_FROM, displaySize, naturalSize, type View, WHOLE } from "./logic";
import { drawBoxes, type MaskInk, masksOf } from "./overlay";
import { type Over, parts } from "./parts";
import { layer, type Rect, rasterized } from "./raster";
import type { Linked } from "./settings";

/** What is drawn in a cell, and where. */
export interface Spot {
  row: MediaRow;
  /** In CSS pixels of the block. */
  cell: Rect;
  /** Longest side of the picture on screen, in CSS pixels. */
  side: number;
  /** Pixels of the masks, as in `drawnSize`. */
  drawn: number | null;
  /** The picture, as long as it is in memory. */
  picture: () => ImageBitmap | null;
  /** Called when something that is drawn anew is no longer in memory: what was drawn stays. */
  lost: () => void;
}

/** A spot in screen pixels, with all that is needed to draw it. */
interface Ready {
  spot: Spot;
  /** The picture's place in its cell; whole numbers. */
  frame: Rect;
  /** Where the whole picture would lie, of which the frame shows a part. */
  whole: Rect;
  bitmap: ImageBitmap;
  over: Over;
  masks: MaskInk[];
}

export class Sheet {
  readonly #canvas: HTMLCanvasElement;
  readonly #density: number;
  readonly #linked: Linked;
  readonly #spots = new Map<number, Spot>();
  readonly #stale = new Set<number>();
  #frame = 0;

  constructor(canvas: HTMLCanvasElement, density: number, linked: Linked) {
    this.#canvas = canvas;
    this.#density = density;
    this.#linked = linked;
  }

  /** Draw this in the next frame, and whenever zoom or settings change. */
  put(idx: number, spot: Spot): void {
    this.#spots.set(idx, spot);
    this.#renew([idx]);
  }

  /** Forget a cell; what is drawn there is the caller's. Returns whether any is left. */
  remove(idx: number): boolean {
    this.#spots.delete(idx);
    return this.#spots.size > 0;
  }

  /** Draw everything anew in the next frame. */
  renew(): void {
    this.#renew(this.#spots.keys());
  }

  #renew(some: Iterable<number>): void {
    for (const idx of some) this.#stale.add(idx);
    if (this.#frame === 0) this.#frame = requestAnimationFrame(() => this.#draw());
  }

  #draw(): void {
    this.#frame = 0;
    const context = this.#canvas.getContext("2d");
    const stale = [...this.#stale].flatMap((idx) => this.#spots.get(idx) ?? []);
    this.#stale.clear();
    if (!context) return;
    const settings = this.#linked.settings.peek();
    const view = this.#linked.view.peek();
    const ready = stale.flatMap((spot) => this.#ready(spot, view));
    const { width, height } = this.#canvas;
    const inks: CanvasRenderingContext2D[] = [];
    for (const { masks, frame, whole } of ready)
      masks.forEach(({ mask, lut }, place) => {
        inks[place] ??= layer(place, width, height) as CanvasRenderingContext2D;
        const from = { ...whole, x: whole.x - frame.x, y: whole.y - frame.y };
        const image = rasterized(mask, lut, frame.width, frame.height, from, settings.outlined);
        inks[place]?.putImageData(image, frame.x, frame.y);
      });
    for (const one of ready) this.#drawSpot(context, one, inks);
  }

  #ready(spot: Spot, view: View): Ready[] {
    const bitmap = spot.picture();
    const over = parts.peek(spot.row, spot.drawn);
    if (!bitmap || !over) {
      spot.lost();
      return [];
    }
    const frame = onScreen(frameOf(spot.row, spot.cell, spot.side), this.#density);
    const masks = masksOf(over, this.#linked.settings.peek());
    return [{ spot, frame, whole: zoomed(frame, view), bitmap, over, masks }];
  }

  #drawSpot(
    context: CanvasRenderingContext2D,
    { spot, frame, whole, bitmap, over, masks }: Ready,
    inks: readonly CanvasRenderingContext2D[],
  ): void {
    const settings = this.#linked.settings.peek();
    const density = this.#density;
    const { x, y, width, height } = frame;
    const cell = onScreen(spot.cell, density);
    context.save();
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(cell.x, cell.y, cell.width, cell.height);
    context.beginPath();
    context.rect(x, y, width, height);
    context.clip();
    context.imageSmoothingEnabled = whole.width / naturalSize(spot.row).width < CRISP_FROM * density;
    // Enlarged pictures follow the wheel: the best of them would take most of a frame.
    context.imageSmoothingQuality = whole === frame ? "high" : "low";
    context.drawImage(bitmap, whole.x, whole.y, whole.width, whole.height);
    context.globalAlpha = settings.outlined ? Math.min(1, settings.opacity * 2) : settings.opacity;
    masks.forEach((_, place) => {
      const ink = inks[place];
      if (ink) context.drawImage(ink.canvas, x, y, width, height, x, y, width, height);
    });
    context.globalAlpha = 1;
    context.setTransform(density, 0, 0, density, 0, 0);
    drawBoxes(context, over, scaled(whole, 1 / density), settings);
    context.restore();
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

function scaled(rect: Rect, by: number): Rect {
  return { x: rect.x * by, y: rect.y * by, width: rect.width * by, height: rect.height * by };
}

/** A place in CSS pixels in whole pixels of the screen. */
function onScreen({ x, y, width, height }: Rect, density: number): Rect {
  const left = Math.round(x * density);
  const top = Math.round(y * density);
  return {
    x: left,
    y: top,
    width: Math.max(1, Math.round((x + width) * density) - left),
    height: Math.max(1, Math.round((y + height) * density) - top),
  };
}
