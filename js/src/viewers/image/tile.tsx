// One picture of a grid.

import type { JSX } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Io } from "../../core/io";
import type { MediaRow } from "../../core/wire";
import { captionOf, displaySize, naturalSize, pixelsFor, tileState } from "./logic";
import { pictures } from "./pictures";

export interface TileProps {
  run: string;
  row: MediaRow;
  /** Longest side in CSS pixels. */
  side: number;
  width: number;
  height: number;
  /** Whether room is kept for a caption. */
  captioned: boolean;
  io: Io;
  onOpen: (idx: number) => void;
  /** The picture to which the focus returns when the lightbox closes. */
  returning: { current: number | null };
}

export function Tile(props: TileProps): JSX.Element {
  const { row, width, height } = props;
  const state = tileState(row);
  const caption = captionOf(row);
  const name = caption || `Picture ${row.idx + 1}`;
  return (
    <figure class="nb-tile" style={{ width: `${width}px` }}>
      <div class="nb-tile-box" style={{ height: `${height}px` }}>
        {state === "ready" ? (
          <Painting {...props} name={name} />
        ) : (
          <Blank state={state} row={row} small={width < 72} />
        )}
      </div>
      {props.captioned && (
        <figcaption class="nb-tile-caption" title={caption}>
          {caption}
        </figcaption>
      )}
    </figure>
  );
}

/** A tile whose picture exists: the one before stays until the new one is decoded. */
function Painting(props: TileProps & { name: string }): JSX.Element {
  const { row, run, side, io } = props;
  const canvas = useRef<HTMLCanvasElement>(null);
  const [failure, setFailure] = useState<{ blob: string | null; text: string } | null>(null);
  const [attempt, setAttempt] = useState(0);
  const px = pixelsFor(naturalSize(row), side, globalThis.devicePixelRatio || 1);
  const failed = failure !== null && failure.blob === row.blob;

  useLayoutEffect(() => {
    if (props.returning.current !== row.idx) return;
    props.returning.current = null;
    canvas.current?.parentElement?.focus();
  }, []);
  useLayoutEffect(() => {
    const ready = pictures.peek(row, px);
    if (ready) {
      paint(canvas.current, ready, side);
      return;
    }
    const aborted = new AbortController();
    pictures.load(io, run, row, px, aborted.signal).then(
      (bitmap) => {
        if (!aborted.signal.aborted) paint(canvas.current, bitmap, side);
      },
      (error: unknown) => {
        if (!aborted.signal.aborted) setFailure({ blob: row.blob, text: messageOf(error) });
      },
    );
    return () => aborted.abort();
  }, [row.blob, px, side, attempt, failed]);

  if (failed)
    return (
      <button
        type="button"
        class="nb-tile-blank nb-tile-failed"
        title={`${failure.text} Click to try again.`}
        aria-label={`${props.name}: ${failure.text}`}
        onClick={() => {
          setFailure(null);
          setAttempt(attempt + 1);
        }}
      >
        {side < 72 ? "!" : "not loaded"}
      </button>
    );
  return (
    <button
      type="button"
      class="nb-tile-open"
      aria-label={`Enlarge: ${props.name}`}
      title={props.name}
      data-idx={row.idx}
      onClick={() => props.onOpen(row.idx)}
    >
      <canvas ref={canvas} width={0} height={0} role="img" aria-label={props.name} />
    </button>
  );
}

/** Pictures keep their own pixels on the canvas; CSS enlarges them. */
function paint(canvas: HTMLCanvasElement | null, bitmap: ImageBitmap, side: number): void {
  if (!canvas) return;
  if (canvas.width !== bitmap.width || canvas.height !== bitmap.height) {
    canvas.width = bitmap.width;
    canvas.height = bitmap.height;
  }
  const context = canvas.getContext("2d");
  if (!context) return;
  context.clearRect(0, 0, bitmap.width, bitmap.height);
  context.drawImage(bitmap, 0, 0);
  const shown = displaySize(bitmap, side);
  canvas.style.width = `${shown.width}px`;
  canvas.style.height = `${shown.height}px`;
  canvas.classList.toggle("nb-crisp", shown.crisp);
}

function Blank(props: {
  state: "pending" | "failed" | "lost" | "ready";
  row: MediaRow;
  small: boolean;
}): JSX.Element {
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

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
