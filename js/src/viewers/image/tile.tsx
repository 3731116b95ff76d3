// A block of pictures. Its tiles share a canvas: with one for each picture, a hundred pictures are a hundred layers,
// and the browser takes 30 ms to stack them whenever anything on the page moves.

import type { JSX, RefObject } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Io } from "../../core/io";
import { messageOf } from "../../core/message";
import type { MediaRow } from "../../core/wire";
import { captionOf, displaySize, drawnSize, GAP, type Grid, naturalSize, tileState } from "./logic";
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
  const button = useRef<HTMLButtonElement>(null);
  const [failure, setFailure] = useState<{ blob: string | null; text: string } | null>(null);
  const [lost, setLost] = useState(0);
  const drawn = drawnSize(naturalSize(row), side * (painter?.sharpness.value ?? 1), density);
  const failed = failure !== null && failure.blob === row.blob;
  const latest = useRef(props);
  latest.current = props;
  const shown = useRef<MediaRow | null>(null);

  useLayoutEffect(() => {
    if (props.returning.current === row.idx) {
      props.returning.current = null;
      button.current?.focus();
    }
    return () => clear(latest.current);
  }, []);
  useLayoutEffect(() => {
    if (failed) {
      clear(props);
      return undefined;
    }
    const show = (picture: () => ImageBitmap | null, rough = false): void => {
      shown.current = row;
      const canvas = props.canvas.current;
      const bitmap = picture();
      if (painter && canvas)
        painter.put(canvas, density, {
          row,
          cell: cellOf(props),
          side,
          drawn,
          picture,
          lost: () => setLost((times) => times + 1),
        });
      else if (bitmap) paint(props, bitmap, rough);
    };
    const sharpOne = (): ImageBitmap | null => pictures.peek(row, drawn);
    const roughOne = (): ImageBitmap | null => pictures.peekRough(row);
    const complete = !painter || painter.ready(row, drawn);
    if (complete && sharpOne()) {
      show(sharpOne);
      return undefined;
    }
    const aborted = new AbortController();
    let sharp = false;
    const showRough = (): void => {
      if (!sharp && !aborted.signal.aborted) show(roughOne, true);
    };
    // Without what lies over it, a picture would flicker while the slider moves. One that is only to become sharper
    // stays as it is; what cannot be decoded is said when the picture itself has come.
    if (complete && shown.current !== row) {
      if (roughOne()) showRough();
      else pictures.loadRough(io, row, drawn, aborted.signal)?.then(showRough, () => undefined);
    }
    Promise.all([
      pictures.load(io, run, row, drawn, aborted.signal),
      painter?.load(io, run, row, drawn, aborted.signal),
    ]).then(
      () => {
        sharp = true;
        // It may have gone while the rest was loading: then the painter says that it is lost.
        if (!aborted.signal.aborted) show(sharpOne);
      },
      (error: unknown) => {
        if (!aborted.signal.aborted) setFailure({ blob: row.blob, text: messageOf(error) });
      },
    );
    return () => aborted.abort();
  }, [painter ? row : row.blob, drawn, failed, painter, lost]);

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

function cellOf({ left, top, grid }: TileProps): { x: number; y: number; width: number; height: number } {
  return { x: left, y: top, width: grid.width, height: grid.height };
}

/** Leave the place on the block's canvas empty. */
function clear(props: TileProps): void {
  const { grid, left, top, density, painter, row } = props;
  const canvas = props.canvas.current;
  const context = canvas?.getContext("2d");
  if (!canvas || !context) return;
  painter?.remove(canvas, row.idx);
  context.setTransform(density, 0, 0, density, 0, 0);
  context.clearRect(left, top, grid.width, grid.height);
}

/**
 * Draw a picture without anything over it in its place on the block's canvas, pixels as squares once they are seen.
 * A `rough` one has fewer pixels than the picture that it stands for.
 */
function paint(props: TileProps, bitmap: ImageBitmap, rough: boolean): void {
  const { grid, left, top, side, density, row } = props;
  const context = props.canvas.current?.getContext("2d");
  if (!context) return;
  context.setTransform(density, 0, 0, density, 0, 0);
  context.clearRect(left, top, grid.width, grid.height);
  // Of a picture whose size is not known before, the bitmap tells it.
  const known = rough || typeof row.meta.width === "number";
  const { width, height, crisp } = displaySize(known ? naturalSize(row) : bitmap, side);
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
