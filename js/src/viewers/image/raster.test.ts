import { beforeAll, describe, expect, test } from "vitest";
import type { MaskData } from "./mask-png";
import { rasterized } from "./raster";

/** What the test page lacks of a browser. */
class Pixels {
  readonly data: Uint8ClampedArray;
  constructor(
    readonly width: number,
    readonly height: number,
  ) {
    this.data = new Uint8ClampedArray(width * height * 4);
  }
}

beforeAll(() => {
  globalThis.ImageData ??= Pixels as unknown as typeof ImageData;
});

/** Each id in red; 0 is not shown. */
const LUT = new Uint32Array(Uint8Array.from({ length: 1024 }, (_, i) => (i % 4 === 0 ? i >> 2 : 0)).buffer);

function ids(image: ImageData): number[][] {
  const reds = Array.from({ length: image.width * image.height }, (_, i) => image.data[i * 4] as number);
  return Array.from({ length: image.height }, (_, y) => reds.slice(y * image.width, (y + 1) * image.width));
}

const mask = (width: number, all: number[]): MaskData => ({
  width,
  height: all.length / width,
  ids: Uint8Array.from(all),
});

describe("a mask on the screen", () => {
  const square = mask(2, [1, 2, 3, 4]);

  test("has one class in each pixel, enlarged or made smaller", () => {
    const large = rasterized(square, LUT, 4, 4, { x: 0, y: 0, width: 4, height: 4 }, false);
    expect(ids(large)).toEqual([
      [1, 1, 2, 2],
      [1, 1, 2, 2],
      [3, 3, 4, 4],
      [3, 3, 4, 4],
    ]);
    const wide = mask(8, [1, 1, 1, 9, 9, 2, 2, 2]);
    const small = rasterized(wide, LUT, 2, 1, { x: 0, y: 0, width: 2, height: 1 }, false);
    expect(
      ids(small)
        .flat()
        .every((id) => [1, 2, 9].includes(id)),
    ).toBe(true);
  });

  test("is cut to the window when it is zoomed, and is nothing beside its picture", () => {
    const zoomed = rasterized(square, LUT, 3, 2, { x: -3, y: 0, width: 4, height: 4 }, false);
    expect(ids(zoomed)).toEqual([
      [2, 0, 0],
      [2, 0, 0],
    ]);
    const away = rasterized(square, LUT, 3, 2, { x: 0, y: 50, width: 4, height: 4 }, false);
    expect(ids(away).flat().some(Boolean)).toBe(false);
  });

  test("keeps only the lines where the class changes when it is outlined; its own edge is none", () => {
    const halves = mask(6, [1, 1, 1, 2, 2, 2, 1, 1, 1, 2, 2, 2, 1, 1, 1, 2, 2, 2]);
    const lines = rasterized(halves, LUT, 6, 3, { x: 0, y: 0, width: 6, height: 3 }, true);
    expect(ids(lines)).toEqual(Array.from({ length: 3 }, () => [0, 0, 1, 2, 0, 0]));
  });
});
