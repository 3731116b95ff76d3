// The rows in a window: only what is seen is on the page, in both directions.

import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { Io } from "../../core/io";
import type { Json, TableColumn } from "../../core/wire";
import { useSize } from "../size";
import { Header } from "./header";
import { autoWidth, type Extent, lastTop, mediaOf, scrollAt, textOf, topAt, virtualHeight } from "./logic";
import { Small } from "./media-cell";
import type { Row, Rows } from "./rows";
import { ROW_HEIGHTS, type RowSize, type TableState } from "./state";

/** Kinds of media of which a row shows a picture or a drawing. */
const PICTURED = /^(image|chart|plotly)-file$/;

const HEAD = 28;
const OVERSCAN = 4;
const MOST_HEIGHT = 440;
const NUMBER_WIDTH = 56;

export interface GridProps {
  rows: Rows;
  /** Visible columns, pinned ones first. */
  columns: TableColumn[];
  state: TableState;
  run: string;
  /** Of a comparison: where the right table's files are. */
  otherRun?: string | undefined;
  io: Io;
  label: string;
}

/** Pictures need high rows, unless somebody chose. */
export function rowSize(state: TableState, columns: readonly TableColumn[]): RowSize {
  return state.size.value ?? (columns.some((column) => PICTURED.test(column.media ?? "")) ? "middle" : "low");
}

export function Grid(props: GridProps): JSX.Element | null {
  const { rows, columns, state } = props;
  void rows.version.value;
  const scroller = useRef<HTMLDivElement>(null);
  const { width } = useSize(scroller);
  const head = rows.head;
  const rowHeight = ROW_HEIGHTS[rowSize(state, columns)] + (head?.counts ? 14 : 0);
  const total = head?.matched ?? 0;
  const view = Math.max(rowHeight, Math.min(MOST_HEIGHT - HEAD, total * rowHeight));
  const extent: Extent = { rows: total, rowHeight, view };
  const latest = useRef(extent);
  latest.current = extent;

  const widths = useWidths(props, rowHeight);
  const numberWidth = Math.max(NUMBER_WIDTH, String(head?.total ?? 0).length * 8 + 16);
  const top = Math.min(state.top.value, lastTop(extent));
  const first = Math.max(0, Math.floor(top) - OVERSCAN);
  const last = Math.min(total - 1, Math.ceil(top + view / rowHeight) + OVERSCAN);

  useEffect(() => rows.look(first, last), [rows, first, last, head]);

  // The window follows what the state says: after another step or filter too.
  useLayoutEffect(() => {
    const el = scroller.current;
    if (!el) return;
    const wanted = scrollAt(top, extent);
    if (Math.abs(el.scrollTop - wanted) > 1) el.scrollTop = wanted;
    if (Math.abs(el.scrollLeft - state.left.peek()) > 1) el.scrollLeft = state.left.peek();
  });

  useEffect(() => {
    const el = scroller.current;
    if (!el) return undefined;
    // Of a table that is higher than a page can be, a pixel is many rows: the wheel moves by rows all the same.
    const wheel = (event: WheelEvent): void => {
      const now = latest.current;
      if (now.rows * now.rowHeight <= virtualHeight(now) || event.ctrlKey || !event.deltaY) return;
      const lines = event.deltaMode === 1 ? event.deltaY : event.deltaY / now.rowHeight;
      const next = Math.min(lastTop(now), Math.max(0, state.top.peek() + lines));
      if (next === state.top.peek()) return;
      event.preventDefault();
      state.top.value = next;
    };
    el.addEventListener("wheel", wheel, { passive: false });
    return () => el.removeEventListener("wheel", wheel);
  }, []);

  if (!head) return null;
  const pinned = columns.filter((column) => state.pinned.value.includes(column.name));
  const free = columns.slice(pinned.length);
  const pinnedWidth = numberWidth + pinned.reduce((sum, column) => sum + widths(column), 0);
  const shown = seen(free, widths, state.left.value, width - pinnedWidth);
  const drawn = [...pinned, ...shown.columns];
  const template = [
    `${numberWidth}px`,
    ...pinned.map((column) => `${widths(column)}px`),
    `${shown.before}px`,
    ...shown.columns.map((column) => `${widths(column)}px`),
    `${shown.after}px`,
  ].join(" ");
  const place = new Map(head.shown.map((name, i) => [name, i]));
  const scrollTop = scrollAt(top, extent);
  const lines: JSX.Element[] = [];
  for (let i = first; i <= last; i++) {
    const row = rows.row(i);
    lines.push(
      <Line
        key={i}
        {...props}
        i={i}
        row={row}
        y={scrollTop + (i - top) * rowHeight}
        height={rowHeight}
        template={template}
        pinned={pinned}
        drawn={drawn}
        widths={widths}
        numberWidth={numberWidth}
        place={place}
      />,
    );
  }
  return (
    // biome-ignore lint/a11y/useSemanticElements: a million rows are no <table>
    <div
      ref={scroller}
      class="nb-table-scroll nb-own-keys"
      role="grid"
      aria-label={props.label}
      aria-rowcount={total}
      aria-colcount={columns.length}
      tabIndex={0}
      style={{ maxHeight: `${MOST_HEIGHT}px` }}
      onScroll={(event) => {
        const el = event.currentTarget;
        state.left.value = el.scrollLeft;
        const now = latest.current;
        if (Math.abs(el.scrollTop - scrollAt(Math.min(state.top.peek(), lastTop(now)), now)) > 1)
          state.top.value = topAt(el.scrollTop, now);
      }}
      onKeyDown={(event) => gridKey(event, props, extent)}
    >
      <Header
        {...props}
        template={template}
        pinned={pinned}
        drawn={drawn}
        widths={widths}
        numberWidth={numberWidth}
      />
      <div class="nb-table-canvas" style={{ height: `${virtualHeight(extent)}px`, minWidth: "100%" }}>
        {lines}
      </div>
    </div>
  );
}

