// A chart or figure in a cell, drawn small: of presets and figures a sketch of their numbers, of charts of one's own
// what Vega makes of them. The row's details draw it in full.

import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Io } from "../../core/io";
import { messageOf } from "../../core/message";
import { themeVersion } from "../../core/theme";
import { brokenBy } from "../chart/faults";
import { type Look, readChart } from "../chart/logic";
import { lookOf } from "../chart/look";
import { miniature } from "../chart/miniature";
import type { Library } from "../chart/vega-view";
import type { MediaCell, Size } from "./logic";
import { Miniatures } from "./miniatures";
import { type Shape, shapesOf, sketchOf } from "./sketch";

/** Files above this are not fetched for so small a drawing, in bytes. */
const MOST_BYTES = 2_000_000;

export function sketchable(cell: MediaCell): boolean {
  const size = Number(cell.meta.size ?? 0);
  return (
    (cell.kind === "plotly-file" || cell.kind === "chart-file") && cell.sha !== null && size < MOST_BYTES
  );
}

type Drawn =
  | { shapes: Shape[] }
  | { picture: HTMLCanvasElement }
  | { failed: string; why: string }
  /** A kind of figure that is not drawn so small. */
  | "not";

interface Request {
  cell: MediaCell;
  run: string;
  io: Io;
  size: Size;
}

const pictures = new Miniatures<HTMLCanvasElement>();
/** How the panel looks, read once a theme: asking the page about its style is slow. */
let known: { version: number; look: Look } | null = null;

function lookAt(el: HTMLElement, version: number): Look {
  if (known?.version !== version) known = { version, look: lookOf(el) };
  return known.look;
}

async function draw({ cell, run, io, size }: Request, look: Look, signal: AbortSignal): Promise<Drawn> {
  const name = JSON.stringify([cell.sha, size, devicePixelRatio, look]);
  let made = pictures.find(name);
  if (!made) {
    let text: string;
    let library: Library;
    try {
      const blob = await io.blob(run, cell.sha as string, null, signal);
      text = await blob.text();
      const marks = sketchOf(cell, text);
      if (marks) return { shapes: shapesOf(marks, size.width, size.height) };
      if (cell.kind !== "chart-file") return "not";
      library = (await io.library("vega", signal)) as Library;
    } catch (reason) {
      return { failed: "not loaded", why: messageOf(reason) };
    }
    const picture = async (): Promise<HTMLCanvasElement> => {
      const chart = readChart(text);
      return miniature(library, chart, look, size).catch((reason) => {
        throw new Error(brokenBy(chart.spec, messageOf(reason)));
      });
    };
    made = pictures.make(name, picture, signal);
  }
  return made.then(
    (picture) => ({ picture }),
    (reason) => ({ failed: "not drawn", why: messageOf(reason) }),
  );
}

/** `otherwise`: what stands there when the chart is of a kind that is not drawn so small. */
export function Sketch(props: Request & { label: string; otherwise: JSX.Element }): JSX.Element {
  const { cell, size, label } = props;
  const place = useRef<HTMLSpanElement>(null);
  const [drawn, setDrawn] = useState<Drawn | null>(null);
  const theme = themeVersion().value;
  useEffect(() => {
    const stop = new AbortController();
    draw(props, lookAt(place.current as HTMLElement, theme), stop.signal).then((found) => {
      if (!stop.signal.aborted) setDrawn(found);
    });
    return () => stop.abort();
  }, [cell.sha, size.width, size.height, theme]);
  return (
    <span ref={place} class="nb-table-drawn">
      {drawn === "not" ? (
        props.otherwise
      ) : drawn && "failed" in drawn ? (
        <span class="nb-table-chip nb-table-bad" title={drawn.why}>
          {drawn.failed}
        </span>
      ) : drawn && "picture" in drawn ? (
        <Picture drawn={drawn.picture} size={size} label={label} />
      ) : (
        <svg class="nb-table-sketch" width={size.width} height={size.height} role="img" aria-label={label}>
          <title>{label}</title>
          {drawn?.shapes.map(({ d, fill, color, width }, i) => (
            <path
              key={i}
              d={d}
              fill={fill ? color : "none"}
              stroke={fill ? "none" : color}
              stroke-width={width}
            />
          ))}
        </svg>
      )}
    </span>
  );
}

/** A copy of a picture that is kept: one chart may stand in many cells. */
function Picture(props: { drawn: HTMLCanvasElement; size: Size; label: string }): JSX.Element {
  const { drawn, size, label } = props;
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const el = canvas.current as HTMLCanvasElement;
    el.width = drawn.width;
    el.height = drawn.height;
    if (drawn.width && drawn.height) el.getContext("2d")?.drawImage(drawn, 0, 0);
  }, [drawn]);
  return (
    <canvas
      ref={canvas}
      class="nb-table-miniature"
      role="img"
      aria-label={label}
      title={label}
      style={{ width: `${size.width}px`, height: `${size.height}px` }}
    />
  );
}
