// The headings of the runs table: a click sorts, dragging moves, the edge resizes, a menu does the rest.

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Column } from "../wire";
import {
  cycleSort,
  moveColumn,
  setHidden,
  setPinned,
  setTitle,
  setWidth,
  sortBy,
  toggleGroupBy,
} from "./changes";
import { clampWidth, type Laid, NAME } from "./columns";
import type { Geometry } from "./grid";
import { Item, Popover } from "./popover";
import { ALL, NONE } from "./selection";
import type { TableState } from "./state";

/** Pointers that move less are clicks. */
const DRAG_PX = 6;

export interface HeaderProps {
  state: TableState;
  geometry: Geometry;
  /** Ask for a filter of this column. */
  onFilter: ((column: Column) => void) | undefined;
  /** The width that fits what stands in a column. */
  fit: (field: string) => number;
  /** Where the edge is while it is dragged. */
  onResize: (resized: { field: string; width: number } | null) => void;
}

/** Where a dragged heading would come to lie: before this field; null is the end. */
interface Drop {
  before: string | null;
  pinned: boolean;
}

export function Header(props: HeaderProps): JSX.Element {
  const { state, geometry } = props;
  const { pinned, drawn, offset, lefts, total } = geometry;
  const [drop, setDrop] = useState<Drop | null>(null);
  const active = state.active.value;
  const heading = (laid: Laid, at: number, x: number | null): JSX.Element => (
    <Heading
      key={laid.column.field}
      {...props}
      laid={laid}
      number={at}
      x={x}
      active={active?.line === -1 && active.column === at}
      isOver={drop !== null && drop.before === laid.column.field && drop.pinned === laid.pinned}
      onDrop={setDrop}
    />
  );
  return (
    // biome-ignore lint/a11y/useSemanticElements: see Grid
    // biome-ignore lint/a11y/useFocusableInteractive: its buttons have the focus
    <div class="nb-runs-head" role="row" aria-rowindex={1} style={{ width: `${total}px` }}>
      <div class="nb-runs-fixed" style={{ width: `${geometry.fixedWidth}px` }}>
        <NameHeading {...props} active={active?.line === -1 && active.column === 0} />
        {pinned.map((laid, i) => heading(laid, i + 1, null))}
      </div>
      {drawn.map((laid, i) =>
        heading(laid, 1 + pinned.length + geometry.first + i, offset + (lefts[geometry.first + i] as number)),
      )}
    </div>
  );
}

function NameHeading(props: HeaderProps & { active: boolean }): JSX.Element {
  const { state, geometry } = props;
  const { all, ids } = state.selection.value;
  const matched = state.counts?.matched ?? 0;
  const isAll = matched > 0 && (all || ids.size >= matched);
  const column: Column = { field: NAME, name: "name", label: "Name", section: "run", kind: "text", count: 0 };
  return (
    // biome-ignore lint/a11y/useSemanticElements: see Grid
    // biome-ignore lint/a11y/useFocusableInteractive: its buttons have the focus
    <div
      class={`nb-runs-heading nb-runs-name-heading${props.active ? " nb-active" : ""}`}
      role="columnheader"
      aria-colindex={1}
      aria-sort={ariaSort(wayOf(state, NAME))}
      data-field={NAME}
      id={`${geometry.id}-h-0`}
      style={{ width: `${geometry.nameWidth}px` }}
    >
      <input
        type="checkbox"
        tabIndex={-1}
        aria-label={isAll ? "Select none" : `Select all ${matched} runs`}
        title={isAll ? "Select none" : "Select all that match"}
        checked={isAll}
        indeterminate={!isAll && ids.size > 0}
        onClick={(event) => event.stopPropagation()}
        onChange={() => {
          state.selection.value = isAll || ids.size > 0 ? NONE : ALL;
        }}
      />
      <SortButton {...props} column={column} />
      <HeadingMenu {...props} column={column} laid={null} />
      {!state.compact && <Grip {...props} field={NAME} width={geometry.nameWidth} />}
    </div>
  );
}