/** The width of each column: as it was dragged, else by its first cells. Kept over steps, so that nothing jumps. */
function useWidths(props: GridProps, rowHeight: number): (column: TableColumn) => number {
  const { rows, state } = props;
  const found = useRef(new Map<string, number>());
  return (column) => {
    const chosen = state.widths.value.get(column.name);
    if (chosen !== undefined) return chosen;
    const name = `${column.name} ${column.kind} ${rowHeight}`;
    const known = found.current.get(name);
    if (known !== undefined) return known;
    const at = rows.head?.shown.indexOf(column.name) ?? -1;
    const cells: Json[] = [];
    for (let i = 0; i < 40; i++) {
      const row = rows.row(Math.floor(state.top.peek()) + i);
      if (row && at >= 0) cells.push(row.cells[at] ?? null);
    }
    const badge = rows.head?.differing?.[column.name] ? 30 : 0;
    const width = autoWidth(column, cells, rowHeight - 8) + badge;
    if (cells.length > 0) found.current.set(name, width);
    return width;
  };
}

/** The columns that are in the window, and the room before and after them. */
function seen(
  columns: readonly TableColumn[],
  widths: (column: TableColumn) => number,
  left: number,
  room: number,
): { columns: TableColumn[]; before: number; after: number } {
  const shown: TableColumn[] = [];
  let before = 0;
  let after = 0;
  let x = 0;
  for (const column of columns) {
    const width = widths(column);
    if (x + width < left - 200) before += width;
    else if (x > left + Math.max(room, 300) + 200) after += width;
    else shown.push(column);
    x += width;
  }
  return { columns: shown, before, after };
}

interface LineProps extends GridProps {
  i: number;
  row: Row | undefined;
  y: number;
  height: number;
  template: string;
  pinned: TableColumn[];
  drawn: TableColumn[];
  widths: (column: TableColumn) => number;
  numberWidth: number;
  place: ReadonlyMap<string, number>;
}

const STATES = ["same", "changed", "left", "right"] as const;

function Line(props: LineProps): JSX.Element {
  const { i, row, pinned, drawn, state } = props;
  const active = state.active.value;
  let offset = props.numberWidth;
  const cells = drawn.map((column, n) => {
    const at = props.place.get(column.name);
    const isPinned = n < pinned.length;
    const left = offset;
    if (isPinned) offset += props.widths(column);
    const style = isPinned ? { left: `${left}px` } : n === pinned.length ? { gridColumn: n + 3 } : undefined;
    const differs = at !== undefined && row?.marks?.includes(at);
    const classes = ["nb-table-cell"];
    if (isPinned) classes.push("nb-table-pinned");
    if (differs) classes.push("nb-differs");
    if (active?.row === i && active.column === column.name) classes.push("nb-active");
    return (
      // biome-ignore lint/a11y/useSemanticElements: see Grid
      // biome-ignore lint/a11y/useKeyWithClickEvents: the grid has the keys
      <div
        key={column.name}
        class={classes.join(" ")}
        role="gridcell"
        tabIndex={-1}
        style={style}
        onClick={() => {
          state.active.value = { row: i, column: column.name };
          if (at !== undefined && row && mediaOf(row.cells[at], column)) state.open.value = true;
        }}
        onDblClick={() => {
          state.open.value = true;
        }}
      >
        {row && at !== undefined && (
          <Cell {...props} row={row} at={at} column={column} differs={differs === true} />
        )}
      </div>
    );
  });
  const kind = row?.state === undefined ? "" : ` nb-row-${STATES[row.state]}`;
  return (
    // biome-ignore lint/a11y/useSemanticElements: see Grid
    // biome-ignore lint/a11y/useFocusableInteractive: the grid has the focus
    <div
      class={`nb-table-row${kind}${active?.row === i ? " nb-active-row" : ""}`}
      role="row"
      aria-rowindex={i + 1}
      style={{
        transform: `translateY(${props.y}px)`,
        height: `${props.height}px`,
        gridTemplateColumns: props.template,
        "--nb-lines": Math.max(1, Math.floor((props.height - 8) / 18)),
      }}
    >
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: Enter opens the row too */}
      {/* biome-ignore lint/a11y/useSemanticElements: see Grid */}
      <div
        class="nb-table-cell nb-table-number nb-table-pinned"
        role="rowheader"
        tabIndex={-1}
        title="Show the whole row"
        onClick={() => {
          state.active.value = { row: i, column: drawn[0]?.name ?? "" };
          state.open.value = true;
        }}
      >
        {row ? row.id + 1 : ""}
      </div>
      {cells}
    </div>
  );
}

