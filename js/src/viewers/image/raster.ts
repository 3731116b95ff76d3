// Masks as pixels of the screen. Each screen pixel looks up its class and that class its color, so that a zoomed mask
// costs what is seen of it, whatever its size, and no color is ever mixed out of two classes.

import type { MaskData } from "./mask-png";

/** A place on a canvas. */
export interface Rect {
  x: number;
  y: number;
  width: number;
  height: number;
}

let spare: ImageData | null = null;

/**
 * Paint a window of screen pixels.
 *
 * @param lut Bytes of a pixel for each id.
 * @param whole Where the whole mask lies, in screen pixels from the window's corner.
 * @param outlined Only pixels beside which another class begins.
 * @returns Valid until the next call.
 */
export function rasterized(
  mask: MaskData,
  lut: Uint32Array,
  width: number,
  height: number,
  whole: Rect,
  outlined: boolean,
): ImageData {
  if (spare?.width !== width || spare.height !== height) spare = new ImageData(width, height);
  const pixels = new Uint32Array(spare.data.buffer);
  const columns = places(width, whole.x, whole.width, mask.width);
  const lines = places(height, whole.y, whole.height, mask.height);
  const { ids } = mask;
  for (let y = 0; y < height; y++) {
    const line = lines[y + 1] as number;
    const to = y * width;
    if (line < 0) {
      pixels.fill(0, to, to + width);
      continue;
    }
    const from = line * mask.width;
    if (!outlined) {
      for (let x = 0; x < width; x++) {
        const column = columns[x + 1] as number;
        pixels[to + x] = column < 0 ? 0 : (lut[ids[from + column] as number] as number);
      }
      continue;
    }
    // Beyond the mask there is no other class.
    const above = ((lines[y] as number) < 0 ? line : (lines[y] as number)) * mask.width;
    const below = ((lines[y + 2] as number) < 0 ? line : (lines[y + 2] as number)) * mask.width;
    for (let x = 0; x < width; x++) {
      const column = columns[x + 1] as number;
      if (column < 0) {
        pixels[to + x] = 0;
        continue;
      }
      const left = (columns[x] as number) < 0 ? column : (columns[x] as number);
      const right = (columns[x + 2] as number) < 0 ? column : (columns[x + 2] as number);
      const id = ids[from + column] as number;
      const inside =
        ids[from + left] === id &&
        ids[from + right] === id &&
        ids[above + column] === id &&
        ids[below + column] === id;
      pixels[to + x] = inside ? 0 : (lut[id] as number);
    }
  }
  return spare;
}

/** For each screen pixel from -1 to `count` the mask's column (or line) beneath its middle; -1 beside the mask. */
function places(count: number, start: number, length: number, cells: number): Int32Array {
  const found = new Int32Array(count + 2);
  for (let i = 0; i < found.length; i++) {
    const at = Math.floor(((i - 0.5 - start) * cells) / length);
    found[i] = at >= 0 && at < cells ? at : -1;
  }
  return found;
}

const layers: CanvasRenderingContext2D[] = [];

/**
 * A canvas of at least this size on which masks wait to be drawn through their opacity; what it holds from before is
 * stale. It is made for writing: one in a graphics card's memory would take each tile over there by itself.
 */
export function layer(place: number, width: number, height: number): CanvasRenderingContext2D | null {
  layers[place] ??= document
    .createElement("canvas")
    .getContext("2d", { willReadFrequently: true }) as CanvasRenderingContext2D;
  const canvas = layers[place]?.canvas;
  if (!canvas) return null;
  if (canvas.width < width) canvas.width = width;
  if (canvas.height < height) canvas.height = height;
  return layers[place] ?? null;
}

/** Draw the part of a mask that is seen on the canvas; `rect` is where all of it lies, in CSS pixels. */
export function drawIds(
  context: CanvasRenderingContext2D,
  mask: MaskData,
  lut: Uint32Array,
  rect: Rect,
  density: number,
  opacity: number,
  outlined: boolean,
): void {
  const left = Math.max(0, Math.floor(rect.x * density));
  const top = Math.max(0, Math.floor(rect.y * density));
  const width = Math.min(context.canvas.width, Math.ceil((rect.x + rect.width) * density)) - left;
  const height = Math.min(context.canvas.height, Math.ceil((rect.y + rect.height) * density)) - top;
  if (width < 1 || height < 1) return;
  const ink = layer(0, width, height);
  if (!ink) return;
  const whole = {
    x: rect.x * density - left,
    y: rect.y * density - top,
    width: rect.width * density,
    height: rect.height * density,
  };
  ink.putImageData(rasterized(mask, lut, width, height, whole, outlined), 0, 0);
  context.save();
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.globalAlpha = opacity;
  context.drawImage(ink.canvas, 0, 0, width, height, left, top, width, height);
  context.restore();
}
