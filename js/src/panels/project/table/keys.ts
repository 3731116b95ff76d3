// The keys of the runs table.

import { cycleSort } from "./changes";
import type { Laid } from "./columns";
import { NAME } from "./columns";
import { NONE } from "./selection";
import { ROW, type TableState } from "./state";
import { type Block, type Line, lineAt, lineCount } from "./window";

export interface Keyed {
  state: TableState;
  blocks: readonly Block[];
  columns: readonly Laid[];
  /** Lines of a page. */
  page: number;
  /** Scroll a cell into the window. */
  show: (line: number, column: number) => void;
  onSearch: () => void;
  onChoose: (line: Line, event: { shiftKey: boolean }) => void;
}

export function gridKey(event: KeyboardEvent, on: Keyed): void {
  const { state, blocks, columns } = on;
  const target = event.target as HTMLElement;
  if (event.metaKey || target.closest("input:not([type=checkbox]), select, textarea, .nb-popover-box"))
    return;
  const active = state.active.peek();
  const { line, column } = active ?? { line: 0, column: 0 };
  const end = lineCount(blocks) - 1;
  const to = (nextLine: number, nextColumn = column): void => {
    const next = {
      line: Math.min(end, Math.max(-1, nextLine)),
      column: Math.min(columns.length, Math.max(0, nextColumn)),
    };
    state.active.value = next;
    on.show(next.line, next.column);
  };
  const here = lineAt(blocks, line, ROW);
  const heading = (): HTMLElement | null => {
    const field = column === 0 ? NAME : columns[column - 1]?.column.field;
    return (
      [...(event.currentTarget as HTMLElement).querySelectorAll<HTMLElement>("[data-field]")].find(
        (one) => one.dataset.field === field,
      ) ?? null
    );
  };
  const menu = (): void => heading()?.querySelector<HTMLElement>(".nb-runs-dots")?.click();
  const open = (): void => {
    if (line < 0) {
      const field = column === 0 ? NAME : columns[column - 1]?.column.field;
      if (field !== undefined) cycleSort(state.project, field, event.shiftKey);
    } else if (here?.row === -1) state.toggleGroup(here.block.key);
    else if (here) {
      const row = state.rowAt(here.block, here.row);
      if (row) state.project.openRun(row.id);
    }
  };
  const choose = (): void => {
    if (line < 0) menu();
    else if (here?.row === -1) state.toggleGroup(here.block.key);
    else if (here) on.onChoose(here, event);
  };
  const actions: { [key: string]: () => void } = event.altKey
    ? { ArrowDown: menu }
    : {
        ArrowDown: () => to(active ? line + 1 : 0),
        ArrowUp: () => to(line - 1),
        ArrowLeft: () => to(line, column - 1),
        ArrowRight: () => to(line, column + 1),
        PageDown: () => to(line + on.page),
        PageUp: () => to(Math.max(0, line - on.page)),
        Home: () => (event.ctrlKey ? to(0) : to(line, 0)),
        End: () => (event.ctrlKey ? to(end) : to(line, columns.length)),
        Enter: open,
        " ": choose,
        ContextMenu: menu,
        "/": on.onSearch,
        Escape: () => {
          if (state.selection.peek() !== NONE) state.selection.value = NONE;
          else state.active.value = null;
        },
      };
  const action = actions[event.key];
  // a button that has the focus is pressed by these itself
  if (!action || ((event.key === "Enter" || event.key === " ") && target.closest("button, input"))) return;
  if (event.key === "Escape" && active === null && state.selection.peek() === NONE) return;
  if (event.key === "ContextMenu" && line >= 0) return;
  if (event.key.length > 1 && event.ctrlKey && !["Home", "End"].includes(event.key)) return;
  event.preventDefault();
  event.stopPropagation();
  action();
}
