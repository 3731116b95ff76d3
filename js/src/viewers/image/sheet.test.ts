import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Cursor } from "../../core/cursor";
import { medium } from "../../core/testing";
import { WHOLE } from "./logic";
import { Painter } from "./painter";
import { linkedBy } from "./settings";
import { Sheet, type Spot } from "./sheet";

/** A canvas that remembers which of its methods were called. */
function recorder() {
  const canvas = { width: 400, height: 100 } as HTMLCanvasElement;
  const calls = recorded(canvas);
  return { canvas, drawn: () => calls.filter(([name]) => name === "drawImage").map((call) => call.slice(1)) };
}

function recorded(canvas: HTMLCanvasElement): unknown[][] {
  const calls: unknown[][] = [];
  const context = new Proxy({ canvas } as unknown as CanvasRenderingContext2D, {
    get: (target, name) =>
      name in target
        ? target[name as keyof CanvasRenderingContext2D]
        : (...args: unknown[]) => void calls.push([name, ...args]),
  });
  canvas.getContext = (() => context) as unknown as HTMLCanvasElement["getContext"];
  return calls;
}

let frames: (() => void)[];
const nextFrame = (): void => {
  for (const draw of frames.splice(0)) draw();
};

beforeEach(() => {
  frames = [];
  vi.stubGlobal("requestAnimationFrame", (draw: () => void) => frames.push(draw));
});
afterEach(() => vi.unstubAllGlobals());

const PICTURE = { width: 50, height: 25 } as ImageBitmap;

function spot(idx: number, picture: () => ImageBitmap | null = () => PICTURE): Spot & { lost: () => void } {
  const cell = { x: idx * 54, y: 0, width: 50, height: 50 };
  const row = medium({ idx, meta: { width: 100, height: 50 } });
  return { row, cell, side: 50, drawn: 50, picture, lost: vi.fn() };
}

test("many changes are drawn in one frame, each tile in its place, in whole pixels of the screen", () => {
  const { canvas, drawn } = recorder();
  const sheet = new Sheet(canvas, 1.5, linkedBy(new Cursor(() => [])));
  for (let i = 0; i < 3; i++) sheet.put(i, spot(i));
  sheet.put(1, spot(1));
  expect(frames.length).toBe(1);
  nextFrame();
  expect(drawn()).toEqual([
    [PICTURE, 0, 18, 75, 38],
    [PICTURE, 81, 18, 75, 38],
    [PICTURE, 162, 18, 75, 38],
  ]);
  sheet.put(2, spot(2));
  nextFrame();
  expect(drawn().length, "only what changed").toBe(4);
});

test("a picture that is no longer in memory is asked for again, and stays as it was drawn", () => {
  const { canvas, drawn } = recorder();
  const sheet = new Sheet(canvas, 1, linkedBy(new Cursor(() => [])));
  let held: ImageBitmap | null = PICTURE;
  const one = spot(0, () => held);
  sheet.put(0, one);
  nextFrame();
  expect(one.lost).not.toHaveBeenCalled();
  held = null;
  sheet.renew();
  nextFrame();
  expect(one.lost).toHaveBeenCalledOnce();
  expect(drawn().length).toBe(1);
});

test("while the opacity of the masks is dragged, all tiles are drawn together, from layers", () => {
  const { canvas, drawn } = recorder();
  const made: { canvas: HTMLCanvasElement; calls: unknown[][] }[] = [];
  const create = document.createElement.bind(document);
  vi.spyOn(document, "createElement").mockImplementation((name: string) => {
    const element = create(name);
    if (element instanceof HTMLCanvasElement) made.push({ canvas: element, calls: recorded(element) });
    return element;
  });
  const painter = Painter.of(new Cursor(() => []));
  const { settings } = painter.linked;
  for (let i = 0; i < 60; i++) painter.put(canvas, 1, spot(i));
  nextFrame();
  expect(drawn().length).toBe(60);
  for (const opacity of [0.9, 0.8, 0.7]) {
    settings.value = { ...settings.value, opacity };
    nextFrame();
  }
  const [pictures, boxes] = made.map((layer) => layer.canvas);
  const once = [
    [pictures, 0, 0],
    [boxes, 0, 0],
  ];
  expect(drawn().slice(60)).toEqual([...once, ...once, ...once]);
  expect(made.length, "made once, not in each frame").toBe(2);
  expect(made[0]?.calls.filter(([name]) => name === "drawImage").length).toBe(60);

  painter.put(canvas, 1, spot(0));
  nextFrame();
  expect(drawn().slice(66)).toEqual([[PICTURE, 0, 12, 50, 25]]);
  settings.value = { ...settings.value, opacity: 0.6 };
  nextFrame();
  expect(made.length, "of what is there now").toBe(4);
  vi.restoreAllMocks();
});

test("zoom and settings of a panel draw all its tiles anew, in the next frame, until they are gone", () => {
  const { canvas, drawn } = recorder();
  const cursor = new Cursor(() => []);
  const painter = Painter.of(cursor);
  expect(Painter.of(cursor)).toBe(painter);
  for (let i = 0; i < 2; i++) painter.put(canvas, 1, spot(i));
  nextFrame();
  const { settings, view } = painter.linked;
  settings.value = { ...settings.value, names: false };
  settings.value = { ...settings.value, lineWidth: 4 };
  nextFrame();
  expect(drawn().length).toBe(4);
  expect(painter.sharpness.value).toBe(1);
  view.value = { zoom: 3, u: 0.5, v: 0.5 };
  nextFrame();
  expect(drawn().at(-2)).toEqual([PICTURE, -50, -13, 150, 75]);
  expect(painter.sharpness.value, "a power of two: few sizes to decode").toBe(4);
  painter.remove(canvas, 0);
  painter.remove(canvas, 1);
  view.value = WHOLE;
  nextFrame();
  expect(drawn().length).toBe(6);
});
