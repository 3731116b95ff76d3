// What the lightbox draws: one picture with what lies over it, or two of them against each other.

import type { Agreement } from "./agreement";
import { CRISP_FROM, type Placement, place, type Size, type View } from "./logic";
import { drawOver } from "./overlay";
import type { Over } from "./parts";
import { drawIds, type Rect } from "./raster";
import type { Settings } from "./settings";

export type Mode = "side" | "swipe" | "onion" | "difference" | "flicker";

/** A picture that is here, with the overlays that are to be seen. */
export interface Layer {
  bitmap: ImageBitmap;
  over: Over;
}

/** How the second picture is laid over the first: see `drawPair`. */
export interface Blend {
  mode: Mode;
  /** Swipe: share of the width at which B begins. Onion skin: how much of B is seen. */
  share: number;
  /** By how much a difference is amplified. */
  gain: number;
  /** Flicker: whether B is shown now. */
  flipped: boolean;
}

/** A point of the picture, 0..1, under the pointer. */
export type Spot = { u: number; v: number } | null;

/** Size a canvas for its box and hand out its context in CSS pixels, empty. */
export function prepared(
  canvas: HTMLCanvasElement,
  box: Size,
  density: number,
): CanvasRenderingContext2D | null {
  const width = Math.round(box.width * density);
  const height = Math.round(box.height * density);
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
  const context = canvas.getContext("2d");
  context?.setTransform(density, 0, 0, density, 0, 0);
  context?.clearRect(0, 0, box.width, box.height);
  return context;
}

export function rectOf(placement: Placement, size: Size): Rect {
  return {
    x: placement.x,
    y: placement.y,
    width: size.width * placement.scale,
    height: size.height * placement.scale,
  };
}

/** Draw a picture and what lies over it into `rect`, whatever its own size. */
export function drawLayer(
  context: CanvasRenderingContext2D,
  layer: Layer,
  rect: Rect,
  settings: Settings,
  density: number,
): void {
  // Squares behind the picture show where it is transparent.
  context.fillStyle = squares(context);
  context.fillRect(rect.x, rect.y, rect.width, rect.height);
  context.imageSmoothingEnabled = rect.width / layer.bitmap.width < CRISP_FROM;
  context.imageSmoothingQuality = "high";
  context.drawImage(layer.bitmap, rect.x, rect.y, rect.width, rect.height);
  drawOver(context, layer.over, rect, settings, density);
}

let second: HTMLCanvasElement | null = null;

/** Draw B against A, in A's place. */
export function drawPair(
  context: CanvasRenderingContext2D,
  a: Layer,
  b: Layer,
  rect: Rect,
  box: Size,
  blend: Blend,
  settings: Settings,
  density: number,
): void {
  if (blend.mode === "flicker") {
    drawLayer(context, blend.flipped ? b : a, rect, settings, density);
    return;
  }
  drawLayer(context, a, rect, settings, density);
  if (blend.mode === "swipe") {
    context.save();
    context.beginPath();
    context.rect(blend.share * box.width, 0, box.width, box.height);
    context.clip();
    context.clearRect(0, 0, box.width, box.height);
    drawLayer(context, b, rect, settings, density);
    context.restore();
    return;
  }
  second ??= document.createElement("canvas");
  const ink = prepared(second, box, density);
  if (!ink) return;
  drawLayer(ink, b, rect, settings, density);
  context.save();
  if (blend.mode === "onion") context.globalAlpha = blend.share;
  else context.globalCompositeOperation = "difference";
  context.drawImage(second, 0, 0, box.width, box.height);
  if (blend.mode === "difference") {
    // What was transparent in both is opaque now: a difference has no alpha.
    context.globalCompositeOperation = "lighter";
    for (let gain = 1; gain < blend.gain; gain *= 2)
      context.drawImage(context.canvas, 0, 0, box.width, box.height);
  }
  context.restore();
}

/** Where two masks of a picture disagree, over the picture without its colors. */
export function drawDisagreement(
  context: CanvasRenderingContext2D,
  layer: Layer,
  agreement: Agreement,
  rect: Rect,
  density: number,
): void {
  context.save();
  context.filter = "grayscale(1) brightness(0.6)";
  context.imageSmoothingEnabled = rect.width / layer.bitmap.width < CRISP_FROM;
  context.drawImage(layer.bitmap, rect.x, rect.y, rect.width, rect.height);
  context.restore();
  drawIds(context, agreement.differs, MARK, rect, density, 0.85, false);
}

/** Nothing for 0, an orange that no usual class has for 1; the bytes of a pixel in the machine's order. */
const MARK = new Uint32Array(256);
new Uint8Array(MARK.buffer).set([255, 92, 0, 255], 4);

/** From this scale on there is room for the numbers of a pixel. */
const NUMBERS_FROM = 46;

/** Frame the pixel under the pointer; enlarged far enough, write the numbers of the picture into its pixels. */
export function drawPixels(
  context: CanvasRenderingContext2D,
  bitmap: ImageBitmap,
  placement: Placement,
  box: Size,
  spot: Spot,
): void {
  const { scale, x, y } = placement;
  if (scale >= NUMBERS_FROM) {
    const x0 = Math.max(0, Math.floor(-x / scale));
    const y0 = Math.max(0, Math.floor(-y / scale));
    const x1 = Math.min(bitmap.width, Math.ceil((box.width - x) / scale));
    const y1 = Math.min(bitmap.height, Math.ceil((box.height - y) / scale));
    const data = readPixels(bitmap, x0, y0, x1 - x0, y1 - y0);
    context.font = "10px ui-monospace, monospace";
    context.textAlign = "center";
    context.textBaseline = "middle";
    for (let py = y0; py < y1; py++)
      for (let px = x0; px < x1; px++) {
        const at = ((py - y0) * (x1 - x0) + px - x0) * 4;
        const [r = 0, g = 0, b = 0] = data.subarray(at, at + 3);
        const lines = r === g && g === b ? [r] : [r, g, b];
        context.fillStyle = 0.3 * r + 0.59 * g + 0.11 * b > 128 ? "#000" : "#fff";
        lines.forEach((value, line) => {
          const middle = y + (py + 0.5) * scale + (line - (lines.length - 1) / 2) * 12;
          context.fillText(String(value), x + (px + 0.5) * scale, middle);
        });
      }
    context.textAlign = "start";
  }
  if (!spot || scale < 6) return;
  const px = x + Math.floor(spot.u * bitmap.width) * scale;
  const py = y + Math.floor(spot.v * bitmap.height) * scale;
  context.lineWidth = 1;
  context.strokeStyle = "#000";
  context.strokeRect(px - 0.5, py - 0.5, scale + 1, scale + 1);
  context.strokeStyle = "#fff";
  context.strokeRect(px + 0.5, py + 0.5, scale - 1, scale - 1);
}

let probe: CanvasRenderingContext2D | null = null;

/** Red, green, blue and alpha of pixels of a picture, as it was logged. */
export function readPixels(
  bitmap: ImageBitmap,
  x: number,
  y: number,
  width: number,
  height: number,
): Uint8ClampedArray {
  probe ??= document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  if (!probe || width < 1 || height < 1) return new Uint8ClampedArray(4);
  probe.canvas.width = width;
  probe.canvas.height = height;
  probe.drawImage(bitmap, x, y, width, height, 0, 0, width, height);
  return probe.getImageData(0, 0, width, height).data;
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

/** Where a picture of `size` lies in `box`. */
export function placed(view: View, size: Size, box: Size): { placement: Placement; rect: Rect } {
  const placement = place(view, size, box);
  return { placement, rect: rectOf(placement, size) };
}