function Heading(
  props: HeaderProps & {
    laid: Laid;
    /** Among all columns, the name being 0. */
    number: number;
    /** Null: it stands where it comes, among the fixed ones. */
    x: number | null;
    active: boolean;
    isOver: boolean;
    onDrop: (drop: Drop | null) => void;
  },
): JSX.Element {
  const { state, laid, number, geometry, onDrop } = props;
  const { column, width } = laid;
  const { field } = column;
  const drag = useRef<{ x: number; moving: boolean; drop: Drop | null }>({ x: 0, moving: false, drop: null });

  const dropAt = (event: PointerEvent): Drop | null => {
    const root = (event.currentTarget as HTMLElement).getRootNode() as Document | ShadowRoot;
    const over = root.elementFromPoint(event.clientX, event.clientY)?.closest<HTMLElement>("[data-field]");
    const target = over?.dataset.field;
    const columns = state.columns.peek();
    if (!over || target === undefined || target === field) return null;
    if (target === NAME) return columns[0] ? { before: columns[0].column.field, pinned: true } : null;
    const at = columns.findIndex((one) => one.column.field === target);
    const box = over.getBoundingClientRect();
    const behind = event.clientX > box.left + box.width / 2;
    const isPinned = columns[at]?.pinned ?? false;
    const next = columns[at + 1];
    if (!behind) return { before: target, pinned: isPinned };
    // the end of the pinned ones is not the beginning of the others
    return { before: next && next.pinned === isPinned ? next.column.field : null, pinned: isPinned };
  };
  const numeric = column.kind === "number";
  return (
    // biome-ignore lint/a11y/useSemanticElements: see Grid
    // biome-ignore lint/a11y/useFocusableInteractive: its buttons have the focus
    // biome-ignore lint/a11y/useKeyWithClickEvents: the grid has the keys
    <div
      class={`nb-runs-heading${numeric ? " nb-numeric" : ""}${props.isOver ? " nb-over" : ""}${props.active ? " nb-active" : ""}`}
      role="columnheader"
      aria-colindex={number + 1}
      aria-sort={ariaSort(wayOf(state, field))}
      data-field={field}
      id={`${geometry.id}-h-${number}`}
      style={props.x === null ? { width: `${width}px` } : { left: `${props.x}px`, width: `${width}px` }}
      onPointerDown={(event) => {
        if (event.button !== 0 || (event.target as HTMLElement).closest(".nb-popover, .nb-runs-grip")) return;
        drag.current = { x: event.clientX, moving: false, drop: null };
        event.currentTarget.setPointerCapture(event.pointerId);
      }}
      onPointerMove={(event) => {
        if (!event.currentTarget.hasPointerCapture(event.pointerId)) return;
        if (Math.abs(event.clientX - drag.current.x) > DRAG_PX) drag.current.moving = true;
        if (!drag.current.moving) return;
        drag.current.drop = dropAt(event);
        onDrop(drag.current.drop);
      }}
      onPointerUp={() => {
        onDrop(null);
        const { drop } = drag.current;
        if (!drop) return;
        const before = drop.before ?? fieldBehind(state, laid, drop.pinned);
        moveColumn(state.project, state.looks.peek(), field, before, drop.pinned);
      }}
      onPointerCancel={() => {
        drag.current.moving = false;
        onDrop(null);
      }}
      onClick={(event) => {
        // a pointer that is captured clicks on what captured it
        if (!drag.current.moving && !(event.target as HTMLElement).closest(".nb-popover, .nb-runs-grip"))
          cycleSort(state.project, field, event.shiftKey);
        drag.current.moving = false;
      }}
    >
      <SortButton {...props} column={column} />
      <HeadingMenu {...props} column={column} laid={laid} />
      <Grip {...props} field={field} width={width} />
    </div>
  );
}

/** What stands behind the last of the pinned columns in the order of all; null behind all others. */
function fieldBehind(state: TableState, moved: Laid, pinned: boolean): string | null {
  if (!pinned) return null;
  const others = state.columns.peek().filter((one) => one !== moved);
  return others.find((one) => !one.pinned)?.column.field ?? null;
}

function wayOf(state: TableState, field: string): { descending: boolean; place: number; of: number } | null {
  const sort = state.query.value.sort ?? [];
  const place = sort.findIndex(([sorted]) => sorted === field);
  return place < 0 ? null : { descending: sort[place]?.[1] === true, place, of: sort.length };
}

function ariaSort(way: { descending: boolean } | null): "ascending" | "descending" | "none" {
  return way === null ? "none" : way.descending ? "descending" : "ascending";
}

function SortButton(props: HeaderProps & { column: Column }): JSX.Element {
  const { state, column } = props;
  const way = wayOf(state, column.field);
  const section = column.section === "run" ? "" : `${column.section}: `;
  return (
    <button
      type="button"
      class="nb-runs-sort"
      tabIndex={-1}
      title={`${section}${column.label}${column.count > 0 ? `, in ${column.count} runs` : ""}\nClick: sort. Shift: one more column.${column.field === NAME ? "" : " Drag: move."}`}
      onClick={(event) => {
        // of the name, which is no place to drag; of others the heading itself is asked
        if (column.field !== NAME) return;
        event.stopPropagation();
        cycleSort(state.project, NAME, event.shiftKey);
      }}
    >
      <span class={`nb-runs-label nb-of-${column.section}`}>{column.label}</span>
      {way && (
        <span class="nb-runs-way" aria-hidden="true">
          {way.descending ? "↓" : "↑"}
          {way.of > 1 && <sub>{way.place + 1}</sub>}
        </span>
      )}
    </button>
  );
}

