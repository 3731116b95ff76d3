// How the panels of a section stand: all of one size and page by page, or each of its own size on a grid.

import { useComputed, useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import { useSize } from "../../../viewers/size";
import type { Edit } from "../wire";
import { inSection, movePanel, placed } from "./changes";
import { type Dragged, pulled, SECTION_MARK } from "./drag";
import { IconButton } from "./icons";
import { KINDS } from "./kinds";
import { arranged, type Box, columnOf, GAP, GRID_COLUMNS, moved, paged, pixels, ROW, rowsOf } from "./layout";
import { Pane, type PaneProps } from "./pane";
import type { PanelModel, SectionModel } from "./sections";

export type GridProps = Omit<PaneProps, "panel">;

/** A panel narrower than this shows nothing. */
const NARROWEST = 200;
const LOWEST = 120;

/** A panel was let go over a section. */
function letGo(props: GridProps, end: Dragged, pane: HTMLElement | null): void {
  const to = props.sections.find(({ id }) => id === end.over?.section);
  if (!to || !end.over) return;
  const grid = pane
    ?.closest(".nb-ws")
    ?.querySelector<HTMLElement>(`[${SECTION_MARK}="${CSS.escape(to.id)}"]`);
  const edits = movePanel(end.panel, to, end.over.index);
  if (to.layout === "custom" && grid) edits.push(...placeIn(to, end, grid));
  props.work.project.editView(edits, `move ${end.panel.title}`);
}

export function StandardGrid(props: GridProps): JSX.Element {
  const { section, work, dragging } = props;
  const place = useRef<HTMLDivElement>(null);
  const { width } = useSize(place);
  const page = useSignal(0);
  const pull = useSignal<{ columns: number; height: number } | null>(null);
  const rows = useSignal<number | null>(null);
  const most = Math.max(1, Math.floor((width + GAP) / (NARROWEST + GAP)));
  const columns = Math.min(pull.value?.columns ?? section.columns, most);
  const height = pull.value?.height ?? section.height;
  const widthOf = ({ kind }: PanelModel): number => (KINDS[kind]?.wide ? Math.min(2, columns) : 1);
  const pages = paged(section.panels.map(widthOf), columns, rows.value ?? section.rows);
  const at = Math.min(page.value, pages.length - 1);
  const first = pages.slice(0, at).reduce((sum, count) => sum + count, 0);
  const shown = section.panels.slice(first, first + (pages[at] ?? 0));
  const over = useComputed(() => {
    const { over, panel } = dragging.now.value ?? {};
    return over?.section === section.id && panel ? `${over.index} ${panel.id}` : "";
  }).value;
  // Before which panel it would go, counted without the one that is moved.
  const rest = section.panels.filter(({ id }) => id !== over.slice(over.indexOf(" ") + 1));
  const before = over ? rest[Number.parseInt(over, 10)]?.id : undefined;
  const last = over && !before ? rest.at(-1)?.id : undefined;
  return (
    <div
      class={over ? "nb-ws-body nb-ws-over" : "nb-ws-body"}
      ref={place}
      {...{ [SECTION_MARK]: section.id }}
      data-first={first}
    >
      {section.panels.length === 0 && <div class="nb-ws-none nb-quiet">Drag panels here, or add one.</div>}
      <div
        class="nb-ws-standard"
        style={{ gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))`, gap: `${GAP}px` }}
      >
        {width > 0 &&
          shown.map((panel) => (
            <Pane
              key={panel.id}
              {...props}
              panel={panel}
              class={panel.id === before ? "nb-ws-before" : panel.id === last ? "nb-ws-after" : ""}
              style={{ height: `${height}px`, gridColumn: `span ${widthOf(panel)}` }}
              onDrop={(end) => letGo(props, end, place.current)}
              onStep={(wider, higher) =>
                work.project.editView(
                  inSection(section.id, {
                    ...(wider !== 0 && { columns: Math.max(1, Math.min(most, columns - wider)) }),
                    ...(higher !== 0 && { height: Math.max(LOWEST, section.height + higher * ROW) }),
                  }),
                  `resize the panels of ${section.name}`,
                )
              }
              onPull={(dx, dy) => {
                const column = (width - GAP * (columns - 1)) / columns;
                pull.value = {
                  columns: Math.max(
                    1,
                    Math.min(most, Math.round((width + GAP) / (Math.max(NARROWEST, column + dx) + GAP))),
                  ),
                  height: Math.max(LOWEST, Math.round((section.height + dy) / 4) * 4),
                };
              }}
              onPulled={(kept) => {
                const size = pull.value;
                pull.value = null;
                if (kept && size)
                  work.project.editView(
                    inSection(section.id, { ...size }),
                    `resize the panels of ${section.name}`,
                  );
              }}
            />
          ))}
      </div>
      <div class="nb-ws-foot">
        {pages.length > 1 && (
          <div class="nb-ws-pager">
            <IconButton
              icon="left"
              label={`Previous panels of ${section.name}`}
              disabled={at === 0}
              onClick={() => {
                page.value = at - 1;
              }}
            />
            <span class="nb-number nb-quiet">
              {first + 1}–{first + shown.length} of {section.panels.length}
            </span>
            <IconButton
              icon="right"
              label={`Next panels of ${section.name}`}
              disabled={at === pages.length - 1}
              onClick={() => {
                page.value = at + 1;
              }}
            />
          </div>
        )}
        {section.panels.length > columns && (
          <div
            class="nb-ws-section-corner"
            title="Drag for more rows a page"
            onPointerDown={(event) =>
              pulled(
                event,
                (_, dy) => {
                  const all = Math.ceil(section.panels.length / columns);
                  rows.value = Math.max(1, Math.min(all, section.rows + Math.round(dy / (height + GAP))));
                },
                (kept) => {
                  const { value } = rows;
                  rows.value = null;
                  if (kept && value !== null && value !== section.rows)
                    work.project.editView(inSection(section.id, { rows: value }), `resize ${section.name}`);
                },
              )
            }
          />
        )}
      </div>
    </div>
  );
}

export function CustomGrid(props: GridProps): JSX.Element {
  const { section, work, dragging } = props;
  const place = useRef<HTMLDivElement>(null);
  const { width } = useSize(place);
  const preview = useSignal<Box[] | null>(null);
  const column = columnOf(width);
  const narrow = width > 0 && width < 3 * NARROWEST;
  const start = sizeIn(section);
  const boxes = boxesOf(section, start);
  const now = dragging.now.value;
  const mine = now?.over?.section === section.id ? now : null;
  const target = mine && width > 0 ? boxUnder(mine, place.current, column, boxes, start) : null;
  const shown =
    preview.value ?? (target && boxes.some(({ id }) => id === target.id) ? moved(boxes, target) : boxes);
  const byId = new Map(shown.map((box) => [box.id, box]));
  const guests = target && !byId.has(target.id) ? [target] : [];
  const height = pixels(Math.max(rowsOf(shown), ...guests.map(({ y, h }) => y + h), 2), ROW);
  const pull = (box: Box) => (dx: number, dy: number) => {
    const step = (from: number, by: number, unit: number): number => from + Math.round(by / (unit + GAP));
    preview.value = moved(boxes, {
      ...box,
      w: Math.min(step(box.w, dx, column), GRID_COLUMNS - box.x),
      h: step(box.h, dy, ROW),
    });
  };
  const panes = [...section.panels].sort((a, b) => nthOf(byId.get(a.id)) - nthOf(byId.get(b.id)));
  return (
    <div
      class={mine ? "nb-ws-body nb-ws-over" : "nb-ws-body"}
      ref={place}
      {...{ [SECTION_MARK]: section.id }}
      data-custom
    >
      {section.panels.length === 0 && <div class="nb-ws-none nb-quiet">Drag panels here, or add one.</div>}
      <div
        class={narrow ? "nb-ws-stack" : "nb-ws-custom"}
        style={narrow ? undefined : { height: `${height}px` }}
      >
        {width > 0 &&
          panes.map((panel) => {
            const box = byId.get(panel.id);
            if (!box) return null;
            const style = narrow ? { height: `${pixels(box.h, ROW)}px` } : styleOf(box, column);
            return (
              <Pane
                key={panel.id}
                {...props}
                panel={panel}
                class={target?.id === panel.id ? "nb-ws-target" : ""}
                style={style}
                onDrop={(end) => letGo(props, end, place.current)}
                onPull={pull(box)}
                onStep={(wider, higher) =>
                  work.project.editView(
                    placed(section.panels, moved(boxes, { ...box, w: box.w + wider, h: box.h + higher })),
                    `resize ${panel.title}`,
                  )
                }
                onPulled={(kept) => {
                  const made = preview.value;
                  preview.value = null;
                  if (kept && made)
                    work.project.editView(placed(section.panels, made), `resize ${panel.title}`);
                }}
              />
            );
          })}
        {guests.map((box) => (
          <div key={box.id} class="nb-ws-guest" style={styleOf(box, column)} />
        ))}
      </div>
    </div>
  );
}

/** Of a panel that nobody gave one: about what it had in the standard layout. */
function sizeIn({ columns, height }: SectionModel): { w: number; h: number } {
  return {
    w: Math.max(2, Math.round(GRID_COLUMNS / columns)),
    h: Math.max(3, Math.round((height + GAP) / (ROW + GAP))),
  };
}

function boxesOf(section: SectionModel, size: { w: number; h: number }): Box[] {
  return arranged(
    section.panels.map(({ id, kind, place }) => ({
      id,
      ...(KINDS[kind]?.wide && { w: 2 * size.w }),
      ...place,
    })),
    size,
  );
}

/** Reading order: by rows, then columns. */
const nthOf = (box: Box | undefined): number => (box ? box.y * GRID_COLUMNS + box.x : 0);

function styleOf({ x, y, w, h }: Box, column: number): { [name: string]: string } {
  return {
    left: `${x * (column + GAP)}px`,
    top: `${y * (ROW + GAP)}px`,
    width: `${pixels(w, column)}px`,
    height: `${pixels(h, ROW)}px`,
  };
}

/** The cell of the grid in which a dragged panel would stand. */
function boxUnder(
  { panel, x, y, holdX, holdY }: Dragged,
  grid: HTMLElement | null,
  column: number,
  boxes: readonly Box[],
  size: { w: number; h: number },
): Box | null {
  const origin = grid?.getBoundingClientRect();
  if (!origin) return null;
  const own = boxes.find(({ id }) => id === panel.id);
  const { w, h } = own ?? { w: panel.place.w ?? size.w, h: panel.place.h ?? size.h };
  const at = (pixel: number, unit: number): number => Math.round(pixel / (unit + GAP));
  return {
    id: panel.id,
    w,
    h,
    x: Math.max(0, Math.min(GRID_COLUMNS - w, at(x - origin.left - holdX, column))),
    y: Math.max(0, at(y - origin.top - holdY, ROW)),
  };
}

/** Where the panels of a custom layout stand after one was let go in it. */
function placeIn(to: SectionModel, end: Dragged, grid: HTMLElement): Edit[] {
  const size = sizeIn(to);
  const boxes = boxesOf(to, size);
  const target = grid.clientWidth > 0 ? boxUnder(end, grid, columnOf(grid.clientWidth), boxes, size) : null;
  if (!target) return [];
  // What it had in another grid does not count.
  const others = to.panels.filter(({ id }) => id !== end.panel.id);
  return placed(end.panel.section === to.id ? to.panels : others, moved(boxes, target));
}

export function Grid(props: GridProps): JSX.Element {
  return props.section.layout === "custom" ? <CustomGrid {...props} /> : <StandardGrid {...props} />;
}
