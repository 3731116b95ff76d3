// The workspace: runs on the left, sections of panels on the right. Everything that is changed here is stored in the
// project's document, in the view that is shown.

import { type Signal, signal, useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef } from "preact/hooks";
import type { Cursor } from "../../../core/cursor";
import { EmptyState, ErrorLine, Slider } from "../../../core/panel";
import { useReadAhead } from "../../../core/read-ahead";
import { partOf, type RunView } from "../../../core/registry";
import type { Session } from "../../../core/session";
import { optionsOf } from "../../../viewers/curves/options";
import { useSize } from "../../../viewers/size";
import { type KeyedRuns, keysOf } from "../../compare/logic";
import { matcher } from "../../run/logic";
import type { Project } from "../project";
import { addSection, newId } from "./changes";
import { Dragging } from "./drag";
import { type Editing, PanelEditor } from "./editor";
import { Icon, IconButton } from "./icons";
import { useCurveOptions } from "./options";
import { Removed } from "./removed";
import { useVisible, type Visible } from "./runs";
import { WorkspaceSection } from "./section";
import { found, loggedKeys, type SectionModel, sectionsOf } from "./sections";
import { SettingsMenu } from "./settings-menu";
import { SIDEBAR_WIDTH, Sidebar } from "./sidebar";
import { ViewsMenu } from "./views-menu";
import type { Work } from "./work";

export interface WorkspaceProps {
  project: Project;
  session: Session;
  cursor: Cursor;
  onExpand: () => void;
}

/** Narrower than this, the runs fold away by themselves. */
const NARROW = 640;
/** Runs whose media are read ahead of the slider. */
const AHEAD_RUNS = 20;

/** The keys of a run that its definitions do not hide. */
function keysOfRun({ model }: RunView): { key: string; kind: string }[] {
  const metrics = model.info.value?.metrics ?? {};
  const numbers = [...model.numericKeys.value, ...model.systemKeys.value].map((key) => ({
    key,
    kind: "number",
  }));
  return [...numbers, ...model.mediaKeys.value].filter(({ key }) => !metrics[key]?.hidden);
}

/** How the workspace was left for another tab. */
interface Left {
  /** Null: as the width has it. */
  folded: Signal<boolean | null>;
  sidebarWidth: Signal<number>;
  query: Signal<string>;
  regex: Signal<boolean>;
}

const left = new WeakMap<Project, Left>();

function leftAs(project: Project): Left {
  let known = left.get(project);
  if (!known) {
    known = {
      folded: signal<boolean | null>(null),
      sidebarWidth: signal(SIDEBAR_WIDTH),
      query: signal(""),
      regex: signal(false),
    };
    left.set(project, known);
  }
  return known;
}

