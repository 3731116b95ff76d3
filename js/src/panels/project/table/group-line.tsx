// The heading of a group: its values, how many runs it has, and how the numbers of its runs are spread.

import type { JSX } from "preact";
import { formatStep, formatValue } from "../../../core/format";
import type { Json } from "../../../core/wire";
import { columnOf } from "../filter/names";
import type { Column, Group, Numbers } from "../wire";
import type { Laid } from "./columns";
import type { Geometry } from "./grid";
import { Icon } from "./icons";
import type { TableState } from "./state";
import { cellText } from "./value";
import type { Line } from "./window";

const BARS_HEIGHT = 18;
const BAR = 4;

export interface GroupLineProps {
  state: TableState;
  geometry: Geometry;
  line: Line;
  group: Group;
  isOpen: boolean;
  active: number;
  hidden: boolean;
  now: number;
}

export function GroupLine(props: GroupLineProps): JSX.Element {
  const { state, geometry, line, group, isOpen, active, hidden } = props;
  const { pinned, drawn, first, offset, lefts } = geometry;
  const { key } = line.block;
  const by = state.by.peek();
  const values = group.key.map((value, i) => valueText(state, by[i] ?? "", value, props.now));
  const name = values.map(({ text }) => text).join(", ");
  const cell = (laid: Laid, number: number, x: number | null): JSX.Element => (
    // biome-ignore lint/a11y/useSemanticElements: see Grid
    // biome-ignore lint/a11y/useFocusableInteractive: the grid has the focus
    <div
      key={laid.column.field}
      class={`nb-runs-cell${laid.column.kind === "number" ? " nb-numeric" : ""}${active === number ? " nb-active" : ""}`}
      role="gridcell"
      aria-colindex={number + 1}
      id={`${geometry.id}-${line.line}-${number}`}
      style={x === null ? { width: `${laid.width}px` } : { left: `${x}px`, width: `${laid.width}px` }}
    >
      <Spread state={state} group={group} column={laid.column} width={laid.width} now={props.now} />
    </div>
  );
  return (
    // biome-ignore lint/a11y/useSemanticElements: see Grid
    // biome-ignore lint/a11y/useFocusableInteractive: the grid has the focus
    // biome-ignore lint/a11y/useKeyWithClickEvents: the grid has the keys
    <div
      class={`nb-runs-line nb-runs-group${active >= 0 ? " nb-active-line" : ""}${hidden ? " nb-undrawn" : ""}`}
      role="row"
      aria-rowindex={line.line + 2}
      aria-expanded={isOpen}
      data-group={key}
      style={{ transform: `translateY(${line.y}px)`, width: `${geometry.total}px` }}
      onClick={(event) => {
        if ((event.target as HTMLElement).closest("button")) return;
        state.active.value = { line: line.line, column: 0 };
        state.toggleGroup(key);
      }}
    >
      <div class="nb-runs-fixed" style={{ width: `${geometry.fixedWidth}px` }}>
        {/* biome-ignore lint/a11y/useSemanticElements: see Grid */}
        {/* biome-ignore lint/a11y/useFocusableInteractive: the grid has the focus */}
        <div
          class={`nb-runs-cell nb-runs-name${active === 0 ? " nb-active" : ""}`}
          role="rowheader"
          aria-colindex={1}
          id={`${geometry.id}-${line.line}-0`}
          style={{ width: `${geometry.nameWidth}px` }}
        >
          <span class={`nb-caret${isOpen ? " nb-open" : ""}`} aria-hidden="true" />
          <button
            type="button"
            tabIndex={-1}
            class="nb-runs-eye"
            aria-pressed={!hidden}
            aria-label={hidden ? `Show ${name} in charts` : `Hide ${name} in charts`}
            title={hidden ? "Show in charts" : "Hide in charts"}
            onClick={() => {
              const path = ["groups", key, "hidden"];
              state.project.editView(
                [hidden ? { op: "del", path } : { op: "set", path, value: true }],
                hidden ? "show group" : "hide group",
              );
            }}
          >
            <Icon name={hidden ? "closed" : "eye"} />
          </button>
          <span class="nb-runs-values">
            {values.map((value, i) => (
              <span key={by[i]} class="nb-runs-text" title={`${value.label}: ${value.text}`}>
                <span class="nb-quiet">{value.label}</span> {value.text}
              </span>
            ))}
          </span>
          <span class="nb-count" title={`${group.count} runs`}>
            {formatStep(group.count)}
          </span>
        </div>
        {pinned.map((laid, i) => cell(laid, i + 1, null))}
      </div>
      {drawn.map((laid, i) =>
        cell(laid, 1 + pinned.length + first + i, offset + (lefts[first + i] as number)),
      )}
    </div>
  );
}

