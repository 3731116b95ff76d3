// A block of pictures. Its tiles share a canvas: with one for each picture, a hundred pictures are a hundred layers,
// and the browser takes 30 ms to stack them whenever anything on the page moves.

import type { JSX, RefObject } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Io } from "../../core/io";
import { messageOf } from "../../core/message";
import type { MediaRow } from "../../core/wire";
import { captionOf, displaySize, GAP, type Grid, naturalSize, pixelsFor, tileState } from "./logic";
import type { Painter } from "./painter";
import { pictures } from "./pictures";

interface Shared {
  run: string;
  /** Longest side in CSS pixels. */
  side: number;
  grid: Grid;
  /** Height of a line with its captions, if any picture has one. */
  lineHeight: number;
  /** Screen pixels in a CSS pixel. */
  density: number;
  io: Io;
  onOpen: (idx: number) => void;
  /** Draws pictures with what lies over them; null while no picture has anything. */
  painter: Painter | null;
  /** The picture to which the focus returns when the lightbox closes. */
  returning: { current: number | null };
}

export function Block(props: Shared & { rows: MediaRow[] }): JSX.Element {
  const { rows, ...shared } = props;
  const { grid, lineHeight, density } = props;
  const canvas = useRef<HTMLCanvasElement>(null);
  const width = grid.columns * (grid.width + GAP) - GAP;
  const height = Math.ceil(rows.length / grid.columns) * (lineHeight + GAP) - GAP;
  return (
    <div
      class="nb-image-block"
      style={{
        gridTemplateColumns: `repeat(${grid.columns}, ${grid.width}px)`,
        gridAutoRows: `${lineHeight}px`,
      }}
    >
      <canvas
        ref={canvas}
        width={Math.round(width * density)}
        height={Math.round(height * density)}
        style={{ width: `${width}px`, height: `${height}px` }}
      />
      {rows.map((row, i) => (
        <Tile
          key={row.idx}
          {...shared}
          canvas={canvas}
          row={row}
          left={(i % grid.columns) * (grid.width + GAP)}
          top={Math.floor(i / grid.columns) * (lineHeight + GAP)}
        />
      ))}
    </div>
  );
}

interface TileProps extends Shared {
  canvas: RefObject<HTMLCanvasElement | null>;
  row: MediaRow;
  /** Where it begins in the block. */
  left: number;
  top: number;
}

function Tile(props: TileProps): JSX.Element {
  const { row, grid } = props;
  const state = tileState(row);
  const caption = captionOf(row);
  return (
    <figure class="nb-tile">
      <div class="nb-tile-box" style={{ height: `${grid.height}px` }}>
        {state === "ready" ? (
          <Painting {...props} name={caption || `Picture ${row.idx + 1}`} />
        ) : (
          <Blank state={state} row={row} small={grid.width < 72} />
        )}
      </div>
      {props.lineHeight > grid.height && (
        <figcaption class="nb-tile-caption" title={caption}>
          {caption}
        </figcaption>
      )}
    </figure>
  );
}

/** A tile whose picture exists: the one before stays until the new one is decoded. */
function Painting(props: TileProps & { name: string }): JSX.Element {
  const { row, run, side, io, density, painter } = props;
  const mark = painter?.mark;
  const button = useRef<HTMLButtonElement>(null);
  const [failure, setFailure] = useState<{ blob: string | null; text: string } | null>(null);
  const px = pixelsFor(naturalSize(row), side * (mark?.view.zoom ?? 1), density);
  const held = useRef(px);
  const failed = failure !== null && failure.blob === row.blob;

  useLayoutEffect(() => {
    if (props.returning.current === row.idx) {
      props.returning.current = null;
      button.current?.focus();
    }
    return () => paint(props, px, null);
  }, []);
  useLayoutEffect(() => {
    const complete = !painter || painter.ready(row, px);
    const ready = pictures.peek(row, px);
    if ((ready && complete) || failed) {
      held.current = px;
      paint(props, px, ready);
      return undefined;
    }
    const aborted = new AbortController();
    let sharp = false;
    const paintRough = (bitmap: ImageBitmap): void => {
      if (!sharp && !aborted.signal.aborted) paint(props, px, bitmap, true);
    };
    const rough = pictures.peekRough(row) ?? pictures.peek(row, held.current);
    // Without what lies over it, a picture would flicker while the slider moves.
    if (rough && complete) paintRough(rough);
    // What cannot be decoded is said when the picture itself has come.
    else if (complete) pictures.loadRough(io, row, px, aborted.signal)?.then(paintRough, () => undefined);
    Promise.all([
      pictures.load(io, run, row, px, aborted.signal),
      painter?.load(io, run, row, px, aborted.signal),
    ]).then(
      ([bitmap]) => {
        sharp = true;
        held.current = px;
        // It may have gone while the rest was loading.
        if (!aborted.signal.aborted) paint(props, px, painter ? pictures.peek(row, px) : bitmap);
      },
      (error: unknown) => {
        if (!aborted.signal.aborted) setFailure({ blob: row.blob, text: messageOf(error) });
      },
    );
    return () => aborted.abort();
  }, [painter ? row : row.blob, px, failed, painter, mark?.settings, mark?.view]);

  if (failed)
    return (
      <button
        type="button"
        class="nb-tile-blank nb-tile-failed"
        title={`${failure.text} Click to try again.`}
        aria-label={`${props.name}: ${failure.text}`}
        onClick={() => setFailure(null)}
      >
        {side < 72 ? "!" : "not loaded"}
      </button>
    );
  return (
    <button
      ref={button}
      type="button"
      class="nb-tile-open"
      aria-label={`Enlarge: ${props.name}`}
      title={props.name}
      data-idx={row.idx}
      onClick={() => props.onOpen(row.idx)}
    />
  );
}

/**
 * Draw a picture in its place on the block's canvas, pixels as squares once they are seen; null clears the place.
 * A `rough` one has fewer pixels than the picture that it stands for.
 */
function paint(props: TileProps, px: number | null, bitmap: ImageBitmap | null, rough = false): void {
  const { grid, left, top, side, density, painter, row } = props;
  const context = props.canvas.current?.getContext("2d");
  if (!context) return;
  context.setTransform(density, 0, 0, density, 0, 0);
  context.clearRect(left, top, grid.width, grid.height);
  if (!bitmap) return;
  if (painter) {
    const cell = { x: left, y: top, width: grid.width, height: grid.height };
    painter.draw(context, bitmap, row, px, cell, side, density);
    return;
  }
  const { width, height, crisp } = displaySize(rough ? naturalSize(row) : bitmap, side);
  context.imageSmoothingEnabled = !crisp;
  context.imageSmoothingQuality = "high";
  const x = left + Math.floor((grid.width - width) / 2);
  const y = top + Math.floor((grid.height - height) / 2);
  context.drawImage(bitmap, x, y, width, height);
}

function Blank(props: { state: "pending" | "failed" | "lost"; row: MediaRow; small: boolean }): JSX.Element {
  const { row, state } = props;
  if (state === "pending")
    return (
      <div class="nb-tile-blank nb-tile-pending" role="img" aria-label="Still being encoded">
        {props.small ? "…" : "encoding…"}
      </div>
    );
  const text =
    state === "failed" ? String(row.meta.error) : "The bytes of this picture are not in the store.";
  return (
    <div class="nb-tile-blank nb-tile-failed" role="img" title={text} aria-label={text}>
      {props.small ? "!" : state === "failed" ? text : "lost"}
    </div>
  );
}
