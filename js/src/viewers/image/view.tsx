// The pictures of one key at the cursor's step: a grid for each run, and a lightbox over it.

import { type Signal, signal } from "@preact/signals";
import type { JSX, RefObject } from "preact";
import { useRef, useState } from "preact/hooks";
import { type Cursor, unionSteps } from "../../core/cursor";
import { EmptyState, Lazy } from "../../core/panel";
import type { RunView, ViewerProps } from "../../core/registry";
import type { MediaRow } from "../../core/wire";
import { lazy } from "../lazy";
import { ActualStep, absence, RunLabel } from "../run-label";
import { useSize } from "../size";
import { useReadyNeighbors } from "./ahead";
import type { BarProps } from "./bar";
import type { LightboxProps } from "./lightbox";
import { captionOf, defaultSize, GAP, type Grid, gridOf, linesPerBlock, naturalSize, SIZES } from "./logic";
import type { Painter } from "./painter";
import { Block } from "./tile";
import "./style.css";

const CAPTION = 18;

const Lightbox = lazy<LightboxProps>("lightbox", "lightbox");
const Bar = lazy<BarProps>("lightbox", "bar");

const painters = new WeakMap<Cursor, Signal<Painter | null>>();

/** What draws all tiles of a panel, once one of its keys needs it: they zoom together. */
function painterOf(cursor: Cursor): Signal<Painter | null> {
  let painter = painters.get(cursor);
  if (!painter) {
    painter = signal<Painter | null>(null);
    painters.set(cursor, painter);
  }
  return painter;
}

/** What a run shows of the key now. */
export interface Shown {
  run: RunView;
  /** The step that is shown; null when there is none at the cursor. */
  step: number | null;
  rows: MediaRow[];
}

export function ImageViewer(props: ViewerProps): JSX.Element {
  const { runs, name, kind, cursor, io } = props;
  const shown: Shown[] = runs.map((run) => {
    const step = cursor.resolve(run.model.mediaSteps(name, kind), run.model);
    return { run, step, rows: step === null ? [] : run.model.mediaAt(name, kind, step) };
  });
  const most = Math.max(0, ...shown.map((s) => s.rows.length));
  const first = shown.find((s) => s.rows[0])?.rows[0];

  const [chosen, setChosen] = useState<number | null>(null);
  const usual = useRef<number>(0);
  // The first step decides, so that pictures do not change their size while the slider moves.
  if (usual.current === 0 && first) usual.current = defaultSize(most, runs.length, naturalSize(first));
  const side = chosen ?? (usual.current || 96);
  const [open, setOpen] = useState<number | null>(null);

  const panelPainter = painterOf(cursor);
  const painter = panelPainter.value;
  // Once there was something over a picture its controls stay: they are of all steps.
  const overlaid = useRef(false);
  if (shown.some(({ rows }) => rows.some(({ meta }) => meta.masks || meta.boxes))) overlaid.current = true;

  useReadyNeighbors(props, side, painter);
  const returning = useRef<number | null>(null);
  const enlarged = open !== null && most > 0;

  return (
    <div class="nb-images">
      <div class="nb-viewer-bar">
        <span class="nb-quiet">
          {most === 0 ? "no pictures" : most === 1 ? "1 picture" : `${most} pictures`}
          {runs.length === 1 && shown[0] && (
            <ActualStep step={shown[0].step} cursor={cursor.at(shown[0].run.model)} />
          )}
        </span>
        {!enlarged && <SizeControl side={side} onChange={setChosen} />}
      </div>
      {(overlaid.current || painter || enlarged) && (
        <Bar
          {...props}
          shown={shown}
          side={side}
          onPainter={(made) => {
            panelPainter.value ??= made;
          }}
        />
      )}
      {enlarged && (
        <Lightbox
          shown={shown}
          idx={Math.min(open, most - 1)}
          count={most}
          name={name}
          kind={kind}
          steps={unionSteps(runs.map((run) => run.model.mediaSteps(name, kind)))}
          cursor={cursor}
          io={io}
          onMove={setOpen}
          onClose={() => {
            returning.current = open;
            setOpen(null);
          }}
        />
      )}
      {/* Hidden, not taken away: the list stays where it was scrolled to. */}
      <div hidden={enlarged}>
        <Columns
          shown={shown}
          side={side}
          props={props}
          painter={painter}
          onOpen={setOpen}
          returning={returning}
        />
      </div>
    </div>
  );
}

