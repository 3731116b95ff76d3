// What lies over the points: boxes with their labels, vectors as arrows, the point that was picked, the axes. Drawn on
// a 2-D canvas, where lines may be wider than a pixel and text is sharp.

import { type Clip, cssColor, labelIndex, segment, type Triple } from "./logic";

export interface Box {
  corners: Triple[];
  edges: [number, number][];
  label?: string;
  color?: number[];
  score?: number;
}

export interface Arrow {
  start: Triple;
  end: Triple;
  color?: number[];
}

/** The part "scene" of a cloud. */
export interface Marks {
  boxes: Box[];
  vectors: Arrow[];
}

export interface MarkLook {
  boxes: boolean;
  labels: boolean;
  /** Boxes with a lower score are not drawn; those without a score always are. */
  minScore: number;
}

export interface Theme {
  ink: string;
  paper: string;
}

/** Where the camera stands; `matrix` (column-major) takes places relative to `origin` to clip space. */
export interface Sight {
  matrix: ArrayLike<number>;
  /** Directions of the three axes on the screen, with the depth. */
  axes: Triple[];
  origin: Triple;
  width: number;
  height: number;
}

/** Whether a box is drawn at all. */
export function isShown(box: Box, look: MarkLook): boolean {
  return look.boxes && (box.score === undefined || box.score >= look.minScore);
}

/** Lowest and highest score of the boxes; null without any. */
export function scoresOf(boxes: readonly Box[]): [number, number] | null {
  const scores = boxes.flatMap((box) => (box.score === undefined ? [] : [box.score]));
  return scores.length > 0 ? [Math.min(...scores), Math.max(...scores)] : null;
}

/** Corners of the boxes and ends of the vectors. */
export function placesOf(marks: Marks | null): Triple[] {
  if (!marks) return [];
  return [...marks.boxes.flatMap((box) => box.corners), ...marks.vectors.flatMap((v) => [v.start, v.end])];
}

/** What stands at a box. */
export function tagOf(box: Box): string {
  return [box.label, box.score === undefined ? undefined : trimmed(box.score)].filter(Boolean).join(" ");
}

function trimmed(score: number): string {
  return String(Number(score.toFixed(2)));
}

function clipOf(sight: Sight, place: Triple): Clip {
  const m = sight.matrix as { [i: number]: number };
  const [x, y, z] = [place[0] - sight.origin[0], place[1] - sight.origin[1], place[2] - sight.origin[2]];
  const row = (i: number): number =>
    (m[i] as number) * x + (m[4 + i] as number) * y + (m[8 + i] as number) * z + (m[12 + i] as number);
  return [row(0), row(1), row(3)];
}

export function paint(
  context: CanvasRenderingContext2D,
  sight: Sight,
  marks: Marks | null,
  look: MarkLook,
  picked: Triple | null,
  theme: Theme,
): void {
  context.clearRect(0, 0, sight.width, sight.height);
  context.lineJoin = "round";
  context.lineCap = "round";
  context.font = "11px system-ui, sans-serif";
  if (marks) {
    const colors = labelIndex(marks.boxes.map((box) => box.label));
    const tags: { text: string; color: string; x: number; y: number; w: number }[] = [];
    for (const [i, box] of marks.boxes.entries()) {
      if (!isShown(box, look)) continue;
      const color = cssColor(box.color, colors[i] as number);
      const clips = box.corners.map((corner) => clipOf(sight, corner));
      context.beginPath();
      for (const [a, b] of box.edges) line(context, sight, clips[a] as Clip, clips[b] as Clip);
      stroke(context, color, theme);
      const text = look.labels ? tagOf(box) : "";
      const top = text ? highest(clips, sight) : null;
      if (top) tags.push({ text, color, ...top });
    }
    for (const [i, arrow] of marks.vectors.entries()) drawArrow(context, sight, arrow, i, theme);
    drawTags(context, tags, theme);
  }
  if (picked) drawPicked(context, sight, picked, theme);
  drawAxes(context, sight, theme);
}

function line(context: CanvasRenderingContext2D, sight: Sight, a: Clip, b: Clip): void {
  const found = segment(a, b, sight.width, sight.height);
  if (!found) return;
  context.moveTo(found[0], found[1]);
  context.lineTo(found[2], found[3]);
}