function HeadingMenu(props: HeaderProps & { column: Column; laid: Laid | null }): JSX.Element {
  const { state, column, laid, onFilter } = props;
  const { project } = state;
  const { field } = column;
  const isGrouped = state.by.value.includes(field);
  const way = wayOf(state, field);
  const renaming = useSignal(false);
  return (
    <Popover label={`Column ${column.label}`} class="nb-runs-dots" icon="⋯" tabIndex={-1}>
      {(close) => {
        if (renaming.value)
          return (
            <Rename
              column={column}
              onGone={() => {
                renaming.value = false;
              }}
              onDone={(title) => {
                close();
                if (title !== null) setTitle(project, field, title);
              }}
            />
          );
        const item = (text: string, act: (event: MouseEvent) => void, hint?: string): JSX.Element => (
          <Item
            {...(hint !== undefined && { hint })}
            onClick={(event) => {
              close();
              act(event);
            }}
          >
            {text}
          </Item>
        );
        return (
          <>
            {item("Sort asc", (event) => sortBy(project, field, false, event.shiftKey), "⇧ adds")}
            {item("Sort desc", (event) => sortBy(project, field, true, event.shiftKey))}
            {way !== null && item("Do not sort", () => unsort(state, field))}
            <hr />
            {item(isGrouped ? "Do not group" : "Group by", () => toggleGroupBy(project, field))}
            {onFilter && item("Filter by this column", () => onFilter(column))}
            {laid && (
              <>
                <hr />
                {item(laid.pinned ? "Unpin" : "Pin", () => setPinned(project, field, !laid.pinned))}
                <Item
                  onClick={() => {
                    renaming.value = true;
                  }}
                >
                  Rename
                </Item>
                {item("Hide", () => setHidden(project, [column], true))}
                {item("Fit the width", () => setWidth(project, field, props.fit(field)))}
              </>
            )}
          </>
        );
      }}
    </Popover>
  );
}

function Rename(props: {
  column: Column;
  onDone: (title: string | null) => void;
  onGone: () => void;
}): JSX.Element {
  const { column, onDone } = props;
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    field.current?.select();
    return props.onGone;
  }, []);
  return (
    <input
      ref={field}
      class="nb-search nb-runs-rename"
      aria-label={`Heading of ${column.field}`}
      defaultValue={column.label}
      placeholder={column.field}
      maxLength={200}
      onKeyDown={(event) => {
        if (event.key === "Escape") onDone(null);
        if (event.key !== "Enter") return;
        event.preventDefault(); // the button that gets the focus back would be pressed by it
        onDone(event.currentTarget.value.trim());
      }}
    />
  );
}

function unsort(state: TableState, field: string): void {
  const sort = (state.query.peek().sort ?? []).filter(([sorted]) => sorted !== field);
  state.project.editView([{ op: "set", path: ["query", "sort"], value: sort }], "sort");
}

function Grip(props: HeaderProps & { field: string; width: number }): JSX.Element {
  const { state, field, onResize } = props;
  const from = useRef({ x: 0, width: 0 });
  const widthAt = (event: PointerEvent): number =>
    clampWidth(from.current.width + event.clientX - from.current.x);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: a pointer's handle; widths are a matter of looks
    // biome-ignore lint/a11y/useKeyWithClickEvents: the heading is kept from its clicks, no more
    <span
      class="nb-runs-grip"
      onPointerDown={(event) => {
        event.stopPropagation();
        from.current = { x: event.clientX, width: props.width };
        event.currentTarget.setPointerCapture(event.pointerId);
      }}
      onPointerMove={(event) => {
        if (event.currentTarget.hasPointerCapture(event.pointerId))
          onResize({ field, width: widthAt(event) });
      }}
      onPointerUp={(event) => {
        const width = widthAt(event);
        onResize(null);
        if (width !== from.current.width) setWidth(state.project, field, width);
      }}
      onPointerCancel={() => onResize(null)}
      onClick={(event) => event.stopPropagation()}
      onDblClick={(event) => {
        event.stopPropagation();
        setWidth(state.project, field, props.fit(field));
      }}
    />
  );
}
