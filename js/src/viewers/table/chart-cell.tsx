// A chart or figure in a cell, drawn small from its own numbers; the row's details draw it in full.

import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Io } from "../../core/io";
import { messageOf } from "../../core/message";
import type { MediaCell, Size } from "./logic";
import { type Shape, shapesOf, sketchOf } from "./sketch";

/** Files above this are not fetched for so small a drawing, in bytes. */
const MOST_BYTES = 2_000_000;

export function sketchable(cell: MediaCell): boolean {
  const size = Number(cell.meta.size ?? 0);
  return (
    (cell.kind === "plotly-file" || cell.kind === "chart-file") && cell.sha !== null && size < MOST_BYTES
  );
}

/** `otherwise`: what stands there when the chart is of a kind that is not drawn so small. */
export function Sketch(props: {
  cell: MediaCell;
  run: string;
  io: Io;
  size: Size;
  label: string;
  otherwise: JSX.Element;
}): JSX.Element {
  const { cell, run, io, size, label } = props;
  const [shapes, setShapes] = useState<Shape[] | null | undefined>(undefined);
  const [failed, setFailed] = useState<string | null>(null);
  useEffect(() => {
    const stop = new AbortController();
    io.blob(run, cell.sha as string, null, stop.signal)
      .then((blob) => blob.text())
      .then(
        (text) => {
          if (stop.signal.aborted) return;
          const marks = sketchOf(cell, text);
          setFailed(null);
          setShapes(marks && shapesOf(marks, size.width, size.height));
        },
        (reason: unknown) => {
          if (!stop.signal.aborted) setFailed(messageOf(reason));
        },
      )
      .catch((reason: unknown) => setFailed(messageOf(reason)));
    return () => stop.abort();
  }, [cell.sha, size.width, size.height]);
  if (failed)
    return (
      <span class="nb-table-chip nb-table-bad" title={failed}>
        not loaded
      </span>
    );
  if (shapes === null) return props.otherwise;
  return (
    <svg class="nb-table-sketch" width={size.width} height={size.height} role="img" aria-label={label}>
      <title>{label}</title>
      {shapes?.map(({ d, fill, color, width }, i) => (
        <path
          key={i}
          d={d}
          fill={fill ? color : "none"}
          stroke={fill ? "none" : color}
          stroke-width={width}
        />
      ))}
    </svg>
  );
}