/** A line in `color` that is seen on any ground. */
function stroke(context: CanvasRenderingContext2D, color: string, theme: Theme): void {
  context.globalAlpha = 0.55;
  context.strokeStyle = theme.paper;
  context.lineWidth = 3.5;
  context.stroke();
  context.globalAlpha = 1;
  context.strokeStyle = color;
  context.lineWidth = 1.5;
  context.stroke();
}

/** The highest corner on the screen; null when the box is behind the eye or beside the picture. */
function highest(clips: readonly Clip[], sight: Sight): { x: number; y: number; w: number } | null {
  let best: { x: number; y: number; w: number } | null = null;
  for (const clip of clips) {
    if (clip[2] <= 0) return null;
    const found = segment(clip, clip, sight.width, sight.height);
    if (found && (!best || found[1] < best.y)) best = { x: found[0], y: found[1], w: clip[2] };
  }
  const inside = best && best.x > 0 && best.y > 0 && best.x < sight.width && best.y < sight.height;
  return inside ? best : null;
}

/** Labels, the nearest first; what would lie over another one is left out. */
function drawTags(
  context: CanvasRenderingContext2D,
  tags: { text: string; color: string; x: number; y: number; w: number }[],
  theme: Theme,
): void {
  const taken: [number, number, number, number][] = [];
  context.textBaseline = "middle";
  for (const { text, color, x, y } of tags.sort((a, b) => a.w - b.w)) {
    const shown = text.length > 40 ? `${text.slice(0, 39)}…` : text;
    const wide = context.measureText(shown).width + 14;
    const [left, top, right, bottom] = [x - wide / 2, y - 19, x + wide / 2, y - 3];
    if (taken.some(([l, t, r, b]) => left < r && right > l && top < b && bottom > t)) continue;
    taken.push([left, top, right, bottom]);
    context.fillStyle = theme.paper;
    context.globalAlpha = 0.88;
    context.beginPath();
    context.roundRect(left, top, wide, 16, 3);
    context.fill();
    context.globalAlpha = 1;
    context.fillStyle = color;
    context.fillRect(left + 3, top + 4, 3, 8);
    context.fillStyle = theme.ink;
    context.fillText(shown, left + 9, top + 8.5);
  }
}

function drawArrow(
  context: CanvasRenderingContext2D,
  sight: Sight,
  arrow: Arrow,
  index: number,
  theme: Theme,
): void {
  const found = segment(clipOf(sight, arrow.start), clipOf(sight, arrow.end), sight.width, sight.height);
  if (!found) return;
  const [x0, y0, x1, y1] = found;
  const angle = Math.atan2(y1 - y0, x1 - x0);
  const head = Math.min(9, Math.hypot(x1 - x0, y1 - y0) / 2);
  context.beginPath();
  context.moveTo(x0, y0);
  context.lineTo(x1, y1);
  for (const side of [-0.45, 0.45]) {
    context.moveTo(x1, y1);
    context.lineTo(x1 - head * Math.cos(angle + side), y1 - head * Math.sin(angle + side));
  }
  stroke(context, cssColor(arrow.color, index), theme);
}

function drawPicked(context: CanvasRenderingContext2D, sight: Sight, place: Triple, theme: Theme): void {
  const clip = clipOf(sight, place);
  const found = segment(clip, clip, sight.width, sight.height);
  if (!found) return;
  context.beginPath();
  context.arc(found[0], found[1], 6, 0, 2 * Math.PI);
  stroke(context, theme.ink, theme);
}

const AXES = [
  ["x", "#d1495b"],
  ["y", "#3c9d5d"],
  ["z", "#4178be"],
] as const;

/** Where x, y and z point, in the lower right corner. */
function drawAxes(context: CanvasRenderingContext2D, sight: Sight, theme: Theme): void {
  if (sight.width < 160 || sight.height < 120) return;
  const [cx, cy, length] = [sight.width - 34, sight.height - 34, 20];
  const order = [0, 1, 2].sort((a, b) => (sight.axes[a]?.[2] ?? 0) - (sight.axes[b]?.[2] ?? 0));
  context.textBaseline = "middle";
  context.textAlign = "center";
  for (const i of order) {
    const [dx, dy] = sight.axes[i] as Triple;
    const [name, color] = AXES[i] as (typeof AXES)[number];
    context.beginPath();
    context.moveTo(cx, cy);
    context.lineTo(cx + length * dx, cy - length * dy);
    stroke(context, color, theme);
    context.fillStyle = color;
    context.fillText(name, cx + (length + 8) * dx, cy - (length + 8) * dy);
  }
  context.textAlign = "start";
}
