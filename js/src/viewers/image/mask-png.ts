// Class ids out of the PNG that nbtrack writes of a mask. Browsers that blur what is read back from a canvas, against
// fingerprinting, would change ids: so the file is read here (W3C Portable Network Graphics, third edition).

import type { Size } from "./logic";

export interface MaskData {
  width: number;
  height: number;
  /** A class id for each pixel, line by line. */
  ids: Uint8Array;
}

const SIGNATURE = [137, 80, 78, 71, 13, 10, 26, 10];
/** More pixels than that are no picture that a page could hold. */
const MOST = 2 ** 29;

/**
 * Decode an 8-bit gray PNG without interlacing.
 *
 * @param longest Most pixels a side; null: as many as the file has. Each is one of the ids beneath it, never a mixture.
 */
export async function decodeMask(
  bytes: Uint8Array<ArrayBuffer>,
  longest: number | null = null,
): Promise<MaskData> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (SIGNATURE.some((byte, i) => bytes[i] !== byte)) throw new Error("The mask is not a PNG file.");
  let width = 0;
  let height = 0;
  const data: Uint8Array<ArrayBuffer>[] = [];
  for (let at = 8; at + 8 <= bytes.length; ) {
    const length = view.getUint32(at);
    const name = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    const from = at + 8;
    if (name === "IHDR") {
      width = view.getUint32(from);
      height = view.getUint32(from + 4);
      if (bytes[from + 8] !== 8 || bytes[from + 9] !== 0 || bytes[from + 12] !== 0)
        throw new Error("The mask is not an 8-bit gray PNG.");
      if (width * height > MOST) throw new Error(`The mask is too large to be shown: ${width} × ${height}.`);
    } else if (name === "IDAT") data.push(bytes.subarray(from, from + length));
    else if (name === "IEND") break;
    at = from + length + 4;
  }
  if (width * height === 0) throw new Error("The mask has no pixels.");
  const lines = await inflated(data);
  if (lines.length !== (width + 1) * height) throw new Error("The mask's file is damaged.");
  const size = longest === null ? { width, height } : within(width, height, longest);
  if (isUp(lines, width)) return sampled(lines, width, height, size);
  return reduced({ width, height, ids: unfilter(lines, width, height) }, size);
}

async function inflated(pieces: readonly Uint8Array<ArrayBuffer>[]): Promise<Uint8Array> {
  const stream = new DecompressionStream("deflate");
  const writer = stream.writable.getWriter();
  // What is wrong with the data is said by the reading end.
  for (const piece of pieces) writer.write(piece).catch(() => undefined);
  writer.close().catch(() => undefined);
  return new Uint8Array(await new Response(stream.readable).arrayBuffer());
}

/** The filter of all lines that nbtrack writes: what a sample adds to the one above it. */
const UP = 2;

function isUp(lines: Uint8Array, width: number): boolean {
  for (let at = 0; at < lines.length; at += width + 1) if (lines[at] !== UP) return false;
  return true;
}

/** A mask of fewer pixels, of which only the columns that are kept are added up. */
function sampled(lines: Uint8Array, width: number, height: number, size: Size): MaskData {
  const ids = new Uint8Array(size.width * size.height);
  const columns = middles(size.width, width);
  const rows = middles(size.height, height);
  const line = new Uint8Array(size.width);
  for (let y = 0, kept = 0; kept < size.height; y++) {
    const from = y * (width + 1) + 1;
    for (let x = 0; x < line.length; x++)
      line[x] = (line[x] as number) + (lines[from + (columns[x] as number)] as number);
    if (rows[kept] === y) ids.set(line, kept++ * size.width);
  }
  return { ...size, ids };
}

function unfilter(lines: Uint8Array, width: number, height: number): Uint8Array {
  const ids = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    const from = y * (width + 1) + 1;
    const to = y * width;
    const filter = lines[from - 1] as number;
    for (let x = 0; x < width; x++) {
      const left = x > 0 ? (ids[to + x - 1] as number) : 0;
      const above = y > 0 ? (ids[to + x - width] as number) : 0;
      const corner = x > 0 && y > 0 ? (ids[to + x - width - 1] as number) : 0;
      const guess =
        filter === 0
          ? 0
          : filter === 1
            ? left
            : filter === 2
              ? above
              : filter === 3
                ? (left + above) >> 1
                : paeth(left, above, corner);
      ids[to + x] = (lines[from + x] as number) + guess;
    }
  }
  return ids;
}

function paeth(left: number, above: number, corner: number): number {
  const estimate = left + above - corner;
  const toLeft = Math.abs(estimate - left);
  const toAbove = Math.abs(estimate - above);
  const toCorner = Math.abs(estimate - corner);
  return toLeft <= toAbove && toLeft <= toCorner ? left : toAbove <= toCorner ? above : corner;
}

/** In proportion, with at most `longest` pixels a side. */
export function within(width: number, height: number, longest: number): Size {
  const factor = Math.min(1, longest / Math.max(width, height));
  return {
    width: Math.max(1, Math.round(width * factor)),
    height: Math.max(1, Math.round(height * factor)),
  };
}

/** Of `count` equal pieces of `length` cells the cell in the middle of each. */
function middles(count: number, length: number): Uint32Array {
  return Uint32Array.from({ length: count }, (_, i) => Math.floor(((i + 0.5) * length) / count));
}

function reduced(mask: MaskData, size: Size): MaskData {
  if (size.width === mask.width && size.height === mask.height) return mask;
  const ids = new Uint8Array(size.width * size.height);
  const columns = middles(size.width, mask.width);
  middles(size.height, mask.height).forEach((row, y) => {
    for (let x = 0; x < size.width; x++)
      ids[y * size.width + x] = mask.ids[row * mask.width + (columns[x] as number)] as number;
  });
  return { ...size, ids };
}

/** The class under a point of the picture, 0..1. */
export function idAt(mask: MaskData, u: number, v: number): number {
  const x = Math.min(mask.width - 1, Math.max(0, Math.floor(u * mask.width)));
  const y = Math.min(mask.height - 1, Math.max(0, Math.floor(v * mask.height)));
  return mask.ids[y * mask.width + x] as number;
}
