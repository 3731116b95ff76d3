// The window on the runs: only the lines and columns that are seen are on the page. Lines that did not change keep
// their elements, so that scrolling draws what comes in and nothing else.

import { useComputed, useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { useSize } from "../../../viewers/size";
import type { Project } from "../project";
import type { Column } from "../wire";
import { clampWidth, type Laid, NAME, NAME_WIDTH, textWidth } from "./columns";
import { GroupLine } from "./group-line";
import { Header } from "./header";
import { gridKey } from "./keys";
import { RunLine } from "./line";
import { isChosen, withRuns } from "./selection";
import { ROW, type TableState } from "./state";
import { cellText } from "./value";
import {
  type Across,
  across,
  type Block,
  edges,
  heightOf,
  type Line,
  lineAt,
  lineCount,
  linesIn,
  scrollFor,
} from "./window";

export const HEAD = 30;
/** Lines are drawn in portions: within one, scrolling draws nothing. */
const PORTION = ROW * 6;
const BONES = 8;
/** Numbers of groups stand beside their bars. */
const GROUPED_WIDTH = 156;
const LEAST_NAME = 130;
/** Beside the charts, in which the columns have to scroll for it. */
const LEAST_COMPACT_NAME = 180;
/** Part of the window that may stand still; more would leave no room for what scrolls. */
const MOST_FIXED = 0.75;

/** Where the columns stand. */
export interface Geometry {
  /** Begins the ids of the cells. */
  id: string;
  pinned: readonly Laid[];
  /** Of the others, those near the window; the first of them, counted from 0. */
  drawn: readonly Laid[];
  first: number;
  /** Left edges of the others, from `offset` on. */
  lefts: readonly number[];
  offset: number;
  nameWidth: number;
  fixedWidth: number;
  total: number;
}

export interface GridProps {
  state: TableState;
  onFilter: ((column: Column) => void) | undefined;
  onSearch: () => void;
}

let grids = 0;
/** Where the tables of a project were scrolled to: who comes back from the page of a run finds the place again. */
const places = new WeakMap<Project, { top: number; left: number }>();

export function Grid(props: GridProps): JSX.Element {
  const { state } = props;
  const id = useMemo(() => `nb-runs-${++grids}`, []);
  const scroller = useRef<HTMLDivElement>(null);
  const size = useSize(scroller);
  const top = useSignal(0);
  const left = useSignal(0);
  const resized = useSignal<{ field: string; width: number } | null>(null);

  // ---- columns ---------------------------------------------------------------------------------------------------
  const isGrouped = state.by.value.length > 0;
  const columns = useMemo(() => {
    const drag = resized.value;
    return state.columns.value.map((laid) => {
      if (drag?.field === laid.column.field) return { ...laid, width: drag.width };
      const isChosen = state.looks.value[laid.column.field]?.width !== undefined;
      const hasBars = laid.column.kind === "number" || laid.column.kind === "time";
      if (!isGrouped || state.compact || isChosen || !hasBars) return laid;
      return { ...laid, width: Math.max(laid.width, GROUPED_WIDTH) };
    });
  }, [state.columns.value, resized.value, isGrouped]);
  const chosenName = resized.value?.field === NAME ? resized.value.width : state.nameWidth;
  const nameWidth = state.compact
    ? Math.max(LEAST_COMPACT_NAME, size.width - columns.reduce((sum, { width }) => sum + width, 0))
    : clampWidth(chosenName ?? Math.min(NAME_WIDTH, Math.max(LEAST_NAME, size.width * 0.45)));
  let fixedWidth = nameWidth;
  let stuck = 0;
  for (const { width, pinned: isPinned } of columns) {
    if (!isPinned || (size.width > 0 && fixedWidth + width > size.width * MOST_FIXED)) break;
    fixedWidth += width;
    stuck++;
  }
  const pinned = columns.slice(0, stuck);
  const free = columns.slice(stuck);
  const lefts = useMemo(() => edges(free), [columns, stuck]);
  const seen = useStable(across(lefts, left.value, Math.max(200, size.width - fixedWidth)));
  const geometry: Geometry = useMemo(
    () => ({
      id,
      pinned,
      drawn: free.slice(seen.first, seen.last),
      first: seen.first,
      lefts,
      offset: fixedWidth,
      nameWidth,
      fixedWidth,
      total: Math.max(fixedWidth + (lefts.at(-1) as number), size.width),
    }),
    [columns, seen, stuck, nameWidth, size.width],
  );

  // ---- lines -----------------------------------------------------------------------------------------------------
  const blocks = state.blocks.value;
  const room = Math.max(ROW, size.height - HEAD);
  const from = useComputed(() => Math.floor(top.value / PORTION) * PORTION - PORTION).value;
  const lines = linesIn(blocks, from, from + room + 3 * PORTION, ROW);
  const fields = [...pinned, ...geometry.drawn].map(({ column }) => column.field);
  useLooking(state, blocks, lines, fields);
  useAnchor(state, scroller, blocks);

  const looks = state.project.view.value.runs;
  const groupLooks = state.project.view.value.groups;
  const selection = state.selection.value;
  const active = state.active.value;
  const now = Math.floor(Date.now() / 30_000) * 30;
  const drawn = useRef(new Map<string, { of: unknown[]; node: JSX.Element }>());
  const kept = new Map<string, { of: unknown[]; node: JSX.Element }>();
  const choose = useMemo(() => chooser(state), [state]);
  for (const line of lines) {
    const { block } = line;
    const key = `${block.key}:${line.row}`;
    const at = active?.line === line.line ? active.column : -1;
    const group = line.row < 0 ? state.groups.groups[block.group] : undefined;
    const row = line.row < 0 ? undefined : state.pagesOf(block).row(line.row);
    const look = row ? looks?.[row.id] : groupLooks?.[block.key];
    const chosen = row !== undefined && isChosen(selection, row.id);
    const color = row ? state.project.colorOf(row.id) : "";
    const isOpen = block.rows > 0;
    const of = [row ?? group, line.y, line.line, geometry, at, chosen, look?.hidden, color, isOpen, now];
    const before = drawn.current.get(key);
    if (before && of.every((one, i) => one === before.of[i])) {
      kept.set(key, before);
      continue;
    }
    const shared = { state, geometry, line, now, active: at, hidden: look?.hidden === true };
    const node = group ? (
      <GroupLine key={key} {...shared} group={group} isOpen={isOpen} />
    ) : (
      <RunLine key={key} {...shared} row={row} chosen={chosen} color={color} onChoose={choose} />
    );
    kept.set(key, { of, node });
  }
  drawn.current = kept;

  // ---- the keyboard ----------------------------------------------------------------------------------------------
  const show = (line: number, column: number): void => {
    const el = scroller.current;
    if (!el) return;
    const found = lineAt(blocks, line, ROW);
    if (found) {
      const height = found.row < 0 ? found.block.head : ROW;
      el.scrollTop = scrollFor(el.scrollTop, el.clientHeight - HEAD, found.y, found.y + height);
    }
    const at = column - 1 - pinned.length;
    const x = lefts[at];
    if (at >= 0 && x !== undefined)
      el.scrollLeft = scrollFor(el.scrollLeft, el.clientWidth - fixedWidth, x, lefts[at + 1] ?? x);
  };
  const fit = (field: string): number => {
    const laid = columns.find(({ column }) => column.field === field);
    let width = laid ? 44 + textWidth(laid.column.label) : 0;
    for (const { block, row } of lines) {
      const value = row < 0 ? undefined : state.valueAt(block, row, field);
      if (value === undefined) continue;
      const { text } = cellText(value, laid?.column ?? { field, kind: "text" }, now);
      width = Math.max(width, textWidth(text) + (laid ? 24 : 96));
    }
    return Math.min(600, width);
  };

  const height = heightOf(blocks, ROW);
  const isThere = useRef(state.compact);
  useLayoutEffect(() => {
    const el = scroller.current;
    if (!el || isThere.current || height === 0) return;
    isThere.current = true;
    const place = places.get(state.project);
    if (place) el.scrollTo(place.left, place.top);
  }, [height]);
  const isWaiting = state.counts === null;
  const canvas = isWaiting ? BONES * ROW : height;
  return (
    // biome-ignore lint/a11y/useSemanticElements: ten thousand runs are no <table>
    <div
      ref={scroller}
      id={id}
      class="nb-runs-scroll nb-own-keys"
      role="grid"
      aria-label={`Runs of ${state.project.name.project}`}
      aria-rowcount={lineCount(blocks) + 1}
      aria-colcount={columns.length + 1}
      aria-multiselectable="true"
      aria-busy={isWaiting}
      aria-activedescendant={
        active ? `${id}-${active.line < 0 ? "h" : active.line}-${active.column}` : undefined
      }
      tabIndex={0}
      onScroll={(event) => {
        top.value = event.currentTarget.scrollTop;
        left.value = event.currentTarget.scrollLeft;
        if (!state.compact && isThere.current)
          places.set(state.project, { top: top.peek(), left: left.peek() });
      }}
      onKeyDown={(event) =>
        gridKey(event, {
          state,
          blocks,
          columns,
          page: Math.max(1, Math.floor(room / ROW) - 1),
          show,
          onSearch: props.onSearch,
          onChoose: choose,
        })
      }
    >
      <Header
        state={state}
        geometry={geometry}
        onFilter={props.onFilter}
        fit={fit}
        onResize={(now) => {
          resized.value = now;
        }}
      />
      <div class="nb-runs-canvas" style={{ height: `${canvas}px`, width: `${geometry.total}px` }}>
        {isWaiting ? <Bones /> : [...kept.values()].map(({ node }) => node)}
      </div>
    </div>
  );
}

/** The same object as long as it says the same. */
function useStable(value: Across): Across {
  const held = useRef(value);
  if (held.current.first !== value.first || held.current.last !== value.last) held.current = value;
  return held.current;
}

/** Asks for what is looked at. */
function useLooking(
  state: TableState,
  blocks: readonly Block[],
  lines: readonly Line[],
  fields: readonly string[],
): void {
  const wanted = JSON.stringify(fields);
  const firstLine = lines[0]?.line;
  const lastLine = lines.at(-1)?.line;
  useEffect(() => {
    const by = state.by.peek();
    if (by.length > 0) state.groups.ask(state.query.peek(), [...by], fields);
    const ranges = new Map<Block, { first: number; last: number }>();
    for (const { block, row } of lines) {
      if (row < 0) continue;
      const range = ranges.get(block);
      if (range) range.last = row;
      else ranges.set(block, { first: row, last: row });
    }
    // before the first answer it is not known which rows there are; which fields matter is
    if (by.length === 0 && ranges.size === 0) state.pages.look(0, 0, fields);
    for (const [block, { first, last }] of ranges) {
      state.askFor(block);
      state.pagesOf(block).look(first, last, fields);
    }
  }, [state, blocks, wanted, firstLine, lastLine, state.query.value, state.by.value]);
}

/** Keeps the first seen run where it is when others come in above it. */
function useAnchor(
  state: TableState,
  scroller: { readonly current: HTMLDivElement | null },
  blocks: readonly Block[],
): void {
  const held = useRef<{ id: string; y: number; query: unknown } | null>(null);
  useLayoutEffect(() => {
    const el = scroller.current;
    const { pages } = state;
    if (!el || state.by.peek().length > 0) {
      held.current = null;
      return;
    }
    const before = held.current;
    if (before && before.query === pages.query && el.scrollTop > 0) {
      const place = pages.placeOf(before.id);
      const y = place === null ? null : place * ROW;
      if (y !== null && y !== before.y) el.scrollTop += y - before.y;
    }
    const first = Math.ceil(el.scrollTop / ROW);
    const row = pages.row(first);
    held.current = row ? { id: row.id, y: first * ROW, query: pages.query } : null;
  });
  void blocks;
}

/** Choosing a run, or with Shift all from the last one that was chosen. */
function chooser(state: TableState): (line: Line, event: { shiftKey: boolean }) => void {
  return (line, event) => {
    const row = state.rowAt(line.block, line.row);
    if (!row) return;
    const from = state.from;
    state.from = line.line;
    const { selection } = state;
    if (selection.peek().all) {
      void state.idsOf({ ids: new Set(), all: true }).then((ids) => {
        selection.value = withRuns({ ids: new Set(ids), all: false }, [row.id], false);
      });
      return;
    }
    const chosen = !selection.peek().ids.has(row.id);
    if (!event.shiftKey || from === null) {
      selection.value = withRuns(selection.peek(), [row.id], chosen);
      return;
    }
    void state.idsBetween(Math.min(from, line.line), Math.max(from, line.line)).then((ids) => {
      selection.value = withRuns(selection.peek(), ids, true);
    });
  };
}

function Bones(): JSX.Element {
  return (
    <>
      {Array.from({ length: BONES }, (_, i) => (
        <div key={i} class="nb-runs-line" style={{ transform: `translateY(${i * ROW}px)`, width: "100%" }}>
          <span class="nb-runs-bone" style={{ width: `${34 + ((i * 37) % 40)}%`, margin: "0 10px" }} />
        </div>
      ))}
    </>
  );
}