function valueText(
  state: TableState,
  field: string,
  value: Json,
  now: number,
): { label: string; text: string } {
  const column = state.project.columns.peek().find((one) => one.field === field);
  const text = cellText(value, column ?? { field, kind: "mixed" }, now);
  return { label: column?.label ?? field, text: text.kind === "missing" ? "none" : text.text };
}

function isNumbers(found: Group["fields"][string]): found is Numbers {
  return "mean" in found;
}

function Spread(props: {
  state: TableState;
  group: Group;
  column: Column;
  width: number;
  now: number;
}): JSX.Element | null {
  const { state, group, column, width, now } = props;
  const found = group.fields[column.field];
  if (!found) return null;
  const said = (value: Json): string => cellText(value, column, now).text;
  if (!isNumbers(found)) {
    const texts = found.values.map(([value, n]) => `${said(value)}: ${formatStep(n)}`);
    const [most, ...others] = found.values;
    if (!most) return null;
    return (
      <span class="nb-runs-most" title={texts.join("\n")}>
        <span class="nb-runs-text">{said(most[0])}</span>
        {(others.length > 0 || most[1] < found.n) && (
          <span class="nb-quiet">
            {formatStep(most[1])} of {formatStep(found.n)}
          </span>
        )}
      </span>
    );
  }
  const { mean, min, max, n } = found;
  const span = state.groups.answer?.spans[column.field];
  const isOne = min === max;
  return (
    <span
      class="nb-runs-spread"
      title={`mean ${formatValue(mean, 7)}\n${formatValue(min, 7)} to ${formatValue(max, 7)}\nin ${n} ${n === 1 ? "run" : "runs"}`}
    >
      <span>
        {said(mean)}
        {!isOne && (
          <small class="nb-quiet">
            {short(min, column, said)} – {short(max, column, said)}
          </small>
        )}
      </span>
      {width >= 110 && <Bars bars={found.bars} span={span} />}
    </span>
  );
}

/** Ends of a range need few digits. */
function short(value: number, column: Column, said: (value: Json) => string): string {
  return column.kind === "number" && column.field !== "run.duration" ? formatValue(value, 2) : said(value);
}

function Bars(props: { bars: number[]; span: [number, number] | undefined }): JSX.Element | null {
  const { bars } = props;
  const most = Math.max(1, ...bars);
  const d = bars
    .map((count, i) => {
      if (count === 0) return "";
      // the least is still seen
      const height = Math.max(1.5, (count / most) * BARS_HEIGHT);
      return `M${i * BAR} ${BARS_HEIGHT}v${-height}h${BAR - 1}v${height}z`;
    })
    .join("");
  return (
    <svg class="nb-runs-bars" width={bars.length * BAR} height={BARS_HEIGHT} aria-hidden="true">
      <path d={d} />
    </svg>
  );
}

/** The heading of a field that runs are grouped by. */
export function labelOf(columns: readonly Column[], field: string): string {
  return (columns.find((column) => column.field === field) ?? columnOf(columns, field))?.label ?? field;
}
