// Masks and boxes on a canvas, and what lies under a point.

import { colorOf, cssColor, labelOf, type Rgb } from "./classes";
import { idAt, type MaskData } from "./mask-png";
import type { Box, BoxLayer, MaskLayer, Over } from "./parts";
import { drawIds, type Rect } from "./raster";
import { lineOf, maskOpacity, passes, type Settings, showsClass, showsGroup } from "./settings";

/** A box without a class. */
const PLAIN: Rgb = [255, 255, 255];
const DASHES = { solid: [], dashed: [6, 4], dotted: [1.5, 3] };
/** Narrower pictures have no room for names. */
const NAMES_FROM = 220;

/** A mask that is seen, with the bytes of a pixel for each of its ids. */
export interface MaskInk {
  mask: MaskData;
  lut: Uint32Array;
}

/** Draw what lies over the picture in `rect`, as much of it as is on the canvas. */
export function drawOver(
  context: CanvasRenderingContext2D,
  over: Over,
  rect: Rect,
  settings: Settings,
  density: number,
): void {
  for (const { mask, lut } of masksOf(over, settings))
    drawIds(context, mask, lut, rect, density, maskOpacity(settings), settings.outlined);
  drawBoxes(context, over, rect, settings);
}

/** The masks of which anything is shown, the lowest first. */
export function masksOf(over: Over, settings: Settings): MaskInk[] {
  return over.masks.flatMap((layer) => {
    const lut = showsGroup(settings, "masks", layer.name) ? lutOf(layer, settings) : null;
    return lut ? [{ mask: layer.mask, lut }] : [];
  });
}

/** Color of each id as the bytes of a pixel; null when no id of the mask is shown. */
function lutOf(layer: MaskLayer, settings: Settings): Uint32Array | null {
  const bytes = new Uint8Array(1024);
  let any = false;
  for (const id of layer.classes) {
    if (!showsClass(settings, "masks", layer.labels, id)) continue;
    any = true;
    bytes.set([...colorOf(id), 255], id * 4);
  }
  return any ? new Uint32Array(bytes.buffer) : null;
}

/** Draw the boxes of the groups that are shown over the picture in `rect`. */
export function drawBoxes(
  context: CanvasRenderingContext2D,
  over: Over,
  rect: Rect,
  settings: Settings,
): void {
  over.boxes.forEach((layer, place) => {
    if (showsGroup(settings, "boxes", layer.name)) drawGroup(context, layer, place, rect, settings);
  });
}

function drawGroup(
  context: CanvasRenderingContext2D,
  layer: BoxLayer,
  place: number,
  rect: Rect,
  settings: Settings,
): void {
  const small = Math.max(rect.width, rect.height) < NAMES_FROM;
  context.save();
  context.lineWidth = small ? Math.max(1, settings.lineWidth / 2) : settings.lineWidth;
  context.setLineDash(
    DASHES[lineOf(settings, layer.name, place)].map((length) => (small ? length / 2 : length)),
  );
  const shown = layer.boxes.filter((box) => showsBox(settings, layer, box));
  const { lineWidth } = context;
  for (const box of shown) {
    const corners = cornersOf(box, rect);
    // A shade around the line: boxes mostly lie over masks of their own color.
    context.strokeStyle = "rgb(0 0 0 / 55%)";
    context.lineWidth = lineWidth + 2;
    context.strokeRect(...corners);
    context.strokeStyle = strokeOf(box);
    context.lineWidth = lineWidth;
    context.strokeRect(...corners);
  }
  if (settings.names && !small) {
    context.font = "11px system-ui, sans-serif";
    context.textBaseline = "middle";
    for (const box of shown) drawName(context, nameOf(box, layer), box, rect, settings.lineWidth);
  }
  context.restore();
}

function drawName(context: CanvasRenderingContext2D, name: string, box: Box, rect: Rect, line: number): void {
  if (!name) return;
  const [x, y] = cornersOf(box, rect);
  const text = name.length > 28 ? `${name.slice(0, 27)}…` : name;
  const width = context.measureText(text).width + 6;
  const left = x - line / 2;
  // Above the box; inside where the picture ends.
  const top = y - 15 < rect.y ? y : y - 15;
  const color = box.id === null ? PLAIN : colorOf(box.id);
  context.fillStyle = strokeOf(box);
  context.fillRect(left, top, width, 15);
  context.fillStyle = 0.3 * color[0] + 0.59 * color[1] + 0.11 * color[2] > 140 ? "#000" : "#fff";
  context.fillText(text, left + 3, top + 8);
}

function cornersOf(box: Box, rect: Rect): [number, number, number, number] {
  return [
    rect.x + box.x0 * rect.width,
    rect.y + box.y0 * rect.height,
    (box.x1 - box.x0) * rect.width,
    (box.y1 - box.y0) * rect.height,
  ];
}

function strokeOf(box: Box): string {
  return box.id === null ? `rgb(${PLAIN.join(" ")})` : cssColor(box.id);
}

function nameOf(box: Box, layer: BoxLayer): string {
  return box.caption ?? (box.id === null ? "" : labelOf(layer.labels, box.id));
}

export function showsBox(settings: Settings, layer: BoxLayer, box: Box): boolean {
  return (
    passes(settings.filters, box) && (box.id === null || showsClass(settings, "boxes", layer.labels, box.id))
  );
}

/** Something that lies under a point. */
export interface Hit {
  group: string;
  /** A class, with the box's caption and scores. */
  text: string;
  id: number | null;
}

/** Boxes beyond these are too many to read. */
const MOST_BOXES = 4;

/** What of the shown lies under a point of the picture, 0..1: masks first, then boxes, the smallest first. */
export function hitsAt(over: Over, settings: Settings, u: number, v: number): Hit[] {
  const hits: Hit[] = [];
  for (const { name, labels, mask } of over.masks) {
    if (!showsGroup(settings, "masks", name)) continue;
    const id = idAt(mask, u, v);
    if (showsClass(settings, "masks", labels, id)) hits.push({ group: name, text: labelOf(labels, id), id });
  }
  const boxes = over.boxes.flatMap((layer) =>
    showsGroup(settings, "boxes", layer.name)
      ? layer.boxes
          .filter((box) => u >= box.x0 && u <= box.x1 && v >= box.y0 && v <= box.y1)
          .filter((box) => showsBox(settings, layer, box))
          .map((box) => ({ box, layer }))
      : [],
  );
  const area = ({ box }: { box: Box }): number => (box.x1 - box.x0) * (box.y1 - box.y0);
  for (const { box, layer } of boxes.sort((a, b) => area(a) - area(b)).slice(0, MOST_BOXES)) {
    const label = box.id === null ? "" : labelOf(layer.labels, box.id);
    const caption = box.caption && box.caption !== label ? box.caption : "";
    const scores = Object.entries(box.scores).map(
      ([name, score]) => `${name} ${Number(score.toPrecision(4))}`,
    );
    hits.push({
      group: layer.name,
      text: [label, caption, ...scores].filter(Boolean).join(" · "),
      id: box.id,
    });
  }
  return hits;
}