export function Workspace(props: WorkspaceProps): JSX.Element {
  const { project, session, cursor } = props;
  const root = useRef<HTMLDivElement>(null);
  const { width } = useSize(root);
  const { folded, sidebarWidth, query, regex } = leftAs(project);
  const editing = useSignal<Editing | null>(null);
  const picked = useSignal<{ run: RunView; step: number } | null>(null);
  const dragging = useMemo(() => new Dragging(), []);
  const visible = useVisible(project, session);
  const { runs } = visible;
  useCurveOptions(project, cursor, runs);
  useReadAhead(
    session,
    cursor,
    runs.slice(0, AHEAD_RUNS).map(({ model }) => model),
  );

  const logged = runs.map((run) => ({ run, keys: keysOfRun(run) }));
  const identity = logged
    .map(
      ({ run, keys }) =>
        `${run.model.id}\t${run.label}\t${run.color}\t${keys.map(({ key, kind }) => `${key}\t${kind}`).join("\t")}`,
    )
    .join("\n");
  const keyed = useMemo(() => {
    const byKey = new Map<string, KeyedRuns<RunView>[]>();
    for (const entry of keysOf(logged)) {
      const known = byKey.get(entry.key);
      if (known) known.push(entry);
      else byKey.set(entry.key, [entry]);
    }
    return byKey;
  }, [identity, runs]);
  const view = project.view.value;
  const sections = useMemo(() => sectionsOf(view, loggedKeys(logged)), [view, keyed]);
  const work = useMemo(
    (): Work => ({
      project,
      session,
      cursor,
      runs,
      keyed,
      onPick: (run, step) => {
        picked.value = { run, step };
      },
    }),
    [project, session, cursor, runs, keyed],
  );

  const search = query.value.trim();
  const searched = search !== "";
  const shown = searched ? found(sections, matcher(regex.value ? `/${search}/` : search)) : sections;
  const narrow = width > 0 && width < NARROW;
  const isFolded = folded.value ?? narrow;
  const hasMedia = sections.some(({ panels }) => panels.some(({ kind }) => kind === "media"));
  const linked = optionsOf(cursor);

  const press = (event: KeyboardEvent): void => {
    const target = event.target as HTMLElement;
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (target.closest("input, select, textarea, dialog, [contenteditable], .nb-runs")) return;
    if (event.key === "/") root.current?.querySelector<HTMLInputElement>(".nb-ws-search input")?.focus();
    else if (event.key === "[") cursor.prev();
    else if (event.key === "]") cursor.next();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it only listens for keys, wherever the focus is
    <div
      ref={root}
      class={`nb-ws${narrow ? " nb-ws-narrow" : ""}${dragging.now.value ? " nb-ws-dragging" : ""}`}
      data-legend={view.settings?.remove_legends ? "off" : "on"}
      onKeyDown={press}
    >
      {!isFolded && (
        <Sidebar
          project={project}
          visible={visible}
          width={narrow ? Math.max(0, width) : sidebarWidth.value}
          onWidth={(next) => {
            sidebarWidth.value = Math.min(next, Math.max(200, width - 260));
          }}
          onFold={() => {
            folded.value = true;
          }}
          onExpand={props.onExpand}
        />
      )}
      {/* With the focus, which a click on a chart gives it, the keys of undo are the page's and not the notebook's. */}
      <div class="nb-ws-main" tabIndex={-1}>
        <div class="nb-ws-bar">
          {isFolded && (
            <IconButton
              icon="sidebar"
              label="Show the runs"
              onClick={() => {
                folded.value = false;
              }}
            />
          )}
          <PanelSearch query={query} regex={regex} />
          {linked.zoom.value && (
            <button
              type="button"
              class="nb-link"
              onClick={() => {
                linked.zoom.value = null;
              }}
            >
              Leave zoom
            </button>
          )}
          <span class="nb-spring" />
          <ViewsMenu project={project} />
          <SettingsMenu work={work} />
          <button
            type="button"
            class="nb-button nb-ws-primary"
            onClick={() => {
              const section = shown[0] ?? sections[0] ?? addedSection(project, sections);
              editing.value = { section, panel: null };
            }}
          >
            <Icon name="plus" size={12} /> Add panel
          </button>
        </div>
        {hasMedia && (
          <div class="nb-ws-slider">
            <Slider cursor={cursor} />
          </div>
        )}
        {visible.error && <ErrorLine text={visible.error} retry={visible.retry} />}
        <div class="nb-ws-sections">
          {shown.map((section) => (
            <WorkspaceSection
              key={section.id}
              section={section}
              sections={sections}
              work={work}
              dragging={dragging}
              searched={searched}
              onAdd={() => {
                editing.value = { section, panel: null };
              }}
              onEdit={(panel) => {
                editing.value = { section, panel };
              }}
            />
          ))}
          <Nothing visible={visible} sections={sections} shown={shown} search={search} />
          {!searched && (
            <div class="nb-ws-end">
              <button
                type="button"
                class="nb-link"
                onClick={() =>
                  project.editView(addSection(sections, newId("section"), "New section"), "add a section")
                }
              >
                + Add section
              </button>
              <Removed project={project} />
            </div>
          )}
        </div>
        {picked.value && (
          <CellDrawer picked={picked.value} session={session} onClose={() => (picked.value = null)} />
        )}
      </div>
      <Ghost dragging={dragging} />
      {editing.value && (
        <PanelEditor editing={editing.value} work={work} onClose={() => (editing.value = null)} />
      )}
    </div>
  );
}

