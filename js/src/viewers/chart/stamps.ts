// Painting many points: each as a stamp of a few pixels, added up in floats.
//
// A canvas fills 100,000 circles in half a second; here it draws one for each color, and the rest is arithmetic.

import { constant, pathSymbols } from "vega";

/** How points look, but for their colors; as Vega's symbol marks say it. */
export interface Symbols {
  size: number;
  shape: string;
  opacity: number;
  fillOpacity: number;
  strokeOpacity: number;
  strokeWidth: number;
}

/** Where points are in the plot, in pixels of CSS, and their colors of fill and stroke. */
export interface Places {
  x: Float32Array;
  y: Float32Array;
  colors: [string, string] | ((index: number) => [string, string]);
}

export interface Size {
  width: number;
  height: number;
  /** Pixels to paint for one of CSS. */
  pixels: number;
}

/** One point: the pixels with ink, as places of the picture counted from its corner, and their ink. */
export interface Stamp {
  at: Int32Array;
  /** Red, green, blue (0 to 255, times alpha) and alpha (0 to 1) of each. */
  ink: Float32Array;
}

/** How far a point reaches from its center at most, in pixels of CSS. */
export const reach = (symbols: Symbols): number => Math.ceil(Math.sqrt(symbols.size) + symbols.strokeWidth);

/** The picture of all points; it reaches beyond the plot on each side by twice what a point reaches. */
export function painting(symbols: Symbols, places: Places, size: Size): HTMLCanvasElement {
  const { pixels } = size;
  const half = Math.ceil(reach(symbols) * pixels);
  const canvas = document.createElement("canvas");
  canvas.width = Math.ceil(size.width * pixels) + 4 * half;
  canvas.height = Math.ceil(size.height * pixels) + 4 * half;
  const stamps = new Map<string, Stamp>();
  const stamp = ([fill, stroke]: [string, string]): Stamp => {
    const key = `${fill} ${stroke}`;
    const known = stamps.get(key) ?? stampOf(symbols, fill, stroke, pixels, half, canvas.width);
    stamps.set(key, known);
    return known;
  };
  const { colors } = places;
  const stampAt = typeof colors === "function" ? (i: number) => stamp(colors(i)) : constant(stamp(colors));
  const found = added(places, stampAt, { pixels, half, width: canvas.width, height: canvas.height });
  const context = canvas.getContext("2d", { willReadFrequently: true }) as CanvasRenderingContext2D;
  context.putImageData(new ImageData(found, canvas.width, canvas.height), 0, 0);
  return canvas;
}

/** The pixels of a picture on which every point has left its stamp, in order, later ones over earlier ones. */
export function added(
  { x, y }: Pick<Places, "x" | "y">,
  stampAt: (index: number) => Stamp,
  picture: { pixels: number; half: number; width: number; height: number },
): Uint8ClampedArray<ArrayBuffer> {
  const { pixels, half, width, height } = picture;
  const sum = new Float32Array(4 * width * height);
  for (let i = 0; i < x.length; i++) {
    const left = Math.round((x[i] as number) * pixels) + half;
    const top = Math.round((y[i] as number) * pixels) + half;
    // farther out nothing of it is in the plot; NaN is nowhere
    if (!(left >= 0 && top >= 0 && left <= width - 2 * half && top <= height - 2 * half)) continue;
    const { at, ink } = stampAt(i);
    const corner = 4 * (top * width + left);
    for (let k = 0; k < at.length; k++) {
      const to = corner + (at[k] as number);
      const from = 4 * k;
      const keep = 1 - (ink[from + 3] as number);
      sum[to] = (sum[to] as number) * keep + (ink[from] as number);
      sum[to + 1] = (sum[to + 1] as number) * keep + (ink[from + 1] as number);
      sum[to + 2] = (sum[to + 2] as number) * keep + (ink[from + 2] as number);
      sum[to + 3] = (sum[to + 3] as number) * keep + (ink[from + 3] as number);
    }
  }
  const found = new Uint8ClampedArray(sum.length);
  for (let i = 0; i < sum.length; i += 4) {
    const alpha = sum[i + 3] as number;
    if (alpha === 0) continue;
    found[i] = (sum[i] as number) / alpha;
    found[i + 1] = (sum[i + 1] as number) / alpha;
    found[i + 2] = (sum[i + 2] as number) / alpha;
    found[i + 3] = alpha * 255;
  }
  return found;
}

function stampOf(
  symbols: Symbols,
  fill: string,
  stroke: string,
  pixels: number,
  half: number,
  width: number,
): Stamp {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 2 * half;
  const context = canvas.getContext("2d", { willReadFrequently: true }) as CanvasRenderingContext2D;
  context.setTransform(pixels, 0, 0, pixels, half, half);
  context.beginPath();
  pathSymbols(symbols.shape).draw(context, symbols.size);
  context.globalAlpha = symbols.opacity * symbols.fillOpacity;
  context.fillStyle = fill;
  context.fill();
  context.globalAlpha = symbols.opacity * symbols.strokeOpacity;
  context.strokeStyle = stroke;
  context.lineWidth = symbols.strokeWidth;
  context.stroke();
  const { data } = context.getImageData(0, 0, 2 * half, 2 * half);
  const at: number[] = [];
  const ink: number[] = [];
  for (let i = 0; i < data.length; i += 4) {
    const alpha = (data[i + 3] as number) / 255;
    if (alpha === 0) continue;
    const pixel = i / 4;
    at.push(4 * (Math.floor(pixel / (2 * half)) * width + (pixel % (2 * half))));
    ink.push(...[0, 1, 2].map((k) => (data[i + k] as number) * alpha), alpha);
  }
  return { at: Int32Array.from(at), ink: Float32Array.from(ink) };
}