function Cell(
  props: LineProps & { row: Row; at: number; column: TableColumn; differs: boolean },
): JSX.Element {
  const { row, at, differs } = props;
  const onlyRight = row.state === 3;
  const value = onlyRight ? row.other?.[at] : row.cells[at];
  const own = (
    <Content {...props} value={value} run={onlyRight ? (props.otherRun ?? props.run) : props.run} />
  );
  if (!differs) return own;
  return (
    <span class="nb-table-both">
      {own}
      <Content {...props} value={row.other?.[at]} run={props.otherRun ?? props.run} height={props.height} />
    </span>
  );
}

function Content(props: {
  value: Json | undefined;
  column: TableColumn;
  run: string;
  io: Io;
  height: number;
  differs: boolean;
}): JSX.Element {
  const { value, column, run, io, differs } = props;
  const height = differs ? Math.max(20, props.height / 2 - 2) : props.height;
  const media = mediaOf(value, column);
  if (media)
    return (
      <span class="nb-table-media">
        {media.slice(0, 12).map((cell, i) => (
          <Small key={i} cell={cell} run={run} io={io} height={height} />
        ))}
      </span>
    );
  const { text, kind } = textOf(value, column);
  return (
    <span class={`nb-table-${kind}`} title={text.length > 12 ? text.slice(0, 1000) : undefined}>
      {text.slice(0, 500)}
    </span>
  );
}

function gridKey(event: KeyboardEvent, props: GridProps, extent: Extent): void {
  const { state, columns } = props;
  if (event.altKey || event.metaKey || (event.target as HTMLElement).closest("input, select, .nb-menu"))
    return;
  const active = state.active.peek() ?? { row: Math.round(state.top.peek()), column: columns[0]?.name ?? "" };
  const page = Math.max(1, Math.floor(extent.view / extent.rowHeight) - 1);
  const column = Math.max(
    0,
    columns.findIndex(({ name }) => name === active.column),
  );
  const to = (row: number, col = column): void => {
    const next = Math.min(extent.rows - 1, Math.max(0, row));
    const name = columns[Math.min(columns.length - 1, Math.max(0, col))]?.name ?? "";
    state.active.value = { row: next, column: name };
    const lines = extent.view / extent.rowHeight;
    if (next < state.top.peek()) state.top.value = next;
    else if (next + 1 > state.top.peek() + lines) state.top.value = next + 1 - lines;
    const grid = event.currentTarget as HTMLElement;
    requestAnimationFrame(() =>
      grid
        .querySelector(".nb-active:not(.nb-table-pinned)")
        ?.scrollIntoView({ block: "nearest", inline: "nearest" }),
    );
  };
  const actions: { [key: string]: () => void } = {
    ArrowDown: () => to(active.row + (state.active.peek() ? 1 : 0)),
    ArrowUp: () => to(active.row - 1),
    ArrowLeft: () => to(active.row, column - 1),
    ArrowRight: () => to(active.row, column + 1),
    PageDown: () => to(active.row + page),
    PageUp: () => to(active.row - page),
    Home: () => (event.ctrlKey ? to(0) : to(active.row, 0)),
    End: () => (event.ctrlKey ? to(extent.rows - 1) : to(active.row, columns.length - 1)),
    Enter: () => {
      state.active.value = active;
      state.open.value = true;
    },
    Escape: () => {
      if (state.open.peek()) state.open.value = false;
      else state.active.value = null;
    },
  };
  const action = actions[event.key];
  if (!action) return;
  event.preventDefault();
  event.stopPropagation();
  action();
}