function SizeControl(props: { side: number; onChange: (side: number) => void }): JSX.Element {
  const at = SIZES.findIndex((s) => s >= props.side);
  return (
    <label class="nb-size" title="Size of the pictures">
      <span aria-hidden="true" class="nb-size-small" />
      <input
        type="range"
        min={0}
        max={SIZES.length - 1}
        value={at < 0 ? SIZES.length - 1 : at}
        aria-label="Size of the pictures"
        aria-valuetext={`${props.side} pixels`}
        onInput={(event) => props.onChange(SIZES[Number(event.currentTarget.value)] ?? props.side)}
      />
      <span aria-hidden="true" class="nb-size-large" />
    </label>
  );
}

function Columns(props: {
  shown: Shown[];
  side: number;
  props: ViewerProps;
  painter: Painter | null;
  onOpen: (idx: number) => void;
  returning: { current: number | null };
}): JSX.Element {
  const { shown, side } = props;
  const { cursor, io, name, kind } = props.props;
  const several = shown.length > 1;
  const most = Math.max(...shown.map((s) => s.rows.length));
  const last = useRef(0);
  if (most > 0) last.current = most;
  const many = last.current > 1;
  // Room that was needed once is kept: a step without pictures does not move what is below.
  const box = useRef<HTMLDivElement>(null);
  const { height } = useSize(box);
  const tallest = useRef(0);
  if (most > 0) tallest.current = height;
  return (
    <div
      ref={box}
      class={`nb-image-runs ${several ? (many ? "nb-side-by-side" : "nb-wrapped") : ""}`}
      style={most > 0 ? undefined : { minHeight: `${tallest.current}px` }}
    >
      {shown.map((one) => (
        <div
          class="nb-image-run"
          key={one.run.model.id}
          style={several && !many ? { width: `${Math.max(side, 120)}px` } : undefined}
        >
          {several && (
            <RunLabel run={one.run}>
              <ActualStep step={one.step} cursor={cursor.at(one.run.model)} />
            </RunLabel>
          )}
          {one.rows.length > 0 ? (
            <Pictures
              one={one}
              box={box}
              side={side}
              io={io}
              painter={props.painter}
              onOpen={props.onOpen}
              returning={props.returning}
            />
          ) : (
            <EmptyState
              title={absence(
                one.run.model.mediaSteps(name, kind),
                cursor.at(one.run.model),
                cursor.mode.value === "exact",
              )}
            />
          )}
        </div>
      ))}
    </div>
  );
}

/** The grid of one run, in blocks of which only those near the screen hold pictures. */
function Pictures(props: {
  one: Shown;
  /** What scrolls. */
  box: RefObject<Element | null>;
  side: number;
  io: ViewerProps["io"];
  painter: Painter | null;
  onOpen: (idx: number) => void;
  returning: { current: number | null };
}): JSX.Element {
  const { one, side, io } = props;
  const element = useRef<HTMLDivElement>(null);
  const { width: available } = useSize(element);
  const grid: Grid = gridOf(one.rows, side, available);
  const captioned = one.rows.some((row) => captionOf(row) !== "");
  const lineHeight = grid.height + (captioned ? CAPTION : 0);
  const perBlock = grid.columns * linesPerBlock(lineHeight);
  const blocks: MediaRow[][] = [];
  if (available > 0)
    for (let i = 0; i < one.rows.length; i += perBlock) blocks.push(one.rows.slice(i, i + perBlock));
  const density = globalThis.devicePixelRatio || 1;
  return (
    <div ref={element} class="nb-image-grid">
      {blocks.map((rows, i) => (
        // A canvas of another size is empty: its block begins anew.
        <Lazy
          key={`${i} ${grid.columns} ${grid.width} ${lineHeight} ${rows.length} ${density}`}
          height={Math.ceil(rows.length / grid.columns) * (lineHeight + GAP) - GAP}
          label=""
          within={props.box}
        >
          {() => (
            <Block
              rows={rows}
              run={one.run.model.id}
              side={side}
              grid={grid}
              lineHeight={lineHeight}
              density={density}
              io={io}
              painter={props.painter}
              onOpen={props.onOpen}
              returning={props.returning}
            />
          )}
        </Lazy>
      ))}
    </div>
  );
}
