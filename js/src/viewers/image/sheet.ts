// The tiles of one block, drawn once a frame: hundreds of them may change at a time, while a slider is dragged or the
// wheel turns.

import type { MediaRow } from "../../core/wire";
import { CRISP_FROM, displaySize, naturalSize, type View, WHOLE } from "./logic";
import { drawBoxes, type MaskInk, masksOf } from "./overlay";
import { type Over, parts } from "./parts";
import { layer, type Rect, rasterized } from "./raster";
import { type Linked, maskOpacity, type Settings } from "./settings";

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

/** Layers are as large as what is seen: they go when nobody drags any more. */
const LAYERS_MS = 1000;

export class Sheet {
  readonly #canvas: HTMLCanvasElement;
  readonly #density: number;
  readonly #linked: Linked;
  readonly #spots = new Map<number, Spot>();
  readonly #stale = new Set<number>();
  #frame = 0;
  /** Settings and view with which all spots were drawn; null when some may look otherwise. */
  #whole: { settings: Settings; view: View } | null = null;
  #layers: Layers | null = null;
  #dropping: ReturnType<typeof setTimeout> | undefined;

  constructor(canvas: HTMLCanvasElement, density: number, linked: Linked) {
    this.#canvas = canvas;
    this.#density = density;
    this.#linked = linked;
  }

  /** Draw this in the next frame, and whenever zoom or settings change. */
  put(idx: number, spot: Spot): void {
    this.#spots.set(idx, spot);
    this.#layers = null;
    this.#renew([idx]);
  }

  /** Forget a cell; what is drawn there is the caller's. Returns whether any is left. */
  remove(idx: number): boolean {
    this.#spots.delete(idx);
    this.#layers = null;
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
    const before = this.#whole?.view === view ? this.#whole.settings : null;
    const dragged = before !== null && isOnlyOpacity(before, settings);
    const layers = dragged ? this.#layers : null;
    const ready = layers ? [] : stale.flatMap((spot) => this.#ready(spot, view));
    const all = layers !== null || ready.length === this.#spots.size;
    if (dragged && all) this.#stack(context, layers ?? this.#layered(ready, settings), settings);
    else {
      this.#layers = null;
      const inks = this.#inked(ready, settings.outlined);
      for (const one of ready) {
        this.#clear(context, one.spot);
        drawPicture(context, one, this.#density);
        context.globalAlpha = maskOpacity(settings);
        drawMasks(context, one, inks);
        context.globalAlpha = 1;
        drawBoxesOf(context, one, settings, this.#density);
      }
    }
    const rest = before === settings && ready.length === stale.length;
    this.#whole = all || rest ? { settings, view } : null;
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

  /** Canvases with the masks of all spots in their places, the lowest first; valid until the next call. */
  #inked(ready: readonly Ready[], outlined: boolean): CanvasRenderingContext2D[] {
    const { width, height } = this.#canvas;
    const inks: CanvasRenderingContext2D[] = [];
    for (const { masks, frame, whole } of ready)
      masks.forEach(({ mask, lut }, place) => {
        inks[place] ??= layer(place, width, height) as CanvasRenderingContext2D;
        const from = { ...whole, x: whole.x - frame.x, y: whole.y - frame.y };
        const image = rasterized(mask, lut, frame.width, frame.height, from, outlined);
        inks[place]?.putImageData(image, frame.x, frame.y);
      });
    return inks;
  }

  #layered(ready: readonly Ready[], settings: Settings): Layers {
    const { width, height } = this.#canvas;
    const [pictures, boxes] = [plate(width, height), plate(width, height)];
    const masks = this.#inked(ready, settings.outlined).map((ink, place) => {
      const own = plate(width, height);
      for (const { frame, masks } of ready) if (place < masks.length) copyRect(own, ink.canvas, frame);
      return own;
    });
    for (const one of ready) {
      drawPicture(pictures, one, this.#density);
      drawBoxesOf(boxes, one, settings, this.#density);
    }
    this.#layers = { pictures, masks, boxes };
    return this.#layers;
  }

  #stack(context: CanvasRenderingContext2D, { pictures, masks, boxes }: Layers, settings: Settings): void {
    for (const spot of this.#spots.values()) this.#clear(context, spot);
    context.drawImage(pictures.canvas, 0, 0);
    context.globalAlpha = maskOpacity(settings);
    for (const mask of masks) context.drawImage(mask.canvas, 0, 0);
    context.globalAlpha = 1;
    context.drawImage(boxes.canvas, 0, 0);
    clearTimeout(this.#dropping);
    this.#dropping = setTimeout(() => {
      this.#layers = null;
    }, LAYERS_MS);
  }

  #clear(context: CanvasRenderingContext2D, { cell }: Spot): void {
    const { x, y, width, height } = onScreen(cell, this.#density);
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(x, y, width, height);
  }
}

/**
 * All spots of a sheet, layer by layer. While the opacity of the masks is dragged, these are laid over each other in
 * each frame: some drawings in place of hundreds.
 */
interface Layers {
  pictures: CanvasRenderingContext2D;
  masks: readonly CanvasRenderingContext2D[];
  boxes: CanvasRenderingContext2D;
}

function plate(width: number, height: number): CanvasRenderingContext2D {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  return canvas.getContext("2d") as CanvasRenderingContext2D;
}

/** Whether the opacity has changed, and nothing else. */
function isOnlyOpacity(before: Settings, now: Settings): boolean {
  if (before.opacity === now.opacity) return false;
  const names = Object.keys(now) as (keyof Settings)[];
  return names.every((name) => name === "opacity" || now[name] === before[name]);
}

function drawPicture(
  context: CanvasRenderingContext2D,
  { spot, frame, whole, bitmap }: Ready,
  density: number,
): void {
  context.save();
  clipTo(context, frame);
  context.imageSmoothingEnabled = whole.width / naturalSize(spot.row).width < CRISP_FROM * density;
  // Enlarged pictures follow the wheel: the best of them would take most of a frame.
  context.imageSmoothingQuality = whole === frame ? "high" : "low";
  context.drawImage(bitmap, whole.x, whole.y, whole.width, whole.height);
  context.restore();
}

function drawMasks(
  context: CanvasRenderingContext2D,
  { frame, masks }: Ready,
  inks: readonly CanvasRenderingContext2D[],
): void {
  for (const ink of inks.slice(0, masks.length)) copyRect(context, ink.canvas, frame);
}

function copyRect(to: CanvasRenderingContext2D, from: HTMLCanvasElement, rect: Rect): void {
  const { x, y, width, height } = rect;
  to.drawImage(from, x, y, width, height, x, y, width, height);
}

function drawBoxesOf(
  context: CanvasRenderingContext2D,
  { frame, whole, over }: Ready,
  settings: Settings,
  density: number,
): void {
  context.save();
  clipTo(context, frame);
  context.setTransform(density, 0, 0, density, 0, 0);
  drawBoxes(context, over, scaled(whole, 1 / density), settings);
  context.restore();
}

function clipTo(context: CanvasRenderingContext2D, { x, y, width, height }: Rect): void {
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.beginPath();
  context.rect(x, y, width, height);
  context.clip();
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