/** The first panel of an empty workspace needs a section. */
function addedSection(project: Project, sections: readonly SectionModel[]): SectionModel {
  const id = newId("section");
  project.editView(addSection(sections, id, "Charts"), "add a section");
  return sectionsOf(project.view.peek(), []).find((section) => section.id === id) as SectionModel;
}

function PanelSearch(props: { query: Signal<string>; regex: Signal<boolean> }): JSX.Element {
  const { query, regex } = props;
  return (
    <span class="nb-ws-search">
      <input
        type="search"
        class="nb-search"
        placeholder="Search panels ( / )"
        aria-label="Search panels"
        value={query.value}
        onInput={(event) => {
          query.value = event.currentTarget.value;
        }}
        onKeyDown={(event) => {
          event.stopPropagation();
          if (event.key !== "Escape") return;
          query.value = "";
          event.currentTarget.blur();
        }}
      />
      <IconButton
        icon="regex"
        label="Regular expression"
        pressed={regex.value}
        onClick={() => {
          regex.value = !regex.value;
        }}
      />
    </span>
  );
}

function Nothing(props: {
  visible: Visible;
  sections: readonly SectionModel[];
  shown: readonly SectionModel[];
  search: string;
}): JSX.Element | null {
  const { visible, sections, shown, search } = props;
  const { runs, matched, total } = visible;
  if (shown.length > 0) return null;
  if (search !== "" && sections.length > 0)
    return <EmptyState title={`No panel is called anything like “${search}”.`} />;
  if (matched === null) return visible.error ? null : <EmptyState title="Loading the runs…" />;
  if (total === 0)
    return <EmptyState title="No runs yet">Charts appear here as soon as one logs something.</EmptyState>;
  if (matched === 0) return <EmptyState title="No run fits the filter" />;
  if (runs.length === 0)
    return <EmptyState title="No run is drawn">Open the eye of some in the list of runs.</EmptyState>;
  const waiting = runs.some(({ model }) => !model.complete.value);
  return <EmptyState title={waiting ? "Loading what they logged…" : "The drawn runs logged nothing yet"} />;
}

/** The frame that follows the pointer. */
function Ghost(props: { dragging: Dragging }): JSX.Element | null {
  const now = props.dragging.now.value;
  const frame = useRef<HTMLDivElement>(null);
  const there = now !== null;
  // In the browser's top layer: hosts put panels into boxes with a transform, from which `fixed` would count.
  useLayoutEffect(() => {
    if (there) frame.current?.showPopover?.();
  }, [there]);
  if (!now) return null;
  const [width, height] = [Math.min(now.width, 280), Math.min(now.height, 140)];
  const share = width / now.width;
  return (
    <div
      ref={frame}
      popover="manual"
      class="nb-ws-ghost"
      style={{
        width: `${width}px`,
        height: `${height}px`,
        left: `${now.x - now.holdX * share}px`,
        top: `${now.y - Math.min(now.holdY, 16)}px`,
      }}
    >
      {now.panel.title}
    </div>
  );
}

/** The code that logged the point of a curve that was clicked. */
function CellDrawer(props: {
  picked: { run: RunView; step: number };
  session: Session;
  onClose: () => void;
}): JSX.Element | null {
  const { run, step } = props.picked;
  const Part = partOf("cell");
  const cell = useSignal<number | null>(null);
  useEffect(() => {
    cell.value = run.model.cellAt(step);
  }, [run, step]);
  if (!Part || cell.value === null) return null;
  return (
    <div class="nb-drawer nb-own-keys">
      <Part run={run} cell={cell} step={step} io={props.session} />
    </div>
  );
}
