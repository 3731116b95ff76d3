// The columns' headings: click sorts, the edge resizes, dragging reorders, a menu does the rest.

import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import type { TableColumn } from "../../core/wire";
import type { GridProps } from "./grid";
import { MIN_WIDTH, moved, nextSort } from "./logic";
import { Menu } from "./menu";

const SIGNS: { [kind: string]: string } = {
  number: "#",
  string: "T",
  boolean: "✓",
  timestamp: "◷",
  list: "[ ]",
  dict: "{ }",
  ndarray: "[ ]",
  media: "▣",
  any: "∗",
};

interface HeaderProps extends GridProps {
  template: string;
  pinned: TableColumn[];
  drawn: TableColumn[];
  widths: (column: TableColumn) => number;
  numberWidth: number;
}

export function Header(props: HeaderProps): JSX.Element {
  const { pinned, drawn, widths, numberWidth } = props;
  const [over, setOver] = useState<string | null>(null);
  let offset = numberWidth;
  return (
    // biome-ignore lint/a11y/useSemanticElements: see Grid
    // biome-ignore lint/a11y/useFocusableInteractive: its buttons have the focus
    <div class="nb-table-head" role="row" style={{ gridTemplateColumns: props.template }}>
      <div class="nb-table-heading nb-table-number nb-table-pinned" style={{ left: 0 }} />
      {drawn.map((column, n) => {
        const isPinned = n < pinned.length;
        const left = offset;
        if (isPinned) offset += widths(column);
        const style = isPinned
          ? { left: `${left}px` }
          : n === pinned.length
            ? { gridColumn: n + 3 }
            : undefined;
        return (
          <Heading
            key={column.name}
            {...props}
            column={column}
            isPinned={isPinned}
            style={style}
            over={over === column.name}
            onOver={setOver}
          />
        );
      })}
    </div>
  );
}

function Heading(
  props: HeaderProps & {
    column: TableColumn;
    isPinned: boolean;
    style: { [property: string]: string | number } | undefined;
    over: boolean;
    onOver: (name: string | null) => void;
  },
): JSX.Element {
  const { column, state, rows, columns, isPinned, onOver } = props;
  const { name } = column;
  const grip = useRef({ x: 0, width: 0, dragging: false });
  const at = state.sort.value.findIndex(([sorted]) => sorted === name);
  const way = state.sort.value[at]?.[1];
  const sortable = column.kind !== "media";
  const differing = rows.head?.differing?.[name];

  const resize = (event: PointerEvent): void => {
    const el = event.currentTarget as HTMLElement;
    if (!el.hasPointerCapture(event.pointerId)) return;
    const width = Math.max(MIN_WIDTH, grip.current.width + event.clientX - grip.current.x);
    state.widths.value = new Map(state.widths.peek()).set(name, width);
  };
  const heading = (event: PointerEvent): HTMLElement | null =>
    ((event.currentTarget as HTMLElement).getRootNode() as Document | ShadowRoot)
      .elementFromPoint(event.clientX, event.clientY)
      ?.closest<HTMLElement>(".nb-table-heading[data-column]") ?? null;
  const drop = (event: PointerEvent): void => {
    onOver(null);
    if (!grip.current.dragging) return;
    const target = heading(event)?.dataset.column;
    if (target === undefined || target === name) return;
    const names = columns.map((one) => one.name);
    // dropped on a column to the right it comes behind it, to the left before it
    const behind = names.indexOf(target) > names.indexOf(name);
    const before = behind ? (names[names.indexOf(target) + 1] ?? null) : target;
    state.order.value = moved(names, name, before);
    const pins = state.pinned.peek();
    if (isPinned && pins.includes(target))
      state.pinned.value = moved(pins, name, pins.includes(before ?? "") ? before : null);
  };
  const pin = (): void => {
    const pins = state.pinned.peek();
    state.pinned.value = isPinned ? pins.filter((other) => other !== name) : [...pins, name];
  };
  const sortBy = (way: "asc" | "desc"): void => {
    state.sort.value = [[name, way]];
    state.top.value = 0;
  };
  const choose = (): void => {
    if (rows.head?.counts) state.key.value = name;
    else state.by.value = name;
  };
  const hide = (): void => {
    const all = rows.head?.columns.map((one) => one.name) ?? [];
    const visible = new Set(columns.map((one) => one.name));
    state.hidden.value = new Set(all.filter((other) => other === name || !visible.has(other)));
  };

  return (
    // biome-ignore lint/a11y/useSemanticElements: see Grid
    // biome-ignore lint/a11y/useFocusableInteractive: its buttons have the focus
    <div
      class={`nb-table-heading${isPinned ? " nb-table-pinned" : ""}${props.over ? " nb-over" : ""}`}
      role="columnheader"
      aria-sort={way === "asc" ? "ascending" : way === "desc" ? "descending" : "none"}
      data-column={name}
      style={props.style}
    >
      <button
        type="button"
        class="nb-table-sort"
        title={`${name}${sortable ? "\nclick: sort · Shift: further column · drag: move" : ""}`}
        onPointerDown={(event) => {
          grip.current = { x: event.clientX, width: 0, dragging: false };
          event.currentTarget.setPointerCapture(event.pointerId);
        }}
        onPointerMove={(event) => {
          if (!event.currentTarget.hasPointerCapture(event.pointerId)) return;
          if (Math.abs(event.clientX - grip.current.x) > 6) grip.current.dragging = true;
          if (grip.current.dragging) onOver(heading(event)?.dataset.column ?? null);
        }}
        onPointerUp={drop}
        onClick={(event) => {
          if (grip.current.dragging || !sortable) return;
          state.sort.value = nextSort(state.sort.peek(), name, event.shiftKey);
          state.top.value = 0;
        }}
      >
        <span class="nb-table-sign" aria-hidden="true">
          {SIGNS[column.kind] ?? "·"}
        </span>
        <span class="nb-table-name">{name}</span>
        {way && (
          <span class="nb-table-way" aria-hidden="true">
            {way === "asc" ? "▲" : "▼"}
            {state.sort.value.length > 1 && <sub>{at + 1}</sub>}
          </span>
        )}
        {differing !== undefined && differing > 0 && (
          <span class="nb-table-differing" title={`${differing} cells differ`}>
            {differing}
          </span>
        )}
      </button>
      <Menu label={`Column ${name}`} icon="⋮" quiet>
        {(close) => {
          const item = (text: string, action: () => void): JSX.Element => (
            <button
              type="button"
              class="nb-menu-item"
              onClick={() => {
                action();
                close();
              }}
            >
              {text}
            </button>
          );
          return (
            <>
              {sortable && item("Sort ascending", () => sortBy("asc"))}
              {sortable && item("Sort descending", () => sortBy("desc"))}
              {item(isPinned ? "Unpin" : "Pin to the left", pin)}
              {item("Hide", hide)}
              {sortable && item(rows.head?.counts ? "Join by this" : "Group by this", choose)}
            </>
          );
        }}
      </Menu>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: a pointer's handle; widths are a matter of looks */}
      <span
        class="nb-table-grip"
        onPointerDown={(event) => {
          event.stopPropagation();
          grip.current = { x: event.clientX, width: props.widths(column), dragging: false };
          event.currentTarget.setPointerCapture(event.pointerId);
        }}
        onPointerMove={resize}
        onDblClick={() => {
          const widths = new Map(state.widths.peek());
          widths.delete(name);
          state.widths.value = widths;
        }}
      />
    </div>
  );
}
