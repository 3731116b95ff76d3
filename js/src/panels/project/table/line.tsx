// A line of the runs table: a run.

import type { JSX } from "preact";
import type { RunRow } from "../wire";
import { setRunsHidden } from "./changes";
import { ColorChoice } from "./color";
import type { Laid } from "./columns";
import type { Geometry } from "./grid";
import { Icon } from "./icons";
import type { TableState } from "./state";
import { type CellText, cellText } from "./value";
import type { Line } from "./window";

export interface LineProps {
  state: TableState;
  geometry: Geometry;
  line: Line;
  row: RunRow | undefined;
  now: number;
  /** The column with the keyboard, -1 for none in this line. */
  active: number;
  chosen: boolean;
  hidden: boolean;
  color: string;
  onChoose: (line: Line, event: { shiftKey: boolean }) => void;
}

export function RunLine(props: LineProps): JSX.Element {
  const { state, geometry, line, row } = props;
  const { pinned, drawn, first, offset, lefts } = geometry;
  const classes = ["nb-runs-line"];
  if (props.chosen) classes.push("nb-chosen");
  if (props.active >= 0) classes.push("nb-active-line");
  if (props.hidden) classes.push("nb-undrawn");
  if (line.block.group >= 0) classes.push("nb-inside");
  if (row?.state === "running") classes.push("nb-running");
  const open = (event: MouseEvent): void => {
    if (!row || (event.target as HTMLElement).closest("button, input, .nb-popover")) return;
    state.active.value = { line: line.line, column: columnOf(event) };
    if (event.shiftKey || event.ctrlKey || event.metaKey) props.onChoose(line, event);
    // who marks text to copy it does not want to leave
    else if ((getSelection()?.toString() ?? "") === "") state.project.openRun(row.id);
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: see Grid
    // biome-ignore lint/a11y/useFocusableInteractive: the grid has the focus
    // biome-ignore lint/a11y/useKeyWithClickEvents: the grid has the keys
    <div
      class={classes.join(" ")}
      role="row"
      aria-rowindex={line.line + 2}
      aria-selected={props.chosen}
      data-run={row?.id}
      style={{ transform: `translateY(${line.y}px)`, width: `${geometry.total}px` }}
      onClick={open}
    >
      <div class="nb-runs-fixed" style={{ width: `${geometry.fixedWidth}px` }}>
        <NameCell {...props} />
        {pinned.map((laid, i) => (
          <Cell key={laid.column.field} {...props} laid={laid} number={i + 1} x={null} />
        ))}
      </div>
      {drawn.map((laid, i) => (
        <Cell
          key={laid.column.field}
          {...props}
          laid={laid}
          number={1 + pinned.length + first + i}
          x={offset + (lefts[first + i] as number)}
        />
      ))}
    </div>
  );
}

function columnOf(event: MouseEvent): number {
  const cell = (event.target as HTMLElement).closest<HTMLElement>("[aria-colindex]");
  return Number(cell?.getAttribute("aria-colindex") ?? 1) - 1;
}

function NameCell(props: LineProps): JSX.Element {
  const { state, geometry, line, row, chosen, hidden, color, active } = props;
  const { project } = state;
  return (
    // biome-ignore lint/a11y/useSemanticElements: see Grid
    // biome-ignore lint/a11y/useFocusableInteractive: the grid has the focus
    <div
      class={`nb-runs-cell nb-runs-name${active === 0 ? " nb-active" : ""}`}
      role="rowheader"
      aria-colindex={1}
      id={`${geometry.id}-${line.line}-0`}
      style={{ width: `${geometry.nameWidth}px` }}
    >
      {row ? (
        <>
          <input
            type="checkbox"
            tabIndex={-1}
            aria-label={`Select ${row.name}`}
            checked={chosen}
            onClick={(event) => {
              event.stopPropagation();
              props.onChoose(line, event);
            }}
          />
          <button
            type="button"
            tabIndex={-1}
            class="nb-runs-eye"
            aria-pressed={!hidden}
            aria-label={hidden ? `Show ${row.name} in charts` : `Hide ${row.name} in charts`}
            title={hidden ? "Show in charts" : "Hide in charts"}
            onClick={() => setRunsHidden(project, [row.id], !hidden)}
          >
            <Icon name={hidden ? "closed" : "eye"} />
          </button>
          <ColorChoice project={project} id={row.id} name={row.name} color={color} />
          <span class="nb-runs-dot" data-state={row.state} title={row.state} />
          <span class="nb-runs-text" title={row.name.length > 16 ? row.name : undefined}>
            {row.name}
          </span>
        </>
      ) : (
        <span class="nb-runs-bone" />
      )}
    </div>
  );
}

function Cell(props: LineProps & { laid: Laid; number: number; x: number | null }): JSX.Element {
  const { state, geometry, line, row, laid, number, x } = props;
  const value = row && state.valueAt(line.block, line.row, laid.column.field);
  const isActive = props.active === number;
  const cell = value === undefined ? null : cellText(value, laid.column, props.now);
  return (
    // biome-ignore lint/a11y/useSemanticElements: see Grid
    // biome-ignore lint/a11y/useFocusableInteractive: the grid has the focus
    <div
      class={`nb-runs-cell nb-kind-${cell?.kind ?? "bone"}${laid.column.kind === "number" ? " nb-numeric" : ""}${isActive ? " nb-active" : ""}`}
      role="gridcell"
      aria-colindex={number + 1}
      id={`${geometry.id}-${line.line}-${number}`}
      title={cell?.title ?? (cell && cell.text.length * 7 > laid.width ? cell.text : undefined)}
      style={x === null ? { width: `${laid.width}px` } : { left: `${x}px`, width: `${laid.width}px` }}
    >
      {cell ? <Content cell={cell} row={row as RunRow} /> : <span class="nb-runs-bone" />}
    </div>
  );
}

function Content(props: { cell: CellText; row: RunRow }): JSX.Element | string {
  const { cell, row } = props;
  if (cell.kind === "tags")
    return (
      <span class="nb-runs-tags">
        {row.tags.slice(0, 12).map((tag) => (
          <span key={tag} class="nb-runs-tag">
            {tag}
          </span>
        ))}
      </span>
    );
  if (cell.kind === "state")
    return (
      <span class="nb-runs-state" data-state={row.state}>
        {cell.text}
      </span>
    );
  return cell.text;
}
